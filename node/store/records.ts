import { ByteReader, ByteWriter, concat, u64be } from './bytes.ts'

/** What a commit recorded: the hash of every store at that version, and their simple-map root. */
export interface CommitInfo {
  readonly version: number
  readonly appHash: Uint8Array
  readonly storeHashes: ReadonlyMap<string, Uint8Array>
}

const letter = (text: string): Uint8Array => Uint8Array.of(text.charCodeAt(0))

/** Keys inside the state range of the database. */
export const keys = {
  latest: letter('l'),
  checkpoint: letter('p'),
  changelog: (version: number): Uint8Array => concat(letter('c'), u64be(version)),
  info: (version: number): Uint8Array => concat(letter('v'), u64be(version)),
  page: (id: number): Uint8Array => concat(letter('n'), u64be(id)),
  top: (id: number): Uint8Array => concat(letter('t'), u64be(id)),
} as const

/** The number at the end of a key made above. */
export function idOfKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset + key.length - 8, 8).getBigUint64(0))
}

/** Record of the last committed version. */
export function encodeNumber(value: number): Uint8Array {
  return new ByteWriter().uvarint(value).finish()
}

export function decodeNumber(record: Uint8Array): number {
  return new ByteReader(record).uvarint()
}

export function encodeInfo(info: CommitInfo): Uint8Array {
  const writer = new ByteWriter().uvarint(info.version).bytes(info.appHash)
  writer.uvarint(info.storeHashes.size)
  for (const [name, hash] of info.storeHashes) writer.text(name).bytes(hash)
  return writer.finish()
}

export function decodeInfo(record: Uint8Array): CommitInfo {
  const reader = new ByteReader(record)
  const version = reader.uvarint()
  const appHash = reader.bytes().slice()
  const storeHashes = new Map<string, Uint8Array>()
  for (let left = reader.uvarint(); left > 0; left -= 1) {
    const name = reader.text()
    storeHashes.set(name, reader.bytes().slice())
  }
  return { version, appHash, storeHashes }
}
