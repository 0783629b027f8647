import { encodeBlockId, encodeTime, isNilBlockId, NIL_BLOCK_ID } from './codec.ts'
import type { BlockId, Commit, Proposal, Time, Vote } from './types.ts'
import { Writer } from './wire.ts'

/** What a vote's signature covers, besides the chain id. `type` 0 appears only in test vectors. */
export interface VoteContent {
  readonly type: number
  readonly height: bigint
  readonly round: number
  readonly blockId: BlockId
  readonly timestamp: Time
}

function lengthPrefixed(body: Uint8Array): Uint8Array {
  const prefix = new Writer().uvarint(body.length).finish()
  const out = new Uint8Array(prefix.length + body.length)
  out.set(prefix)
  out.set(body, prefix.length)
  return out
}

/** Length-prefixed `CanonicalVote`: fixed-width height and round, block id left out when nil, time always written. */
export function voteSignBytes(chainId: string, vote: VoteContent): Uint8Array {
  const writer = new Writer()
    .varint(1, vote.type)
    .sfixed64(2, vote.height)
    .sfixed64(3, BigInt(vote.round))
  if (!isNilBlockId(vote.blockId)) writer.message(4, encodeBlockId(vote.blockId))
  return lengthPrefixed(writer.message(5, encodeTime(vote.timestamp)).string(6, chainId).finish())
}

/** Length-prefixed `CanonicalProposal` (type 32); the POL round -1 is a ten-byte varint. */
export function proposalSignBytes(
  chainId: string,
  proposal: Omit<Proposal, 'signature'>,
): Uint8Array {
  const writer = new Writer()
    .varint(1, 32)
    .sfixed64(2, proposal.height)
    .sfixed64(3, BigInt(proposal.round))
    .varint(4, proposal.polRound)
  if (!isNilBlockId(proposal.blockId)) writer.message(5, encodeBlockId(proposal.blockId))
  return lengthPrefixed(
    writer.message(6, encodeTime(proposal.timestamp)).string(7, chainId).finish(),
  )
}

/** The precommit that slot `index` of a commit stands for; undefined when absent. */
export function voteOfCommit(commit: Commit, index: number): Vote | undefined {
  const sig = commit.signatures[index]
  if (sig === undefined || sig.flag === 1) return undefined
  return {
    type: 2,
    height: commit.height,
    round: commit.round,
    blockId: sig.flag === 2 ? commit.blockId : NIL_BLOCK_ID,
    timestamp: sig.timestamp,
    validatorAddress: sig.validatorAddress,
    validatorIndex: index,
    signature: sig.signature,
  }
}
