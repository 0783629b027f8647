/** What a device signed, as far as the audit needs it. Registers in mWh, time in unix seconds. */
export interface Signed {
  readonly chainId: string
  readonly device: string
  readonly context: string
  readonly seq: bigint
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh: bigint | undefined
  readonly status: bigint
  readonly prevHash: string
}

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const U64 = 1n << 64n
/** Field 8 is optional: it alone may be there with its default. */
const OPTIONAL = 8
const TYPES = [-1, 2, 2, 2, 0, 0, 0, 0, 0, 0, 2, 2]

/**
 * Reads a `strom.metering.v1.DeviceMessage` (fields 1 to 11) from its protobuf bytes. Undefined when they are not the one
 * canonical encoding: fields ascending, each once, no default written out, shortest varints, nothing unknown.
 */
export function readSigned(bytes: Uint8Array): Signed | undefined {
  const fields = readFields(bytes, TYPES, OPTIONAL)
  if (fields === undefined) return undefined
  const number = (field: number): bigint => (fields.get(field) as bigint | undefined) ?? 0n
  const blob = (field: number): Uint8Array =>
    (fields.get(field) as Uint8Array | undefined) ?? new Uint8Array()
  const anchor = fields.get(10) as Uint8Array | undefined
  if (anchor !== undefined && readFields(anchor, [-1, 0, 2], -1) === undefined) return undefined
  if (number(9) >= 1n << 32n) return undefined
  try {
    return {
      chainId: TEXT.decode(blob(1)),
      device: TEXT.decode(blob(2)),
      context: TEXT.decode(blob(3)),
      seq: number(4),
      time: BigInt.asIntN(64, number(5)),
      importMwh: number(6),
      exportMwh: number(7),
      socMwh: fields.has(OPTIONAL) ? number(OPTIONAL) : undefined,
      status: number(9),
      prevHash: Buffer.from(blob(11)).toString('hex'),
    }
  } catch {
    // A text that is no UTF-8.
    return undefined
  }
}

type Fields = Map<number, bigint | Uint8Array>

function readFields(
  bytes: Uint8Array,
  types: readonly number[],
  optional: number,
): Fields | undefined {
  const found: Fields = new Map()
  let at = 0
  let last = 0
  const varint = (): bigint | undefined => {
    let value = 0n
    for (let i = 0; i < 10; i += 1) {
      const byte = bytes[at]
      if (byte === undefined) return undefined
      at += 1
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte >= 0x80) continue
      // A last byte of zero could have been left away.
      return value < U64 && (byte !== 0 || i === 0) ? value : undefined
    }
    return undefined
  }
  while (at < bytes.length) {
    const tag = varint()
    if (tag === undefined) return undefined
    const field = Number(tag >> 3n)
    if (field <= last || types[field] !== Number(tag & 7n)) return undefined
    last = field
    const value = varint()
    if (value === undefined || (value === 0n && types[field] === 0 && field !== optional))
      return undefined
    if (types[field] === 0) found.set(field, value)
    else {
      const end = at + Number(value)
      // An empty text or hash is the default; an empty message within is not.
      if (end > bytes.length || (value === 0n && field !== 10)) return undefined
      found.set(field, bytes.subarray(at, end))
      at = end
    }
  }
  return found
}
