/** One element of DER: its tag, its content and where the next one begins. */
export interface Element {
  readonly tag: number
  readonly content: Uint8Array
  readonly end: number
}

/** Tags that keys and signatures are made of. */
export const TAG = { integer: 0x02, bits: 0x03, oid: 0x06, sequence: 0x30 } as const

/** The element at `at`; undefined when tag, length and bytes do not agree. Long forms of a length need not be minimal. */
export function readElement(bytes: Uint8Array, at: number): Element | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || first === 0x80 || first > 0x82) return undefined
  const long = first > 0x80 ? first - 0x80 : 0
  let length = long === 0 ? first : 0
  for (let i = 0; i < long; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
  const start = at + 2 + long
  const end = start + length
  return end > bytes.length ? undefined : { tag, content: bytes.slice(start, end), end }
}

/** The elements that fill the bytes; undefined when they do not fill them exactly. */
export function readElements(bytes: Uint8Array): readonly Element[] | undefined {
  const elements: Element[] = []
  let at = 0
  while (at < bytes.length) {
    const element = readElement(bytes, at)
    if (element === undefined) return undefined
    elements.push(element)
    at = element.end
  }
  return elements
}
