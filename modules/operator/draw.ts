import {
  Challenge,
  ChallengeStatus,
  type Operator,
  type Params,
} from '../../proto/gen/strom/operator/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { max, min, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { type Lots, lots, makeBeacon } from './beacon.ts'
import { judgeWait, PATIENCE_TICKS } from './energy.ts'
import * as events from './events.ts'
import type { OperatorNeeds } from './needs.ts'
import { feasibleWh, tickOf } from './rules.ts'
import { openKey, operators, state } from './state.ts'
import { accountOf, packOf, type Storage, storageOf } from './storage.ts'

/** Challenges kept behind the newest period. */
const KEPT_PERIODS = 30n

/** Begins a period: makes its beacon, draws one challenge for each operator, forgets what is too old. */
export function beginPeriod(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  period: bigint,
): void {
  const beacon = makeBeacon(ctx, period)
  const now = tickOf(ctx.time)
  const drawn = operators(ctx).flatMap((op) => {
    const storage = storageOf(needs, ctx, op)
    return typeof storage === 'string' ? [] : [{ op, storage }]
  })
  for (const group of groupsOf(drawn)) {
    const name = (group[0] as Member).op.validatorAddress
    const draws = lots(ctx.hasher, beacon.value, `group|${name}`)
    const first = period * BigInt(params.periodTicks)
    const last = first + BigInt(params.periodTicks - params.deepTicks)
    // The chain may have stood still at the begin of the period: the notice is given all the same.
    const earliest = max(first, now) + BigInt(params.noticeTicks)
    if (earliest > last) continue
    const tick = draws.between(earliest, last)
    // One direction for all: otherwise one pack's discharge could charge the other.
    const discharge = draws.between(0n, 1n) === 1n
    for (const member of group) {
      const own = lots(ctx.hasher, beacon.value, `size|${member.op.validatorAddress}`)
      challenge(ctx, params, member, { period, tick, discharge, own })
    }
  }
  const late = judgeWait(needs, ctx, params) + PATIENCE_TICKS
  const oldest = (period - 2n) * BigInt(params.periodTicks) - late
  for (const op of operators(ctx)) forget(ctx, op, period, oldest)
  for (const tick of Array.from(state.counted.keys(ctx, { to: oldest })))
    state.counted.delete(ctx, tick)
}

interface Member {
  readonly op: Operator
  readonly storage: Storage
}

/** Operators that share a site, an owner or a maker of batteries, over any chain of them; in order of their first member. */
function groupsOf(members: readonly Member[]): Member[][] {
  const groups: { readonly names: Set<string>; readonly members: Member[] }[] = []
  for (const member of members) {
    const { battery } = member.storage
    const names = new Set([
      `site|${battery.site}`,
      `owner|${accountOf(member.op.validatorAddress)}`,
      `maker|${battery.maker}`,
    ])
    const joined = groups.filter((group) => [...names].some((name) => group.names.has(name)))
    const [home] = joined
    if (home === undefined) {
      groups.push({ names, members: [member] })
      continue
    }
    for (const other of joined.slice(1)) {
      for (const name of other.names) home.names.add(name)
      home.members.push(...other.members)
      groups.splice(groups.indexOf(other), 1)
    }
    for (const name of names) home.names.add(name)
    home.members.push(member)
  }
  return groups.map((group) => group.members)
}

interface Draw {
  readonly period: bigint
  readonly tick: bigint
  readonly discharge: boolean
  readonly own: Lots
}

function challenge(
  ctx: WriteContext,
  params: Params,
  { op, storage }: Member,
  { period, tick, discharge, own }: Draw,
): void {
  const pack = packOf(storage.battery)
  const deep = op.deepDue || period - op.deepPeriod >= BigInt(params.deepPeriods)
  const ticks = deep ? params.deepTicks : 1
  // What was never verified is measured against what the maker states.
  const base = deep || op.verifiedWh === 0n ? pack.capacityWh : op.verifiedWh
  const ppm = deep ? params.deepPpm : own.between(params.challengeMinPpm, params.challengeMaxPpm)
  const size = min(mulDivFloor(base, ppm, PPM), feasibleWh(pack.nameplateW, BigInt(ticks)))
  if (size === 0n) return
  const tolerancePpm = max(2n * BigInt(storage.meter.classPpm), params.tolerancePpm)
  const row = Challenge.create({
    validatorAddress: op.validatorAddress,
    period,
    battery: op.battery,
    meter: op.meter,
    tick,
    ticks,
    targetWh: discharge ? size : -size,
    toleranceWh: max(mulDivCeil(size, tolerancePpm, PPM), 1n),
    deep,
    status: ChallengeStatus.CHALLENGE_STATUS_OPEN,
  })
  state.challenges.set(ctx, [op.validatorAddress, period], row)
  state.open.add(ctx, openKey(row))
  ctx.emit(events.challengeEvent('challenged', row))
}

/** Drops what nothing looks back to any more. */
function forget(ctx: WriteContext, op: Operator, period: bigint, oldestTick: bigint): void {
  const key = op.validatorAddress
  const challenges = { from: [key, 0n], to: [key, max(period - KEPT_PERIODS, 0n)] } as const
  for (const row of Array.from(state.challenges.values(ctx, challenges))) {
    if (row.status !== ChallengeStatus.CHALLENGE_STATUS_OPEN)
      state.challenges.delete(ctx, [key, row.period])
  }
  const socs = { from: [key, 0n], to: [key, oldestTick] } as const
  for (const [at] of Array.from(state.socs.entries(ctx, socs))) state.socs.delete(ctx, at)
}
