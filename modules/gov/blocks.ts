import type { AnyValue } from '../../proto/codec.ts'
import { type Proposal, ProposalStatus } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { prefixEnd } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import { type ChainError, invariant } from '../kit/errors.ts'
import { blockTime, type Instant, timeKey } from '../kit/time.ts'
import { burnDeposits, refundDeposits } from './deposits.ts'
import { dropped, type Outcome, tallied } from './events.ts'
import type { GovNeeds } from './needs.ts'
import { readParams } from './params.ts'
import { deleteProposal, deleteVotes, mustProposal, state, writeProposal } from './state.ts'
import { tally } from './tally.ts'
import { after } from './times.ts'

/** So many proposals end in one block, counting those without deposit; the rest in the next ones. */
export const MAX_ENDING = 100

type Row = readonly [Instant, bigint]

/** Drops proposals whose deposit did not come, then ends the votes that are over, each in order of time and id. */
export function endBlock(needs: GovNeeds, ctx: BlockContext): undefined {
  const late = due(ctx, state.inactive, MAX_ENDING)
  for (const row of late) drop(needs, ctx, row)
  for (const row of due(ctx, state.active, MAX_ENDING - late.length)) {
    // What passed before may have taken this one back.
    if (state.active.has(ctx, row)) end(needs, ctx, row)
  }
  return undefined
}

function due(ctx: ReadContext, queue: typeof state.active, most: number): Row[] {
  const rows: Row[] = []
  const limit = prefixEnd(timeKey.encode(blockTime(ctx)))
  for (const [key] of queue.entries(ctx, limit === undefined ? {} : { end: limit })) {
    if (rows.length >= most) break
    rows.push(key)
  }
  return rows
}

function drop(needs: GovNeeds, ctx: BlockContext, [, id]: Row): void {
  deleteProposal(ctx, mustProposal(ctx, id))
  if (readParams(ctx).burnProposalDepositPrevote) burnDeposits(needs, ctx, id)
  else refundDeposits(needs, ctx, id)
  ctx.emit(dropped(id))
}

function end(needs: GovNeeds, ctx: BlockContext, row: Row): void {
  const [, id] = row
  const proposal = mustProposal(ctx, id)
  const { passes, burns, result } = tally(needs, ctx, proposal)
  deleteVotes(ctx, id)
  // An expedited proposal that fails goes on as a regular one, with its deposits.
  if (passes || !proposal.expedited) {
    if (burns) burnDeposits(needs, ctx, id)
    else refundDeposits(needs, ctx, id)
  }
  state.active.delete(ctx, row)
  const ended = passes ? execute(ctx, proposal) : refuse(ctx, proposal)
  writeProposal(ctx, { ...ended.proposal, finalTallyResult: result })
  ctx.emit(tallied(id, ended.outcome, ended.log))
}

interface Ended {
  readonly proposal: Proposal
  readonly outcome: Outcome
  readonly log: string
}

/** Runs the messages of a proposal that passed: all of them or none. */
function execute(ctx: BlockContext, proposal: Proposal): Ended {
  invariant(ctx.attempt !== undefined, 'gov: a block phase that runs no messages')
  const outcome = ctx.attempt(proposal.messages)
  if (outcome.ok) {
    const status = ProposalStatus.PROPOSAL_STATUS_PASSED
    return { proposal: { ...proposal, status }, outcome: 'proposal_passed', log: 'passed' }
  }
  const message = proposal.messages[outcome.index]
  const reason = reasonOf(outcome.error, message)
  const failed = {
    ...proposal,
    status: ProposalStatus.PROPOSAL_STATUS_FAILED,
    failedReason: reason,
  }
  const log = `passed, but msg ${outcome.index} (${message?.typeUrl ?? ''}) failed on execution: ${reason}`
  return { proposal: failed, outcome: 'proposal_failed', log }
}

/** Code of an error that no handler meant to throw: its text names source files, which differ between machines. */
const PANIC = 111222

function reasonOf(error: ChainError, message: AnyValue | undefined): string {
  if (error.codespace === 'undefined' && error.code === PANIC)
    return `handling x/gov proposal msg [${message?.typeUrl ?? ''}] PANICKED`
  return error.message
}

function refuse(ctx: BlockContext, proposal: Proposal): Ended {
  if (!proposal.expedited) {
    const rejected = {
      ...proposal,
      status: ProposalStatus.PROPOSAL_STATUS_REJECTED,
      failedReason: 'proposal did not get enough votes to pass',
    }
    return { proposal: rejected, outcome: 'proposal_rejected', log: 'rejected' }
  }
  const { votingStartTime } = proposal
  invariant(votingStartTime !== undefined, `gov: proposal ${proposal.id} is voted on since never`)
  const votingEndTime = after(votingStartTime, readParams(ctx).votingPeriod)
  state.active.set(ctx, [votingEndTime, proposal.id], proposal.id)
  return {
    proposal: { ...proposal, expedited: false, votingEndTime },
    outcome: 'expedited_proposal_rejected',
    log: 'expedited proposal converted to regular',
  }
}
