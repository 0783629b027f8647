import type { EncodeObject } from '@cosmjs/proto-signing'
import { expect } from 'chai'
import { PREFIX, toBech32 } from '../../../modules/kit/address.ts'
import { govAuthority } from '../../../modules/kit/authority.ts'
import { MsgUpdateParams } from '../../../proto/gen/cosmos/consensus/v1/tx.ts'
import { MsgCommunityPoolSpend } from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import {
  QueryProposalRequest,
  QueryProposalResponse,
} from '../../../proto/gen/cosmos/gov/v1/query.ts'
import { TextProposal } from '../../../proto/gen/cosmos/gov/v1beta1/gov.ts'
import { DEFAULT_PARAMS } from '../../chain/params.ts'
import { nativeHasher } from '../native-crypto.ts'
import { AppChain, eventLines, refusal } from './support.ts'
import { paying, Wallet } from './wallet.ts'

const DAY = 86_400n
const T = 1_000_000n
const authority = govAuthority({ hasher: nativeHasher })
const operator = toBech32(new Uint8Array(20).fill(5), PREFIX.validator)
const coin = (amount: bigint): { denom: string; amount: string } => ({
  denom: 'ustrom',
  amount: `${amount}`,
})

/** A chain on which alice has delegated more than its validator has of its own. */
async function town(): Promise<{
  chain: AppChain
  alice: Wallet
  send(...messages: EncodeObject[]): Promise<string>
}> {
  const alice = await Wallet.of('alice')
  const chain = await AppChain.start({ accounts: [{ address: alice.address, ustrom: 1_000n * T }] })
  let sequence = 0
  const send = async (...messages: EncodeObject[]): Promise<string> => {
    const tx = await alice.direct(messages, { number: 1, sequence, fee: paying('100', '2000000') })
    sequence += 1
    const result = await chain.deliver(tx)
    return result.code === 0 ? 'accepted' : refusal(result)
  }
  const delegated = await send({
    typeUrl: '/cosmos.staking.v1beta1.MsgDelegate',
    value: { delegatorAddress: alice.address, validatorAddress: operator, amount: coin(300n * T) },
  })
  expect(delegated).to.equal('accepted')
  return { chain, alice, send }
}

describe('governance on the application', () => {
  it('replaces params of the engine by signed transactions of CosmJS', async () => {
    const { chain, alice, send } = await town()
    const { block, evidence, validator } = DEFAULT_PARAMS
    const update = MsgUpdateParams.encode(
      MsgUpdateParams.create({
        authority,
        block: { ...block, maxGas: 123_456_789n },
        evidence: { ...evidence, maxAgeDuration: { ...evidence.maxAgeDuration } },
        validator: { pubKeyTypes: [...validator.pubKeyTypes] },
      }),
    )
    const submitted = await send({
      typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
      value: {
        messages: [{ typeUrl: MsgUpdateParams.typeUrl, value: update }],
        initialDeposit: [coin(10n * T)],
        proposer: alice.address,
        metadata: '',
        title: 'Less gas',
        summary: 'Blocks get a bound',
        expedited: false,
      },
    })
    expect(submitted).to.equal('accepted')
    const voted = await send({
      typeUrl: '/cosmos.gov.v1.MsgVote',
      value: { proposalId: 1n, voter: alice.address, option: 1, metadata: '' },
    })
    expect(voted).to.equal('accepted')
    const before = await chain.block([], DAY)
    expect(before.consensusParamUpdates).to.equal(undefined)
    const decided = await chain.block([], DAY)
    expect(
      eventLines(decided)
        .filter((line) => line.startsWith('active_proposal'))
        .join(),
    ).to.match(/proposal_id=1,proposal_result=proposal_passed,proposal_log=passed/)
    expect(decided.consensusParamUpdates?.block).to.deep.include({ maxGas: 123_456_789n })
    const after = await chain.block()
    expect(after.consensusParamUpdates).to.equal(undefined)
  })

  it('fails a proposal as a whole and tells why', async () => {
    const { chain, alice, send } = await town()
    const spend = { authority, recipient: alice.address, amount: [coin(10n ** 15n)] }
    const message = {
      typeUrl: MsgCommunityPoolSpend.typeUrl,
      value: MsgCommunityPoolSpend.encode(spend),
    }
    const words = {
      typeUrl: TextProposal.typeUrl,
      value: TextProposal.encode({ title: 'a', description: 'b' }),
    }
    const base = { initialDeposit: [coin(10n * T)], proposer: alice.address }
    expect(
      await send(
        {
          typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
          value: {
            ...base,
            messages: [message],
            metadata: '',
            title: 'a',
            summary: 'b',
            expedited: false,
          },
        },
        { typeUrl: '/cosmos.gov.v1beta1.MsgSubmitProposal', value: { ...base, content: words } },
        ...[1n, 2n].map((proposalId) => ({
          typeUrl: '/cosmos.gov.v1beta1.MsgVote',
          value: { proposalId, voter: alice.address, option: 1 },
        })),
      ),
    ).to.equal('accepted')
    await chain.block([], 2n * DAY)
    const status = async (
      proposalId: bigint,
    ): Promise<[number | undefined, string | undefined]> => {
      const asked = QueryProposalRequest.encode({ proposalId })
      const { value } = await chain.query('/cosmos.gov.v1.Query/Proposal', asked)
      const { proposal } = QueryProposalResponse.decode(value)
      return [proposal?.status, proposal?.failedReason]
    }
    const [failed, why] = await status(1n)
    expect(failed).to.equal(5)
    expect(why).to.be.a('string').and.not.equal('')
    expect(await status(2n)).to.deep.equal([3, ''])
  })

  it('refuses a proposal that somebody else would have to sign', async () => {
    const { alice, send } = await town()
    const foreign = MsgCommunityPoolSpend.encode({
      authority: alice.address,
      recipient: alice.address,
      amount: [coin(1n)],
    })
    const refused = await send({
      typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
      value: {
        messages: [{ typeUrl: MsgCommunityPoolSpend.typeUrl, value: foreign }],
        initialDeposit: [coin(10n * T)],
        proposer: alice.address,
        metadata: '',
        title: 'a',
        summary: 'b',
        expedited: false,
      },
    })
    expect(refused).to.match(/^gov 13: /)
  })

  it('reads what a hardware wallet signs as amino JSON', async () => {
    const { chain, alice } = await town()
    const message = (name: string, value: object): EncodeObject => ({
      typeUrl: `/cosmos.gov.v1beta1.${name}`,
      value,
    })
    const content = {
      typeUrl: TextProposal.typeUrl,
      value: TextProposal.encode({ title: 'Words', description: 'More <words> & more' }),
    }
    const [proposer, voter, depositor] = [alice.address, alice.address, alice.address]
    const tx = await alice.amino(
      [
        message('MsgSubmitProposal', { content, initialDeposit: [coin(T)], proposer }),
        message('MsgDeposit', { proposalId: 1n, depositor, amount: [coin(9n * T)] }),
        message('MsgVote', { proposalId: 1n, voter, option: 3 }),
        message('MsgVoteWeighted', {
          proposalId: 1n,
          voter,
          options: [
            { option: 1, weight: '700000000000000000' },
            { option: 4, weight: '300000000000000000' },
          ],
        }),
      ],
      { number: 1, sequence: 1, fee: paying('100', '2000000') },
    )
    const result = await chain.deliver(tx)
    expect(result.log).to.equal('')
    expect(
      eventLines(result)
        .filter((line) => line.startsWith('proposal_vote'))
        .at(-1),
    ).to.contain(
      'option=[{"option":1,"weight":"0.700000000000000000"},{"option":4,"weight":"0.300000000000000000"}]',
    )
  })
})
