import { Params } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { BASE_DENOM, isDenom } from '../kit/coin.ts'
import { DEC_ONE } from '../kit/dec.ts'
import { stakingErrors } from './errors.ts'
import { parseShares } from './rules.ts'

/** Times have four digits for the year in the queues. */
const MAX_UNBONDING_SECONDS = 3_155_760_000n

/** 21 days of unbonding, 100 validators, 7 entries, 100 historical headers, STROM, no least commission. */
export function defaultParams(): Params {
  return Params.create({
    unbondingTime: { seconds: 1_814_400n, nanos: 0 },
    maxValidators: 100,
    maxEntries: 7,
    historicalEntries: 100,
    bondDenom: BASE_DENOM,
    minCommissionRate: '0',
  })
}

/** Throws staking 101 naming the parameter that is out of bounds. */
export function validateParams(params: Params): void {
  const { seconds, nanos } = params.unbondingTime
  if (seconds < 0n || nanos < 0 || nanos > 999_999_999 || (seconds === 0n && nanos === 0))
    throw stakingErrors.params('unbonding_time must be positive')
  if (seconds > MAX_UNBONDING_SECONDS)
    throw stakingErrors.params('unbonding_time must be at most 100 years')
  if (params.maxValidators < 1) throw stakingErrors.params('max_validators must be positive')
  if (params.maxEntries < 1) throw stakingErrors.params('max_entries must be positive')
  if (params.historicalEntries > 10_000)
    throw stakingErrors.params('historical_entries must be at most 10000')
  if (!isDenom(params.bondDenom))
    throw stakingErrors.params(`bond_denom "${params.bondDenom}" is no denomination`)
  const rate = parseShares(params.minCommissionRate)
  if (rate === undefined || rate > DEC_ONE) {
    throw stakingErrors.params('min_commission_rate must be a decimal from 0 to 1')
  }
}
