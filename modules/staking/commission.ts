import type { Commission, CommissionRates } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { ReadContext } from '../kit/context.ts'
import { DEC_ONE, type Dec, decRaw, formatDec } from '../kit/dec.ts'
import { sdkErrors } from '../kit/errors.ts'
import { stakingErrors } from './errors.ts'
import { later, now, reached } from './times.ts'
import { readParams } from './validators.ts'

const DAY = { seconds: 86_400n, nanos: 0 }

/** Checks the rates of a new validator. Throws sdk 18 and staking 9, 10, 11, 13, 14. */
export function checkRates(rates: CommissionRates): void {
  const [rate, most, step] = [rates.rate, rates.maxRate, rates.maxChangeRate].map(readRate)
  if (rate === undefined || most === undefined || step === undefined)
    throw sdkErrors.invalidRequest('empty commission')
  if (most < 0n) throw stakingErrors.commissionNegative()
  if (most > DEC_ONE) throw stakingErrors.commissionHuge()
  if (rate < 0n) throw stakingErrors.commissionNegative()
  if (rate > most) throw stakingErrors.commissionAboveMax()
  if (step < 0n) throw stakingErrors.changeRateNegative()
  if (step > most) throw stakingErrors.changeRateAboveMax()
}

/** A new rate as a message carries it; undefined when it asks for none. Throws sdk 18 outside 0 to 1. */
export function newRate(digits: string): Dec | undefined {
  if (digits === '') return undefined
  const rate = readRate(digits)
  if (rate === undefined || rate < 0n || rate > DEC_ONE)
    throw sdkErrors.invalidRequest('commission rate must be between 0 and 1 (inclusive)')
  return rate
}

/** The least commission of the chain, and how the SDK prints it. */
export function minimumRate(ctx: ReadContext): { readonly rate: Dec; readonly text: string } {
  const rate = decRaw(BigInt(readParams(ctx).minCommissionRate || '0'))
  return { rate, text: formatDec(rate) }
}

/** A commission with another rate. Throws staking 12, 11 and 15; a rate may fall by any step. */
export function changeRate(ctx: ReadContext, commission: Commission, rate: Dec): Commission {
  const { commissionRates, updateTime } = commission
  const { rate: before, maxRate, maxChangeRate } = commissionRates
  if (!reached(later(updateTime, DAY), now(ctx))) throw stakingErrors.commissionTooSoon()
  if (rate > BigInt(maxRate || '0')) throw stakingErrors.commissionAboveMax()
  if (rate - BigInt(before || '0') > BigInt(maxChangeRate || '0'))
    throw stakingErrors.commissionStep()
  return {
    commissionRates: { ...commissionRates, rate: rate.toString() },
    updateTime: { seconds: ctx.time, nanos: ctx.timeNanos },
  }
}

function readRate(digits: string): Dec | undefined {
  return /^-?[0-9]{1,30}$/.test(digits) ? decRaw(BigInt(digits)) : undefined
}
