import { type Params, type Proposal, ProposalStatus } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { fromBech32, toBech32 } from '../kit/address.ts'
import { GOV_ACCOUNT } from '../kit/authority.ts'
import { equalBytes } from '../kit/bytes.ts'
import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'
import { blockTime } from '../kit/time.ts'
import { govErrors } from './errors.ts'
import { deposited } from './events.ts'
import { DISTRIBUTION_ACCOUNT, type GovNeeds } from './needs.ts'
import { readParams } from './params.ts'
import {
  addCoins,
  amountOf,
  covers,
  nearestPart,
  partOf,
  storedCoins,
  storedDec,
  subCoins,
  wireCoins,
} from './rules.ts'
import { depositsOf, mustProposal, state, writeProposal } from './state.ts'
import { after } from './times.ts'

const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus

/** What a proposal needs before it is voted on. */
export function neededDeposit(params: Params, expedited: boolean): Coin[] {
  return storedCoins(expedited ? params.expeditedMinDeposit : params.minDeposit)
}

/** Throws gov 16 when a new proposal brings too little, gov 23 for coins that no deposit may have. */
export function checkInitialDeposit(
  params: Params,
  coins: readonly Coin[],
  expedited: boolean,
): void {
  const ratio = storedDec(params.minInitialDepositRatio)
  if (ratio > 0n) {
    const needed = nearestPart(neededDeposit(params, expedited), ratio)
    if (!covers(coins, needed))
      throw govErrors.depositTooSmall(`was (${formatCoins(coins)}), need (${formatCoins(needed)})`)
  }
  checkDenoms(params, coins)
}

/**
 * Adds to the deposit of a proposal and begins its vote when it is enough; answers whether it began. Throws sdk 38, gov 3,
 * gov 23, gov 16, sdk 4 for module accounts and what the bank throws.
 */
export function addDeposit(
  needs: GovNeeds,
  ctx: WriteContext,
  id: bigint,
  depositor: Uint8Array,
  coins: readonly Coin[],
): boolean {
  const proposal = mustProposal(ctx, id)
  const { status } = proposal
  if (status !== PROPOSAL_STATUS_DEPOSIT_PERIOD && status !== PROPOSAL_STATUS_VOTING_PERIOD)
    throw govErrors.inactive(id.toString())
  // Governance may sign messages, but a deposit from its account would be counted twice and could never be given back.
  if (needs.auth.isModuleAddress(ctx.hasher, depositor))
    throw sdkErrors.unauthorized(`${toBech32(depositor)} is a module account and cannot deposit`)
  const params = readParams(ctx)
  const needed = neededDeposit(params, proposal.expedited)
  checkDenoms(params, coins)
  checkPart(needed, storedDec(params.minDepositRatio), coins)
  needs.bank.sendToModule(ctx, depositor, GOV_ACCOUNT, coins)
  const total = addCoins(storedCoins(proposal.totalDeposit), coins)
  const next = { ...proposal, totalDeposit: wireCoins(total) }
  const begins = status === PROPOSAL_STATUS_DEPOSIT_PERIOD && covers(total, needed)
  if (begins) activate(ctx, next, params)
  else writeProposal(ctx, next)
  const before = state.deposits.get(ctx, [id, depositor])
  const amount = addCoins(storedCoins(before?.amount ?? []), coins)
  ctx.emit(deposited(id, toBech32(depositor), coins))
  state.deposits.set(ctx, [id, depositor], {
    proposalId: id,
    depositor: toBech32(depositor),
    amount: wireCoins(amount),
  })
  return begins
}

function checkDenoms(params: Params, coins: readonly Coin[]): void {
  const accepted = params.minDeposit.map(({ denom }) => denom)
  if (coins.every(({ denom }) => accepted.includes(denom))) return
  throw govErrors.depositDenom(
    `deposited ${formatCoins(coins)}, but gov accepts only the following denom(s): [${accepted.join(' ')}]`,
  )
}

/** At least one coin must be a stated part of what is needed of it. */
function checkPart(
  needed: readonly Coin[],
  ratio: ReturnType<typeof storedDec>,
  coins: readonly Coin[],
): void {
  if (ratio === 0n) return
  const bars = needed.map(({ denom, amount }) => ({
    denom,
    amount: amountOf(partOf([{ denom, amount }], ratio), denom),
  }))
  const met = bars.some(
    ({ denom, amount }) =>
      coins.some((coin) => coin.denom === denom) && amountOf(coins, denom) >= amount,
  )
  if (met) return
  throw govErrors.depositTooSmall(
    `received ${formatCoins(coins)} but need at least one of the following: ${formatCoins(bars)}`,
  )
}

/** Begins the vote on a proposal. */
function activate(ctx: WriteContext, proposal: Proposal, params: Params): void {
  const start = blockTime(ctx)
  const end = after(start, proposal.expedited ? params.expeditedVotingPeriod : params.votingPeriod)
  writeProposal(ctx, {
    ...proposal,
    status: PROPOSAL_STATUS_VOTING_PERIOD,
    votingStartTime: { ...start },
    votingEndTime: end,
  })
  if (proposal.depositEndTime !== undefined)
    state.inactive.delete(ctx, [proposal.depositEndTime, proposal.id])
  state.active.set(ctx, [end, proposal.id], proposal.id)
}

/** Gives every deposit back. Module accounts cannot deposit, so nobody is left out. */
export function refundDeposits(needs: GovNeeds, ctx: WriteContext, id: bigint): void {
  for (const { depositor, deposit } of depositsOf(ctx, id)) {
    payOut(needs, ctx, depositor, storedCoins(deposit.amount))
    state.deposits.delete(ctx, [id, depositor])
  }
}

/** Destroys every deposit. */
export function burnDeposits(needs: GovNeeds, ctx: WriteContext, id: bigint): void {
  let coins: Coin[] = []
  for (const { depositor, deposit } of depositsOf(ctx, id)) {
    coins = addCoins(coins, storedCoins(deposit.amount))
    state.deposits.delete(ctx, [id, depositor])
  }
  if (coins.length > 0) needs.bank.burn(ctx, GOV_ACCOUNT, coins)
}

/**
 * Takes the stated part of every deposit, cut for each coin, and gives the rest back. The part is burned, or goes to
 * `proposal_cancel_dest`: the community pool where that is distribution's account. Throws sdk 4 when it cannot receive.
 */
export function chargeDeposits(needs: GovNeeds, ctx: WriteContext, id: bigint): void {
  const { proposalCancelRatio, proposalCancelDest } = readParams(ctx)
  const ratio = storedDec(proposalCancelRatio)
  let charges: Coin[] = []
  for (const { depositor, deposit } of depositsOf(ctx, id)) {
    const coins = storedCoins(deposit.amount)
    const charge = partOf(coins, ratio)
    payOut(needs, ctx, depositor, subCoins(coins, charge))
    charges = addCoins(charges, charge)
    state.deposits.delete(ctx, [id, depositor])
  }
  if (charges.length === 0) return
  if (proposalCancelDest === '') {
    needs.bank.burn(ctx, GOV_ACCOUNT, charges)
    return
  }
  const to = fromBech32(proposalCancelDest)
  if (equalBytes(to, needs.auth.moduleAddress(ctx.hasher, DISTRIBUTION_ACCOUNT)))
    needs.distribution.fundCommunityPool(ctx, govAddress(needs, ctx), charges)
  else needs.bank.sendFromModule(ctx, GOV_ACCOUNT, to, charges)
}

/** Pays from the account of governance. Not through the check of blocked receivers: the end of a block must not fail on one. */
function payOut(needs: GovNeeds, ctx: WriteContext, to: Uint8Array, coins: readonly Coin[]): void {
  if (coins.length > 0) needs.bank.send(ctx, govAddress(needs, ctx), to, coins)
}

function govAddress(needs: GovNeeds, ctx: ReadContext): Uint8Array {
  return needs.auth.moduleAddress(ctx.hasher, GOV_ACCOUNT)
}
