import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import { GenericAuthorization } from 'cosmjs-types/cosmos/authz/v1beta1/authz'
import { QueryGranterGrantsRequest } from 'cosmjs-types/cosmos/authz/v1beta1/query'
import { QueryAllBalancesRequest } from 'cosmjs-types/cosmos/bank/v1beta1/query'
import { MsgUpdateParams as ConsensusUpdate } from 'cosmjs-types/cosmos/consensus/v1/tx'
import { QueryDelegationTotalRewardsRequest } from 'cosmjs-types/cosmos/distribution/v1beta1/query'
import { BasicAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant'
import { QueryAllowancesRequest } from 'cosmjs-types/cosmos/feegrant/v1beta1/query'
import { VoteOption } from 'cosmjs-types/cosmos/gov/v1/gov'
import {
  QueryDepositsRequest,
  QueryProposalsRequest,
  QueryTallyResultRequest,
  QueryVotesRequest,
} from 'cosmjs-types/cosmos/gov/v1/query'
import {
  QueryDelegatorDelegationsRequest,
  QueryDelegatorUnbondingDelegationsRequest,
  QueryRedelegationsRequest,
  QueryValidatorsRequest,
} from 'cosmjs-types/cosmos/staking/v1beta1/query'
import { govAuthority } from '../../../modules/kit/authority.ts'
import { nativeHasher } from '../../../node/app/native-crypto.ts'
import { homeAt } from '../../../node/home.ts'
import { operatorAccounts } from '../../network.ts'
import { strom } from '../command.ts'
import {
  changeGenesis,
  type Document,
  rpc,
  type ScenarioNetwork,
  startScenario,
  until,
  withParams,
} from '../double-network.ts'
import { doubleSign, factsAt, keyOf } from '../double-sign.ts'
import { User } from './support/users.ts'

const ustrom = (amount: bigint) => ({ denom: 'ustrom', amount: amount.toString() })
const NOTHING = new Uint8Array()
const GOV = govAuthority({ hasher: nativeHasher })

describe('the state of a network that stopped for good, as the genesis of another', function () {
  this.timeout(240_000)
  let net: ScenarioNetwork
  let comet: Comet38Client
  let alice: User
  let operators: readonly User[]
  let exported: Document
  let last = 0
  const asked = new Map<string, string>()

  const user = async (name: string): Promise<User> => {
    const account = net.network.accounts.find((one) => one.name === name)
    return await User.connect(net.url(0), 'direct', name, account?.privkey)
  }
  const connect = async (): Promise<void> => {
    comet = await Comet38Client.connect(net.url(0))
    alice = await user('alice')
    operators = await Promise.all(operatorAccounts(net.network).map(({ name }) => user(name)))
  }
  const disconnect = (): void => {
    for (const one of [alice, ...(operators ?? [])]) one?.client.disconnect()
    comet?.disconnect()
  }

  before(async () => {
    net = await startScenario({
      chainId: 'strom-outlive-1',
      validators: 3,
      storage: 2,
      genesis: (document) =>
        withParams(document, {
          gov: {
            min_deposit: [ustrom(1000n)],
            expedited_min_deposit: [ustrom(5000n)],
            voting_period: '7200s',
            expedited_voting_period: '2s',
          },
        }),
    })
    await connect()
  })

  after(async () => {
    disconnect()
    await net?.stop()
  })

  const height = async (): Promise<number> => (await comet.status()).syncInfo.latestBlockHeight
  const valoper = (index: number): string => (operators[index] as User).valoper

  /** Everything that must be the same on the other side. */
  const questions = (): readonly (readonly [path: string, request: Uint8Array])[] => {
    const delegatorAddr = alice.address
    const proposalId = 2n
    return [
      ['cosmos.staking.v1beta1.Query/Params', NOTHING],
      ['cosmos.staking.v1beta1.Query/Pool', NOTHING],
      [
        'cosmos.staking.v1beta1.Query/Validators',
        QueryValidatorsRequest.encode({ status: '' }).finish(),
      ],
      [
        'cosmos.staking.v1beta1.Query/DelegatorDelegations',
        QueryDelegatorDelegationsRequest.encode({ delegatorAddr }).finish(),
      ],
      [
        'cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations',
        QueryDelegatorUnbondingDelegationsRequest.encode({ delegatorAddr }).finish(),
      ],
      [
        'cosmos.staking.v1beta1.Query/Redelegations',
        QueryRedelegationsRequest.encode(
          QueryRedelegationsRequest.fromPartial({ delegatorAddr }),
        ).finish(),
      ],
      [
        'cosmos.distribution.v1beta1.Query/DelegationTotalRewards',
        QueryDelegationTotalRewardsRequest.encode({ delegatorAddress: alice.address }).finish(),
      ],
      ['cosmos.slashing.v1beta1.Query/Params', NOTHING],
      ['cosmos.slashing.v1beta1.Query/SigningInfos', NOTHING],
      ['cosmos.evidence.v1beta1.Query/AllEvidence', NOTHING],
      [
        'cosmos.gov.v1.Query/Proposals',
        QueryProposalsRequest.encode(QueryProposalsRequest.fromPartial({})).finish(),
      ],
      ['cosmos.gov.v1.Query/Votes', QueryVotesRequest.encode({ proposalId }).finish()],
      ['cosmos.gov.v1.Query/Deposits', QueryDepositsRequest.encode({ proposalId }).finish()],
      ['cosmos.gov.v1.Query/TallyResult', QueryTallyResultRequest.encode({ proposalId }).finish()],
      [
        'cosmos.authz.v1beta1.Query/GranterGrants',
        QueryGranterGrantsRequest.encode({ granter: alice.address }).finish(),
      ],
      [
        'cosmos.feegrant.v1beta1.Query/Allowances',
        QueryAllowancesRequest.encode({ grantee: (operators[0] as User).address }).finish(),
      ],
      [
        'cosmos.bank.v1beta1.Query/AllBalances',
        QueryAllBalancesRequest.encode(
          QueryAllBalancesRequest.fromPartial({ address: alice.address }),
        ).finish(),
      ],
      ['cosmos.consensus.v1.Query/Params', NOTHING],
      ['strom.operator.v1.Query/Params', NOTHING],
      ['strom.operator.v1.Query/Operators', NOTHING],
      ['strom.operator.v1.Query/EffectivePower', NOTHING],
      ['strom.device.v1.Query/Devices', NOTHING],
    ]
  }
  const answers = async (at: number): Promise<ReadonlyMap<string, string>> => {
    const given = new Map<string, string>()
    for (const [path, data] of questions()) {
      const { code, log, value } = await comet.abciQuery({
        path: `/${path}`,
        data,
        height: at,
        prove: false,
      })
      given.set(path, code === 0 ? Buffer.from(value).toString('hex') : `${code}: ${log}`)
    }
    return given
  }

  const fill = async (): Promise<void> => {
    const { address } = alice
    const bob = (operators[0] as User).address
    const staking = (type: string, value: object) => ({
      typeUrl: `/cosmos.staking.v1beta1.Msg${type}`,
      value: { delegatorAddress: address, ...value },
    })
    const [v0, v1, v2] = [valoper(0), valoper(1), valoper(2)]
    await alice.send(
      ...[v0, v1, v2].map((validatorAddress) =>
        staking('Delegate', { validatorAddress, amount: ustrom(500_000_000n) }),
      ),
      staking('Undelegate', { validatorAddress: v0, amount: ustrom(100_000_000n) }),
      staking('BeginRedelegate', {
        validatorSrcAddress: v1,
        validatorDstAddress: v0,
        amount: ustrom(50_000_000n),
      }),
      {
        typeUrl: '/cosmos.authz.v1beta1.MsgGrant',
        value: {
          granter: address,
          grantee: bob,
          grant: {
            authorization: {
              typeUrl: '/cosmos.authz.v1beta1.GenericAuthorization',
              value: GenericAuthorization.encode({ msg: '/cosmos.gov.v1.MsgVote' }).finish(),
            },
          },
        },
      },
      {
        typeUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowance',
        value: {
          granter: address,
          grantee: bob,
          allowance: {
            typeUrl: '/cosmos.feegrant.v1beta1.BasicAllowance',
            value: BasicAllowance.encode({ spendLimit: [ustrom(5_000n)] }).finish(),
          },
        },
      },
      proposal(true, 5_000n, {
        typeUrl: '/cosmos.consensus.v1.MsgUpdateParams',
        value: ConsensusUpdate.encode({
          authority: GOV,
          block: { maxBytes: 2_000_000n, maxGas: -1n },
          evidence: {
            maxAgeNumBlocks: 100_000n,
            maxAgeDuration: { seconds: 172_800n, nanos: 0 },
            maxBytes: 1_048_576n,
          },
          validator: { pubKeyTypes: ['ed25519'] },
        }).finish(),
      }),
      proposal(false, 1_000n),
      proposal(false, 10n),
    )
    await decide()
  }

  /** Votes, and a validator that is tombstoned. */
  const decide = async (): Promise<void> => {
    await Promise.all([0, 1].map((i) => vote(i, 1n)))
    await vote(0, 2n)
    const thief = keyOf(net.network.homes[2] as string)
    const facts = await factsAt(comet, thief, await height())
    const answer = await rpc(net.url(0), 'broadcast_evidence', {
      evidence: { ...doubleSign(thief, facts) },
    })
    expect(answer.error).to.equal(undefined)
    await until(
      'a set of two and a vote that is over',
      async () => ({
        set: (await comet.validatorsAll()).validators.length,
        params: await rpc(net.url(0), 'consensus_params'),
      }),
      ({ set, params }) => set === 2 && JSON.stringify(params).includes('"2000000"'),
    )
  }
  const proposal = (expedited: boolean, deposit: bigint, ...messages: readonly object[]) => ({
    typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
    value: {
      messages,
      initialDeposit: [ustrom(deposit)],
      proposer: alice.address,
      metadata: 'none',
      title: 'words',
      summary: 'nothing but words',
      expedited,
    },
  })
  const vote = async (index: number, proposalId: bigint): Promise<void> => {
    const voter = operators[index] as User
    const option = VoteOption.VOTE_OPTION_YES
    await voter.send({
      typeUrl: '/cosmos.gov.v1.MsgVote',
      value: { proposalId, voter: voter.address, option, metadata: '' },
    })
  }

  it('comes out of `strom export` with the clock, params and powers of the last block', async () => {
    await fill()
    const set = (await comet.validatorsAll()).validators
    await net.launcher.stopAll()
    const [home = ''] = net.network.homes
    const { code, stderr, stdout } = await strom(['export', '--home', home])
    expect(code, stderr).to.equal(0)
    exported = JSON.parse(stdout) as Document
    last = Number(exported['initial_height']) - 1

    // Alone it has no majority: it answers and makes no block.
    net.launcher.start(0)
    await until(
      'an answer',
      async () => await height().catch(() => 0),
      (now) => now === last,
    )
    for (const [path, answer] of await answers(last)) asked.set(path, answer)
    const { header } = (await comet.block(last)).block
    expect(new Date(String(exported['genesis_time'])).getTime()).to.equal(header.time.getTime())
    const { block } = exported['consensus_params'] as { block: object }
    expect(block).to.deep.equal({ max_bytes: '2000000', max_gas: '-1' })
    const listed = (exported['validators'] as { address: string; power: string }[]).map(
      ({ address, power }) => `${address} ${power}`,
    )
    expect(listed.sort()).to.deep.equal(
      set
        .map(
          (one) => `${Buffer.from(one.address).toString('hex').toUpperCase()} ${one.votingPower}`,
        )
        .sort(),
    )
    await net.launcher.stopAll()
  })

  it('starts a chain that answers every question alike, and goes on', async () => {
    changeGenesis(net.network.homes, () => ({ ...exported, chain_id: 'strom-outlive-2' }))
    for (const home of net.network.homes)
      rmSync(dirname(homeAt(home).database), { recursive: true })
    net.launcher.startAll()
    await net.launcher.ready(BigInt(last + 3), 120_000)
    disconnect()
    await connect()
    const after = await answers(last + 1)
    for (const [path, answer] of asked) {
      expect(answer, path).to.match(/^([0-9a-f]{2})+$/)
      expect(after.get(path), path).to.equal(answer)
    }
    const { code } = await alice.send(
      {
        typeUrl: '/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward',
        value: { delegatorAddress: alice.address, validatorAddress: valoper(0) },
      },
      {
        typeUrl: '/cosmos.staking.v1beta1.MsgUndelegate',
        value: {
          delegatorAddress: alice.address,
          validatorAddress: valoper(2),
          amount: ustrom(475_000_000n),
        },
      },
    )
    expect(code).to.equal(0)
    await vote(1, 2n)
    const log = readFileSync(net.launcher.logFile(0), 'utf8')
    expect(log).to.not.contain('ERROR')
    expect(net.ended).to.deep.equal([])
  })
})
