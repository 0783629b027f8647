import { createHash } from 'node:crypto'
import type { KVReader, KVStore, Pair } from '../../modules/kit/kv.ts'
import { uvarint } from './bytes.ts'
import { StoreKeyError } from './errors.ts'
import type { Nodes } from './nodes.ts'
import type { ScanSource } from './scan.ts'
import { scan } from './scan.ts'
import { findLeaf } from './tree.ts'

/** One store at one version, or the working one: `source` says where its root is. Results are copies. */
export class TreeReader implements KVReader {
  protected readonly nodes: Nodes
  protected readonly source: ScanSource

  constructor(nodes: Nodes, source: ScanSource) {
    this.nodes = nodes
    this.source = source
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const leaf = findLeaf(this.nodes, this.source.root(), key)
    return leaf === 0 ? undefined : this.nodes.arena.copy(this.nodes.left[leaf] as number)
  }

  has(key: Uint8Array): boolean {
    return findLeaf(this.nodes, this.source.root(), key) !== 0
  }

  iterate(start?: Uint8Array, end?: Uint8Array, reverse = false): Iterable<Pair> {
    return { [Symbol.iterator]: () => scan(this.nodes, this.source, start, end, reverse) }
  }
}

/** The working view of one store; `write` applies and records a checked change. */
export class TreeStore extends TreeReader implements KVStore {
  private readonly write: (key: Uint8Array, value: Uint8Array | undefined) => void

  constructor(
    nodes: Nodes,
    source: ScanSource,
    write: (key: Uint8Array, value: Uint8Array | undefined) => void,
  ) {
    super(nodes, source)
    this.write = write
  }

  /** Throws StoreKeyError for an empty key or value. */
  set(key: Uint8Array, value: Uint8Array): void {
    checkPair(key, value)
    this.write(key, value)
  }

  delete(key: Uint8Array): void {
    this.write(key, undefined)
  }
}

/** Refuses what ICS-23 cannot prove: empty keys and empty values. */
export function checkPair(key: Uint8Array, value: Uint8Array): void {
  if (key.length === 0) throw new StoreKeyError('a stored key must not be empty')
  if (value.length === 0)
    throw new StoreKeyError('a stored value must not be empty: it has no proof')
}

/** SHA-256 over all pairs in key order, each as len(key) | key | len(value) | value with unsigned varint lengths. */
export function contentHash(reader: KVReader): Uint8Array {
  const digest = createHash('sha256')
  for (const [key, value] of reader.iterate()) {
    digest.update(uvarint(key.length)).update(key).update(uvarint(value.length)).update(value)
  }
  return new Uint8Array(digest.digest())
}
