import type { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import {
  ExitReason,
  type Operator,
  type Params,
  TickMark,
} from '../../proto/gen/strom/operator/v1/state.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { BlockContext, ReadContext, WriteContext } from '../kit/context.ts'
import { mod } from '../kit/math.ts'
import { PPM, TICK_SECONDS } from '../kit/units.ts'
import * as events from './events.ts'
import type { OperatorNeeds } from './needs.ts'
import { queueExit } from './queue.ts'
import { tickClosedBy, tickOf } from './rules.ts'
import { dequeue, operators, state } from './state.ts'

/** Notes the hash of this block, forgets what no reading may be anchored to any more, and marks the tick. */
export function noteBlock(ctx: BlockContext, params: Params): void {
  const oldest = ctx.height - BigInt(params.anchorMaxAge)
  for (const [height] of Array.from(state.anchors.entries(ctx, { to: oldest })))
    state.anchors.delete(ctx, height)
  if (ctx.header !== undefined) state.anchors.set(ctx, ctx.height, ctx.header.hash)
  const tick = tickOf(ctx.time)
  const mark = state.ticks.get(ctx, tick) ?? TickMark.create({ tick })
  const first = mod(ctx.time, TICK_SECONDS) * 2n < TICK_SECONDS
  if (first ? mark.firstHalf : mark.secondHalf) return
  state.ticks.set(ctx, tick, first ? { ...mark, firstHalf: true } : { ...mark, secondHalf: true })
}

/**
 * Sees each message stored under its device's own signature: what a battery states of its charge, and a meter's reading
 * whose anchor proves that it was signed a short while ago.
 */
export function noteReading(ctx: WriteContext, message: DeviceMessage): void {
  const tick = tickClosedBy(message.time)
  const owner = state.byBattery.get(ctx, message.device)
  if (owner !== undefined && message.socMwh !== undefined)
    state.socs.set(ctx, [owner, tick], message.socMwh)
  const validator = state.byMeter.get(ctx, message.device)
  if (validator === undefined || !isAnchored(ctx, message)) return
  const params = state.params.must(ctx)
  const now = tickOf(ctx.time)
  // A judged tick does not come back, and nobody is there in a tick that has not begun.
  if (tick <= now && tick + 1n + BigInt(params.presenceLagTicks) > now)
    state.presences.add(ctx, [tick, validator])
}

function isAnchored(ctx: ReadContext, { anchor }: DeviceMessage): boolean {
  if (anchor === undefined || anchor.height < 0n || anchor.height >= ctx.height) return false
  const hash = state.anchors.get(ctx, anchor.height)
  return hash !== undefined && equalBytes(hash, anchor.hash)
}

/** Judges every tick that ended at least the lag ago. Ticks without a block were never marked and count for nobody. */
export function judgePresence(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  now: bigint,
): void {
  const end = now - BigInt(params.presenceLagTicks)
  const marks = Array.from(state.ticks.values(ctx, { to: end }))
  for (const mark of marks) {
    judgeTick(needs, ctx, params, mark)
    state.ticks.delete(ctx, mark.tick)
  }
  const past = Array.from(state.presences.keys(ctx, { to: [end, ''] }))
  for (const key of past) state.presences.delete(ctx, key)
}

function judgeTick(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  { tick, firstHalf, secondHalf }: TickMark,
): void {
  const bonded = new Map(
    needs.staking
      .bondedValidators(ctx)
      .map(({ operator, power }) => [toBech32(operator, PREFIX.validator), power]),
  )
  const judged = operators(ctx).filter((op) => op.registeredTick < tick)
  const there = (op: Operator): boolean => state.presences.has(ctx, [tick, op.validatorAddress])
  let silent = 0n
  for (const op of judged) if (!there(op)) silent += bonded.get(op.validatorAddress) ?? 0n
  const counts =
    firstHalf &&
    secondHalf &&
    silent * PPM <= params.silentQuorumPpm * needs.staking.totalPower(ctx)
  if (counts) state.counted.add(ctx, tick)
  for (const op of judged) {
    if (there(op)) speak(ctx, op, tick, counts)
    else if (counts) keepSilent(ctx, params, op, tick, bonded.has(op.validatorAddress))
  }
}

function speak(ctx: WriteContext, op: Operator, tick: bigint, counts: boolean): void {
  if (op.silentTicks > 0n) {
    ctx.emit(events.present(op.validatorAddress, tick, op.silentTicks))
    const since = state.exitOf.get(ctx, op.validatorAddress)
    const waits =
      since === undefined ? undefined : state.exits.get(ctx, [since, op.validatorAddress])
    if (waits?.reason === ExitReason.EXIT_REASON_SILENT) dequeue(ctx, op.validatorAddress)
  }
  op.silentTicks = 0n
  op.lastPresent = tick
  if (counts) {
    op.epochCounted += 1n
    op.epochPresent += 1n
  }
  state.operators.set(ctx, op.validatorAddress, op)
}

function keepSilent(
  ctx: WriteContext,
  params: Params,
  op: Operator,
  tick: bigint,
  bonded: boolean,
): void {
  op.epochCounted += 1n
  op.silentTicks += 1n
  if (op.silentTicks === 1n) ctx.emit(events.silent(op.validatorAddress, tick))
  state.operators.set(ctx, op.validatorAddress, op)
  if (bonded && op.silentTicks >= BigInt(params.maxSilentTicks)) {
    queueExit(ctx, op.validatorAddress, ExitReason.EXIT_REASON_SILENT, tick)
  }
}
