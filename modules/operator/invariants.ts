import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { PPM } from '../kit/units.ts'
import { openKey, operators, state } from './state.ts'

/** Laws of operator: indexes, queue and capacity agree with what they are made of. Power under caps is a law of staking. */
export const invariants: readonly Invariant[] = [
  { name: 'indexes', check: checkIndexes },
  { name: 'queue', check: checkQueue },
  { name: 'capacity', check: checkCapacity },
  { name: 'challenges', check: checkChallenges },
]

/** One battery, one meter, one site back one validator. */
function checkIndexes(ctx: ReadContext): string | undefined {
  const all = operators(ctx)
  for (const op of all) {
    const found = [
      state.byBattery.get(ctx, op.battery),
      state.byMeter.get(ctx, op.meter),
      state.bySite.get(ctx, op.site),
    ]
    if (found.some((validator) => validator !== op.validatorAddress))
      return `battery, meter or site of ${op.validatorAddress} stand behind another validator`
  }
  for (const table of [state.byBattery, state.byMeter, state.bySite]) {
    const rows = Array.from(table.values(ctx)).length
    if (rows !== all.length) return `${table.name} has ${rows} rows for ${all.length} operators`
  }
  return undefined
}

function checkQueue(ctx: ReadContext): string | undefined {
  const queue = Array.from(state.exits.values(ctx))
  for (const row of queue) {
    if (state.exitOf.get(ctx, row.validatorAddress) !== row.sinceTick)
      return `${row.validatorAddress} waits to leave and is not found there`
  }
  const found = Array.from(state.exitOf.values(ctx)).length
  return found === queue.length ? undefined : `${found} places in a queue of ${queue.length}`
}

function checkCapacity(ctx: ReadContext): string | undefined {
  for (const op of operators(ctx)) {
    if (op.verifiedWh > op.provenWh)
      return `${op.validatorAddress}: ${op.verifiedWh} Wh verified, ${op.provenWh} proven`
    if (op.factorPpm > PPM) return `${op.validatorAddress}: factor ${op.factorPpm}`
    if (op.epochPresent > op.epochCounted)
      return `${op.validatorAddress}: present in ${op.epochPresent} of ${op.epochCounted} ticks`
  }
  return undefined
}

function checkChallenges(ctx: ReadContext): string | undefined {
  for (const key of state.open.keys(ctx)) {
    const row = state.challenges.get(ctx, [key[1], key[2]])
    if (row === undefined || openKey(row)[0] !== key[0])
      return `the challenge of ${key[1]} in period ${key[2]} waits and does not exist`
    if (!state.operators.has(ctx, key[1])) return `${key[1]} is challenged and has no storage`
  }
  return undefined
}
