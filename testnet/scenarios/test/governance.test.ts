import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QueryClient, setupSlashingExtension, setupStakingExtension } from '@cosmjs/stargate'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import { MsgUpdateParams as ConsensusUpdate } from 'cosmjs-types/cosmos/consensus/v1/tx'
import { ProposalStatus, VoteOption } from 'cosmjs-types/cosmos/gov/v1/gov'
import { QueryProposalRequest, QueryProposalResponse } from 'cosmjs-types/cosmos/gov/v1/query'
import { MsgUpdateParams as SlashingUpdate } from 'cosmjs-types/cosmos/slashing/v1beta1/tx'
import { MsgUpdateParams as StakingUpdate } from 'cosmjs-types/cosmos/staking/v1beta1/tx'
import { MsgSoftwareUpgrade } from 'cosmjs-types/cosmos/upgrade/v1beta1/tx'
import { govAuthority } from '../../../modules/kit/authority.ts'
import { nativeHasher } from '../../../node/app/native-crypto.ts'
import { homeAt } from '../../../node/home.ts'
import { parseNodeKey } from '../../../node/p2p/node-key.ts'
import { QueryParamsResponse } from '../../../proto/gen/strom/operator/v1/query.ts'
import { MsgUpdateParams as OperatorUpdate } from '../../../proto/gen/strom/operator/v1/tx.ts'
import { operatorAccounts } from '../../network.ts'
import { rpc, type ScenarioNetwork, startScenario, until, withParams } from '../double-network.ts'
import { User } from './support/users.ts'

const GOV = govAuthority({ hasher: nativeHasher })
const program = join(dirname(fileURLToPath(import.meta.url)), 'support', 'upgrade-program.ts')
const queriesOf = (comet: Comet38Client) =>
  QueryClient.withExtensions(comet, setupSlashingExtension, setupStakingExtension)

interface Any {
  readonly typeUrl: string
  readonly value: Uint8Array
}

describe('governance of two processes by votes of their validators', function () {
  this.timeout(240_000)
  let net: ScenarioNetwork
  let comet: Comet38Client
  let query: ReturnType<typeof queriesOf>
  let voters: readonly User[]
  const fresh: ChildProcess[] = []

  before(async () => {
    net = await startScenario({
      chainId: 'strom-governance-1',
      validators: 2,
      genesis: (document) =>
        withParams(document, {
          slashing: { min_signed_per_window: '0.050000000000000000' },
          gov: {
            min_deposit: [{ denom: 'ustrom', amount: '1000' }],
            expedited_min_deposit: [{ denom: 'ustrom', amount: '5000' }],
            max_deposit_period: '60s',
            voting_period: '4s',
            expedited_voting_period: '2s',
          },
        }),
    })
    comet = await Comet38Client.connect(net.url(0))
    query = queriesOf(comet)
    voters = await Promise.all(
      operatorAccounts(net.network).map(({ name, privkey }) =>
        User.connect(net.url(0), 'direct', name, privkey),
      ),
    )
  })

  after(async () => {
    for (const user of voters ?? []) user.client.disconnect()
    comet?.disconnect()
    for (const child of fresh) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    }
    await net?.stop()
  })

  const height = async (): Promise<number> => (await comet.status()).syncInfo.latestBlockHeight

  /** Proposes, lets both validators vote for it, and returns its id. */
  const propose = async (expedited: boolean, ...messages: readonly Any[]): Promise<bigint> => {
    const [proposer] = voters as [User]
    const { events } = await proposer.send({
      typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
      value: {
        messages,
        initialDeposit: [{ denom: 'ustrom', amount: '5000' }],
        proposer: proposer.address,
        metadata: '',
        title: 'a change',
        summary: 'as the title says',
        expedited,
      },
    })
    const submitted = events.find(({ type }) => type === 'submit_proposal')
    const id = submitted?.attributes.find(({ key }) => key === 'proposal_id')?.value
    const proposalId = BigInt(id as string)
    await Promise.all(
      voters.map((voter) =>
        voter.send({
          typeUrl: '/cosmos.gov.v1.MsgVote',
          value: {
            proposalId,
            voter: voter.address,
            option: VoteOption.VOTE_OPTION_YES,
            metadata: '',
          },
        }),
      ),
    )
    return proposalId
  }
  const passed = async (id: bigint): Promise<void> => {
    // CosmJS's own extension asks v1beta1, which has no proposals of several messages.
    const status = async () => {
      const request = QueryProposalRequest.encode({ proposalId: id }).finish()
      const { value } = await query.queryAbci('/cosmos.gov.v1.Query/Proposal', request)
      return QueryProposalResponse.decode(value).proposal?.status ?? 0
    }
    await until(
      `an end of proposal ${id}`,
      status,
      (now) => now > ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD,
    )
    expect(await status()).to.equal(ProposalStatus.PROPOSAL_STATUS_PASSED)
  }
  const operatorParams = async () => {
    const { value } = await query.queryAbci('/strom.operator.v1.Query/Params', new Uint8Array())
    return QueryParamsResponse.decode(value).params
  }

  it('changes params of staking, slashing and operator by one proposal', async () => {
    const staking = (await query.staking.params()).params
    const slashing = (await query.slashing.params()).params
    const operator = await operatorParams()
    expect([staking.maxValidators, slashing.signedBlocksWindow, operator.powerCap]).to.deep.equal([
      100,
      100n,
      false,
    ])
    const id = await propose(
      false,
      {
        typeUrl: '/cosmos.staking.v1beta1.MsgUpdateParams',
        value: StakingUpdate.encode({
          authority: GOV,
          params: { ...staking, maxValidators: 7 },
        }).finish(),
      },
      {
        typeUrl: '/cosmos.slashing.v1beta1.MsgUpdateParams',
        value: SlashingUpdate.encode({
          authority: GOV,
          params: { ...slashing, signedBlocksWindow: 250n },
        }).finish(),
      },
      {
        typeUrl: '/strom.operator.v1.MsgUpdateParams',
        value: OperatorUpdate.encode(
          OperatorUpdate.create({ authority: GOV, params: { ...operator, powerCap: true } }),
        ),
      },
    )
    await passed(id)
    expect((await query.staking.params()).params).to.deep.equal({ ...staking, maxValidators: 7 })
    expect((await query.slashing.params()).params).to.deep.equal({
      ...slashing,
      signedBlocksWindow: 250n,
    })
    expect(await operatorParams()).to.deep.equal({ ...operator, powerCap: true })
  })

  it('changes the size of blocks from the height after the vote on', async () => {
    const id = await propose(true, {
      typeUrl: '/cosmos.consensus.v1.MsgUpdateParams',
      value: ConsensusUpdate.encode({
        authority: GOV,
        block: { maxBytes: 2_000_000n, maxGas: 50_000_000n },
        evidence: {
          maxAgeNumBlocks: 100_000n,
          maxAgeDuration: { seconds: 172_800n, nanos: 0 },
          maxBytes: 1_048_576n,
        },
        validator: { pubKeyTypes: ['ed25519'] },
      }).finish(),
    })
    await passed(id)
    const { totalCount, blocks } = await comet.blockSearchAll({
      query: `active_proposal.proposal_id='${id}'`,
    })
    expect(totalCount).to.equal(1)
    const at = blocks[0]?.block.header.height as number
    await until('two heights more', height, (now) => now >= at + 2)
    const shown = async (wanted: number) => {
      const { result } = await rpc(net.url(1), 'consensus_params', { height: String(wanted) })
      const { block } = (result as { consensus_params: { block: object } }).consensus_params
      const { header } = (await comet.block(wanted)).block
      return { block, hash: Buffer.from(header.consensusHash).toString('hex') }
    }
    const [before, changed] = [await shown(at), await shown(at + 1)]
    expect(before.block).to.deep.equal({ max_bytes: '22020096', max_gas: '-1' })
    expect(changed.block).to.deep.equal({ max_bytes: '2000000', max_gas: '50000000' })
    expect(before.hash).to.not.equal(changed.hash)
    expect(await shown(at + 2)).to.deep.equal(changed)
  })

  it('stops the program at the height of an upgrade it voted for, and goes on with the one that carries it', async () => {
    const planned = (await height()) + 30
    const info = 'https://strom.example/tariff'
    const id = await propose(true, {
      typeUrl: '/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade',
      value: MsgSoftwareUpgrade.encode({
        authority: GOV,
        plan: {
          name: 'tariff',
          height: BigInt(planned),
          info,
          time: { seconds: -62_135_596_800n, nanos: 0 },
        },
      }).finish(),
    })
    await passed(id)
    expect(await height()).to.be.lessThan(planned)
    await until(
      'the halt of both',
      async () => net.ended.length,
      (count) => count === 2,
    )
    for (const [i, home] of net.network.homes.entries()) {
      const own = net.ended.find(({ index }) => index === i)
      expect(own?.code).to.equal(11)
      expect(own?.log).to.contain(`UPGRADE "tariff" NEEDED at height: ${planned}: ${info}`)
      const file = JSON.parse(readFileSync(join(home, 'data', 'upgrade-info.json'), 'utf8'))
      expect(file).to.deep.equal({ name: 'tariff', height: planned, info })
    }
    for (const [i, home] of net.network.homes.entries()) fresh.push(upgraded(i, home))
    const reached = async () => await height().catch(() => 0)
    await until('blocks of the new program', reached, (now) => now >= planned + 3)
    const data = Buffer.from('from').toString('hex')
    const answer = await rpc(net.url(0), 'abci_query', { path: '/store/tariff/key', data })
    const { response } = answer.result as { response: { value: string } }
    expect(Buffer.from(response.value, 'base64').toString()).to.equal(`${planned}/true`)
  })

  const upgraded = (index: number, home: string): ChildProcess => {
    const peers = net.network.homes.flatMap((other, i) => {
      if (i === index) return []
      const { nodeId } = parseNodeKey(readFileSync(homeAt(other).nodeKey, 'utf8'))
      return [`${nodeId}@127.0.0.1:${net.network.ports[i]?.p2p}`]
    })
    const args = ['--import', 'tsx', program, home, peers.join(','), 'tariff']
    return spawn(process.execPath, args, { stdio: 'ignore' })
  }
})
