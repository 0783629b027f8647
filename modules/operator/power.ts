import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { ExitReason, type Operator, type Params } from '../../proto/gen/strom/operator/v1/state.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import { toHex } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { divFloor, max, min, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import type { BondedValidator } from '../staking/api.ts'
import { countedWh } from './capacity.ts'
import * as events from './events.ts'
import { liftsNobody, lostPpm, noteGain, noteLoss } from './losses.ts'
import type { OperatorNeeds } from './needs.ts'
import { queueExit } from './queue.ts'
import { runOf, shareOut, tokenPowerOf } from './rules.ts'
import { operators, state } from './state.ts'

/** What the storage of each validator carries; undefined = no bound. */
export type Targets = (validator: string) => bigint | undefined

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

/** A genesis validator that nothing was ever asked of yet. */
function inGrace(ctx: ReadContext, params: Params, op: Operator): boolean {
  const progress = state.progress.get(ctx)
  if (!op.genesis || op.deepPeriod > 0n || progress === undefined) return false
  const first = runOf(progress.firstTick, params.epochTicks)
  return progress.epoch - first < BigInt(params.graceEpochs)
}

/** The set as caps begin to move: read once, as it does not change before the end of the block. */
interface Stage {
  readonly needs: OperatorNeeds
  readonly ctx: WriteContext
  readonly params: Params
  readonly set: readonly BondedValidator[]
  /** Validator addresses of those in the set who are not in jail. */
  readonly members: ReadonlySet<string>
  readonly total: bigint
}

/** Moves the caps toward what storage carries, within the ramp of an epoch and the bound on lost power. */
export function moveCaps(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  tick: bigint,
): void {
  const targets = targetsOf(needs, ctx, params)
  const validators = needs.staking.validators(ctx)
  const stage = stageOf(needs, ctx, params, validators)
  const rows: Row[] = []
  for (const validator of validators) {
    const operator = fromBech32(validator.operatorAddress, PREFIX.validator)
    const target = targets(validator.operatorAddress)
    const tokenPower = tokenPowerOf(validator.tokens)
    const goal = min(tokenPower, target ?? tokenPower)
    const row: Row = {
      validator: validator.operatorAddress,
      operator,
      tokenPower,
      now: needs.staking.effectivePower(ctx, operator),
      goal,
      target,
    }
    // Outside the set nothing is lost that a ramp had to soften; in jail nothing rises, or all of it would be back at once.
    const outside = !stage.members.has(row.validator)
    if (validator.jailed || (outside && goal < row.now)) setCap(stage, row, min(row.now, goal))
    else rows.push(row)
  }
  const steps = stepsOf(stage, rows)
  rows.forEach((row, index) => {
    setCap(stage, row, row.now + (steps[index] as bigint))
  })
  for (const row of rows) {
    if (row.goal === 0n && row.tokenPower > 0n && stage.members.has(row.validator))
      queueExit(ctx, row.validator, ExitReason.EXIT_REASON_STORAGE, tick)
  }
}

function stageOf(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  validators: readonly Validator[],
): Stage {
  const set = needs.staking.bondedValidators(ctx)
  const jailed = new Set(
    validators.filter((one) => one.jailed).map(({ operatorAddress }) => operatorAddress),
  )
  const names = set.map(({ operator }) => toBech32(operator, PREFIX.validator))
  const members = new Set(names.filter((name) => !jailed.has(name)))
  return { needs, ctx, params, set, members, total: needs.staking.totalPower(ctx) }
}

/** Signed steps of this epoch. Nobody is taken out of the set here: the last unit of power leaves by the queue. */
function stepsOf(stage: Stage, rows: readonly Row[]): bigint[] {
  const { ctx, params, total, members } = stage
  const budget = max(mulDivFloor(total, params.rampPpm, PPM), 1n)
  const wanted = rows.map(({ validator, goal, now }) => {
    const floor = goal === 0n && members.has(validator) ? min(now, 1n) : goal
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
    if (allowed === 0n || liftsOnlyItself(stage, rows, steps)) return steps
    const fallen = parts.reduce((sum, part) => sum + part, 0n)
    if (fallen === 0n) return steps
    allowed = divFloor(min(allowed, fallen), 2n)
  }
}

function liftsOnlyItself({ set }: Stage, rows: readonly Row[], steps: readonly bigint[]): boolean {
  const falls = new Map<string, bigint>()
  rows.forEach((row, i) => {
    const step = steps[i] as bigint
    if (step < 0n) falls.set(toHex(row.operator), step)
  })
  return liftsNobody(set, (one) => one.power + (falls.get(toHex(one.operator)) ?? 0n))
}

function setCap({ needs, ctx, members, total }: Stage, row: Row, power: bigint): void {
  const { operator, validator, now, goal, target } = row
  // At its goal a validator is bounded by its storage alone, so that new stake counts at once.
  const cap = power === goal ? target : power
  const before = needs.staking.powerCap(ctx, operator)
  if (cap !== before) {
    needs.staking.setPowerCap(ctx, operator, cap)
    ctx.emit(events.powerCapped(validator, now, power))
  }
  if (!members.has(validator)) return
  if (power < now) {
    const ppm = mulDivCeil(now - power, PPM, total)
    noteLoss(ctx, { validatorAddress: validator, ppm, exit: false })
  } else noteGain(ctx, validator, mulDivFloor(power - now, PPM, total))
}
