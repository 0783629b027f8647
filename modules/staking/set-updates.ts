import { BondStatus, type Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import { compareBytes, toHex } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { PowerUpdate } from '../kit/module.ts'
import { removeValidator } from './delegations.ts'
import { setKept } from './events.ts'
import { recordTokens } from './history.ts'
import { freeId, takeId, UNBONDING_TYPE } from './ids.ts'
import { movePool } from './pools.ts'
import { amountsOf, isBonded, isUnbonding } from './rules.ts'
import type { Stake } from './stake.ts'
import { PRESENT, state } from './state.ts'
import { later, now } from './times.ts'
import { endOf } from './unbondings.ts'
import { consensusAddress, consensusKey, mustValidator, readParams } from './validators.ts'

/** A member of the set: who, and with what power. */
interface Member {
  readonly operator: Uint8Array
  readonly power: bigint
}

/**
 * Brings the bonded set in line with the power index and says what changed for consensus: who is in with a new power,
 * strongest first, then who is out with power 0, by address (SDK `ApplyAndReturnValidatorSetUpdates`). Nothing is read when
 * no power can have changed. Tokens are noted under `height`.
 */
export function updateSet(
  stake: Stake,
  ctx: WriteContext,
  height: bigint = ctx.height,
): PowerUpdate[] {
  const touched = [...state.touched.keys(ctx)]
  if (touched.length === 0) return []
  // First, so that what a hook touches from here on is looked at in the next block.
  for (const operator of touched) state.touched.delete(ctx, operator)
  const last = lastMembers(ctx)
  const next = elect(ctx, last)
  const powers = new Map(last.map(({ operator, power }) => [toHex(operator), power]))
  const updates: PowerUpdate[] = []
  const joined: Uint8Array[] = []
  let intoBonded = 0n
  for (const member of next) {
    const before = powers.get(toHex(member.operator))
    powers.delete(toHex(member.operator))
    if (before === member.power) continue
    if (before === undefined) {
      intoBonded += bond(stake, ctx, member.operator)
      joined.push(member.operator)
    }
    updates.push(update(ctx, member))
    state.lastPowers.set(ctx, member.operator, { value: member.power })
  }
  const gone = last.filter(({ operator }) => powers.has(toHex(operator)))
  for (const { operator } of gone) {
    intoBonded -= beginUnbonding(stake, ctx, operator)
    state.lastPowers.delete(ctx, operator)
    updates.push(update(ctx, { operator, power: 0n }))
  }
  movePool(stake, ctx, intoBonded < 0n, intoBonded > 0n, intoBonded < 0n ? -intoBonded : intoBonded)
  if (updates.length > 0) {
    const total = next.reduce((sum, { power }) => sum + power, 0n)
    state.lastTotal.set(ctx, { int: total.toString() })
  }
  noteTokens(ctx, [...touched, ...joined], gone, height)
  return updates
}

/** Ends the unbonding of every validator whose time has come; one without delegations is removed. */
export function completeValidators(stake: Stake, ctx: WriteContext): void {
  const due = [...state.validatorQueue.entries(ctx, { end: endOf(now(ctx)) })].map(([key]) => key)
  for (const key of due) {
    const [, , operator] = key
    state.validatorQueue.delete(ctx, key)
    const validator = mustValidator(ctx, operator)
    const ended = { ...forgetIds(ctx, validator), status: BondStatus.BOND_STATUS_UNBONDED }
    state.validators.set(ctx, operator, ended)
    if (amountsOf(ended).shares === 0n) removeValidator(stake, ctx, operator)
  }
}

/** Makes the next end of a block look at the whole set again: the number of members may have changed. */
export function touchSet(ctx: WriteContext): void {
  for (const { operator } of lastMembers(ctx)) state.touched.add(ctx, operator)
}

/** The set as consensus has it, by operator address. */
export function lastMembers(ctx: ReadContext): Member[] {
  return [...state.lastPowers.entries(ctx)].map(([operator, { value }]) => ({
    operator,
    power: value,
  }))
}

/**
 * The strongest of the power index. When there is nobody, the strongest of the last set stays with its power, jailed or
 * not: a chain without validators can never be repaired by its own means.
 */
function elect(ctx: WriteContext, last: readonly Member[]): Member[] {
  const { maxValidators } = readParams(ctx)
  const next: Member[] = []
  for (const [[power], operator] of state.byPower.entries(ctx, { reverse: true })) {
    if (next.length >= maxValidators) break
    next.push({ operator, power })
  }
  if (next.length > 0) return next
  const [kept] = [...last].sort((a, b) => {
    if (a.power !== b.power) return a.power > b.power ? -1 : 1
    return compareBytes(a.operator, b.operator)
  })
  if (kept === undefined) return []
  ctx.emit(setKept(toBech32(kept.operator, PREFIX.validator), kept.power))
  return [kept]
}

function update(ctx: ReadContext, { operator, power }: Member): PowerUpdate {
  return { pubKey: consensusKey(mustValidator(ctx, operator)), power }
}

/** Returns the tokens that enter the bonded pool: 0 for a validator that genesis calls bonded already. */
function bond(stake: Stake, ctx: WriteContext, operator: Uint8Array): bigint {
  const before = mustValidator(ctx, operator)
  if (isUnbonding(before))
    state.validatorQueue.delete(ctx, [before.unbondingTime, before.unbondingHeight, operator])
  const validator = { ...forgetIds(ctx, before), status: BondStatus.BOND_STATUS_BONDED }
  state.validators.set(ctx, operator, validator)
  const consensus = consensusAddress(ctx.hasher, consensusKey(validator))
  for (const hooks of stake.hooks) hooks.afterValidatorBonded?.(ctx, consensus, operator)
  return isBonded(before) ? 0n : amountsOf(validator).tokens
}

/** Returns the tokens that leave the bonded pool. */
function beginUnbonding(stake: Stake, ctx: WriteContext, operator: Uint8Array): bigint {
  const id = takeId(ctx)
  const before = mustValidator(ctx, operator)
  const unbondingTime = later(now(ctx), readParams(ctx).unbondingTime)
  const validator = {
    ...before,
    status: BondStatus.BOND_STATUS_UNBONDING,
    unbondingTime,
    unbondingHeight: ctx.height,
    unbondingIds: [...before.unbondingIds, id.value],
  }
  state.validators.set(ctx, operator, validator)
  state.validatorQueue.set(ctx, [unbondingTime, ctx.height, operator], PRESENT)
  const consensus = consensusAddress(ctx.hasher, consensusKey(validator))
  for (const hooks of stake.hooks) hooks.afterValidatorBeginUnbonding?.(ctx, consensus, operator)
  id.use(UNBONDING_TYPE.validator, state.validators.rawKey(operator))
  return amountsOf(validator).tokens
}

function forgetIds(ctx: WriteContext, validator: Validator): Validator {
  for (const id of validator.unbondingIds) freeId(ctx, id)
  return { ...validator, unbondingIds: [] }
}

function noteTokens(
  ctx: WriteContext,
  looked: readonly Uint8Array[],
  gone: readonly Member[],
  height: bigint,
): void {
  for (const { operator } of gone) recordTokens(ctx, operator, 0n, height)
  const seen = new Set<string>()
  for (const operator of looked) {
    const name = toHex(operator)
    if (seen.has(name)) continue
    seen.add(name)
    const validator = state.validators.get(ctx, operator)
    if (validator !== undefined && isBonded(validator))
      recordTokens(ctx, operator, amountsOf(validator).tokens, height)
  }
}
