import { LostPower } from '../../proto/gen/strom/operator/v1/state.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { BondedValidator } from '../staking/api.ts'
import { state } from './state.ts'

/** Sum of powers. */
export function sumOf(set: readonly BondedValidator[]): bigint {
  return set.reduce((sum, { power }) => sum + power, 0n)
}

/** Share of power lost for reasons of storage in the last unbonding period, ppm. */
export function lostPpm(ctx: ReadContext): bigint {
  let sum = 0n
  for (const row of state.losses.values(ctx)) sum += row.ppm
  return sum
}

/** Whether no validator that holds a third of power or less would hold more than that under new powers. */
export function liftsNobody(
  set: readonly BondedValidator[],
  after: (validator: BondedValidator) => bigint,
): boolean {
  const total = sumOf(set)
  const next = set.reduce((sum, one) => sum + after(one), 0n)
  return set.every((one) => one.power * 3n > total || after(one) * 3n <= next)
}

/** Books power that is lost for reasons of storage. */
export function noteLoss(
  ctx: WriteContext,
  loss: Pick<LostPower, 'validatorAddress' | 'ppm' | 'exit'>,
): LostPower {
  const progress = state.progress.must(ctx)
  const row = LostPower.create({ ...loss, time: ctx.time, number: progress.losses })
  state.losses.set(ctx, [row.time, row.number], row)
  state.progress.set(ctx, { ...progress, losses: progress.losses + 1n })
  return row
}

/** A validator is back in the set: its exit is no loss any more. */
export function cameBack(ctx: WriteContext, operator: Uint8Array): void {
  const validator = toBech32(operator, PREFIX.validator)
  const back = Array.from(state.losses.values(ctx)).filter(
    (row) => row.exit && row.validatorAddress === validator,
  )
  for (const row of back) state.losses.delete(ctx, [row.time, row.number])
}

/**
 * Power that came back to who had shrunk is lost no more, newest losses first. Otherwise storage that comes and goes would
 * use up what may be lost, and nobody else could be let go.
 */
export function noteGain(ctx: WriteContext, validator: string, ppm: bigint): void {
  if (ppm === 0n) return
  const own = Array.from(state.losses.values(ctx, { reverse: true })).filter(
    (row) => !row.exit && row.validatorAddress === validator,
  )
  let left = ppm
  for (const row of own) {
    const key = [row.time, row.number] as const
    if (row.ppm > left) {
      state.losses.set(ctx, key, { ...row, ppm: row.ppm - left })
      return
    }
    state.losses.delete(ctx, key)
    left -= row.ppm
  }
}
