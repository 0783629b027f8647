import { ProposalStatus } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { GOV_ACCOUNT } from '../kit/authority.ts'
import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import type { GovNeeds } from './needs.ts'
import { addCoins, covers, storedCoins } from './rules.ts'
import { state } from './state.ts'

const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus

/** What is wrong between deposits and the account that holds them. */
export function depositsProblem(needs: GovNeeds, ctx: ReadContext): string | undefined {
  let owed: Coin[] = []
  for (const { amount } of state.deposits.values(ctx)) owed = addCoins(owed, storedCoins(amount))
  const held = needs.bank.balances(ctx, needs.auth.moduleAddress(ctx.hasher, GOV_ACCOUNT))
  if (covers(held, owed)) return undefined
  return `deposits are ${formatCoins(owed)}, the account gov has ${formatCoins(held)}`
}

/** Laws of governance. */
export function invariants(needs: GovNeeds): readonly Invariant[] {
  return [
    { name: 'module-account', check: (ctx) => depositsProblem(needs, ctx) },
    { name: 'total-deposits', check: totalsProblem },
    { name: 'queues', check: queuesProblem },
  ]
}

/** A running proposal states the sum of its deposits; one that ended has none left. */
function totalsProblem(ctx: ReadContext): string | undefined {
  const sums = new Map<bigint, Coin[]>()
  for (const { proposalId, amount } of state.deposits.values(ctx))
    sums.set(proposalId, addCoins(sums.get(proposalId) ?? [], storedCoins(amount)))
  for (const { id, status, totalDeposit } of state.proposals.values(ctx)) {
    const runs =
      status === PROPOSAL_STATUS_DEPOSIT_PERIOD || status === PROPOSAL_STATUS_VOTING_PERIOD
    const expected = runs ? formatCoins(storedCoins(totalDeposit)) : ''
    const found = formatCoins(sums.get(id) ?? [])
    if (found !== expected)
      return `deposits on proposal ${id} are "${found}", expected "${expected}"`
    sums.delete(id)
  }
  const [orphan] = sums.keys()
  return orphan === undefined ? undefined : `a deposit on proposal ${orphan}, which is none`
}

/** Every running proposal waits in its queue at its end, and nothing else waits. */
function queuesProblem(ctx: ReadContext): string | undefined {
  const counts = { active: 0, inactive: 0, voting: 0 }
  for (const { id, status, depositEndTime, votingEndTime } of state.proposals.values(ctx)) {
    if (status === PROPOSAL_STATUS_DEPOSIT_PERIOD) {
      counts.inactive += 1
      if (depositEndTime === undefined || !state.inactive.has(ctx, [depositEndTime, id]))
        return `proposal ${id} waits for deposits but not in the queue`
    }
    if (status === PROPOSAL_STATUS_VOTING_PERIOD) {
      counts.active += 1
      if (votingEndTime === undefined || !state.active.has(ctx, [votingEndTime, id]))
        return `proposal ${id} is voted on but not in the queue`
      if (!state.voting.has(ctx, id)) return `proposal ${id} is voted on but not marked`
    }
  }
  counts.voting = counts.active
  for (const name of ['active', 'inactive', 'voting'] as const) {
    const found = [...state[name].values(ctx)].length
    if (found !== counts[name]) return `${name} has ${found} rows, expected ${counts[name]}`
  }
  return undefined
}
