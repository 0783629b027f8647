import { CodecError } from '../../proto/codec.ts'
import {
  encodePart,
  encodeProposal,
  encodeVote,
  isNilBlockId,
  PART_SIZE,
  readPart,
  readProposal,
  readVote,
} from './codec.ts'
import { ChainError } from './errors.ts'
import { checkBlockId, isCompleteBlockId } from './header.ts'
import type { Part, Proposal, Vote } from './types.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** The messages of `tendermint.consensus.Message` that carry consensus itself. */
export type ConsensusMessage =
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | {
      readonly type: 'blockPart'
      readonly height: bigint
      readonly round: number
      readonly part: Part
    }
  | { readonly type: 'vote'; readonly vote: Vote }

/** Largest message on the wire: a part with the longest proof fits with room to spare. */
export const MAX_MESSAGE_BYTES = PART_SIZE + 8192

/** `tendermint.consensus.Message`. */
export function encodeMessage(message: ConsensusMessage): Uint8Array {
  const writer = new Writer()
  switch (message.type) {
    case 'proposal':
      return writer
        .message(3, new Writer().message(1, encodeProposal(message.proposal)).finish())
        .finish()
    case 'blockPart':
      return writer
        .message(
          5,
          new Writer()
            .varint(1, message.height)
            .varint(2, message.round)
            .message(3, encodePart(message.part))
            .finish(),
        )
        .finish()
    case 'vote':
      return writer.message(6, new Writer().message(1, encodeVote(message.vote)).finish()).finish()
  }
}

function readBlockPart(path: string, data: Uint8Array): ConsensusMessage {
  let height = 0n
  let round = 0
  let part: Part | undefined
  readFields(path, data, (field, value) => {
    if (field === 1) height = value.int64()
    else if (field === 2) round = value.int32()
    else if (field === 3) part = readPart(`${path}.part`, value.message())
    else return false
    return true
  })
  if (part === undefined) throw new CodecError(path, 'no part')
  return { type: 'blockPart', height, round, part }
}

function readWrapped<T>(
  path: string,
  data: Uint8Array,
  read: (path: string, data: Uint8Array) => T,
): T {
  let inner: T | undefined
  readFields(path, data, (field, value) => {
    if (field !== 1) return false
    inner = read(path, value.message())
    return true
  })
  if (inner === undefined) throw new CodecError(path, 'empty message')
  return inner
}

function readMessage(path: string, data: Uint8Array): ConsensusMessage {
  let message: ConsensusMessage | undefined
  readFields(path, data, (field, value) => {
    if (field === 3) {
      const proposal = readWrapped(`${path}.proposal`, value.message(), readProposal)
      message = { type: 'proposal', proposal }
    } else if (field === 5) message = readBlockPart(`${path}.blockPart`, value.message())
    else if (field === 6) {
      message = { type: 'vote', vote: readWrapped(`${path}.vote`, value.message(), readVote) }
    } else return false
    return true
  })
  if (message === undefined) throw new CodecError(path, 'empty message')
  return message
}

/** Strict decoding of one consensus message; throws CodecError. Signatures are not checked here. */
export function decodeMessage(data: Uint8Array): ConsensusMessage {
  return decodeCanonical('Message', data, MAX_MESSAGE_BYTES, readMessage, encodeMessage)
}

function need(good: boolean, reason: string): void {
  if (!good) throw new ChainError('invalid_message', reason)
}

/** Checks a vote by itself (CometBFT `Vote.ValidateBasic`); throws `invalid_message`. */
export function validateVote(vote: Vote): void {
  need(vote.height >= 1n && vote.round >= 0, 'vote with a height below 1 or a negative round')
  checkBlockId(vote.blockId)
  need(isNilBlockId(vote.blockId) || isCompleteBlockId(vote.blockId), 'vote for half a block id')
  need(vote.validatorAddress.length === 20, 'vote without a validator address')
  need(vote.validatorIndex >= 0, 'vote with a negative validator index')
  need(vote.signature.length === 64, 'vote without a signature')
}

/** Checks a proposal by itself (CometBFT `Proposal.ValidateBasic`); throws `invalid_message`. */
export function validateProposal(proposal: Proposal): void {
  need(proposal.height >= 1n && proposal.round >= 0, 'proposal with a bad height or round')
  const { polRound, round } = proposal
  need(polRound >= -1 && polRound < round, `proposal of round ${round} with POL round ${polRound}`)
  need(isCompleteBlockId(proposal.blockId), 'proposal without a complete block id')
  need(proposal.signature.length === 64, 'proposal without a signature')
}
