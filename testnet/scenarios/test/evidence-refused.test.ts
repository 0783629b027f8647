import { toBech32 } from '@cosmjs/encoding'
import { QueryClient, setupSlashingExtension, setupStakingExtension } from '@cosmjs/stargate'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import { type ConsensusKey, consensusKeyFromSeed } from '../../../node/consensus/key-file.ts'
import type { JsonValue } from '../../../proto/codec.ts'
import {
  type Document,
  rpc,
  type ScenarioNetwork,
  startScenario,
  until,
} from '../double-network.ts'
import { doubleSign, type EvidenceJson, factsAt, keyOf } from '../double-sign.ts'

const shortMemory = (document: Document): Document => {
  const params = document['consensus_params'] as Document
  const evidence = params['evidence'] as Document
  const short = { ...evidence, max_age_num_blocks: '10', max_age_duration: '1000000000' }
  return { ...document, consensus_params: { ...params, evidence: short } }
}

describe('evidence against the only validator of a chain that forgets after ten blocks', function () {
  this.timeout(240_000)
  let net: ScenarioNetwork
  let comet: Comet38Client
  let key: ConsensusKey

  before(async () => {
    net = await startScenario({
      chainId: 'strom-evidence-2',
      validators: 1,
      timeoutCommit: '100ms',
      genesis: shortMemory,
    })
    comet = await Comet38Client.connect(net.url(0))
    key = keyOf(net.network.homes[0] as string)
  })

  after(async () => {
    comet?.disconnect()
    await net?.stop()
  })

  const height = async (): Promise<number> => (await comet.status()).syncInfo.latestBlockHeight
  const reach = async (wanted: number): Promise<void> => {
    await until(`height ${wanted}`, height, (now) => now >= wanted)
  }
  const refusal = async (evidence: JsonValue): Promise<string> => {
    const { error, result } = await rpc(net.url(0), 'broadcast_evidence', { evidence })
    return error?.data ?? `taken: ${JSON.stringify(result)}`
  }
  const changed = (evidence: EvidenceJson, change: { [name: string]: JsonValue }) => ({
    ...evidence,
    value: { ...evidence.value, ...change },
  })

  it('is refused in words when it is forged, of a stranger, from the future, or too old', async () => {
    await reach(2)
    const facts = await factsAt(comet, key, await height())
    const good = doubleSign(key, facts)
    const stranger = consensusKeyFromSeed(new Uint8Array(32).fill(7))
    const forged = doubleSign({ ...stranger, address: key.address }, facts)
    const { vote_a: a, vote_b: b } = good.value
    const cases: [JsonValue, string][] = [
      [{ ...forged }, 'a vote in the evidence is not signed by its validator'],
      [{ ...doubleSign(stranger, facts) }, 'was no validator'],
      [{ ...doubleSign(key, { ...facts, chainId: 'strom-evidence-3' }) }, 'not signed by'],
      [{ ...doubleSign(key, { ...facts, height: facts.height + 1000 }) }, 'is not reached'],
      [{ ...doubleSign(key, { ...facts, power: 9_999n }) }, 'wrong validator power'],
      [{ ...doubleSign(key, { ...facts, totalPower: 1n }) }, 'wrong total power'],
      [
        { ...doubleSign(key, { ...facts, time: { ...facts.time, nanos: 0 } }) },
        'not the time of the block',
      ],
      [changed(good, { vote_b: a as JsonValue }), 'both votes are for the same block'],
      [changed(good, { vote_a: b as JsonValue, vote_b: a as JsonValue }), 'votes out of order'],
      [changed(good, { vote_b: null }), 'evidence.ValidateBasic failed'],
    ]
    for (const [evidence, words] of cases) expect(await refusal(evidence)).to.contain(words)

    await reach(facts.height + 13)
    expect(await refusal({ ...good })).to.contain(`height ${facts.height} is too old`)
    const { validators } = await comet.validatorsAll()
    expect(validators.map(({ votingPower }) => votingPower)).to.deep.equal([10_000n])
  })

  it('jails and tombstones it when it is true, but does not stop the chain that has nobody else', async () => {
    const at = await height()
    const answer = await refusal({ ...doubleSign(key, await factsAt(comet, key, at)) })
    expect(answer).to.contain('taken')
    const query = QueryClient.withExtensions(comet, setupStakingExtension, setupSlashingExtension)
    const [validator] = await until(
      'jail',
      async () => (await query.staking.validators('')).validators,
      ([one]) => one?.jailed === true,
    )
    expect(validator?.tokens).to.equal('9500000000')
    const address = toBech32('stromvalcons', key.address)
    const { valSigningInfo } = await query.slashing.signingInfo(address)
    expect(valSigningInfo.tombstoned).to.equal(true)
    await reach((await height()) + 5)
    const { validators } = await comet.validatorsAll()
    expect(validators).to.have.lengthOf(1)
    expect(net.ended).to.deep.equal([])
  })
})
