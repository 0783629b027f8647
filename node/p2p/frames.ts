/** Bytes before each frame: its length as an unsigned 32-bit big-endian number. */
export const FRAME_HEADER = 4

/** A peer sent a frame that this protocol does not allow. `reason` is what the peer is reported for. */
export class FrameError extends Error {
  readonly reason: 'frame too large' | 'bad frame'

  constructor(reason: 'frame too large' | 'bad frame', detail: string) {
    super(`${reason}: ${detail}`)
    this.name = 'FrameError'
    this.reason = reason
  }
}

/** `payload` with its length in front, in fresh memory. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER + payload.length)
  new DataView(frame.buffer).setUint32(0, payload.length)
  frame.set(payload, FRAME_HEADER)
  return frame
}

/** Cuts a byte stream into frames. The length is checked before a byte of the payload is kept. */
export class FrameReader {
  readonly #maxFrame: number
  readonly #header = new Uint8Array(FRAME_HEADER)
  #headerFill = 0
  #payload: Uint8Array | undefined
  #payloadFill = 0

  constructor(maxFrame: number) {
    this.#maxFrame = maxFrame
  }

  /** Takes the next bytes and gives each frame they complete, in memory of its own. Throws FrameError. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let at = 0
    while (at < chunk.length) {
      if (this.#payload === undefined) {
        const take = Math.min(FRAME_HEADER - this.#headerFill, chunk.length - at)
        this.#header.set(chunk.subarray(at, at + take), this.#headerFill)
        this.#headerFill += take
        at += take
        if (this.#headerFill < FRAME_HEADER) return
        this.#payload = new Uint8Array(this.#length())
        this.#headerFill = 0
        this.#payloadFill = 0
      }
      const payload: Uint8Array = this.#payload
      const take = Math.min(payload.length - this.#payloadFill, chunk.length - at)
      payload.set(chunk.subarray(at, at + take), this.#payloadFill)
      this.#payloadFill += take
      at += take
      if (this.#payloadFill < payload.length) return
      this.#payload = undefined
      yield payload
    }
  }

  #length(): number {
    const length = new DataView(this.#header.buffer).getUint32(0)
    if (length === 0) throw new FrameError('bad frame', 'empty')
    if (length > this.#maxFrame)
      throw new FrameError('frame too large', `${length} bytes, at most ${this.#maxFrame}`)
    return length
  }
}
