import { concat, equalBytes } from './bytes.ts'
import { PART_SIZE } from './codec.ts'
import { ChainError } from './errors.ts'
import { merkleProofs, verifyMerkleProof } from './hash.ts'
import { MAX_BLOCK_BYTES } from './params.ts'
import type { Part, PartSetHeader } from './types.ts'

/** Most parts a block may have. */
export const MAX_PARTS = Math.floor(MAX_BLOCK_BYTES / PART_SIZE) + 1

/** Cuts block bytes into 64 KiB parts with their proofs. */
export function splitParts(bytes: Uint8Array): {
  readonly header: PartSetHeader
  readonly parts: readonly Part[]
} {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += PART_SIZE)
    pieces.push(bytes.subarray(at, at + PART_SIZE))
  const { root, proofs } = merkleProofs(pieces)
  const parts = proofs.map((proof, index) => ({ index, bytes: pieces[index] as Uint8Array, proof }))
  return { header: { total: pieces.length, hash: root }, parts }
}

/** Throws `invalid_part` unless the part belongs to the part set: index, size and Merkle proof. */
export function verifyPart(header: PartSetHeader, part: Part): void {
  const fail = (reason: string): never => {
    throw new ChainError('invalid_part', `part ${part.index}: ${reason}`)
  }
  if (part.index >= header.total) fail(`the set has only ${header.total}`)
  if (part.proof.index !== BigInt(part.index)) fail('proof is for another index')
  if (part.proof.total !== BigInt(header.total)) fail('proof is for another total')
  const last = part.index === header.total - 1
  const size = part.bytes.length
  if (size > PART_SIZE || size === 0 || (!last && size !== PART_SIZE)) fail(`${size} bytes`)
  if (!verifyMerkleProof(part.proof, header.hash, part.bytes)) fail('wrong Merkle proof')
}

/** Collects the parts of one block until it is complete. Mutable; one per proposal, owned by whoever fetches. */
export class PartCollector {
  readonly header: PartSetHeader
  private readonly parts: (Part | undefined)[]
  private count = 0

  /** Throws `invalid_part` for a part set that no valid block can have. */
  constructor(header: PartSetHeader) {
    if (header.total < 1 || header.total > MAX_PARTS || header.hash.length !== 32) {
      throw new ChainError('invalid_part', `a block cannot have ${header.total} parts`)
    }
    this.header = header
    this.parts = new Array<Part | undefined>(header.total).fill(undefined)
  }

  /** Adds a verified part; false when it was already there. Throws `invalid_part`. */
  add(part: Part): boolean {
    verifyPart(this.header, part)
    if (this.parts[part.index] !== undefined) return false
    this.parts[part.index] = part
    this.count++
    return true
  }

  /** A part that has arrived. */
  get(index: number): Part | undefined {
    return this.parts[index]
  }

  /** Indexes still missing, ascending. */
  missing(): readonly number[] {
    return [...this.parts.keys()].filter((index) => this.parts[index] === undefined)
  }

  get complete(): boolean {
    return this.count === this.header.total
  }

  /** The block's bytes; throws `invalid_part` while parts are missing. */
  bytes(): Uint8Array {
    if (!this.complete) throw new ChainError('invalid_part', 'the part set is not complete')
    return concat(...this.parts.map((part) => (part as Part).bytes))
  }
}

/** True when both headers name the same part set. */
export function equalParts(a: PartSetHeader, b: PartSetHeader): boolean {
  return a.total === b.total && equalBytes(a.hash, b.hash)
}
