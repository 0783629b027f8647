import { expect } from 'chai'
import type { AnyValue, JsonValue } from '../../../proto/codec.ts'
import { CommunityPoolSpendProposal } from '../../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import { MsgFundCommunityPool } from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { MsgExecLegacyContent } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { TextProposal } from '../../../proto/gen/cosmos/gov/v1beta1/gov.ts'
import {
  MsgSubmitProposal,
  MsgSubmitProposalResponse,
} from '../../../proto/gen/cosmos/gov/v1beta1/tx.ts'
import {
  CancelSoftwareUpgradeProposal,
  Plan,
  SoftwareUpgradeProposal,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import { certificateModule } from '../../certificate/module.ts'
import { deviceModule } from '../../device/module.ts'
import { fleetModule } from '../../fleet/module.ts'
import type { Module } from '../../kit/module.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { meteringModule } from '../../metering/module.ts'
import { operatorModule } from '../../operator/module.ts'
import type { UpgradeApi } from '../../upgrade/api.ts'
import { account, authority, coins, genesisOf, makeModules, T, World, YES } from './world.ts'

const [PASSED, FAILED] = [3, 5]
type Json = Record<string, JsonValue>

/** One param of every module, and what governance makes of it. */
const CHANGES: Record<string, Json> = {
  auth: { max_memo_characters: '300' },
  bank: { default_send_enabled: false },
  mint: { blocks_per_year: '7000000' },
  distribution: { community_tax: '0.030000000000000000' },
  staking: { max_validators: 77 },
  slashing: { signed_blocks_window: '200' },
  device: { max_grants: 8 },
  certificate: { transfers_enabled: false },
  metering: { max_batch: 512 },
  fleet: { max_entries: 77 },
  operator: { max_silent_ticks: 700 },
  gov: { burn_vote_quorum: true },
}

/** A chain with the energy modules as well, whose authority is governance. */
function whole(): World {
  const modules = makeModules((stake) => {
    const { auth, bank } = stake
    const device = deviceModule({ auth, bank })
    const certificate = certificateModule()
    const needs = { auth, bank, device: device.api }
    const metering = meteringModule({ ...needs, certificate: certificate.api })
    const fleet = fleetModule({ ...needs, metering: metering.api })
    const operator = operatorModule({ ...stake, device: device.api, metering: metering.api })
    return [device, certificate, metering, fleet, operator]
  })
  const certificate = certificateModule().genesis.defaults() as Json
  return new World(
    {
      ...genesisOf([700n * T, 300n * T]),
      certificate: { ...certificate, params: { ...(certificate.params as Json), authority } },
    },
    modules,
  )
}

const paramsOf = (w: World, module: Module): Json =>
  (module.genesis.export(w.chain.query()) as { params: Json }).params

const ends = (w: World, id: bigint): number | undefined => {
  w.vote(1, id, YES)
  w.endVote()
  return w.status(id)
}

describe('params of every module', () => {
  it('change by one proposal that names them all', () => {
    const w = whole()
    const messages: AnyValue[] = []
    const expected: Json = {}
    for (const module of w.modules.list) {
      const update = module.messages.find(({ codec }) =>
        codec.typeName.endsWith('.MsgUpdateParams'),
      )
      if (update === undefined || module.name === 'consensus') continue
      const params = { ...paramsOf(w, module), ...CHANGES[module.name] }
      expected[module.name] = params
      messages.push(pack(update.codec, update.codec.fromJson({ authority, params })))
    }
    expect(Object.keys(expected).sort()).to.deep.equal(Object.keys(CHANGES).sort())
    const id = w.propose(messages)
    expect(ends(w, id), w.get(id)?.failedReason).to.equal(PASSED)
    for (const module of w.modules.list) {
      if (expected[module.name] === undefined) continue
      expect(paramsOf(w, module), module.name).to.deep.equal(expected[module.name])
    }
  })

  it('stay when one of them cannot be', () => {
    const w = whole()
    const device = w.modules.list.find(({ name }) => name === 'device') as Module
    const update = (name: string, changes: Json): AnyValue => {
      const module = w.modules.list.find((one) => one.name === name) as Module
      const { codec } = module.messages.find((one) =>
        one.codec.typeName.endsWith('.MsgUpdateParams'),
      ) as Module['messages'][number]
      return pack(
        codec,
        codec.fromJson({ authority, params: { ...paramsOf(w, module), ...changes } }),
      )
    }
    const before = paramsOf(w, device)
    const id = w.propose([
      update('device', CHANGES.device as Json),
      // Its bond denomination can never change.
      update('device', { bond_denom: 'other' }),
    ])
    expect(ends(w, id)).to.equal(FAILED)
    expect(w.get(id)?.failedReason).to.contain('cannot change')
    expect(paramsOf(w, device)).to.deep.equal(before)
  })
})

describe('a content of v1beta1', () => {
  const propose = (w: World, content: AnyValue): bigint => {
    const message = { content, initialDeposit: coins(10n * T), proposer: account(11) }
    return MsgSubmitProposalResponse.decode(w.send(MsgSubmitProposal, message)).proposalId
  }
  const words = { title: 'Words', description: 'More words' }

  it('of words changes nothing', () => {
    const w = whole()
    const content = pack(TextProposal, words)
    const id = propose(w, content)
    expect(w.get(id)).to.deep.include({ title: 'Words', summary: 'More words', metadata: '' })
    expect(w.get(id)?.messages).to.deep.equal([pack(MsgExecLegacyContent, { content, authority })])
    expect(ends(w, id)).to.equal(PASSED)
  })

  it('spends the community pool', () => {
    const w = whole()
    w.send(MsgFundCommunityPool, { depositor: account(12), amount: coins(30n * T) })
    const content = (amount: bigint): AnyValue =>
      pack(CommunityPoolSpendProposal, { ...words, recipient: account(19), amount: coins(amount) })
    expect(ends(w, propose(w, content(25n * T)))).to.equal(PASSED)
    expect(w.balance(19)).to.equal(T * T + 25n * T)
    // Six are more than the five that are left.
    expect(ends(w, propose(w, content(6n * T)))).to.equal(FAILED)
    expect(w.balance(19)).to.equal(T * T + 25n * T)
  })

  it('plans an upgrade and cancels it', () => {
    const w = whole()
    const upgrade = w.modules.list[0] as Module<UpgradeApi>
    const plan = Plan.create({ name: 'v2', height: 100_000n, info: 'notes' })
    expect(ends(w, propose(w, pack(SoftwareUpgradeProposal, { ...words, plan })))).to.equal(PASSED)
    expect(upgrade.api.plan(w.chain.query())).to.deep.include({ name: 'v2', height: 100_000n })
    expect(ends(w, propose(w, pack(CancelSoftwareUpgradeProposal, words)))).to.equal(PASSED)
    expect(upgrade.api.plan(w.chain.query())).to.equal(undefined)
  })
})
