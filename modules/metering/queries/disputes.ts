import {
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryCorrectionsRequest,
  QueryCorrectionsResponse,
  QueryEquivocationsRequest,
  QueryEquivocationsResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.metering.v1.Query'

/** All disputes in order of number, decided or not. */
export const challenges = listQuery({
  service: SERVICE,
  method: 'Challenges',
  request: QueryChallengesRequest,
  response: QueryChallengesResponse,
  table: state.challenges,
  answer: (challenges, pagination) => ({ challenges, pagination }),
})

/** Corrections of one device in order of number. */
export const corrections = listQuery({
  service: SERVICE,
  method: 'Corrections',
  request: QueryCorrectionsRequest,
  response: QueryCorrectionsResponse,
  table: state.corrections,
  prefix: ({ device }) => stringKey.encodePart(device),
  answer: (corrections, pagination) => ({ corrections, pagination }),
})

/** Every proven double signing in order of device and number. */
export const equivocations = listQuery({
  service: SERVICE,
  method: 'Equivocations',
  request: QueryEquivocationsRequest,
  response: QueryEquivocationsResponse,
  table: state.equivocations,
  answer: (equivocations, pagination) => ({ equivocations, pagination }),
})
