import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { isBonded, isUnbonding } from './rules.ts'
import { lastMembers } from './set-updates.ts'
import { state } from './state.ts'
import { effectivePower, powerKey } from './validators.ts'

/** Laws of the set, its index and the queues. */
export const setInvariants: readonly Invariant[] = [
  { name: 'powers', check: checkPowers },
  { name: 'index', check: checkIndex },
  { name: 'queues', check: checkQueues },
]

const operatorOf = (validator: Validator): Uint8Array =>
  fromBech32(validator.operatorAddress, PREFIX.validator)

/**
 * Consensus has the bonded validators, each with its effective power; a validator that changed in this block may differ
 * until its end, and so may the last one, which stays whatever happens to it.
 */
function checkPowers(ctx: ReadContext): string | undefined {
  const members = lastMembers(ctx)
  for (const { operator, power } of members) {
    const validator = state.validators.get(ctx, operator)
    if (validator === undefined || !isBonded(validator))
      return `${validator?.operatorAddress ?? 'nobody'} has power and is not bonded`
    if (members.length === 1 || state.touched.has(ctx, operator)) continue
    if (validator.jailed || effectivePower(ctx, operator, validator) !== power)
      return `${validator.operatorAddress} has power ${power}`
  }
  const total = members.reduce((sum, { power }) => sum + power, 0n)
  const stated = BigInt(state.lastTotal.get(ctx)?.int ?? '0')
  if (stated !== total) return `total power is ${stated}, the powers sum to ${total}`
  const bonded = [...state.validators.values(ctx)].filter(isBonded).length
  return bonded === members.length
    ? undefined
    : `${members.length} validators have power, ${bonded} are bonded`
}

/** The power index holds exactly the validators with power that are not jailed. */
function checkIndex(ctx: ReadContext): string | undefined {
  let indexed = 0
  for (const validator of state.validators.values(ctx)) {
    const operator = operatorOf(validator)
    const power = effectivePower(ctx, operator, validator)
    if (validator.jailed || power === 0n) continue
    const row = state.byPower.get(ctx, powerKey(operator, power))
    if (row === undefined || !equalBytes(row, operator))
      return `${validator.operatorAddress} of power ${power} is not in the power index`
    indexed += 1
  }
  const rows = [...state.byPower.values(ctx)].length
  return rows === indexed ? undefined : `the power index has ${rows} rows for ${indexed} validators`
}

/** Whatever unbonds is in its queue at its time, and the queues hold nothing else. */
function checkQueues(ctx: ReadContext): string | undefined {
  const times = (entries: readonly { completionTime: { seconds: bigint; nanos: number } }[]) =>
    new Map(entries.map(({ completionTime: t }) => [`${t.seconds}.${t.nanos}`, t])).values()
  let [unbondings, redelegations, validators] = [0, 0, 0]
  for (const [[delegator, operator], { entries }] of state.unbondings.entries(ctx)) {
    for (const time of times(entries)) {
      if (!state.unbondingQueue.has(ctx, [time, delegator, operator]))
        return 'an unbonding delegation is not in its queue'
      unbondings += 1
    }
  }
  for (const [triple, { entries }] of state.redelegations.entries(ctx)) {
    for (const time of times(entries)) {
      if (!state.redelegationQueue.has(ctx, [time, triple]))
        return 'a redelegation is not in its queue'
      redelegations += 1
    }
  }
  for (const validator of [...state.validators.values(ctx)].filter(isUnbonding)) {
    const { unbondingTime, unbondingHeight } = validator
    if (!state.validatorQueue.has(ctx, [unbondingTime, unbondingHeight, operatorOf(validator)]))
      return `${validator.operatorAddress} unbonds and is not in its queue`
    validators += 1
  }
  for (const [name, found, expected] of [
    ['unbonding', [...state.unbondingQueue.entries(ctx)].length, unbondings],
    ['redelegation', [...state.redelegationQueue.entries(ctx)].length, redelegations],
    ['validator', [...state.validatorQueue.entries(ctx)].length, validators],
  ] as const) {
    if (found !== expected) return `the ${name} queue has ${found} rows, ${expected} are due`
  }
  return undefined
}
