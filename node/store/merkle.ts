import { concat, uvarint } from './bytes.ts'
import { sha256 } from './nodes.ts'
import { EMPTY_ROOT } from './tree.ts'

const LEAF = Uint8Array.of(0)
const INNER = Uint8Array.of(1)

/** One step from a leaf to the root of an RFC 6962 tree: hash(prefix | child | suffix). */
export interface MerkleStep {
  readonly prefix: Uint8Array
  readonly suffix: Uint8Array
}

/** RFC 6962 leaf hash: sha256(0x00 | leaf). */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, leaf))
}

/** RFC 6962 inner hash: sha256(0x01 | left | right). */
export function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(INNER, left, right))
}

/** The largest power of two smaller than `count`, for count >= 2: where RFC 6962 splits. */
function splitPoint(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

function rootOf(hashes: readonly Uint8Array[], from: number, to: number): Uint8Array {
  if (to - from === 1) return hashes[from] as Uint8Array
  const middle = from + splitPoint(to - from)
  return innerHash(rootOf(hashes, from, middle), rootOf(hashes, middle, to))
}

/** RFC 6962 root over the leaves in order; sha256 of nothing when there are none. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? EMPTY_ROOT : rootOf(leaves.map(leafHash), 0, leaves.length)
}

/** The steps from leaf `index` up to the root, nearest first. Throws RangeError when there is no such leaf. */
export function merklePath(leaves: readonly Uint8Array[], index: number): MerkleStep[] {
  if (index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`)
  const hashes = leaves.map(leafHash)
  const steps: MerkleStep[] = []
  let from = 0
  let to = leaves.length
  while (to - from > 1) {
    const middle = from + splitPoint(to - from)
    if (index < middle) {
      steps.push({ prefix: INNER, suffix: rootOf(hashes, middle, to) })
      to = middle
    } else {
      steps.push({
        prefix: concat(INNER, rootOf(hashes, from, middle)),
        suffix: new Uint8Array(0),
      })
      from = middle
    }
  }
  return steps.reverse()
}

/** A leaf of the SDK's simple map: len(name) | name | 32 | sha256(value). */
export function simpleMapLeaf(name: Uint8Array, value: Uint8Array): Uint8Array {
  return concat(uvarint(name.length), name, uvarint(32), sha256(value))
}

const utf8 = new TextEncoder()

/** Names in the order of the simple map: ascending by their UTF-8 bytes. */
export function sortedNames(names: Iterable<string>): string[] {
  const order = new Map([...names].map((name) => [name, Buffer.from(name, 'utf8')]))
  return [...order.keys()].sort((a, b) =>
    Buffer.compare(order.get(a) as Buffer, order.get(b) as Buffer),
  )
}

/** The leaves of the simple map name -> value, in order. */
export function simpleMapLeaves(entries: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
  return sortedNames(entries.keys()).map((name) =>
    simpleMapLeaf(utf8.encode(name), entries.get(name) as Uint8Array),
  )
}

/** Root of the simple map, which is the application hash when the values are the stores' roots. */
export function simpleMapRoot(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return merkleRoot(simpleMapLeaves(entries))
}
