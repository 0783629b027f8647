import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  QueryClient,
  setupGovExtension,
  setupSlashingExtension,
  setupStakingExtension,
} from '@cosmjs/stargate'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import { VoteOption } from 'cosmjs-types/cosmos/gov/v1/gov'
import { govAuthority } from '../../../modules/kit/authority.ts'
import { nativeHasher } from '../../../node/app/native-crypto.ts'
import { homeAt } from '../../../node/home.ts'
import {
  QueryParamsResponse,
  QueryPeriodResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import type { Params } from '../../../proto/gen/strom/operator/v1/state.ts'
import { MsgUpdateParams } from '../../../proto/gen/strom/operator/v1/tx.ts'
import { operatorAccounts } from '../../network.ts'
import { strom } from '../command.ts'
import {
  changeGenesis,
  type Document,
  type ScenarioNetwork,
  startScenario,
  until,
  withParams,
} from '../double-network.ts'
import { keyOf } from '../double-sign.ts'
import { User } from './support/users.ts'

const GOV = govAuthority({ hasher: nativeHasher })
/** Calendar seconds per second: a tick of 900 passes in one. */
const SPEED = 900
const EPOCH_TICKS = 2
const RAMP_PPM = 100_000n

const queriesOf = (comet: Comet38Client) =>
  QueryClient.withExtensions(
    comet,
    setupGovExtension,
    setupSlashingExtension,
    setupStakingExtension,
  )

/** Powers of a set by validator. */
type Powers = ReadonlyMap<string, bigint>
const sum = (powers: Powers): bigint => [...powers.values()].reduce((all, one) => all + one, 0n)

describe('a chain of three validators with storage and one without, whose meters all are silent', function () {
  this.timeout(240_000)
  let net: ScenarioNetwork
  let comet: Comet38Client
  let query: ReturnType<typeof queriesOf>
  let voters: readonly User[]
  /** The set before the cap. */
  let begun: Powers

  before(async () => {
    net = await startScenario({
      chainId: 'strom-outlive-3',
      validators: 4,
      storage: 3,
      speed: SPEED,
      genesis: (document) =>
        withParams(document, {
          operator: {
            epoch_ticks: EPOCH_TICKS,
            period_ticks: 6,
            grace_epochs: 10_000,
            presence_lag_ticks: 1,
            max_silent_ticks: 3,
            exit_window_ticks: 2,
            notice_ticks: 1,
            deep_ticks: 1,
            ramp_ppm: RAMP_PPM.toString(),
          },
          gov: {
            min_deposit: [{ denom: 'ustrom', amount: '1000' }],
            expedited_min_deposit: [{ denom: 'ustrom', amount: '5000' }],
            voting_period: '2700s',
            expedited_voting_period: '1800s',
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
    await net?.stop()
  })

  const height = async (): Promise<number> => (await comet.status()).syncInfo.latestBlockHeight
  const epoch = async (): Promise<bigint> => {
    const { value } = await query.queryAbci('/strom.operator.v1.Query/Period', new Uint8Array())
    return QueryPeriodResponse.decode(value).epoch
  }
  const powersAt = async (at: number): Promise<Powers> => {
    const { validators } = await comet.validatorsAll(at)
    return new Map(
      validators.map((one) => [Buffer.from(one.address).toString('hex'), one.votingPower]),
    )
  }
  /** Sets of all heights from `from` on, each once, in their order. */
  const setsSince = async (from: number): Promise<Powers[]> => {
    const found: Powers[] = []
    const last = await height()
    for (let at = from; at <= last; at++) {
      const powers = await powersAt(at)
      const before = found.at(-1)
      if (before === undefined || text(before) !== text(powers)) found.push(powers)
    }
    return found
  }
  const text = (powers: Powers): string => [...powers].sort().join(' ')
  const nobodyPunished = async (): Promise<void> => {
    const { validators } = await query.staking.validators('')
    expect(validators.map(({ jailed, tokens }) => `${jailed} ${tokens}`)).to.deep.equal(
      Array.from({ length: 4 }, () => 'false 10000000000'),
    )
    expect(net.ended).to.deep.equal([])
  }

  it('goes on for epochs with the set it had, and jails nobody', async () => {
    const [from, began] = [await height(), await epoch()]
    await until('five epochs', epoch, (now) => now >= began + 5n)
    expect((await height()) - from).to.be.greaterThan(5)
    expect((await setsSince(1)).map(text)).to.deep.equal([text(await powersAt(1))])
    await nobodyPunished()
  })

  it('lets the cap take power from who has no storage, a tenth an epoch, until it leaves, and never from more than a third', async () => {
    const from = await height()
    begun = await powersAt(from)
    await change({ powerCap: true })
    await until(
      'three in the set',
      async () => await powersAt(await height()),
      (powers) => powers.size === 3,
    )
    const ended = await epoch()
    await until('two epochs more', epoch, (now) => now >= ended + 2n)
    expect(await movesSince(from, begun)).to.be.greaterThan(2)
    expect(text(await powersAt(await height()))).to.equal(text(withoutOne(begun)))
    await nobodyPunished()
  })

  it('goes on after it stood still as a whole', async () => {
    const [at, stood] = [await height(), await epoch()]
    await net.launcher.stopAll()
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    net.launcher.startAll()
    await net.launcher.ready(BigInt(at + 5), 120_000)
    await until('the next epochs', epoch, (now) => now >= stood + 3n)
    expect((await powersAt(await height())).size).to.equal(3)
    await nobodyPunished()
  })

  it('loses less than a third in all when storage has to be proven that nobody can prove', async () => {
    const from = await height()
    await change({ graceEpochs: 0 })
    const total = async () => sum(await powersAt(await height()))
    const full = sum(await powersAt(from))
    await until('less power', total, (now) => now < full)
    const fallen = await epoch()
    await until('three epochs more', epoch, (now) => now >= fallen + 3n)
    const left = await total()
    expect(await movesSince(from, begun)).to.be.greaterThan(0)
    await until('two epochs more', epoch, (now) => now >= fallen + 5n)
    expect(await total()).to.equal(left)
    await nobodyPunished()
  })

  it('starts anew from its exported state with the powers that the cap left', async () => {
    const powers = await powersAt((await height()) + 1)
    await net.launcher.stopAll()
    const { code, stderr, stdout } = await strom(['export', '--home', String(net.network.homes[0])])
    expect(code, stderr).to.equal(0)
    const exported = JSON.parse(stdout) as Document
    changeGenesis(net.network.homes, () => ({ ...exported, chain_id: 'strom-outlive-4' }))
    for (const home of net.network.homes)
      rmSync(dirname(homeAt(home).database), { recursive: true })
    net.launcher.startAll()
    const first = Number(exported['initial_height'])
    await net.launcher.ready(BigInt(first + 3), 120_000)
    expect(text(await powersAt(first))).to.equal(text(powers))
    expect(text(await powersAt(first + 3))).to.equal(text(powers))
    await nobodyPunished()
  })

  /** Holds every change of the set to what is allowed; returns how many there were. */
  const movesSince = async (from: number, start: Powers): Promise<number> => {
    const sets = await setsSince(from)
    for (const [i, now] of sets.entries()) {
      const before = sets[i - 1] ?? now
      const moved = [...before].reduce(
        (all, [who, power]) => all + power - (now.get(who) ?? 0n),
        0n,
      )
      expect(Number(moved)).to.be.within(0, Number((sum(before) * RAMP_PPM) / 1_000_000n))
      expect(now.size).to.be.greaterThan(2)
      expect(Number(sum(now))).to.be.greaterThan(Number((sum(start) * 2n) / 3n))
      for (const power of now.values())
        expect(Number(power * 3n)).to.be.at.most(Number(sum(now)) + 3)
    }
    return sets.length - 1
  }
  const withoutOne = (powers: Powers): Powers => {
    const bare = Buffer.from(keyOf(net.network.homes[3] as string).address).toString('hex')
    return new Map([...powers].filter(([who]) => who !== bare))
  }

  const change = async (changes: Partial<Params>): Promise<void> => {
    const { value } = await query.queryAbci('/strom.operator.v1.Query/Params', new Uint8Array())
    const params = { ...QueryParamsResponse.decode(value).params, ...changes }
    const [proposer] = voters as [User]
    const message = MsgUpdateParams.encode(MsgUpdateParams.create({ authority: GOV, params }))
    const { events } = await proposer.send({
      typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
      value: {
        messages: [{ typeUrl: '/strom.operator.v1.MsgUpdateParams', value: message }],
        initialDeposit: [{ denom: 'ustrom', amount: '1000' }],
        proposer: proposer.address,
        metadata: '',
        title: 'power by storage',
        summary: 'only storage votes',
        expedited: false,
      },
    })
    const submitted = events.find(({ type }) => type === 'submit_proposal')
    const id = submitted?.attributes.find(({ key }) => key === 'proposal_id')?.value
    await Promise.all(
      voters.map((voter) =>
        voter.send({
          typeUrl: '/cosmos.gov.v1.MsgVote',
          value: {
            proposalId: BigInt(id as string),
            voter: voter.address,
            option: VoteOption.VOTE_OPTION_YES,
            metadata: '',
          },
        }),
      ),
    )
  }
})
