import { expect } from 'chai'
import type { Codec } from '../../../proto/codec.ts'
import { MsgUpdateParams } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import * as v1 from '../../../proto/gen/cosmos/gov/v1/query.ts'
import { TextProposal } from '../../../proto/gen/cosmos/gov/v1beta1/gov.ts'
import * as v1beta1 from '../../../proto/gen/cosmos/gov/v1beta1/query.ts'
import { MsgSubmitProposal } from '../../../proto/gen/cosmos/gov/v1beta1/tx.ts'
import { services } from '../../../proto/gen/services.ts'
import { utf8Decode } from '../../kit/bytes.ts'
import { ChainError } from '../../kit/errors.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { account, authority, coins, DAY, genesisOf, NO, T, World, YES } from './world.ts'

const off = pack(MsgUpdateParams, {
  authority,
  params: { sendEnabled: [], defaultSendEnabled: true },
})

/** Proposals: 1 words, 2 a message that is voted on, 3 a text of v1beta1 that waits, 4 two messages. */
function town(): World {
  const w = new World(genesisOf([700n * T, 300n * T]))
  w.propose([])
  w.propose([off])
  w.send(MsgSubmitProposal, {
    content: pack(TextProposal, { title: 'Words', description: 'More' }),
    initialDeposit: coins(T),
    proposer: account(12),
  })
  w.propose([off, off])
  w.vote(1, 2n, YES)
  w.split(2, 2n, [YES, '0.25'], [NO, '0.75'])
  return w
}

/** Asks through bytes, as a client does. */
function ask<Q, R>(
  w: World,
  path: string,
  request: Codec<Q>,
  response: Codec<R>,
  asked: Partial<Q> = {},
): R {
  const [service, method] = path.split('/')
  const found = w.modules.gov.queries.find(
    (q) => q.service === `cosmos.gov.${service}.Query` && q.method === method,
  )
  if (found === undefined) throw new Error(`no query ${path}`)
  const query = request.decode(request.encode(request.create(asked)))
  return response.decode(response.encode(found.handle(w.chain.query(), query) as R))
}

function refusal(run: () => unknown): string {
  try {
    run()
    return 'answered'
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}`
    throw error
  }
}

const ids = (w: World, asked: Partial<v1.QueryProposalsRequest>): bigint[] =>
  ask(w, 'v1/Proposals', v1.QueryProposalsRequest, v1.QueryProposalsResponse, asked).proposals.map(
    ({ id }) => id,
  )

describe('queries of governance', () => {
  it('are all that the schema has, in both versions', () => {
    const { queries } = new World(genesisOf([T])).modules.gov
    const have = queries.map(({ service, method }) => `${service}/${method}`).sort()
    const want = services
      .filter(({ name }) => name === 'cosmos.gov.v1.Query' || name === 'cosmos.gov.v1beta1.Query')
      .flatMap(({ name, methods }) => methods.map((method) => `${name}/${method.name}`))
    expect(have).to.deep.equal(want.sort())
  })

  it('list proposals by status, voter and depositor, page by page', () => {
    const w = town()
    expect(ids(w, {})).to.deep.equal([1n, 2n, 3n, 4n])
    expect(ids(w, { proposalStatus: 1 })).to.deep.equal([3n])
    expect(ids(w, { proposalStatus: 2 })).to.deep.equal([1n, 2n, 4n])
    expect(ids(w, { voter: account(1) })).to.deep.equal([2n])
    expect(ids(w, { depositor: account(12) })).to.deep.equal([3n])
    expect(ids(w, { depositor: account(11), proposalStatus: 2, voter: account(2) })).to.deep.equal([
      2n,
    ])
    const page = { key: new Uint8Array(), offset: 0n, limit: 2n, countTotal: true, reverse: false }
    const first = ask(w, 'v1/Proposals', v1.QueryProposalsRequest, v1.QueryProposalsResponse, {
      pagination: page,
    })
    expect(first.pagination?.total).to.equal(4n)
    const key = first.pagination?.nextKey ?? new Uint8Array()
    expect(ids(w, { pagination: { ...page, key } })).to.deep.equal([3n, 4n])
    expect(refusal(() => ids(w, { voter: 'x' }))).to.equal('sdk 18')
  })

  it('tell a proposal, its votes and its deposits, and what is missing', () => {
    const w = town()
    const one = (proposalId: bigint): unknown =>
      ask(w, 'v1/Proposal', v1.QueryProposalRequest, v1.QueryProposalResponse, { proposalId })
        .proposal
    expect(one(2n)).to.deep.include({ id: 2n, status: 2, proposer: account(11) })
    expect([refusal(() => one(0n)), refusal(() => one(9n))]).to.deep.equal(['sdk 18', 'sdk 38'])
    const vote = (voter: string): unknown =>
      ask(w, 'v1/Vote', v1.QueryVoteRequest, v1.QueryVoteResponse, { proposalId: 2n, voter }).vote
    expect(vote(account(1))).to.deep.equal({
      proposalId: 2n,
      voter: account(1),
      options: [{ option: YES, weight: '1.000000000000000000' }],
      metadata: '',
    })
    expect([refusal(() => vote(account(3))), refusal(() => vote(''))]).to.deep.equal([
      'sdk 18',
      'sdk 18',
    ])
    const votes = ask(w, 'v1/Votes', v1.QueryVotesRequest, v1.QueryVotesResponse, {
      proposalId: 2n,
    })
    expect(votes.votes.map(({ voter }) => voter)).to.deep.equal([account(1), account(2)])
    const deposit = (depositor: string): unknown =>
      ask(w, 'v1/Deposit', v1.QueryDepositRequest, v1.QueryDepositResponse, {
        proposalId: 3n,
        depositor,
      }).deposit
    expect(deposit(account(12))).to.deep.include({ amount: coins(T) })
    expect(refusal(() => deposit(account(1)))).to.equal('sdk 38')
    const deposits = ask(w, 'v1/Deposits', v1.QueryDepositsRequest, v1.QueryDepositsResponse, {
      proposalId: 3n,
    })
    expect(deposits.deposits.map(({ depositor }) => depositor)).to.deep.equal([account(12)])
  })

  it('tell params with the group that is asked for', () => {
    const w = town()
    const asked = (paramsType: string): v1.QueryParamsResponse =>
      ask(w, 'v1/Params', v1.QueryParamsRequest, v1.QueryParamsResponse, { paramsType })
    expect(asked('').votingParams).to.equal(undefined)
    expect(asked('').params?.quorum).to.equal('0.334000000000000000')
    expect(asked('voting').votingParams?.votingPeriod?.seconds).to.equal(2n * DAY)
    expect(asked('deposit').depositParams?.minDeposit).to.deep.equal(coins(10n * T))
    expect(asked('tallying').tallyParams?.threshold).to.equal('0.500000000000000000')
    expect(refusal(() => asked('x'))).to.equal('sdk 18')
    const old = (paramsType: string): v1beta1.QueryParamsResponse =>
      ask(w, 'v1beta1/Params', v1beta1.QueryParamsRequest, v1beta1.QueryParamsResponse, {
        paramsType,
      })
    const { tallyParams, votingParams } = old('tallying')
    expect(utf8Decode(tallyParams.quorum)).to.equal('334000000000000000')
    expect(votingParams.votingPeriod.seconds).to.equal(0n)
    expect(utf8Decode(old('voting').tallyParams.quorum)).to.equal('0')
    expect(old('deposit').depositParams.maxDepositPeriod.seconds).to.equal(2n * DAY)
    expect(v1beta1.QueryParamsResponse.toJson(old('tallying'))).to.deep.nested.include({
      'tally_params.veto_threshold': '0.334000000000000000',
    })
    expect(refusal(() => old(''))).to.equal('sdk 18')
  })

  it('show v1beta1 proposals of one message and leave others out of lists', () => {
    const w = town()
    const list = ask(
      w,
      'v1beta1/Proposals',
      v1beta1.QueryProposalsRequest,
      v1beta1.QueryProposalsResponse,
    )
    expect(list.proposals.map(({ proposalId }) => proposalId)).to.deep.equal([2n, 3n])
    const one = (proposalId: bigint): v1beta1.QueryProposalResponse['proposal'] =>
      ask(w, 'v1beta1/Proposal', v1beta1.QueryProposalRequest, v1beta1.QueryProposalResponse, {
        proposalId,
      }).proposal
    expect(one(3n).content?.typeUrl).to.equal(TextProposal.typeUrl)
    expect(one(2n).content).to.deep.equal(off)
    expect(refusal(() => one(4n))).to.equal('sdk 29')
    const json = v1beta1.QueryProposalResponse.toJson({ proposal: one(3n) })
    expect(json).to.deep.nested.include({ 'proposal.voting_start_time': '0001-01-01T00:00:00Z' })
  })

  it('show v1beta1 votes, deposits and tallies', () => {
    const w = town()
    const { vote } = ask(w, 'v1beta1/Vote', v1beta1.QueryVoteRequest, v1beta1.QueryVoteResponse, {
      proposalId: 2n,
      voter: account(2),
    })
    expect(vote.options).to.deep.equal([
      { option: YES, weight: '250000000000000000' },
      { option: NO, weight: '750000000000000000' },
    ])
    const { votes } = ask(
      w,
      'v1beta1/Votes',
      v1beta1.QueryVotesRequest,
      v1beta1.QueryVotesResponse,
      { proposalId: 2n },
    )
    expect(votes.length).to.equal(2)
    const { deposit } = ask(
      w,
      'v1beta1/Deposit',
      v1beta1.QueryDepositRequest,
      v1beta1.QueryDepositResponse,
      {
        proposalId: 3n,
        depositor: account(12),
      },
    )
    expect(deposit.amount).to.deep.equal(coins(T))
    const { deposits } = ask(
      w,
      'v1beta1/Deposits',
      v1beta1.QueryDepositsRequest,
      v1beta1.QueryDepositsResponse,
      {
        proposalId: 2n,
      },
    )
    expect(deposits.map(({ depositor }) => depositor)).to.deep.equal([account(11)])
    const tallyOf = (proposalId: bigint): unknown =>
      ask(
        w,
        'v1beta1/TallyResult',
        v1beta1.QueryTallyResultRequest,
        v1beta1.QueryTallyResultResponse,
        { proposalId },
      ).tally
    expect(tallyOf(2n)).to.deep.equal({
      yes: `${775n * T}`,
      abstain: '0',
      no: `${225n * T}`,
      noWithVeto: '0',
    })
    expect(tallyOf(3n)).to.deep.equal({ yes: '0', abstain: '0', no: '0', noWithVeto: '0' })
  })

  it('tell the constitution, which may be none', () => {
    const genesis = genesisOf([T])
    const text = (w: World): string =>
      ask(w, 'v1/Constitution', v1.QueryConstitutionRequest, v1.QueryConstitutionResponse)
        .constitution
    expect(text(new World(genesis))).to.equal('')
    const gov = genesis.gov as Record<string, string>
    expect(text(new World({ ...genesis, gov: { ...gov, constitution: 'Be fair.' } }))).to.equal(
      'Be fair.',
    )
  })
})
