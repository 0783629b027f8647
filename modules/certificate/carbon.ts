import { CarbonHolding, type ZoneParams } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { divFloor, mulDivFloor } from '../kit/math.ts'
import { certificateErrors } from './errors.ts'
import { state } from './state.ts'

const PPM = 1_000_000n

/** The operating margin's weight in ppm: the zone's, else 750,000 for solar and wind and 500,000 for others (CDM TOOL07). */
export function omWeight(rules: ZoneParams, source: string): bigint {
  const own = rules.omWeights.find((weight) => weight.source === source)
  if (own !== undefined) return own.omPpm
  return source === 'solar' || source === 'wind' ? 750_000n : 500_000n
}

/** Grams of carbon dioxide one kWh of the source avoids in a zone: the combined margin, rounded down. */
export function emissionFactor(rules: ZoneParams, source: string): bigint {
  const om = omWeight(rules, source)
  return divFloor(om * rules.omGPerKwh + (PPM - om) * rules.bmGPerKwh, PPM)
}

/** Grams avoided by `wh`, rounded down. */
export function gramsOf(wh: bigint, efGPerKwh: bigint): bigint {
  return mulDivFloor(wh, efGPerKwh, 1_000n)
}

/** Changes what an account holds of a batch. Throws certificate 27 when it does not hold as much as is taken. */
export function shiftGrams(ctx: WriteContext, owner: string, batch: bigint, grams: bigint): void {
  const held =
    state.carbonHoldings.get(ctx, [owner, batch]) ?? CarbonHolding.create({ owner, batch })
  const after = held.grams + grams
  if (after < 0n) {
    throw certificateErrors.insufficientGrams(`batch ${batch}: ${-grams} of ${held.grams} g`)
  }
  if (after === 0n) state.carbonHoldings.delete(ctx, [owner, batch])
  else state.carbonHoldings.set(ctx, [owner, batch], { ...held, grams: after })
}
