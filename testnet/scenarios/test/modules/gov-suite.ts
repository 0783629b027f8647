import type { EncodeObject } from '@cosmjs/proto-signing'
import { coins, createProtobufRpcClient, type DeliverTxResponse } from '@cosmjs/stargate'
import { expect } from 'chai'
import { ProposalStatus as StatusV1 } from 'cosmjs-types/cosmos/gov/v1/gov'
import { QueryClientImpl, type QueryProposalResponse } from 'cosmjs-types/cosmos/gov/v1/query'
import { ProposalStatus, TextProposal, VoteOption } from 'cosmjs-types/cosmos/gov/v1beta1/gov'
import { QueryClientImpl as MintQueries } from 'cosmjs-types/cosmos/mint/v1beta1/query'
import { QueryClientImpl as UpgradeQueries } from 'cosmjs-types/cosmos/upgrade/v1beta1/query'
import type { Any } from 'cosmjs-types/google/protobuf/any'
import type { Stage } from '../support/stage.ts'
import { addressOf, feeOf, REGISTRY, type User } from '../support/users.ts'

const PURSE = await addressOf('purse of governance')
const V1BETA1 = '/cosmos.gov.v1beta1'
const V1 = '/cosmos.gov.v1'
/** Go's zero time: the SDK refuses any other in a plan. */
const NO_TIME = { seconds: -62_135_596_800n, nanos: 0 }
const { VOTE_OPTION_YES: YES, VOTE_OPTION_NO: NO, VOTE_OPTION_ABSTAIN: ABSTAIN } = VoteOption

const proposalOf = ({ events }: DeliverTxResponse): bigint[] =>
  events
    .filter(({ type }) => type === 'submit_proposal')
    .flatMap(({ attributes }) => attributes)
    .filter(({ key }) => key === 'proposal_id')
    .map(({ value }) => BigInt(value))

const text = (user: User): EncodeObject => ({
  typeUrl: `${V1BETA1}.MsgSubmitProposal`,
  value: {
    content: {
      typeUrl: `${V1BETA1}.TextProposal`,
      value: TextProposal.encode({ title: `A & B <${user.name}>`, description: 'text' }).finish(),
    },
    initialDeposit: coins(400, 'ustrom'),
    proposer: user.address,
  },
})

const submit = (
  user: User,
  title: string,
  messages: Any[],
  { deposit = 1000, expedited = false } = {},
): EncodeObject => ({
  typeUrl: `${V1}.MsgSubmitProposal`,
  value: {
    messages,
    initialDeposit: coins(deposit, 'ustrom'),
    proposer: user.address,
    metadata: 'about & <it>',
    title,
    summary: `${title} & <more>`,
    expedited,
  },
})

/** Votes of the operators, who hold nearly all stake. */
const decide = async (stage: Stage, ids: readonly bigint[], option: VoteOption): Promise<void> => {
  await Promise.all(
    stage.operators.map((user) =>
      user.send(
        ...ids.map((proposalId) => ({
          typeUrl: `${V1}.MsgVote`,
          value: { proposalId, voter: user.address, option, metadata: '' },
        })),
      ),
    ),
  )
}

/** Governance in both versions: proposals come, are paid for, voted on and carried out. */
export const govSuite = (stage: () => Stage) =>
  describe('governance', () => {
    const v1 = () => new QueryClientImpl(createProtobufRpcClient(stage().query))
    const upgrade = () => new UpgradeQueries(createProtobufRpcClient(stage().query))
    const proposal = async (proposalId: bigint): Promise<QueryProposalResponse['proposal']> =>
      (await v1().Proposal({ proposalId })).proposal
    const texts: bigint[] = []

    it('gov v1beta1: MsgSubmitProposal of a TextProposal, MsgDeposit, MsgVote, MsgVoteWeighted', async () => {
      const { gov } = stage().query
      const ids = await stage().both(async (user) => {
        const [proposalId] = proposalOf(await user.send(text(user)))
        if (proposalId === undefined) throw new Error('no proposal in the events')
        const before = await gov.proposal(proposalId.toString())
        expect(before.proposal?.status).to.equal(ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD)
        await user.send({
          typeUrl: `${V1BETA1}.MsgDeposit`,
          value: { proposalId, depositor: user.address, amount: coins(600, 'ustrom') },
        })
        return proposalId
      })
      texts.push(...ids)
      await stage().both(async (user) => {
        const own = user === stage().direct ? 0 : 1
        const [mine, other] = [ids[own], ids[1 - own]]
        await user.send(
          {
            typeUrl: `${V1BETA1}.MsgVote`,
            value: { proposalId: mine, voter: user.address, option: YES },
          },
          {
            typeUrl: `${V1BETA1}.MsgVoteWeighted`,
            value: {
              proposalId: other,
              voter: user.address,
              options: [
                { option: YES, weight: '700000000000000000' },
                { option: NO, weight: '300000000000000000' },
              ],
            },
          },
        )
      })
      const [id] = ids
      const { proposal: told } = await gov.proposal(id.toString())
      expect(told?.status).to.equal(ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD)
      expect(TextProposal.decode(told?.content?.value ?? new Uint8Array())).to.deep.equal({
        title: 'A & B <direct>',
        description: 'text',
      })
      const { deposits } = await gov.deposits(id.toString())
      expect(deposits.map(({ amount }) => amount)).to.deep.equal([coins(1000, 'ustrom')])
      const { deposit } = await gov.deposit(id.toString(), stage().direct.address)
      expect(deposit?.depositor).to.equal(stage().direct.address)
      const { votes } = await gov.votes(id.toString())
      expect(votes).to.have.lengthOf(2)
      const { vote } = await gov.vote(id.toString(), stage().amino.address)
      expect(vote?.options).to.deep.equal([
        { option: YES, weight: '700000000000000000' },
        { option: NO, weight: '300000000000000000' },
      ])
      const { tally } = await gov.tally(id.toString())
      // 28.4 million ustrom of the one; of the other 70 in 100 say yes. Stake that was slashed counts less.
      expect(Number(tally?.yes)).to.be.greaterThan(8_400_000)
      expect(Number(tally?.no)).to.be.greaterThan(0)
    })

    it('gov v1: MsgSubmitProposal, MsgDeposit, MsgVote, MsgVoteWeighted and MsgCancelProposal', async () => {
      await stage().both(async (user) => {
        const sent = await user.send(
          submit(user, 'first', [], { deposit: 300 }),
          submit(user, 'second', []),
        )
        const [first, second] = proposalOf(sent)
        await user.send({
          typeUrl: `${V1}.MsgDeposit`,
          value: { proposalId: first, depositor: user.address, amount: coins(700, 'ustrom') },
        })
        const options = [
          { option: YES, weight: '0.600000000000000000' },
          { option: ABSTAIN, weight: '0.400000000000000000' },
        ]
        await user.send(
          {
            typeUrl: `${V1}.MsgVoteWeighted`,
            value: {
              proposalId: first,
              voter: user.address,
              // A weight may be written short. The vote after this one replaces it.
              options: [{ option: YES, weight: '1' }],
              metadata: '',
            },
          },
          {
            typeUrl: `${V1}.MsgVote`,
            value: { proposalId: first, voter: user.address, option: NO, metadata: 'why & <how>' },
          },
          {
            typeUrl: `${V1}.MsgVoteWeighted`,
            value: { proposalId: second, voter: user.address, options, metadata: '' },
          },
        )
        const { vote } = await v1().Vote({ proposalId: second ?? 0n, voter: user.address })
        expect(vote?.options).to.deep.equal(options)
        await user.send({
          typeUrl: `${V1}.MsgCancelProposal`,
          value: { proposalId: second, proposer: user.address },
        })
        const gone = await proposal(second ?? 0n).catch((error: unknown) => error)
        expect(String(gone)).to.match(/not found/)
      })
    })

    it('gov v1: proposals pass and are carried out: params, community spend, upgrade', async () => {
      const { slashing, bank, staking } = stage().query
      const before = BigInt((await bank.balance(PURSE, 'ustrom')).amount)
      const changes = await changesOf(stage())
      const [direct, amino] = await stage().both(async (user) => {
        const { params, spend, upgrade: plan, cancel } = changes
        const sent = await user.send(
          submit(user, 'params', params),
          submit(user, 'spend', [spend, spend]),
          submit(user, 'upgrade', [plan]),
          // Decided sooner than the upgrade that it would cancel.
          submit(user, 'soon', [cancel], { deposit: 5000, expedited: true }),
        )
        return proposalOf(sent)
      })
      const ids = [...direct, ...amino]
      expect(ids).to.have.lengthOf(8)
      await decide(stage(), ids, YES)
      const ended = await Promise.all(
        ids.map((id) =>
          stage().until(
            `the end of proposal ${id}`,
            () => proposal(id),
            (one) => (one?.status ?? 0) > StatusV1.PROPOSAL_STATUS_VOTING_PERIOD,
          ),
        ),
      )
      expect(ended.map((one) => [one?.status, one?.expedited, one?.failedReason])).to.deep.equal(
        [...direct, ...amino].map((_, i) => [StatusV1.PROPOSAL_STATUS_PASSED, i % 4 === 3, '']),
      )
      expect((await slashing.params()).params?.signedBlocksWindow).to.equal(17n)
      expect((await stage().query.mint.params()).blocksPerYear).to.equal(6_000_000n)
      expect(BigInt((await bank.balance(PURSE, 'ustrom')).amount) - before).to.equal(4n * 1234n)
      expect((await upgrade().CurrentPlan({})).plan).to.include({
        name: PLAN.name,
        height: PLAN.height,
        info: PLAN.info,
      })
      const { tally } = await v1().TallyResult({ proposalId: direct[0] ?? 0n })
      const { pool } = await staking.pool()
      expect(Number(tally?.yesCount)).to.be.within(20_000_000_000, Number(pool?.bondedTokens) + 1e8)
    })

    it('gov v1beta1: a proposal that too few voted on is rejected, by either version', async () => {
      for (const id of texts) {
        const { proposal: told } = await stage().until(
          `the end of proposal ${id}`,
          () => stage().query.gov.proposal(id.toString()),
          (one) => one.proposal?.status === ProposalStatus.PROPOSAL_STATUS_REJECTED,
        )
        expect(BigInt(told?.finalTallyResult?.yes ?? 0) > 0n).to.equal(true)
        expect((await proposal(id))?.status).to.equal(StatusV1.PROPOSAL_STATUS_REJECTED)
      }
    })

    it('gov: an authority that is not governance is refused, and params and lists are told', async () => {
      const { direct, query } = stage()
      const { gov } = query
      const value = { authority: direct.address, recipient: PURSE, amount: coins(1, 'ustrom') }
      const refused = await direct.attempt(
        [{ typeUrl: '/cosmos.distribution.v1beta1.MsgCommunityPoolSpend', value }],
        feeOf(),
      )
      expect(refused.code).to.equal(13)
      expect(refused.rawLog).to.contain('expected gov account as only signer for proposal message')
      // v1beta1 tells of texts only: it has no word for messages.
      const over = await gov.proposals(ProposalStatus.PROPOSAL_STATUS_REJECTED, '', '')
      expect(over.proposals.map(({ proposalId }) => proposalId)).to.include.members(texts)
      const voting = await gov.params('voting')
      expect(voting.votingParams?.votingPeriod).to.deep.equal({ seconds: 12n, nanos: 0 })
      const tallying = await gov.params('tallying')
      const digits = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()
      expect(digits(tallying.tallyParams?.quorum)).to.equal('334000000000000000')
      expect(digits(tallying.tallyParams?.threshold)).to.equal('500000000000000000')
      expect(digits(tallying.tallyParams?.vetoThreshold)).to.equal('334000000000000000')
      const deposit = await gov.params('deposit')
      expect(deposit.depositParams?.minDeposit).to.deep.equal(coins(1000, 'ustrom'))
    })
  })

/** The address of governance, as a client finds it. */
async function moduleAccount(stage: Stage): Promise<{ readonly account: string }> {
  const { body } = await stage.rest('/cosmos/auth/v1beta1/module_accounts/gov')
  const { account } = body as { account: { base_account: { address: string } } }
  return { account: account.base_account.address }
}

const PLAN = { name: 'far & <away>', time: NO_TIME, height: 9_000_000n, info: '{"a":1}' }

/** What the proposals carry out, packed as a client does. */
async function changesOf(stage: Stage) {
  const { account: authority } = await moduleAccount(stage)
  const { params } = await stage.query.slashing.params()
  const mint = await new MintQueries(createProtobufRpcClient(stage.query)).Params({})
  if (params === undefined) throw new Error('no params')
  const pack = (typeUrl: string, value: object): Any => REGISTRY.encodeAsAny({ typeUrl, value })
  return {
    params: [
      pack('/cosmos.slashing.v1beta1.MsgUpdateParams', {
        authority,
        params: { ...params, signedBlocksWindow: 17n },
      }),
      pack('/cosmos.mint.v1beta1.MsgUpdateParams', {
        authority,
        params: { ...mint.params, blocksPerYear: 6_000_000n },
      }),
    ],
    spend: pack('/cosmos.distribution.v1beta1.MsgCommunityPoolSpend', {
      authority,
      recipient: PURSE,
      amount: coins(1234, 'ustrom'),
    }),
    upgrade: pack('/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade', { authority, plan: PLAN }),
    cancel: pack('/cosmos.upgrade.v1beta1.MsgCancelUpgrade', { authority }),
  }
}
