import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Plan } from '../../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import { type LevelDb, openLevel } from '../../store/level.ts'
import { MultiStore } from '../../store/multistore.ts'
import { wireModules } from '../modules.ts'
import { allStores, carrying, requireStoresOfHeight, upgradeHalt } from '../upgrade.ts'

const grid = { name: 'grid', added: ['tariff'], migrate: () => undefined }

describe('stores that an upgrade brings', () => {
  let folder: string
  let db: LevelDb
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strom-stores-'))
    db = await openLevel(join(folder, 'db'))
  })
  afterEach(async () => {
    await db.close()
    rmSync(folder, { recursive: true })
  })

  /** A state of height 2 of a program with the stores `bank` and `upgrade`, with a plan or none. */
  async function written(plan?: Partial<Plan>): Promise<void> {
    const store = await MultiStore.open({ db, stores: ['bank', 'upgrade'] })
    store.store('bank').set(Uint8Array.of(1), Uint8Array.of(1))
    await store.commit()
    if (plan !== undefined)
      store.store('upgrade').set(Uint8Array.of(0), Plan.encode(Plan.create(plan)))
    await store.commit()
    await store.close()
  }

  async function refusal(added: readonly string[], upgrades = [grid]): Promise<string | undefined> {
    const store = await MultiStore.open({ db, stores: ['bank', 'upgrade', ...added] })
    try {
      requireStoresOfHeight(store, upgrades)
      return undefined
    } catch (error) {
      expect(upgradeHalt(error)).to.deep.equal({ message: (error as Error).message })
      return (error as Error).message
    }
  }

  it('are taken in the block of the plan, by the program that carries it', async () => {
    await written({ name: 'grid', height: 3n })
    expect(await refusal(['tariff'])).to.equal(undefined)
    expect(await refusal([])).to.equal(undefined)
  })

  it('are refused a height too early, with the words of the SDK', async () => {
    await written({ name: 'grid', height: 4n })
    expect(await refusal(['tariff'])).to.contain('BINARY UPDATED BEFORE TRIGGER! UPGRADE "grid"')
  })

  it('are refused when nothing is planned, or the plan does not bring them', async () => {
    await written()
    expect(await refusal(['tariff'])).to.contain(
      'tariff, which the state of height 2 does not have',
    )
    const store = await MultiStore.open({ db, stores: ['bank', 'upgrade'] })
    store
      .store('upgrade')
      .set(Uint8Array.of(0), Plan.encode(Plan.create({ name: 'grid', height: 4n })))
    await store.commit()
    await store.close()
    expect(await refusal(['wind', 'tariff'])).to.contain('stores wind, which the upgrade "grid"')
    expect(await refusal(['tariff'], [])).to.contain('stores tariff, which the upgrade "grid"')
  })

  it('are free on a new chain, and listed once', async () => {
    expect(await refusal(['tariff'])).to.equal(undefined)
    expect(allStores(['bank', 'tariff'], [grid, grid])).to.deep.equal(['bank', 'tariff'])
  })
})

describe('a program and its upgrades', () => {
  it('runs the upgrade module once, before all others, and staking still ends a block', () => {
    const { enders, modules } = carrying(wireModules(), { upgrades: [grid] })
    expect(modules.filter(({ name }) => name === 'upgrade')).to.have.length(1)
    expect(modules[0]?.name).to.equal('upgrade')
    expect(enders.at(-1)?.name).to.equal('staking')
    expect(enders.map(({ name }) => name).sort()).to.deep.equal(
      modules.map(({ name }) => name).sort(),
    )
    expect(upgradeHalt(new Error('another'))).to.equal(undefined)
  })
})
