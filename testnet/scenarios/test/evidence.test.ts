import { toBech32 } from '@cosmjs/encoding'
import {
  QueryClient,
  setupBankExtension,
  setupSlashingExtension,
  setupStakingExtension,
} from '@cosmjs/stargate'
import { Comet38Client, WebsocketClient } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import type { ConsensusKey } from '../../../node/consensus/key-file.ts'
import { operatorAccounts } from '../../network.ts'
import { rpc, type ScenarioNetwork, startScenario, until, withParams } from '../double-network.ts'
import { doubleSign, type EvidenceJson, factsAt, keyOf } from '../double-sign.ts'
import { feeOf, User } from './support/users.ts'

const STROM = 1_000_000n
const coin = (strom: bigint) => ({ denom: 'ustrom', amount: (strom * STROM).toString() })
const queriesOf = (comet: Comet38Client) =>
  QueryClient.withExtensions(
    comet,
    setupBankExtension,
    setupSlashingExtension,
    setupStakingExtension,
  )

describe('a validator of four that signs two blocks of one height', function () {
  this.timeout(240_000)
  let net: ScenarioNetwork
  let comet: Comet38Client
  let query: ReturnType<typeof queriesOf>
  let alice: User
  let operators: readonly User[]
  let thief: ConsensusKey
  /** Where the evidence stands, and the evidence. */
  let punished = { fault: 0, block: 0 }
  let evidence: EvidenceJson

  before(async () => {
    net = await startScenario({
      chainId: 'strom-evidence-1',
      validators: 4,
      genesis: (document) =>
        withParams(document, {
          slashing: { min_signed_per_window: '0.050000000000000000' },
          staking: { unbonding_time: '3600s' },
        }),
    })
    comet = await Comet38Client.connect(net.url(0))
    query = queriesOf(comet)
    const keys = net.network.accounts
    const alices = keys.find(({ name }) => name === 'alice')
    alice = await User.connect(net.url(0), 'direct', 'alice', alices?.privkey)
    operators = await Promise.all(
      operatorAccounts(net.network).map(({ name, privkey }) =>
        User.connect(net.url(0), 'direct', name, privkey),
      ),
    )
    thief = keyOf(net.network.homes[3] as string)
  })

  after(async () => {
    for (const user of [alice, ...(operators ?? [])]) user?.client.disconnect()
    comet?.disconnect()
    await net?.stop()
  })

  const height = async (): Promise<number> => (await comet.status()).syncInfo.latestBlockHeight
  const reach = async (wanted: number): Promise<void> => {
    await until(`height ${wanted}`, height, (now) => now >= wanted)
  }
  const valoper = (index: number): string => (operators[index] as User).valoper
  const tokens = async (index: number): Promise<bigint> =>
    BigInt((await query.staking.validator(valoper(index))).validator.tokens)
  const powerAt = async (at: number): Promise<bigint | undefined> => {
    const { validators } = await comet.validatorsAll(at)
    return validators.find(({ address }) => Buffer.compare(address, thief.address) === 0)
      ?.votingPower
  }
  const staking = (type: string, value: object) => ({
    typeUrl: `/cosmos.staking.v1beta1.Msg${type}`,
    value: { delegatorAddress: alice.address, ...value },
  })

  it('loses 5 % of what stood behind it, with what left since, its place in the set, and its voice for good', async () => {
    const validatorAddress = valoper(3)
    await alice.send(staking('Delegate', { validatorAddress, amount: coin(2000n) }))
    await alice.send(staking('Undelegate', { validatorAddress, amount: coin(100n) }))
    const fault = await until(
      'the power of 11,900 STROM',
      async () => {
        const at = await height()
        return { at, power: await powerAt(at) }
      },
      ({ power }) => power === 11_900n,
    )
    await reach(fault.at + 1)
    await alice.send(
      staking('Undelegate', { validatorAddress, amount: coin(200n) }),
      staking('BeginRedelegate', {
        validatorSrcAddress: validatorAddress,
        validatorDstAddress: valoper(0),
        amount: coin(300n),
      }),
    )
    expect(await tokens(3)).to.equal(11_400n * STROM)

    const socket = new WebsocketClient(net.url(1).replace('http', 'ws'))
    const heard: unknown[] = []
    const listening = socket
      .listen({
        jsonrpc: '2.0',
        id: 1,
        method: 'subscribe',
        params: { query: "tm.event='NewEvidence'" },
      })
      .subscribe({ next: ({ data }) => heard.push(data['value']), error: () => undefined })
    evidence = doubleSign(thief, await factsAt(comet, thief, fault.at))
    const told = await height()
    const answer = await rpc(net.url(0), 'broadcast_evidence', { evidence: { ...evidence } })
    expect(answer.result, JSON.stringify(answer)).to.have.property('hash').with.lengthOf(64)
    await until(
      'jail',
      () => query.staking.validator(validatorAddress),
      (one) => one.validator.jailed,
    )

    let block = told
    while ((await comet.block(block)).block.evidence.length === 0) block += 1
    punished = { fault: fault.at, block }
    expect(block - told).to.be.lessThan(8)
    const shown = await rpc(net.url(2), 'block', { height: String(block) })
    expect(shown.result)
      .to.have.nested.property('block.evidence.evidence')
      .that.deep.equals([evidence])
    await until(
      'the event',
      async () => heard.length,
      (count) => count > 0,
    )
    expect(heard).to.deep.equal([{ height: String(block), evidence }])
    listening.unsubscribe()
    socket.disconnect()
  })

  it('is tombstoned, and every stake behind it at the fault is worth 95 % of what it was', async () => {
    const { validator } = await query.staking.validator(valoper(3))
    expect(validator.jailed).to.equal(true)
    expect(validator.tokens).to.equal((10_830n * STROM).toString())
    expect(validator.delegatorShares).to.equal(`${11_400n * STROM}${'0'.repeat(18)}`)
    const address = toBech32('stromvalcons', thief.address)
    const { valSigningInfo } = await query.slashing.signingInfo(address)
    expect(valSigningInfo.tombstoned).to.equal(true)
    expect(valSigningInfo.jailedUntil.seconds).to.equal(253_402_300_799n)
    const of = async (index: number) =>
      (await query.staking.delegation(alice.address, valoper(index))).delegationResponse?.balance
    expect(await of(3)).to.deep.equal(coin(1330n))
    expect(await of(0)).to.deep.equal(coin(285n))
    expect(await tokens(0)).to.equal(10_285n * STROM)
    const { unbond } = await query.staking.unbondingDelegation(alice.address, valoper(3))
    expect(unbond.entries.map(({ balance }) => BigInt(balance))).to.deep.equal([
      100n * STROM,
      190n * STROM,
    ])
    const { finalizeBlockEvents } = await rpc(net.url(0), 'block_results', {
      height: String(punished.block),
    }).then(({ result }) => ({
      finalizeBlockEvents: (
        result as {
          finalize_block_events: { type: string; attributes: { key: string; value: string }[] }[]
        }
      ).finalize_block_events,
    }))
    const slash = finalizeBlockEvents
      .filter(({ type }) => type === 'slash')
      .map(({ attributes }) => attributes.filter(({ key }) => key !== 'mode'))
      .map((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])))
    expect(slash).to.deep.equal([
      { address, power: '11900', reason: 'double_sign', burned_coins: `${570n * STROM}` },
      { jailed: address },
    ])
  })

  it('leaves the set two heights after the evidence, and the three others go on', async () => {
    const { block } = punished
    await reach(block + 6)
    expect(await powerAt(block + 1)).to.equal(11_400n)
    expect(await powerAt(block + 2)).to.equal(undefined)
    expect((await comet.validatorsAll(block + 2)).total).to.equal(3)
    expect(net.ended).to.deep.equal([])
    const hashes = await Promise.all(
      net.launcher.nodes.map(async (_, i) => {
        const at = String(block + 4)
        const ask = () => rpc(net.url(i), 'header', { height: at })
        const { result } = await until(at, ask, (answer) => answer.result !== undefined)
        return (result as { header: { app_hash: string } }).header.app_hash
      }),
    )
    expect(new Set(hashes).size).to.equal(1)
  })

  it('is not punished twice, for that height or another', async () => {
    const { fault, block } = punished
    const before = await tokens(3)
    const again = { ...evidence }
    for (const index of [0, 1, 2, 3]) {
      const answer = await rpc(net.url(index), 'broadcast_evidence', { evidence: again })
      expect(answer.error, JSON.stringify(answer)).to.equal(undefined)
    }
    const facts = await factsAt(comet, thief, fault)
    const others = [
      doubleSign(thief, facts, [0x33, 0x44]),
      doubleSign(thief, await factsAt(comet, thief, fault - 1)),
    ]
    for (const one of others) {
      const answer = await rpc(net.url(1), 'broadcast_evidence', { evidence: { ...one } })
      expect(answer.error, JSON.stringify(answer)).to.equal(undefined)
    }
    const from = await height()
    await reach(from + 6)
    const found: unknown[] = []
    for (let at = block; at <= from + 5; at++) {
      const { result } = await rpc(net.url(0), 'block', { height: String(at) })
      found.push(
        ...(result as { block: { evidence: { evidence: unknown[] } } }).block.evidence.evidence,
      )
    }
    expect(found).to.deep.equal([evidence, others[1]])
    expect(await tokens(3)).to.equal(before)
    const { unbond } = await query.staking.unbondingDelegation(alice.address, valoper(3))
    expect(unbond.entries.map(({ balance }) => BigInt(balance))).to.deep.equal([
      100n * STROM,
      190n * STROM,
    ])
  })

  it('cannot leave jail', async () => {
    const unjail = {
      typeUrl: '/cosmos.slashing.v1beta1.MsgUnjail',
      value: { validatorAddr: valoper(3) },
    }
    const { code, rawLog } = await (operators[3] as User).attempt([unjail], feeOf())
    expect(code).to.equal(4)
    expect(rawLog).to.match(/message index: 0: .*validator still jailed; cannot be unjailed$/)
  })
})
