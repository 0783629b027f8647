import {
  HourScore,
  QueryScoreRequest,
  QueryScoreResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import type { Consumption, Params } from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import { stringKey } from '../../kit/keys.ts'
import { divFloor, mod } from '../../kit/math.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginateList } from '../../kit/page.ts'
import { standingWh } from '../consumption.ts'
import { certificateErrors } from '../errors.ts'
import { zoneOf } from '../params.ts'
import { sizeOf } from '../rules.ts'
import { scoreOf } from '../score.ts'
import { state } from '../state.ts'

const HOUR_S = 3_600n
const MAX_HOURS = 366n * 24n

/**
 * How much of an account's consumption was carbon-free, hour by hour. A record counts in the hour in which it begins. What
 * the account claimed counts in the hour of its generation, matched or not.
 */
export const score = defineQuery({
  service: 'strom.certificate.v1.Query',
  method: 'Score',
  request: QueryScoreRequest,
  response: QueryScoreResponse,
  handle(ctx, request) {
    const hours = emptyHours(request)
    const zone = addLoad(ctx, request, hours)
    addClaims(ctx, request, hours)
    const params = state.params.must(ctx)
    hours.forEach((hour, i) => {
      hour.gridCfePermille = gridShare(params, zone, request.gridCfePermille, hour.start, i)
    })
    const result = scoreOf(
      hours.map((hour) => ({ ...hour, gridCfePermille: BigInt(hour.gridCfePermille) })),
    )
    const { items, pagination } = paginateList(hours, request.pagination)
    return { ...result, hours: items, pagination }
  },
})

function emptyHours({ from, to, gridCfePermille }: QueryScoreRequest): HourScore[] {
  const count = divFloor(to - from, HOUR_S)
  if (mod(from, HOUR_S) !== 0n || mod(to, HOUR_S) !== 0n || count < 1n || count > MAX_HOURS) {
    throw certificateErrors.invalidPeriod(`${from}-${to}: 1 to ${MAX_HOURS} whole hours`)
  }
  const given = gridCfePermille.length
  if (given > 1 && BigInt(given) !== count) {
    throw certificateErrors.invalidPeriod(`${given} grid_cfe_permille for ${count} hours`)
  }
  if (gridCfePermille.some((share) => share > 1_000)) {
    throw certificateErrors.invalidPeriod('a grid_cfe_permille is over 1,000')
  }
  return Array.from({ length: Number(count) }, (_, i) =>
    HourScore.create({ start: from + BigInt(i) * HOUR_S }),
  )
}

/** Adds the account's consumption; answers the zone of the first record, whose grid the rest of the load is from. */
function addLoad(ctx: ReadContext, request: QueryScoreRequest, hours: HourScore[]): string {
  let zone = ''
  for (const device of devicesOf(ctx, request)) {
    for (const record of recordsOf(ctx, device, request)) {
      if (record.owner !== request.owner) continue
      const hour = hours[Number(divFloor(record.intervalStart - request.from, HOUR_S))]
      if (hour !== undefined) hour.loadWh += standingWh(record)
      if (zone === '') zone = record.zone
    }
  }
  return zone
}

function devicesOf(ctx: ReadContext, { owner, devices }: QueryScoreRequest): readonly string[] {
  if (devices.length > 0) return [...new Set(devices)]
  const scan = { prefix: stringKey.encodePart(owner) }
  return Array.from(state.consumers.entries(ctx, scan), ([[, device]]) => device)
}

function* recordsOf(
  ctx: ReadContext,
  device: string,
  { from, to }: QueryScoreRequest,
): Iterable<Consumption> {
  const scan = { from: [device, from], to: [device, to] } as const
  for (const [, record] of state.consumptions.entries(ctx, scan)) yield record
}

function addClaims(ctx: ReadContext, request: QueryScoreRequest, hours: HourScore[]): void {
  const { owner, from, to } = request
  const scan = { from: [owner, from, 0n], to: [owner, to, 0n] } as const
  const wanted = new Set(request.devices)
  for (const [[, start, id]] of state.claimsAt.entries(ctx, scan)) {
    const claim = state.claims.must(ctx, id)
    // A claim matched with the consumption of a device that is not asked for serves that device alone.
    const elsewhere = claim.consumptionDevice !== '' && !wanted.has(claim.consumptionDevice)
    if (wanted.size > 0 && elsewhere) continue
    const hour = hours[Number(divFloor(start - from, HOUR_S))]
    if (hour !== undefined) hour.claimedWh += sizeOf(claim)
  }
}

function gridShare(
  params: Params,
  zone: string,
  given: readonly number[],
  start: bigint,
  index: number,
): number {
  if (given.length > 0) return given[given.length === 1 ? 0 : index] ?? 0
  const own = zoneOf(params, zone).gridCfePermille
  const hour = Number(mod(divFloor(start, HOUR_S), 24n))
  return own[own.length === 1 ? 0 : hour] ?? 0
}
