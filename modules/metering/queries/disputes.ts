import {
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryCorrectionsRequest,
  QueryCorrectionsResponse,
  QueryEquivocationsRequest,
  QueryEquivocationsResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.metering.v1.Query'

/** All disputes in order of number, decided or not. */
export const challenges = defineQuery({
  service: SERVICE,
  method: 'Challenges',
  request: QueryChallengesRequest,
  response: QueryChallengesResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.challenges, request.pagination, {}, (_, row) => row)
    return { challenges: page.items, pagination: page.pagination }
  },
})

/** Corrections of one device in order of number. */
export const corrections = defineQuery({
  service: SERVICE,
  method: 'Corrections',
  request: QueryCorrectionsRequest,
  response: QueryCorrectionsResponse,
  handle(ctx, request) {
    const scan = { prefix: stringKey.encodePart(request.device) }
    const page = paginate(ctx, state.corrections, request.pagination, scan, (_, row) => row)
    return { corrections: page.items, pagination: page.pagination }
  },
})

/** Every proven double signing in order of device and number. */
export const equivocations = defineQuery({
  service: SERVICE,
  method: 'Equivocations',
  request: QueryEquivocationsRequest,
  response: QueryEquivocationsResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.equivocations, request.pagination, {}, (_, row) => row)
    return { equivocations: page.items, pagination: page.pagination }
  },
})
