import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { concat, EMPTY, equalBytes } from './bytes.ts'
import type { MerkleProof } from './types.ts'

/** SHA-256 of a byte string: 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

// The pure room cannot import node:crypto, whose SHA-256 is about seven times faster. Both compute the same function,
// so which one is installed can change speed only, never a result.
let implementation: Sha256 = nobleSha256

/** Installs a faster SHA-256. Called once by the node's entry point, before anything is hashed; never by tests or modules. */
export function useNativeSha256(native: Sha256): void {
  implementation = native
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return implementation(bytes)
}

const LEAF = Uint8Array.of(0)
const INNER = Uint8Array.of(1)

/** RFC 6962 leaf: sha256(00 | leaf). */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, leaf))
}

/** RFC 6962 inner node: sha256(01 | left | right). */
export function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(INNER, left, right))
}

/** The largest power of two below `length` (length >= 2): where RFC 6962 splits. */
function splitPoint(length: number): number {
  let split = 1
  while (split * 2 < length) split *= 2
  return split
}

function rootOf(hashes: readonly Uint8Array[], from: number, to: number): Uint8Array {
  if (to - from === 1) return hashes[from] as Uint8Array
  const middle = from + splitPoint(to - from)
  return innerHash(rootOf(hashes, from, middle), rootOf(hashes, middle, to))
}

/** Merkle root of byte strings (RFC 6962); sha256 of nothing for an empty list. */
export function merkleRoot(items: readonly Uint8Array[]): Uint8Array {
  return items.length === 0 ? sha256(EMPTY) : rootOf(items.map(leafHash), 0, items.length)
}

/** Root and one audit path per item, in item order. */
export function merkleProofs(items: readonly Uint8Array[]): {
  readonly root: Uint8Array
  readonly proofs: readonly MerkleProof[]
} {
  const leaves = items.map(leafHash)
  const aunts: Uint8Array[][] = leaves.map(() => [])
  const walk = (from: number, to: number): Uint8Array => {
    if (to - from === 1) return leaves[from] as Uint8Array
    const middle = from + splitPoint(to - from)
    const left = walk(from, middle)
    const right = walk(middle, to)
    for (let i = from; i < to; i++) aunts[i]?.push(i < middle ? right : left)
    return innerHash(left, right)
  }
  const root = leaves.length === 0 ? sha256(EMPTY) : walk(0, leaves.length)
  const total = BigInt(leaves.length)
  const proofs = leaves.map((leaf, i) => ({
    total,
    index: BigInt(i),
    leafHash: leaf,
    aunts: aunts[i] ?? [],
  }))
  return { root, proofs }
}

/** The longest audit path accepted from outside (CometBFT `MaxAunts`). */
export const MAX_AUNTS = 100

/** The root an audit path leads to, or undefined when index, total and path length do not fit together. */
export function rootOfProof(proof: MerkleProof): Uint8Array | undefined {
  if (proof.aunts.length > MAX_AUNTS || proof.total > 2n ** 31n) return undefined
  const climb = (index: number, total: number, depth: number): Uint8Array | undefined => {
    if (index < 0 || index >= total) return undefined
    if (total === 1) return depth === 0 ? proof.leafHash : undefined
    const aunt = proof.aunts[depth - 1]
    if (aunt === undefined) return undefined
    const split = splitPoint(total)
    if (index < split) {
      const left = climb(index, split, depth - 1)
      return left && innerHash(left, aunt)
    }
    const right = climb(index - split, total - split, depth - 1)
    return right && innerHash(aunt, right)
  }
  return climb(Number(proof.index), Number(proof.total), proof.aunts.length)
}

/** True when `leaf` is item `proof.index` of a list with this root. */
export function verifyMerkleProof(proof: MerkleProof, root: Uint8Array, leaf: Uint8Array): boolean {
  if (!equalBytes(proof.leafHash, leafHash(leaf))) return false
  const computed = rootOfProof(proof)
  return computed !== undefined && equalBytes(computed, root)
}
