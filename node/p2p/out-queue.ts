/** What happens to a queue of frames for a peer that does not read fast enough. */
export interface QueueLimits {
  readonly maxFrames: number
  readonly maxBytes: number
  /** `drop-oldest` suits messages that are sent again anyway; `close-peer` suits streams that must be complete. */
  readonly overflow: 'drop-oldest' | 'close-peer'
}

/** A first-in first-out queue of frames with a bound in count and bytes. */
export class OutQueue {
  readonly #limits: QueueLimits
  #frames: Uint8Array[] = []
  #head = 0
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get frames(): number {
    return this.#frames.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Adds a frame; answers how many old frames were dropped for it, or `overflow` when the peer must be closed. */
  push(frame: Uint8Array): number | 'overflow' {
    this.#frames.push(frame)
    this.#bytes += frame.length
    let dropped = 0
    while (
      this.frames > 1 &&
      (this.frames > this.#limits.maxFrames || this.#bytes > this.#limits.maxBytes)
    ) {
      if (this.#limits.overflow === 'close-peer') {
        this.clear()
        return 'overflow'
      }
      this.#shift()
      dropped++
    }
    return dropped
  }

  /** Takes whole frames of up to `maxBytes` together (always at least one) as one piece; undefined when empty. */
  take(maxBytes: number): Uint8Array | undefined {
    const first = this.#shift()
    if (first === undefined) return undefined
    const next = this.#frames[this.#head]
    if (next === undefined || first.length + next.length > maxBytes) return first
    const parts = [first]
    let total = first.length
    for (
      let frame = this.#frames[this.#head];
      frame !== undefined;
      frame = this.#frames[this.#head]
    ) {
      if (total + frame.length > maxBytes) break
      parts.push(frame)
      total += frame.length
      this.#shift()
    }
    const out = new Uint8Array(total)
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }

  clear(): void {
    this.#frames = []
    this.#head = 0
    this.#bytes = 0
  }

  #shift(): Uint8Array | undefined {
    const frame = this.#frames[this.#head]
    if (frame === undefined) return undefined
    this.#head++
    this.#bytes -= frame.length
    // Compact now and then, so that shifting stays cheap and sent frames are let go.
    if (this.#head === this.#frames.length) this.clear()
    else if (this.#head >= 256) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
    return frame
  }
}
