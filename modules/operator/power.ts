import { ExitReason, type Operator, type Params } from '../../proto/gen/strom/operator/v1/state.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import { toHex } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { divFloor, max, min, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { countedWh } from './capacity.ts'
import * as events from './events.ts'
import { liftsNobody, lostPpm, noteLoss } from './losses.ts'
import type { OperatorNeeds } from './needs.ts'
import { queueExit } from './queue.ts'
import { runOf, shareOut } from './rules.ts'
import { operators, state } from './state.ts'

const TOKENS_OF_POWER = 1_000_000n

/** What the storage of each validator carries; undefined = no bound. */
type Targets = (validator: string) => bigint | undefined

/** One validator while caps move. */
interface Row {
  readonly validator: string
  readonly operator: Uint8Array
  /** Power of its tokens, power it has now, power it shall come to. */
  readonly tokenPower: bigint
  readonly now: bigint
  readonly goal: bigint
  readonly target: bigint | undefined
}

/** Bounds on power by verified capacity, as they would be without a ramp. */
export function targetsOf(needs: OperatorNeeds, ctx: ReadContext, params: Params): Targets {
  if (!params.powerCap) return () => undefined
  const counted = countedWh(needs, ctx, params, operators(ctx))
  return (validator) => {
    const op = state.operators.get(ctx, validator)
    if (op !== undefined && inGrace(ctx, params, op)) return undefined
    return mulDivFloor(counted.get(validator) ?? 0n, params.powerPerKwh, 1000n)
  }
}

/** The same of one validator. */
export function targetOf(
  needs: OperatorNeeds,
  ctx: ReadContext,
  params: Params,
  validator: string,
): bigint | undefined {
  return targetsOf(needs, ctx, params)(validator)
}

/** A genesis validator that nothing was ever asked of yet. */
function inGrace(ctx: ReadContext, params: Params, op: Operator): boolean {
  const progress = state.progress.get(ctx)
  if (!op.genesis || op.deepPeriod > 0n || progress === undefined) return false
  const first = runOf(progress.firstTick, params.epochTicks)
  return progress.epoch - first < BigInt(params.graceEpochs)
}

/** Moves the caps toward what storage carries, within the ramp of an epoch and the bound on lost power. */
export function moveCaps(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  tick: bigint,
): void {
  const targets = targetsOf(needs, ctx, params)
  const rows: Row[] = []
  for (const validator of needs.staking.validators(ctx)) {
    const operator = fromBech32(validator.operatorAddress, PREFIX.validator)
    const target = targets(validator.operatorAddress)
    const tokenPower = divFloor(BigInt(validator.tokens), TOKENS_OF_POWER)
    const goal = min(tokenPower, target ?? tokenPower)
    const row: Row = {
      validator: validator.operatorAddress,
      operator,
      tokenPower,
      now: needs.staking.effectivePower(ctx, operator),
      goal,
      target,
    }
    // Whoever is jailed has no power that could jump.
    if (validator.jailed) setCap(needs, ctx, row, goal)
    else rows.push(row)
  }
  const steps = stepsOf(needs, ctx, params, rows)
  rows.forEach((row, index) => {
    setCap(needs, ctx, row, row.now + (steps[index] as bigint))
  })
  const bonded = bondedNames(needs, ctx)
  for (const row of rows) {
    if (row.goal === 0n && row.tokenPower > 0n && bonded.has(row.validator))
      queueExit(ctx, row.validator, ExitReason.EXIT_REASON_STORAGE, tick)
  }
}

function bondedNames(needs: OperatorNeeds, ctx: ReadContext): Set<string> {
  return new Set(
    needs.staking.bondedValidators(ctx).map(({ operator }) => toBech32(operator, PREFIX.validator)),
  )
}

/** Signed steps of this epoch. Nobody is taken out of the set here: the last unit of power leaves by the queue. */
function stepsOf(
  needs: OperatorNeeds,
  ctx: ReadContext,
  params: Params,
  rows: readonly Row[],
): bigint[] {
  const total = needs.staking.totalPower(ctx)
  const budget = max(mulDivFloor(total, params.rampPpm, PPM), 1n)
  const bonded = bondedNames(needs, ctx)
  const wanted = rows.map(({ validator, goal, now }) => {
    const floor = goal === 0n && bonded.has(validator) ? min(now, 1n) : goal
    return floor - now
  })
  const sizes = shareOut(
    wanted.map((want) => (want < 0n ? -want : want)),
    budget,
  )
  const rises = wanted.map((want, i) => (want > 0n ? (sizes[i] as bigint) : 0n))
  const falls = wanted.map((want, i) => (want < 0n ? (sizes[i] as bigint) : 0n))
  const room = max(params.exitLimitPpm - lostPpm(ctx), 0n)
  let allowed = mulDivFloor(total, room, PPM)
  // Halved until nobody else is lifted over a third: at nothing this holds.
  for (;;) {
    const parts = shareOut(falls, allowed)
    const steps = rises.map((rise, i) => rise - (parts[i] as bigint))
    if (allowed === 0n || liftsOnlyItself(needs, ctx, rows, steps)) return steps
    const fallen = parts.reduce((sum, part) => sum + part, 0n)
    if (fallen === 0n) return steps
    allowed = divFloor(min(allowed, fallen), 2n)
  }
}

function liftsOnlyItself(
  needs: OperatorNeeds,
  ctx: ReadContext,
  rows: readonly Row[],
  steps: readonly bigint[],
): boolean {
  const falls = new Map<string, bigint>()
  rows.forEach((row, i) => {
    const step = steps[i] as bigint
    if (step < 0n) falls.set(toHex(row.operator), step)
  })
  return liftsNobody(
    needs.staking.bondedValidators(ctx),
    (one) => one.power + (falls.get(toHex(one.operator)) ?? 0n),
  )
}

function setCap(needs: OperatorNeeds, ctx: WriteContext, row: Row, power: bigint): void {
  const { operator, validator, now, goal, target } = row
  // At its goal a validator is bounded by its storage alone, so that new stake counts at once.
  const cap = power === goal ? target : power
  const before = needs.staking.powerCap(ctx, operator)
  if (cap !== before) {
    needs.staking.setPowerCap(ctx, operator, cap)
    ctx.emit(events.powerCapped(validator, now, power))
  }
  if (power >= now || !needs.staking.bondedValidators(ctx).some((one) => same(one, operator)))
    return
  const ppm = mulDivCeil(now - power, PPM, needs.staking.totalPower(ctx))
  noteLoss(ctx, { validatorAddress: validator, ppm, exit: false })
}

function same(one: { readonly operator: Uint8Array }, operator: Uint8Array): boolean {
  return toHex(one.operator) === toHex(operator)
}
