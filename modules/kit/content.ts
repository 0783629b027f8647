import { concatBytes } from './bytes.ts'
import type { Hasher } from './crypto.ts'
import type { KVReader } from './kv.ts'

const CHUNK_PAIRS = 1024

/**
 * One hash over a store's content: sha256 over the sorted pairs, each side with its length as four bytes big-endian.
 * It depends on the pairs only, never on history, so it compares an exported chain with the imported one. Pairs are
 * folded in chunks of 1,024 (`hash = sha256(hash | chunk)`), so that memory stays small.
 */
export function contentHash(
  hasher: Hasher,
  reader: KVReader,
  counts: (key: Uint8Array) => boolean = () => true,
): Uint8Array {
  let hash = hasher.sha256(new Uint8Array())
  let chunk: Uint8Array[] = []
  let pairs = 0
  const fold = (): void => {
    hash = hasher.sha256(concatBytes(hash, ...chunk))
    chunk = []
  }
  for (const [key, value] of reader.iterate()) {
    if (!counts(key)) continue
    chunk.push(length(key), key, length(value), value)
    pairs += 1
    if (pairs % CHUNK_PAIRS === 0) fold()
  }
  fold()
  return hash
}

function length(bytes: Uint8Array): Uint8Array {
  const four = new Uint8Array(4)
  new DataView(four.buffer).setUint32(0, bytes.length)
  return four
}
