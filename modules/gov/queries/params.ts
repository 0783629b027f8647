import {
  QueryConstitutionRequest,
  QueryConstitutionResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from '../../../proto/gen/cosmos/gov/v1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery } from '../../kit/module.ts'
import { readParams } from '../params.ts'
import { state } from '../state.ts'
import { V1 } from './services.ts'

/** The text the chain gave itself; empty when it has none. */
export const constitution = defineQuery({
  service: V1,
  method: 'Constitution',
  request: QueryConstitutionRequest,
  response: QueryConstitutionResponse,
  handle: (ctx) => ({ constitution: state.constitution.get(ctx) ?? '' }),
})

/** All params, and beside them the group of v1beta1 that `params_type` names. */
export const params = defineQuery({
  service: V1,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle(ctx, { paramsType }) {
    const all = readParams(ctx)
    const answer = QueryParamsResponse.create({ params: all })
    switch (paramsType) {
      case '':
        return answer
      case 'deposit':
        return {
          ...answer,
          depositParams: { minDeposit: all.minDeposit, maxDepositPeriod: all.maxDepositPeriod },
        }
      case 'voting':
        return { ...answer, votingParams: { votingPeriod: all.votingPeriod } }
      case 'tallying':
        return {
          ...answer,
          tallyParams: {
            quorum: all.quorum,
            threshold: all.threshold,
            vetoThreshold: all.vetoThreshold,
          },
        }
      default:
        throw sdkErrors.invalidRequest(`unknown params type: ${paramsType}`)
    }
  },
})
