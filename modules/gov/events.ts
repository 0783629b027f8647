import type { WeightedVoteOption } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ModuleEvent } from '../kit/context.ts'

/** A proposal was submitted; `messages` is every type URL with a comma before it, as in the SDK. */
export const submitted = (id: bigint, proposer: string, messages: string): ModuleEvent => ({
  type: 'submit_proposal',
  attributes: [
    ['proposal_id', id.toString()],
    ['proposal_proposer', proposer],
    ['proposal_messages', messages],
  ],
})

/** The deposit that came with a proposal or after it began the vote. */
export const votingStarted = (
  type: 'submit_proposal' | 'proposal_deposit',
  id: bigint,
): ModuleEvent => ({ type, attributes: [['voting_period_start', id.toString()]] })

/** Somebody added to a deposit. */
export const deposited = (id: bigint, depositor: string, coins: readonly Coin[]): ModuleEvent => ({
  type: 'proposal_deposit',
  attributes: [
    ['depositor', depositor],
    ['amount', formatCoins(coins)],
    ['proposal_id', id.toString()],
  ],
})

/** Somebody voted; `option` is the JSON that Go writes of the weighted options. */
export const voted = (
  id: bigint,
  voter: string,
  options: readonly WeightedVoteOption[],
): ModuleEvent => ({
  type: 'proposal_vote',
  attributes: [
    ['voter', voter],
    ['option', JSON.stringify(options.map(({ option, weight }) => ({ option, weight })))],
    ['proposal_id', id.toString()],
  ],
})

/** The proposer took a proposal back. */
export const canceled = (id: bigint, sender: string): ModuleEvent => ({
  type: 'cancel_proposal',
  attributes: [
    ['sender', sender],
    ['proposal_id', id.toString()],
  ],
})

/** A proposal did not find its deposit in time. */
export const dropped = (id: bigint): ModuleEvent => ({
  type: 'inactive_proposal',
  attributes: [
    ['proposal_id', id.toString()],
    ['proposal_result', 'proposal_dropped'],
  ],
})

/** What became of a proposal at the end of its vote. */
export type Outcome =
  | 'proposal_passed'
  | 'proposal_failed'
  | 'proposal_rejected'
  | 'expedited_proposal_rejected'

/** A vote ended. */
export const tallied = (id: bigint, outcome: Outcome, log: string): ModuleEvent => ({
  type: 'active_proposal',
  attributes: [
    ['proposal_id', id.toString()],
    ['proposal_result', outcome],
    ['proposal_log', log],
  ],
})
