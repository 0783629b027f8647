import {
  Deposit,
  Params,
  Proposal,
  ProposalStatus,
  Vote,
} from '../../proto/gen/cosmos/gov/v1/gov.ts'
import {
  bytesValue,
  defineState,
  protoValue,
  rememberLast,
  stringValue,
  u64Value,
} from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'
import { pairKey, prefixedBytesKey, u64Key } from '../kit/keys.ts'
import { timeKey } from '../kit/time.ts'

const byProposal = pairKey(u64Key, prefixedBytesKey)
const queue = pairKey(timeKey, u64Key)

/** The store `gov` in the SDK's layout (x/gov/types/keys.go). */
export const state = defineState('gov', (s) => ({
  /** 0x00 | id -> Proposal */
  proposals: s.table(0x00, 'proposals', u64Key, protoValue(Proposal)),
  /** 0x01 | end of the vote | id -> id */
  active: s.table(0x01, 'active_proposals_queue', queue, u64Value),
  /** 0x02 | end of the deposit period | id -> id */
  inactive: s.table(0x02, 'inactive_proposals_queue', queue, u64Value),
  /** 0x03 -> next proposal id, eight bytes big-endian */
  nextId: s.item(0x03, 'proposal_id', u64Value),
  /** 0x04 | id -> 1 while it is voted on */
  voting: s.table(0x04, 'voting_period_proposals', u64Key, bytesValue),
  /** 0x10 | id | length, depositor -> Deposit */
  deposits: s.table(0x10, 'deposits', byProposal, protoValue(Deposit)),
  /** 0x20 | id | length, voter -> Vote */
  votes: s.table(0x20, 'votes', byProposal, protoValue(Vote)),
  /** 0x30 -> Params */
  params: s.item(0x30, 'params', rememberLast(protoValue(Params))),
  /** 0x31 -> text; absent when there is none (the SDK stores nothing, which cannot be proven) */
  constitution: s.item(0x31, 'constitution', stringValue),
}))

const PRESENT = Uint8Array.of(1)

/** A proposal. Throws sdk 38 when there is none. */
export function mustProposal(ctx: ReadContext, id: bigint): Proposal {
  const found = state.proposals.get(ctx, id)
  if (found === undefined) throw sdkErrors.notFound(`proposal ${id} doesn't exist`)
  return found
}

/** Writes a proposal and whether it is voted on. */
export function writeProposal(ctx: WriteContext, proposal: Proposal): void {
  if (proposal.status === ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD)
    state.voting.set(ctx, proposal.id, PRESENT)
  else state.voting.delete(ctx, proposal.id)
  state.proposals.set(ctx, proposal.id, proposal)
}

/** Removes a proposal and its places in the queues; its deposits and votes are others' work. */
export function deleteProposal(ctx: WriteContext, proposal: Proposal): void {
  const { id, depositEndTime, votingEndTime } = proposal
  if (depositEndTime !== undefined) state.inactive.delete(ctx, [depositEndTime, id])
  if (votingEndTime !== undefined) {
    state.active.delete(ctx, [votingEndTime, id])
    state.voting.delete(ctx, id)
  }
  state.proposals.delete(ctx, id)
}

/** Deposits of a proposal in order of depositor address. */
export function depositsOf(
  ctx: ReadContext,
  id: bigint,
): { readonly depositor: Uint8Array; readonly deposit: Deposit }[] {
  const rows = state.deposits.entries(ctx, { prefix: u64Key.encode(id) })
  return [...rows].map(([[, depositor], deposit]) => ({ depositor, deposit }))
}

/** Votes on a proposal in order of voter address. */
export function votesOf(
  ctx: ReadContext,
  id: bigint,
): { readonly voter: Uint8Array; readonly vote: Vote }[] {
  const rows = state.votes.entries(ctx, { prefix: u64Key.encode(id) })
  return [...rows].map(([[, voter], vote]) => ({ voter, vote }))
}

/** Forgets the votes on a proposal. */
export function deleteVotes(ctx: WriteContext, id: bigint): void {
  for (const { voter } of votesOf(ctx, id)) state.votes.delete(ctx, [id, voter])
}
