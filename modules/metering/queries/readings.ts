import {
  QueryReadingByIdentityRequest,
  QueryReadingByIdentityResponse,
  QueryReadingRequest,
  QueryReadingResponse,
  QueryReadingsRequest,
  QueryReadingsResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { equalBytes, fromHex } from '../../kit/bytes.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.metering.v1.Query'
const NEWEST = 4096

/** One settled reading. Throws sdk 38 when this number is not settled. */
export const reading = defineQuery({
  service: SERVICE,
  method: 'Reading',
  request: QueryReadingRequest,
  response: QueryReadingResponse,
  handle: (ctx, request) => ({
    reading: state.readings.must(ctx, [request.device, request.context, request.seq]),
  }),
})

/**
 * A settled reading by sha256 of its sign bytes, looked for among the newest 4,096 of its device. Throws sdk 18 when the
 * identity is no hash, sdk 38 when nothing is found.
 */
export const readingByIdentity = defineQuery({
  service: SERVICE,
  method: 'ReadingByIdentity',
  request: QueryReadingByIdentityRequest,
  response: QueryReadingByIdentityResponse,
  handle(ctx, request) {
    if (!/^[0-9a-fA-F]{64}$/.test(request.identity)) {
      throw sdkErrors.invalidRequest('identity must be 64 hex digits')
    }
    const identity = fromHex(request.identity)
    const scan = { prefix: stringKey.encodePart(request.device), reverse: true }
    let looked = 0
    for (const [, found] of state.readings.entries(ctx, scan)) {
      if (equalBytes(found.identity, identity)) return { reading: found }
      looked += 1
      if (looked === NEWEST) break
    }
    throw sdkErrors.notFound(
      `${request.identity} is not among the newest readings of ${request.device}`,
    )
  },
})

/** Settled readings of a device in order of seq. */
export const readings = listQuery({
  service: SERVICE,
  method: 'Readings',
  request: QueryReadingsRequest,
  response: QueryReadingsResponse,
  table: state.readings,
  prefix: ({ device }) => stringKey.encodePart(device),
  answer: (readings, pagination) => ({ readings, pagination }),
})
