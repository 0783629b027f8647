import type { ReadContext } from '../../modules/kit/context.ts'
import type { ModuleVersion, Upgrade, UpgradeApi } from '../../modules/upgrade/api.ts'
import { UpgradeNeeded, upgradeModule, WrongProgram } from '../../modules/upgrade/module.ts'
import type { MultiStore } from '../store/multistore.ts'
import type { Wiring } from './modules.ts'
import { nativeHasher } from './native-crypto.ts'

/** What a program brings along for upgrades, and what its operator set. */
export interface CarriedUpgrades {
  readonly upgrades: readonly Upgrade[]
  /** Heights whose plan is dropped instead of carried out. */
  readonly skipHeights?: ReadonlySet<bigint>
  /** Hears of upgrades carried out or skipped. */
  readonly say?: (text: string) => void
}

/** The modules of the chain with an upgrade module for this program in its place: before all others. */
export function carrying(wiring: Wiring, carried: CarriedUpgrades): Wiring {
  const { enders, modules } = wiring
  const upgrade = upgradeModule({
    upgrades: carried.upgrades,
    versions: () => together.map(({ name }): ModuleVersion => [name, 1n]),
    ...(carried.skipHeights === undefined ? {} : { skipHeights: carried.skipHeights }),
    ...(carried.say === undefined ? {} : { say: carried.say }),
  })
  const others = modules.filter(({ name }) => name !== upgrade.name)
  const together = [upgrade, ...others]
  const otherEnders = enders.filter(({ name }) => name !== upgrade.name)
  return { ...wiring, modules: together, enders: [upgrade, ...otherEnders] }
}

/** Names of all stores: `names`, those of the modules, and those that upgrades bring. */
export function allStores(
  names: readonly string[],
  upgrades: readonly Upgrade[],
): readonly string[] {
  return [...new Set([...names, ...upgrades.flatMap(({ added }) => added ?? [])])]
}

/**
 * Refuses to run when the program has stores that the state does not, unless the next block is the upgrade that brings them: one
 * block earlier or later would make another app hash than everyone else's. Throws WrongProgram.
 */
export function requireStoresOfHeight(store: MultiStore, upgrades: readonly Upgrade[]): void {
  const added = store.newStores
  if (added.length === 0) return
  const names = added.join(', ')
  const plan = added.includes('upgrade') ? undefined : plans.plan(stateOf(store))
  const height = store.version
  if (plan === undefined) {
    throw new WrongProgram(
      `this program keeps the stores ${names}, which the state of height ${height} does not have, and no upgrade is planned`,
    )
  }
  const upgrade = upgrades.find(({ name }) => name === plan.name)
  if (upgrade !== undefined && plan.height > height + 1n) {
    throw new WrongProgram(
      `BINARY UPDATED BEFORE TRIGGER! UPGRADE "${plan.name}" - in binary but not executed on chain. Downgrade your binary`,
    )
  }
  const foreign = added.filter((name) => upgrade?.added?.includes(name) !== true)
  if (foreign.length === 0) return
  throw new WrongProgram(
    `this program keeps the stores ${foreign.join(', ')}, which the upgrade "${plan.name}" of height ${plan.height} does not bring`,
  )
}

/** Why a node stops for another program to go on: nothing is broken. `plan` is what the next program must carry. */
export interface UpgradeHalt {
  readonly message: string
  readonly plan?: { readonly name: string; readonly height: bigint; readonly info: string }
}

/** Whether a node stopped only because another program must go on, and which; undefined for any other error. */
export function upgradeHalt(error: unknown): UpgradeHalt | undefined {
  if (error instanceof WrongProgram) return { message: error.message }
  if (!(error instanceof UpgradeNeeded)) return undefined
  const { height, info, message, plan: name } = error
  return { message, plan: { name, height, info } }
}

/** Reads plans whatever the program carries. */
const plans: UpgradeApi = upgradeModule({ upgrades: [], versions: () => [] }).api

function stateOf(store: MultiStore): ReadContext {
  const view = store.at(store.version)
  return {
    chainId: '',
    height: store.version,
    time: 0n,
    timeNanos: 0,
    hasher: nativeHasher,
    reader: (name) => view.store(name),
  }
}
