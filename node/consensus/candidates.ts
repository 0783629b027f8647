import { decodeBlock } from '../chain/block.ts'
import { equalBytes } from '../chain/bytes.ts'
import { blockIdKey } from '../chain/commit.ts'
import { headerHash } from '../chain/header.ts'
import { PartCollector, splitParts, verifyPart } from '../chain/part-set.ts'
import type { Block, BlockId, Part } from '../chain/types.ts'

/** Most incomplete blocks of one height; each needs a proposal signed by its round's proposer or a quorum of votes. */
const MAX_INCOMPLETE = 64

/** A block of the present height, whole or in pieces. */
export interface Candidate {
  readonly blockId: BlockId
  readonly collector: PartCollector
  /** Set when the parts are complete and hold the block the id names. */
  block: Block | undefined
  bytes: Uint8Array | undefined
  /** The validity check was started. */
  checking: boolean
}

/** The blocks of one height by identity: proposed, wanted by a quorum, or built here. */
export class Candidates {
  readonly #byId = new Map<string, Candidate>()

  get(blockId: BlockId): Candidate | undefined {
    return this.#byId.get(blockIdKey(blockId))
  }

  all(): IterableIterator<Candidate> {
    return this.#byId.values()
  }

  /** Begins to collect a block's parts, in place of the oldest incomplete one when there are too many. Throws ChainError when the id fits no block. */
  expect(blockId: BlockId): Candidate {
    const key = blockIdKey(blockId)
    const known = this.#byId.get(key)
    if (known !== undefined) return known
    const incomplete = [...this.#byId].filter(([, candidate]) => candidate.block === undefined)
    const oldest = incomplete[0]
    if (oldest !== undefined && incomplete.length >= MAX_INCOMPLETE) this.#byId.delete(oldest[0])
    const collector = new PartCollector(blockId.parts)
    const candidate: Candidate = {
      blockId,
      collector,
      block: undefined,
      bytes: undefined,
      checking: false,
    }
    this.#byId.set(key, candidate)
    return candidate
  }

  /** Takes in a whole block: built here, logged, or fetched with a commit. */
  add(blockId: BlockId, block: Block, bytes: Uint8Array): Candidate {
    const candidate = this.expect(blockId)
    if (candidate.block !== undefined) return candidate
    for (const part of splitParts(bytes).parts) candidate.collector.add(part)
    candidate.block = block
    candidate.bytes = bytes
    return candidate
  }

  /**
   * Adds a part to the block it proves to belong to. Returns that block when the part completed it, 'added', 'known'
   * when it was here already, or 'foreign' when no block that is collected has such a part. Throws CodecError when the complete
   * bytes are no block.
   */
  addPart(part: Part): Candidate | 'added' | 'known' | 'foreign' {
    let known = false
    for (const candidate of this.#byId.values()) {
      const { collector } = candidate
      if (!belongs(collector, part)) continue
      if (collector.get(part.index) !== undefined) {
        known = true
        continue
      }
      collector.add(part)
      return collector.complete ? this.#finish(candidate) : 'added'
    }
    return known ? 'known' : 'foreign'
  }

  clear(): void {
    this.#byId.clear()
  }

  #finish(candidate: Candidate): Candidate | 'added' {
    const bytes = candidate.collector.bytes()
    const block = decodeBlock(bytes)
    // The part-set hash was right but it is another block: the proposer lied, and nobody will ever complete this id.
    if (!equalBytes(headerHash(block.header), candidate.blockId.hash)) return 'added'
    candidate.block = block
    candidate.bytes = bytes
    return candidate
  }
}

function belongs(collector: PartCollector, part: Part): boolean {
  try {
    verifyPart(collector.header, part)
    return true
  } catch {
    return false // the proof is for another part set; the caller learns 'foreign' when it is for none
  }
}
