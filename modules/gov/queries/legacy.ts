import {
  QueryDepositRequest,
  QueryDepositResponse,
  QueryDepositsRequest,
  QueryDepositsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryProposalRequest,
  QueryProposalResponse,
  QueryProposalsRequest,
  QueryProposalsResponse,
  QueryTallyResultRequest,
  QueryTallyResultResponse,
  QueryVoteRequest,
  QueryVoteResponse,
  QueryVotesRequest,
  QueryVotesResponse,
} from '../../../proto/gen/cosmos/gov/v1beta1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import {
  legacyParams,
  legacyProposal,
  legacyTally,
  legacyVote,
  mustBeLegacy,
} from '../legacy-shapes.ts'
import type { GovNeeds } from '../needs.ts'
import { readParams } from '../params.ts'
import { state } from '../state.ts'
import { askedProposal, listProposals, resultOf } from './proposals.ts'
import { V1BETA1 as service } from './services.ts'
import { askedDeposit, askedVote, pageOf } from './votes.ts'

/** A proposal of exactly one message. Throws sdk 29 for any other. */
export const proposal = defineQuery({
  service,
  method: 'Proposal',
  request: QueryProposalRequest,
  response: QueryProposalResponse,
  handle: (ctx, { proposalId }) => ({ proposal: mustBeLegacy(askedProposal(ctx, proposalId)) }),
})

/** Proposals of exactly one message, filtered. */
export const proposals = defineQuery({
  service,
  method: 'Proposals',
  request: QueryProposalsRequest,
  response: QueryProposalsResponse,
  handle(ctx, asked) {
    const { items, pagination } = listProposals(ctx, asked, legacyProposal)
    return { proposals: items, pagination }
  },
})

/** One vote. */
export const vote = defineQuery({
  service,
  method: 'Vote',
  request: QueryVoteRequest,
  response: QueryVoteResponse,
  handle: (ctx, asked) => ({ vote: legacyVote(askedVote(ctx, asked)) }),
})

/** Votes on a proposal while it is voted on. */
export const votes = defineQuery({
  service,
  method: 'Votes',
  request: QueryVotesRequest,
  response: QueryVotesResponse,
  handle(ctx, asked) {
    const page = pageOf(ctx, state.votes, asked.proposalId, asked.pagination)
    return { votes: page.items.map(legacyVote), pagination: page.pagination }
  },
})

/** The group of params that `params_type` names; the others are at zero. Throws sdk 18 for another name or none. */
export const params = defineQuery({
  service,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle(ctx, { paramsType }) {
    const found = legacyParams(readParams(ctx), paramsType)
    if (found === undefined)
      throw sdkErrors.invalidRequest(`${paramsType} is not a valid parameter type`)
    return found
  },
})

/** One deposit. */
export const deposit = defineQuery({
  service,
  method: 'Deposit',
  request: QueryDepositRequest,
  response: QueryDepositResponse,
  handle: (ctx, asked) => ({ deposit: askedDeposit(ctx, asked) }),
})

/** Deposits of a proposal. */
export const deposits = defineQuery({
  service,
  method: 'Deposits',
  request: QueryDepositsRequest,
  response: QueryDepositsResponse,
  handle(ctx, asked) {
    const page = pageOf(ctx, state.deposits, asked.proposalId, asked.pagination)
    return { deposits: page.items, pagination: page.pagination }
  },
})

/** The result of a proposal. */
export function tallyResult(
  needs: GovNeeds,
): QueryDef<QueryTallyResultRequest, QueryTallyResultResponse> {
  return defineQuery({
    service,
    method: 'TallyResult',
    request: QueryTallyResultRequest,
    response: QueryTallyResultResponse,
    handle: (ctx, { proposalId }) => ({ tally: legacyTally(resultOf(needs, ctx, proposalId)) }),
  })
}
