import type { Deposit, Vote } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import {
  QueryDepositRequest,
  QueryDepositResponse,
  QueryDepositsRequest,
  QueryDepositsResponse,
  QueryVoteRequest,
  QueryVoteResponse,
  QueryVotesRequest,
  QueryVotesResponse,
} from '../../../proto/gen/cosmos/gov/v1/query.ts'
import { queryAddress } from '../../kit/address.ts'
import type { Table } from '../../kit/collections.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { u64Key } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { type PageRequest, type PageResponse, paginate } from '../../kit/page.ts'
import { state } from '../state.ts'
import { V1 } from './services.ts'

function checkId(id: bigint): void {
  if (id === 0n) throw sdkErrors.invalidRequest('proposal id can not be 0')
}

/** One vote. Throws sdk 18 when there is none, as the SDK does. */
export function askedVote(ctx: ReadContext, asked: QueryVoteRequest): Vote {
  checkId(asked.proposalId)
  if (asked.voter === '') throw sdkErrors.invalidRequest('empty voter address')
  const found = state.votes.get(ctx, [asked.proposalId, queryAddress(asked.voter)])
  if (found !== undefined) return found
  throw sdkErrors.invalidRequest(
    `voter: ${asked.voter} not found for proposal: ${asked.proposalId}`,
  )
}

/** One deposit. Throws sdk 38 when there is none. */
export function askedDeposit(ctx: ReadContext, asked: QueryDepositRequest): Deposit {
  checkId(asked.proposalId)
  if (asked.depositor === '') throw sdkErrors.invalidRequest('empty depositor address')
  return state.deposits.must(ctx, [asked.proposalId, queryAddress(asked.depositor)])
}

/** One page of what belongs to a proposal. */
export function pageOf<V>(
  ctx: ReadContext,
  table: Table<readonly [bigint, Uint8Array], V>,
  id: bigint,
  pagination: PageRequest | undefined,
): { readonly items: V[]; readonly pagination: PageResponse } {
  checkId(id)
  return paginate(ctx, table, pagination, { prefix: u64Key.encode(id) }, (_, row) => row)
}

/** One vote. */
export const vote = defineQuery({
  service: V1,
  method: 'Vote',
  request: QueryVoteRequest,
  response: QueryVoteResponse,
  handle: (ctx, asked) => ({ vote: askedVote(ctx, asked) }),
})

/** Votes on a proposal while it is voted on; the end of the vote forgets them. */
export const votes = defineQuery({
  service: V1,
  method: 'Votes',
  request: QueryVotesRequest,
  response: QueryVotesResponse,
  handle(ctx, asked) {
    const page = pageOf(ctx, state.votes, asked.proposalId, asked.pagination)
    return { votes: page.items, pagination: page.pagination }
  },
})

/** One deposit. */
export const deposit = defineQuery({
  service: V1,
  method: 'Deposit',
  request: QueryDepositRequest,
  response: QueryDepositResponse,
  handle: (ctx, asked) => ({ deposit: askedDeposit(ctx, asked) }),
})

/** Deposits of a proposal. */
export const deposits = defineQuery({
  service: V1,
  method: 'Deposits',
  request: QueryDepositsRequest,
  response: QueryDepositsResponse,
  handle(ctx, asked) {
    const page = pageOf(ctx, state.deposits, asked.proposalId, asked.pagination)
    return { deposits: page.items, pagination: page.pagination }
  },
})
