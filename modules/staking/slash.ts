import type {
  Redelegation,
  UnbondingDelegation,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import type { WriteContext } from '../kit/context.ts'
import { type Dec, decMul, decRaw } from '../kit/dec.ts'
import { InvariantError } from '../kit/errors.ts'
import { bytesKey } from '../kit/keys.ts'
import { max, min } from '../kit/math.ts'
import type { SlashOrder } from './api.ts'
import { unbond } from './delegations.ts'
import { tokensAt } from './history.ts'
import { burnPool } from './pools.ts'
import { amountsOf, fractionOf, fractionUp, isBonded, isUnbonded, sharesOf } from './rules.ts'
import type { Stake } from './stake.ts'
import { state } from './state.ts'
import { type Moment, now, reached } from './times.ts'
import { writeUnbonding } from './unbondings.ts'
import { byConsensus, mustValidator, writeValidator } from './validators.ts'

/** The set that signs a height was decided, for slashing purposes, one height before (SDK `ValidatorUpdateDelay`). */
const UPDATE_DELAY = 1n

/** What part of stake is lost, and since when stake that left counts as having been there. */
interface Cut {
  readonly fraction: Dec
  readonly since: bigint
}

/** Burns stake for a fault: see `StakingApi.slash`. InvariantError for a fraction below 0 or a fault in the future. */
export function slash(
  stake: Stake,
  ctx: WriteContext,
  consensus: Uint8Array,
  { infractionHeight, fraction }: SlashOrder,
): bigint {
  if (fraction < 0n) throw new InvariantError(`staking: slash by ${fraction}`)
  if (infractionHeight > ctx.height)
    throw new InvariantError(`staking: a fault at ${infractionHeight}, the height is ${ctx.height}`)
  const found = byConsensus(ctx, consensus)
  if (found === undefined || isUnbonded(found.validator)) return 0n
  const { operator } = found
  for (const hooks of stake.hooks) hooks.beforeValidatorModified?.(ctx, operator)
  const owed = fractionOf(tokensAt(ctx, operator, infractionHeight), fraction)
  const cut = { fraction, since: infractionHeight - UPDATE_DELAY }
  const elsewhere = slashUnbondings(stake, ctx, operator, cut)
  const left = owed - elsewhere - slashRedelegations(stake, ctx, operator, cut)
  return slashTokens(stake, ctx, operator, left)
}

/** Burns what is still owed of the validator's own tokens, at most all of them. */
function slashTokens(stake: Stake, ctx: WriteContext, operator: Uint8Array, owed: bigint): bigint {
  const { tokens } = amountsOf(mustValidator(ctx, operator))
  const burned = max(min(owed, tokens), 0n)
  if (burned === 0n) return 0n
  const effective = fractionUp(burned, tokens)
  for (const hooks of stake.hooks) hooks.beforeValidatorSlashed?.(ctx, operator, effective)
  const validator = mustValidator(ctx, operator)
  const left = (BigInt(validator.tokens) - burned).toString()
  writeValidator(ctx, operator, { ...validator, tokens: left }, validator)
  burnPool(stake, ctx, isBonded(validator), burned)
  return burned
}

function slashUnbondings(stake: Stake, ctx: WriteContext, operator: Uint8Array, cut: Cut): bigint {
  const prefix = bytesKey.encodePart(operator)
  const pairs = [...state.unbondingsOf.entries(ctx, { prefix })].map(
    ([[, delegator]]) => [delegator, operator] as const,
  )
  let owed = 0n
  for (const pair of pairs) {
    const unbonding = state.unbondings.must(ctx, pair)
    const result = cutUnbonding(ctx, unbonding, cut)
    owed += result.owed
    if (result.burned === 0n) continue
    writeUnbonding(ctx, pair, result.unbonding)
    burnPool(stake, ctx, false, result.burned)
  }
  return owed
}

/** Each entry owes the fraction of what it began with, and pays what it still has of that. */
function cutUnbonding(
  ctx: WriteContext,
  unbonding: UnbondingDelegation,
  cut: Cut,
): { readonly unbonding: UnbondingDelegation; readonly owed: bigint; readonly burned: bigint } {
  let [owed, burned] = [0n, 0n]
  const entries = unbonding.entries.map((entry) => {
    if (!answers(ctx, entry, cut)) return entry
    const part = fractionOf(BigInt(entry.initialBalance), cut.fraction)
    const taken = min(part, BigInt(entry.balance))
    owed += part
    burned += taken
    return { ...entry, balance: (BigInt(entry.balance) - taken).toString() }
  })
  return { unbonding: { ...unbonding, entries }, owed, burned }
}

function slashRedelegations(
  stake: Stake,
  ctx: WriteContext,
  operator: Uint8Array,
  cut: Cut,
): bigint {
  const prefix = bytesKey.encodePart(operator)
  const rows = [...state.redelegationsFrom.entries(ctx, { prefix })].map(([key]) => key)
  let owed = 0n
  for (const [src, delegator, dst] of rows)
    owed += slashRedelegation(stake, ctx, state.redelegations.must(ctx, [delegator, src, dst]), cut)
  return owed
}

/** First what unbonds from the destination since then pays, then the delegation there. Returns what all entries owe. */
function slashRedelegation(
  stake: Stake,
  ctx: WriteContext,
  redelegation: Redelegation,
  cut: Cut,
): bigint {
  const delegator = fromBech32(redelegation.delegatorAddress)
  const dst = fromBech32(redelegation.validatorDstAddress, PREFIX.validator)
  let owed = 0n
  for (const entry of redelegation.entries) {
    if (!answers(ctx, entry, cut)) continue
    const part = fractionOf(BigInt(entry.initialBalance), cut.fraction)
    owed += part
    const left = part - takeFromUnbonding(stake, ctx, [delegator, dst], part, cut)
    const wanted = decMul(cut.fraction, decRaw(BigInt(entry.sharesDst)))
    if (wanted === 0n || left === 0n) continue
    const found = state.delegations.get(ctx, [delegator, dst])
    if (found === undefined) continue
    // The state is read first: taking the last shares of an unbonded validator removes it.
    const bonded = isBonded(mustValidator(ctx, dst))
    const tokens = unbond(stake, ctx, delegator, dst, min(wanted, sharesOf(found)))
    burnPool(stake, ctx, bonded, tokens)
  }
  return owed
}

function takeFromUnbonding(
  stake: Stake,
  ctx: WriteContext,
  pair: readonly [Uint8Array, Uint8Array],
  part: bigint,
  cut: Cut,
): bigint {
  const unbonding = state.unbondings.get(ctx, pair)
  if (unbonding === undefined) return 0n
  let left = part
  const entries = unbonding.entries.map((entry) => {
    const taken = answers(ctx, entry, cut) ? min(left, BigInt(entry.balance)) : 0n
    left -= taken
    return taken === 0n ? entry : { ...entry, balance: (BigInt(entry.balance) - taken).toString() }
  })
  if (left === part) return 0n
  writeUnbonding(ctx, pair, { ...unbonding, entries })
  burnPool(stake, ctx, false, part - left)
  return part - left
}

/** Whether stake that left was still there at the fault, and is not free yet. */
function answers(
  ctx: WriteContext,
  entry: { readonly creationHeight: bigint; readonly completionTime: Moment },
  { since }: Cut,
): boolean {
  return entry.creationHeight >= since && !reached(entry.completionTime, now(ctx))
}
