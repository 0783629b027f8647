import type { Device } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  QueryGapsRequest,
  QueryGapsResponse,
  QueryTicksRequest,
  QueryTicksResponse,
  QueryVeeRequest,
  QueryVeeResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { mod } from '../../kit/math.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { TICK_SECONDS } from '../../kit/units.ts'
import { gapsOf } from '../gaps.ts'
import { ticksOf } from '../ticks.ts'
import { veeOf } from '../vee.ts'
import type { EnergyNeeds } from '../work.ts'

const SERVICE = 'strom.metering.v1.Query'
/** Ticks that one call answers. */
export const MAX_TICKS = 1_000n
/** Days of the calendar that a validation may be asked of: to the year 9999. */
const MAX_DAY = 2_932_896n

/** Energy by tick. Throws sdk 18 on bad bounds, sdk 38 for an unknown device. */
export function ticks(needs: EnergyNeeds): QueryDef<QueryTicksRequest, QueryTicksResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'Ticks',
    request: QueryTicksRequest,
    response: QueryTicksResponse,
    handle(ctx, { device, from, to }) {
      checkTicks(from, to)
      return { ticks: [...ticksOf(ctx, registered(needs, ctx, device), from, to)] }
    },
  })
}

/** What is missing. Throws sdk 18 on bad bounds, sdk 38 for an unknown device. */
export function gaps(needs: EnergyNeeds): QueryDef<QueryGapsRequest, QueryGapsResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'Gaps',
    request: QueryGapsRequest,
    response: QueryGapsResponse,
    handle(ctx, { device, from, to }) {
      checkSpan(from, to)
      return gapsOf(ctx, registered(needs, ctx, device), from, to)
    },
  })
}

/** Validation of a day. Throws sdk 18 when the day is none of the calendar, sdk 38 for an unknown device. */
export function vee(needs: EnergyNeeds): QueryDef<QueryVeeRequest, QueryVeeResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'Vee',
    request: QueryVeeRequest,
    response: QueryVeeResponse,
    handle(ctx, { device, day }) {
      if (day < 0n || day > MAX_DAY) {
        throw sdkErrors.invalidRequest(
          `day ${day}: days are counted from 1970-01-01, up to ${MAX_DAY}`,
        )
      }
      return { checks: veeOf(ctx, registered(needs, ctx, device), day) }
    },
  })
}

/** The registered device. Throws sdk 38 when there is none. */
export function registered(needs: EnergyNeeds, ctx: ReadContext, id: string): Device {
  const device = needs.device.get(ctx, id)
  if (device === undefined) throw sdkErrors.notFound(`device "${id}" is not registered`)
  return device
}

/** Throws sdk 18 unless [from, to) is 1 to 1,000 whole ticks. */
export function checkTicks(from: bigint, to: bigint): void {
  for (const [name, time] of [
    ['from', from],
    ['to', to],
  ] as const) {
    checkTick(name, time)
  }
  checkSpan(from, to)
}

/** Throws sdk 18 unless the time is one at which a tick begins. */
export function checkTick(name: string, time: bigint): void {
  if (time >= 0n && time <= MAX_DAY * 86_400n && mod(time, TICK_SECONDS) === 0n) return
  throw sdkErrors.invalidRequest(`${name} ${time} is not the start of a tick: a multiple of 900 s`)
}

function checkSpan(from: bigint, to: bigint): void {
  const most = MAX_TICKS * TICK_SECONDS
  if (from >= 0n && from < to && to - from <= most) return
  throw sdkErrors.invalidRequest(
    `[${from}, ${to}): from lies before to, and at most ${MAX_TICKS} ticks (${most} s) are answered at once`,
  )
}
