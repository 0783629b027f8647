import { expect } from 'chai'
import {
  MsgCancelUpgrade,
  MsgSoftwareUpgrade,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/tx.ts'
import { Plan } from '../../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import { toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { Upgrade, UpgradeApi } from '../api.ts'
import { UpgradeNeeded, WrongProgram } from '../halts.ts'
import { upgradeModule } from '../module.ts'

const gov = govAuthority({ hasher: nobleHasher })
const alice = toBech32(new Uint8Array(20).fill(1))
const key = utf8Encode('migrated')
const grid: Upgrade = {
  name: 'grid',
  migrate: (ctx) => ctx.store('bank').set(key, utf8Encode(`${ctx.height}`)),
}
const versions = () => [['bank', 2n] as const, ['auth', 1n] as const]
const plan = (name: string, height: bigint, more: Partial<Plan> = {}) =>
  Plan.create({ name, height, info: 'see notes', ...more })
const planned = (content: Plan, authority = gov) => ({ authority, plan: content })

runModuleSuite({
  make: () => [upgradeModule({ upgrades: [grid], versions })],
  sampleGenesis: { upgrade: { done: [{ name: 'first', height: '1' }] } },
  operations: [
    refused(
      'another than governance plans',
      MsgSoftwareUpgrade,
      planned(plan('grid', 3n), alice),
      'upgrade',
      6,
    ),
    refused(
      'the plan has a time',
      MsgSoftwareUpgrade,
      planned(plan('grid', 3n, { time: { seconds: 1n, nanos: 0 } })),
      'sdk',
      18,
    ),
    refused(
      'the plan names an IBC client',
      MsgSoftwareUpgrade,
      planned(
        plan('grid', 3n, { upgradedClientState: { typeUrl: '/x', value: new Uint8Array() } }),
      ),
      'sdk',
      18,
    ),
    refused('the plan has no name', MsgSoftwareUpgrade, planned(plan('', 3n)), 'sdk', 18),
    refused('the plan has no height', MsgSoftwareUpgrade, planned(plan('grid', 0n)), 'sdk', 18),
    refused(
      'the upgrade was done before',
      MsgSoftwareUpgrade,
      planned(plan('first', 9n)),
      'sdk',
      18,
    ),
    refused(
      'another than governance cancels',
      MsgCancelUpgrade,
      { authority: alice },
      'upgrade',
      6,
    ),
    accepted('a cancel of nothing', MsgCancelUpgrade, { authority: gov }),
    accepted('a plan', MsgSoftwareUpgrade, planned(plan('other', 8n))),
    accepted('a cancel', MsgCancelUpgrade, { authority: gov }),
    accepted('a plan of the present height', MsgSoftwareUpgrade, planned(plan('grid', 1n))),
    block(),
    refused('the height is past', MsgSoftwareUpgrade, planned(plan('new', 1n)), 'sdk', 18),
  ],
})

/** A chain at height 1 with a module that carries `upgrades` and the plan "grid" at height 3. */
function world(upgrades: readonly Upgrade[], skipHeights: readonly bigint[] = []) {
  const said: string[] = []
  const module = upgradeModule({
    upgrades,
    versions,
    skipHeights: new Set(skipHeights),
    say: (text) => said.push(text),
  })
  const chain = fakeChain()
  module.genesis.init(chain.write(), { plan: Plan.toJson(plan('grid', 3n)) })
  return { module, chain, said }
}

function at(chain: FakeChain, height: bigint, module: Module<UpgradeApi>): unknown {
  chain.height = height
  try {
    module.beginBlock?.(chain.write())
    return undefined
  } catch (error) {
    return error
  }
}

function ask(module: Module, chain: FakeChain, method: string, request: unknown = {}): unknown {
  return module.queries
    .find((query) => query.method === method)
    ?.handle(chain.query(), request as never)
}

describe('upgrade at its height', () => {
  it('lets the old program run until the height, halts it there, again and again, and writes nothing', () => {
    const { module, chain } = world([])
    expect(at(chain, 2n, module)).to.equal(undefined)
    const before = chain.contentHash('upgrade')
    for (const height of [3n, 3n, 4n]) {
      const halt = at(chain, height, module)
      expect(halt).to.be.instanceOf(UpgradeNeeded)
      expect(halt).to.include({ plan: 'grid', height, info: 'see notes' })
      expect(String(halt)).to.contain('UPGRADE "grid" NEEDED at height: 3: see notes')
    }
    expect(chain.contentHash('upgrade')).to.equal(before)
  })

  it('halts the new program before the height, migrates once at it, and goes on after it', () => {
    const { module, chain, said } = world([grid])
    const early = at(chain, 2n, module)
    expect(early).to.be.instanceOf(WrongProgram)
    expect(String(early)).to.contain(
      'BINARY UPDATED BEFORE TRIGGER! UPGRADE "grid" - in binary but not executed on chain. Downgrade your binary',
    )
    expect(at(chain, 3n, module)).to.equal(undefined)
    expect(said).to.deep.equal(['applying upgrade "grid" at height: 3'])
    expect(module.api.plan(chain.query())).to.equal(undefined)
    expect(module.api.doneAt(chain.query(), 'grid')).to.equal(3n)
    expect(at(chain, 4n, module)).to.equal(undefined)
    expect(Buffer.from(chain.store('bank').get(key) ?? []).toString()).to.equal('3')
    const raw = [...chain.store('upgrade').iterate()].map(([k, v]) =>
      [k, v].map((bytes) => Buffer.from(bytes).toString('hex')).join(' '),
    )
    expect(raw).to.deep.equal([
      '01000000000000000367726964 01',
      '0261757468 0000000000000001',
      '0262616e6b 0000000000000002',
      '03 0000000000000001',
    ])
  })

  it('refuses a program that does not know the upgrade done last', () => {
    const { module, chain } = world([grid])
    at(chain, 3n, module)
    const old = upgradeModule({ upgrades: [], versions })
    const halt = at(chain, 4n, old)
    expect(halt).to.be.instanceOf(WrongProgram)
    expect(String(halt)).to.contain('upgrade handler is missing for grid upgrade plan')
  })

  it('drops the plan at a height its operator skips', () => {
    const { module, chain, said } = world([], [3n])
    expect(at(chain, 3n, module)).to.equal(undefined)
    expect(said).to.deep.equal(['UPGRADE "grid" SKIPPED at 3: see notes'])
    expect(at(chain, 4n, module)).to.equal(undefined)
    expect(module.api.doneAt(chain.query(), 'grid')).to.equal(undefined)
  })

  it('answers the queries of the SDK', () => {
    const { module, chain } = world([grid])
    const time = { seconds: -62_135_596_800n, nanos: 0 }
    expect(ask(module, chain, 'CurrentPlan')).to.deep.equal({ plan: plan('grid', 3n, { time }) })
    expect(ask(module, chain, 'AppliedPlan', { name: 'grid' })).to.deep.equal({ height: 0n })
    at(chain, 3n, module)
    expect(ask(module, chain, 'CurrentPlan')).to.deep.equal({ plan: undefined })
    expect(ask(module, chain, 'AppliedPlan', { name: 'grid' })).to.deep.equal({ height: 3n })
    const bank = { name: 'bank', version: 2n }
    expect(ask(module, chain, 'ModuleVersions', { moduleName: 'bank' })).to.deep.equal({
      moduleVersions: [bank],
    })
    expect(ask(module, chain, 'ModuleVersions', { moduleName: '' })).to.deep.equal({
      moduleVersions: [{ name: 'auth', version: 1n }, bank],
    })
    expect(() => ask(module, chain, 'ModuleVersions', { moduleName: 'wind' })).to.throw(
      'QueryModuleVersions module wind not found',
    )
    expect(ask(module, chain, 'Authority')).to.deep.equal({ address: gov })
  })

  it('refuses a program that carries two upgrades of one name, and genesis that tells nonsense', () => {
    expect(() => upgradeModule({ upgrades: [grid, grid], versions })).to.throw(RangeError)
    const { genesis } = upgradeModule({ upgrades: [], versions })
    for (const json of [
      [],
      { plans: {} },
      { done: [{ name: 'a', height: '0' }] },
      { done: [1] },
      { done: [null] },
      { plan: { name: '', height: '3' } },
    ])
      expect(() => genesis.validate(json as never), JSON.stringify(json)).to.throw()
  })
})
