import type { DecCoin } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import type { GenesisState } from '../../proto/gen/cosmos/distribution/v1beta1/genesis.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import { isDenom } from '../kit/coin.ts'
import { DEC_ONE } from '../kit/dec.ts'
import { readDecCoins, trySubDecCoins } from './dec-coins.ts'
import { distributionErrors } from './errors.ts'
import { checkParams, readDigits } from './params.ts'

/** Stateless checks of genesis. Throws distribution 100 or 101 naming the entry, sdk 7 for a malformed address. */
export function checkGenesis(data: GenesisState): void {
  checkParams(data.params)
  if (data.previousProposer !== '')
    throw distributionErrors.genesis('previous_proposer is not kept: leave it empty')
  checkAmounts('fee_pool', data.feePool.communityPool)
  checkValidators(data)
  checkDelegators(data)
}

function checkValidators(data: GenesisState): void {
  const known = new Map<string, bigint>()
  const name = unique('validator_current_rewards')
  for (const { validatorAddress, rewards } of data.validatorCurrentRewards) {
    const entry = name(operator(validatorAddress))
    checkAmounts(entry, rewards.rewards)
    if (rewards.period < 1n) throw distributionErrors.genesis(`${entry}: period begins at 1`)
    known.set(validatorAddress, rewards.period)
  }
  const require = (entry: string, validator: string): bigint => {
    const period = known.get(validator)
    if (period === undefined)
      throw distributionErrors.genesis(`${entry}: the validator has no current rewards`)
    return period
  }
  checkOwed(data, require)
  checkHistory(data, require)
}

function checkOwed(data: GenesisState, require: (entry: string, validator: string) => void): void {
  const owed = new Map<string, readonly DecCoin[]>()
  const name = unique('outstanding_rewards')
  for (const { validatorAddress, outstandingRewards } of data.outstandingRewards) {
    const entry = name(operator(validatorAddress))
    require(entry, validatorAddress)
    checkAmounts(entry, outstandingRewards)
    owed.set(validatorAddress, outstandingRewards)
  }
  const commissionName = unique('validator_accumulated_commissions')
  for (const { validatorAddress, accumulated } of data.validatorAccumulatedCommissions) {
    const entry = commissionName(operator(validatorAddress))
    require(entry, validatorAddress)
    checkAmounts(entry, accumulated.commission)
    const all = readDecCoins(owed.get(validatorAddress) ?? [])
    if (trySubDecCoins(all, readDecCoins(accumulated.commission)) === undefined)
      throw distributionErrors.genesis(`${entry}: more than is outstanding`)
  }
}

function checkHistory(
  data: GenesisState,
  require: (entry: string, validator: string) => bigint,
): void {
  const name = unique('validator_historical_rewards')
  const kept = new Set<string>()
  for (const { validatorAddress, period, rewards } of data.validatorHistoricalRewards) {
    const entry = name(`${operator(validatorAddress)}/${period}`)
    if (period >= require(entry, validatorAddress))
      throw distributionErrors.genesis(`${entry}: period has not ended`)
    if (rewards.referenceCount < 1)
      throw distributionErrors.genesis(`${entry}: nothing refers to it`)
    checkAmounts(entry, rewards.cumulativeRewardRatio)
    kept.add(`${validatorAddress}/${period}`)
  }
  const needed = (entry: string, validator: string, period: bigint): void => {
    if (!kept.has(`${validator}/${period}`))
      throw distributionErrors.genesis(`${entry}: rewards of period ${period} are missing`)
  }
  const currentName = unique('validator_current_rewards')
  for (const { validatorAddress, rewards } of data.validatorCurrentRewards)
    needed(currentName(validatorAddress), validatorAddress, rewards.period - 1n)
  const slashName = unique('validator_slash_events')
  for (const row of data.validatorSlashEvents) {
    const entry = slashName(`${operator(row.validatorAddress)}/${row.height}/${row.period}`)
    const fraction = readDigits(row.validatorSlashEvent.fraction)
    if (fraction === undefined || fraction < 0n || fraction > DEC_ONE)
      throw distributionErrors.genesis(`${entry}: fraction must be a decimal from 0 to 1`)
    if (row.validatorSlashEvent.validatorPeriod !== row.period)
      throw distributionErrors.genesis(`${entry}: period is not that of the event`)
    needed(entry, row.validatorAddress, row.period)
  }
  const startName = unique('delegator_starting_infos')
  for (const { delegatorAddress, validatorAddress, startingInfo } of data.delegatorStartingInfos) {
    const entry = startName(`${delegatorAddress}/${operator(validatorAddress)}`)
    const stake = readDigits(startingInfo.stake)
    if (stake === undefined || stake < 0n)
      throw distributionErrors.genesis(`${entry}: stake must be a decimal that is not negative`)
    needed(entry, validatorAddress, startingInfo.previousPeriod)
  }
}

function checkDelegators(data: GenesisState): void {
  const name = unique('delegator_withdraw_infos')
  for (const { delegatorAddress, withdrawAddress } of data.delegatorWithdrawInfos) {
    name(delegatorAddress)
    fromBech32(delegatorAddress)
    fromBech32(withdrawAddress)
  }
  for (const { delegatorAddress } of data.delegatorStartingInfos) fromBech32(delegatorAddress)
}

/** Names the entries of one list and refuses a second one of a key. */
function unique(list: string): (key: string) => string {
  const seen = new Set<string>()
  return (key) => {
    if (seen.has(key)) throw distributionErrors.genesis(`${list}: ${key} appears twice`)
    seen.add(key)
    return `${list}: ${key}`
  }
}

function operator(text: string): string {
  fromBech32(text, PREFIX.validator)
  return text
}

/** Throws distribution 100 unless the amounts are positive and sorted by denomination without repeats. */
function checkAmounts(entry: string, coins: readonly DecCoin[]): void {
  coins.forEach(({ denom, amount }, i) => {
    const before = coins[i - 1]
    if (!isDenom(denom)) throw distributionErrors.genesis(`${entry}: invalid denom ${denom}`)
    const value = readDigits(amount)
    if (value === undefined || value <= 0n)
      throw distributionErrors.genesis(`${entry}: amount of ${denom} is not positive`)
    if (before !== undefined && before.denom >= denom)
      throw distributionErrors.genesis(`${entry}: denominations are not sorted or repeat`)
  })
}
