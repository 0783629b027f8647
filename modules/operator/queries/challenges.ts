import {
  QueryChallengesRequest,
  QueryChallengesResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { state } from '../state.ts'
import { SERVICE } from './operators.ts'

/** Challenges of a validator in order of period, or of all validators. */
export const challenges = listQuery({
  service: SERVICE,
  method: 'Challenges',
  request: QueryChallengesRequest,
  response: QueryChallengesResponse,
  table: state.challenges,
  prefix: ({ validatorAddress }) =>
    validatorAddress === '' ? undefined : stringKey.encodePart(validatorAddress),
  answer: (challenges, pagination) => ({ challenges, pagination }),
})
