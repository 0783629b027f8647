import type { TallyResult } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import { type Proposal, ProposalStatus } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import {
  QueryProposalRequest,
  QueryProposalResponse,
  QueryProposalsRequest,
  QueryProposalsResponse,
  QueryTallyResultRequest,
  QueryTallyResultResponse,
} from '../../../proto/gen/cosmos/gov/v1/query.ts'
import { queryAddress } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { type PageResponse, paginate } from '../../kit/page.ts'
import type { GovNeeds } from '../needs.ts'
import { emptyTally } from '../rules.ts'
import { mustProposal, state } from '../state.ts'
import { tally } from '../tally.ts'
import { V1 } from './services.ts'

/** A proposal that a query names. Throws sdk 18 for id 0, sdk 38 when there is none. */
export function askedProposal(ctx: ReadContext, id: bigint): Proposal {
  if (id === 0n) throw sdkErrors.invalidRequest('proposal id can not be 0')
  return mustProposal(ctx, id)
}

/** A proposal. */
export const proposal = defineQuery({
  service: V1,
  method: 'Proposal',
  request: QueryProposalRequest,
  response: QueryProposalResponse,
  handle: (ctx, { proposalId }) => ({ proposal: askedProposal(ctx, proposalId) }),
})

/** One page of the proposals of a status, voter and depositor, each where it is asked for. */
export function listProposals<T>(
  ctx: ReadContext,
  asked: QueryProposalsRequest,
  map: (proposal: Proposal) => T | undefined,
): { readonly items: T[]; readonly pagination: PageResponse } {
  const voter = asked.voter === '' ? undefined : queryAddress(asked.voter)
  const depositor = asked.depositor === '' ? undefined : queryAddress(asked.depositor)
  const status = asked.proposalStatus
  const byStatus =
    status > ProposalStatus.PROPOSAL_STATUS_UNSPECIFIED &&
    status <= ProposalStatus.PROPOSAL_STATUS_FAILED
  return paginate(ctx, state.proposals, asked.pagination, {}, (id, found) => {
    if (byStatus && found.status !== status) return undefined
    if (voter !== undefined && !state.votes.has(ctx, [id, voter])) return undefined
    if (depositor !== undefined && !state.deposits.has(ctx, [id, depositor])) return undefined
    return map(found)
  })
}

/** Proposals, filtered. */
export const proposals = defineQuery({
  service: V1,
  method: 'Proposals',
  request: QueryProposalsRequest,
  response: QueryProposalsResponse,
  handle(ctx, asked) {
    const { items, pagination } = listProposals(ctx, asked, (found) => found)
    return { proposals: items, pagination }
  },
})

/** The result of a proposal: nothing before its vote, a live count during it, the final one after. */
export function resultOf(needs: GovNeeds, ctx: ReadContext, id: bigint): TallyResult {
  const found = askedProposal(ctx, id)
  if (found.status === ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD) return emptyTally()
  if (found.status === ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD)
    return tally(needs, ctx, found).result
  return found.finalTallyResult ?? emptyTally()
}

/** The result of a proposal. */
export function tallyResult(
  needs: GovNeeds,
): QueryDef<QueryTallyResultRequest, QueryTallyResultResponse> {
  return defineQuery({
    service: V1,
    method: 'TallyResult',
    request: QueryTallyResultRequest,
    response: QueryTallyResultResponse,
    handle: (ctx, { proposalId }) => ({ tally: resultOf(needs, ctx, proposalId) }),
  })
}
