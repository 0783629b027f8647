/** The platform's decoder: this room compiles without DOM or Node types, so the part in use is declared here. */
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Strings up to this length are tried as ASCII in script; beyond it a call into the platform is faster. */
const SHORT = 16

/** Text of buf[start, end), or undefined when it is not well-formed UTF-8. A byte order mark is kept. */
export function decodeUtf8(buf: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= SHORT) {
    let text = ''
    let at = start
    for (; at < end; at++) {
      const byte = buf[at] as number
      if (byte >= 0x80) break
      text += String.fromCharCode(byte)
    }
    if (at === end) return text
  }
  try {
    return decoder.decode(buf.subarray(start, end))
  } catch {
    return undefined
  }
}

/**
 * Writes `text` as UTF-8 at `pos`; the buffer must have room for three bytes a code unit.
 * Returns the offset after it, or -1 when the text holds a lone surrogate.
 */
export function encodeUtf8(text: string, buf: Uint8Array, pos: number): number {
  const length = text.length
  let out = pos
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) buf[out++] = unit
    else if (unit < 0x800) {
      buf[out++] = 0xc0 | (unit >> 6)
      buf[out++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      buf[out++] = 0xe0 | (unit >> 12)
      buf[out++] = 0x80 | ((unit >> 6) & 0x3f)
      buf[out++] = 0x80 | (unit & 0x3f)
    } else {
      const low = ++i < length ? text.charCodeAt(i) : 0
      if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) return -1
      const point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
      buf[out++] = 0xf0 | (point >> 18)
      buf[out++] = 0x80 | ((point >> 12) & 0x3f)
      buf[out++] = 0x80 | ((point >> 6) & 0x3f)
      buf[out++] = 0x80 | (point & 0x3f)
    }
  }
  return out
}
