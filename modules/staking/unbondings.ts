import {
  UnbondingDelegation,
  UnbondingDelegationEntry,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { Coin } from '../kit/coin.ts'
import type { WriteContext } from '../kit/context.ts'
import type { Dec } from '../kit/dec.ts'
import { sdkErrors } from '../kit/errors.ts'
import { delegate, requireExchangeRate, unbond } from './delegations.ts'
import { stakingErrors } from './errors.ts'
import { completeUnbonding } from './events.ts'
import { freeId, takeId, UNBONDING_TYPE } from './ids.ts'
import { movePool, NOT_BONDED_POOL } from './pools.ts'
import { isBonded } from './rules.ts'
import type { Stake } from './stake.ts'
import { PRESENT, state } from './state.ts'
import { later, type Moment, now, reached, timeKey } from './times.ts'
import { findValidator, readParams } from './validators.ts'

/** Delegator and operator of an unbonding. */
type Pair = readonly [delegator: Uint8Array, operator: Uint8Array]

/**
 * Starts the unbonding of shares (SDK `Undelegate`): tokens wait in the not bonded pool. Returns when they are free and
 * how many they are. Throws staking 3, 21, 24, 27.
 */
export function undelegate(
  stake: Stake,
  ctx: WriteContext,
  [delegator, operator]: Pair,
  shares: Dec,
): { readonly completion: { seconds: bigint; nanos: number }; readonly amount: bigint } {
  const bonded = isBonded(findValidator(ctx, operator))
  const { maxEntries, unbondingTime } = readParams(ctx)
  const before = state.unbondings.get(ctx, [delegator, operator])
  if ((before?.entries.length ?? 0) >= maxEntries) throw stakingErrors.maxUnbondings()
  const amount = unbond(stake, ctx, delegator, operator, shares)
  movePool(stake, ctx, bonded, false, amount)
  const completion = later(now(ctx), unbondingTime)
  addEntry(ctx, [delegator, operator], completion, amount)
  return { completion, amount }
}

/**
 * Gives tokens that unbond since `height` back to their validator. Throws staking 34 and 7, sdk 22 without unbonding, sdk
 * 38 without such an entry, sdk 18 when it is smaller or over.
 */
export function cancelUnbonding(
  stake: Stake,
  ctx: WriteContext,
  pair: Pair,
  height: bigint,
  amount: bigint,
): void {
  const [delegator, operator] = pair
  const validator = findValidator(ctx, operator)
  requireExchangeRate(validator)
  if (validator.jailed) throw stakingErrors.jailed()
  const unbonding = state.unbondings.get(ctx, pair)
  if (unbonding === undefined) {
    throw sdkErrors.keyNotFound(
      `unbonding delegation with delegator ${toBech32(delegator)} not found for validator ${toBech32(operator, PREFIX.validator)}`,
    )
  }
  const at = unbonding.entries.findIndex((entry) => entry.creationHeight === height)
  const entry = unbonding.entries[at]
  if (entry === undefined) {
    throw sdkErrors.notFound(`unbonding delegation entry is not found at block height ${height}`)
  }
  const balance = BigInt(entry.balance)
  if (balance < amount)
    throw sdkErrors.invalidRequest('amount is greater than the unbonding delegation entry balance')
  if (!reached(now(ctx), entry.completionTime))
    throw sdkErrors.invalidRequest('unbonding delegation is already processed')
  delegate(stake, ctx, delegator, operator, amount, 'unbonded')
  const smaller = {
    ...entry,
    balance: (balance - amount).toString(),
    initialBalance: (BigInt(entry.initialBalance) - amount).toString(),
  }
  const entries = unbonding.entries.flatMap((other, i) =>
    i !== at ? [other] : balance === amount ? [] : [smaller],
  )
  if (balance === amount) freeId(ctx, entry.unbondingId)
  writeUnbonding(ctx, pair, { ...unbonding, entries })
  if (entries.every((other) => !same(other.completionTime, entry.completionTime)))
    state.unbondingQueue.delete(ctx, [entry.completionTime, delegator, operator])
}

/** Pays out every unbonding whose time has come. */
export function completeUnbondings(stake: Stake, ctx: WriteContext): void {
  const scan = { end: endOf(now(ctx)) }
  const due = [...state.unbondingQueue.entries(ctx, scan)].map(([key]) => key)
  for (const key of due) state.unbondingQueue.delete(ctx, key)
  for (const [, delegator, operator] of due) complete(stake, ctx, [delegator, operator])
}

/** Writes an unbonding and its index, or deletes both when it has no entries left. */
export function writeUnbonding(
  ctx: WriteContext,
  [delegator, operator]: Pair,
  unbonding: UnbondingDelegation,
): void {
  if (unbonding.entries.length === 0) {
    state.unbondings.delete(ctx, [delegator, operator])
    state.unbondingsOf.delete(ctx, [operator, delegator])
    return
  }
  state.unbondings.set(ctx, [delegator, operator], unbonding)
  state.unbondingsOf.set(ctx, [operator, delegator], PRESENT)
}

/** End of a scan of a queue that takes the given moment in: the next nanosecond. */
export function endOf(time: Moment): Uint8Array {
  return timeKey.encode(later(time, { seconds: 0n, nanos: 1 }))
}

/** Entries of one block that end at one time are one: the id is taken all the same, as in the SDK. */
function addEntry(
  ctx: WriteContext,
  pair: Pair,
  completionTime: UnbondingDelegationEntry['completionTime'],
  amount: bigint,
): void {
  const [delegator, operator] = pair
  const id = takeId(ctx)
  const unbonding =
    state.unbondings.get(ctx, pair) ??
    UnbondingDelegation.create({
      delegatorAddress: toBech32(delegator),
      validatorAddress: toBech32(operator, PREFIX.validator),
    })
  const joins = unbonding.entries.findIndex(
    (entry) => entry.creationHeight === ctx.height && same(entry.completionTime, completionTime),
  )
  const fresh = UnbondingDelegationEntry.create({
    creationHeight: ctx.height,
    completionTime,
    initialBalance: amount.toString(),
    balance: amount.toString(),
    unbondingId: id.value,
  })
  const entries =
    joins < 0
      ? [...unbonding.entries, fresh]
      : unbonding.entries.map((entry, i) => (i === joins ? grown(entry, amount) : entry))
  writeUnbonding(ctx, pair, { ...unbonding, entries })
  if (joins < 0) id.use(UNBONDING_TYPE.delegation, state.unbondings.rawKey(pair))
  state.unbondingQueue.set(ctx, [completionTime, delegator, operator], PRESENT)
}

function grown(entry: UnbondingDelegationEntry, amount: bigint): UnbondingDelegationEntry {
  return {
    ...entry,
    balance: (BigInt(entry.balance) + amount).toString(),
    initialBalance: (BigInt(entry.initialBalance) + amount).toString(),
  }
}

function complete(stake: Stake, ctx: WriteContext, pair: Pair): void {
  const [delegator] = pair
  const unbonding = state.unbondings.get(ctx, pair)
  if (unbonding === undefined) return
  const mature = unbonding.entries.filter((entry) => reached(entry.completionTime, now(ctx)))
  if (mature.length === 0) return
  const denom = readParams(ctx).bondDenom
  const paid: Coin[] = []
  for (const entry of mature) {
    freeId(ctx, entry.unbondingId)
    const amount = BigInt(entry.balance)
    if (amount === 0n) continue
    stake.bank.undelegate(ctx, NOT_BONDED_POOL, delegator, { denom, amount })
    paid.push({ denom, amount })
  }
  const entries = unbonding.entries.filter((entry) => !mature.includes(entry))
  writeUnbonding(ctx, pair, { ...unbonding, entries })
  ctx.emit(completeUnbonding(paid, unbonding.validatorAddress, unbonding.delegatorAddress))
}

function same(a: Moment, b: Moment): boolean {
  return a.seconds === b.seconds && a.nanos === b.nanos
}
