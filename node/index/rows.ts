import type { AbciEvent } from '../abci/application.ts'

const MAX_VALUE = 256
const HEIGHT_BYTES = 8
const INDEX_BYTES = 4

/** Where a transaction stands. */
export interface TxPlace {
  readonly height: bigint
  readonly index: number
}

/**
 * The rows of one height: `event.key NUL value NUL` to the indexes of the transactions that carry it, ascending. One row a
 * height however many transactions share a value, since most of them share their amount, denom, action and fee.
 */
export function attributeRows(
  txEvents: readonly (readonly AbciEvent[])[],
): ReadonlyMap<string, readonly number[]> {
  const rows = new Map<string, number[]>()
  txEvents.forEach((events, index) => {
    for (const event of events) {
      if (event.type === '') continue
      for (const attribute of event.attributes) {
        if (!attribute.index || attribute.key === '') continue
        const name = `${event.type}.${attribute.key}\0${clip(attribute.value)}\0`
        const row = rows.get(name)
        if (row === undefined) rows.set(name, [index])
        else if (row[row.length - 1] !== index) row.push(index)
      }
    }
  })
  return rows
}

/** Long values (signatures, memos) are cut in the index; equality on them compares the cut forms. */
export function clip(value: string): string {
  return value.length > MAX_VALUE ? value.slice(0, MAX_VALUE) : value
}

/** kind | text | height, eight bytes big-endian. */
export function rowKey(kind: number, text: string, height: bigint): Uint8Array {
  const length = 1 + Buffer.byteLength(text)
  const key = Buffer.allocUnsafe(length + HEIGHT_BYTES)
  key[0] = kind
  key.write(text, 1)
  key.writeBigUInt64BE(height, length)
  return key
}

/** The text of a row key from byte `from` on, without its closing NUL. */
export function rowText(key: Uint8Array, from: number): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString(
    'utf8',
    from,
    key.length - HEIGHT_BYTES - 1,
  )
}

/** The height at the end of a row key. */
export function rowHeight(key: Uint8Array): bigint {
  return new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(
    key.length - HEIGHT_BYTES,
  )
}

/** Eight bytes big-endian. */
export function heightBytes(height: bigint): Uint8Array {
  const bytes = new Uint8Array(HEIGHT_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, height)
  return bytes
}

/** Indexes as four bytes big-endian each. */
export function packIndexes(indexes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(indexes.length * INDEX_BYTES)
  const view = new DataView(bytes.buffer)
  indexes.forEach((index, i) => {
    view.setUint32(i * INDEX_BYTES, index)
  })
  return bytes
}

/** What `packIndexes` wrote. */
export function unpackIndexes(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / INDEX_BYTES }, (_, i) =>
    view.getUint32(i * INDEX_BYTES),
  )
}

/** Height and index, twelve bytes big-endian. */
export function packPlace({ height, index }: TxPlace): Uint8Array {
  const bytes = new Uint8Array(HEIGHT_BYTES + INDEX_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, height)
  view.setUint32(HEIGHT_BYTES, index)
  return bytes
}

/** What `packPlace` wrote. */
export function unpackPlace(bytes: Uint8Array): TxPlace {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return { height: view.getBigUint64(0), index: view.getUint32(HEIGHT_BYTES) }
}
