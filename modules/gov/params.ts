import { Params } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import type { Duration } from '../../proto/gen/google/protobuf/duration.ts'
import { fromBech32 } from '../kit/address.ts'
import { BASE_DENOM, type Coin, formatCoins, parseCoins, type WireCoin } from '../kit/coin.ts'
import type { ReadContext } from '../kit/context.ts'
import { DEC_ONE, type Dec } from '../kit/dec.ts'
import { ChainError, sdkErrors } from '../kit/errors.ts'
import { compareTime } from '../kit/time.ts'
import { amountOf, readDec } from './rules.ts'
import { state } from './state.ts'

const DAY = 86_400n
/** Longest period: ten years, so that no end of a period leaves the calendar. */
const MAX_PERIOD_S = 3_660n * DAY

/** Defaults of the SDK 0.50, deposits in the base denomination. */
export function defaultParams(): Params {
  return Params.create({
    minDeposit: [{ denom: BASE_DENOM, amount: '10000000' }],
    maxDepositPeriod: { seconds: 2n * DAY, nanos: 0 },
    votingPeriod: { seconds: 2n * DAY, nanos: 0 },
    quorum: '0.334000000000000000',
    threshold: '0.500000000000000000',
    vetoThreshold: '0.334000000000000000',
    minInitialDepositRatio: '0.000000000000000000',
    proposalCancelRatio: '0.500000000000000000',
    proposalCancelDest: '',
    expeditedVotingPeriod: { seconds: DAY, nanos: 0 },
    expeditedThreshold: '0.667000000000000000',
    expeditedMinDeposit: [{ denom: BASE_DENOM, amount: '50000000' }],
    burnVoteQuorum: false,
    burnProposalDepositPrevote: false,
    burnVoteVeto: true,
    minDepositRatio: '0.010000000000000000',
  })
}

/** The parameters. Throws sdk 38 before genesis. */
export const readParams = (ctx: ReadContext): Params => state.params.must(ctx)

/** Throws sdk 18 with the SDK's text naming what cannot be. */
export function checkParams(params: Params): void {
  const least = coins(params.minDeposit, 'minimum deposit')
  const expedited = coins(params.expeditedMinDeposit, 'expedited minimum deposit')
  if (expedited.every(({ denom, amount }) => amount <= amountOf(least, denom)))
    throw bad(
      `expedited minimum deposit must be greater than minimum deposit: ${formatCoins(expedited)}`,
    )
  period(params.maxDepositPeriod, 'maximum deposit period')
  const voting = period(params.votingPeriod, 'voting period')
  const fast = period(params.expeditedVotingPeriod, 'expedited voting period')
  if (compareTime(fast, voting) >= 0)
    throw bad(
      `expedited voting period ${fast.seconds}s must be strictly less that the regular voting period ${voting.seconds}s`,
    )
  ratio(params.quorum, 'quorum')
  const threshold = positive(params.threshold, 'vote threshold')
  if (positive(params.expeditedThreshold, 'expedited vote threshold') <= threshold)
    throw bad(
      `expedited vote threshold ${params.expeditedThreshold}, must be greater than the regular threshold ${params.threshold}`,
    )
  positive(params.vetoThreshold, 'veto threshold')
  ratio(params.minInitialDepositRatio, 'minimum initial deposit ratio of proposal')
  ratio(params.proposalCancelRatio, 'burn rate of cancel proposal')
  ratio(params.minDepositRatio, 'minimum deposit ratio of proposal')
  if (params.proposalCancelDest !== '') destination(params.proposalCancelDest)
}

function bad(why: string): ChainError {
  return sdkErrors.invalidRequest(why)
}

function coins(list: readonly WireCoin[], what: string): Coin[] {
  if (list.length === 0) throw bad(`invalid ${what}: none`)
  try {
    return parseCoins(list)
  } catch (error) {
    if (error instanceof ChainError) throw bad(`invalid ${what}: ${error.message}`)
    throw error
  }
}

function period(duration: Duration | undefined, what: string): Duration {
  if (duration === undefined) throw bad(`${what} must not be nil`)
  const { seconds, nanos } = duration
  if (seconds < 0n || nanos < 0 || nanos > 999_999_999 || (seconds === 0n && nanos === 0))
    throw bad(`${what} must be positive: ${seconds}s`)
  if (seconds > MAX_PERIOD_S) throw bad(`${what} is above ${MAX_PERIOD_S}s: ${seconds}s`)
  return duration
}

function ratio(text: string, what: string): Dec {
  const value = readDec(text)
  if (value === undefined) throw bad(`invalid ${what} string: "${text}"`)
  if (value < 0n) throw bad(`${what} cannot be negative: ${text}`)
  if (value > DEC_ONE) throw bad(`${what} too large: ${text}`)
  return value
}

function positive(text: string, what: string): Dec {
  const value = ratio(text, what)
  if (value === 0n) throw bad(`${what} must be positive: ${text}`)
  return value
}

function destination(address: string): void {
  try {
    fromBech32(address)
  } catch (error) {
    if (error instanceof ChainError)
      throw bad(`deposits destination address is invalid: ${address}`)
    throw error
  }
}
