import { defineModule, type Module } from '../kit/module.ts'
import type { UpgradeApi } from './api.ts'
import { beginBlock, type Program } from './blocks.ts'
import { makeGenesis } from './genesis.ts'
import { UpgradeNeeded, WrongProgram } from './halts.ts'
import { invariants } from './invariants.ts'
import { cancelUpgradeMessage } from './messages/cancel-upgrade.ts'
import { softwareUpgradeMessage } from './messages/software-upgrade.ts'
import {
  appliedPlan,
  authority,
  currentPlan,
  moduleVersions,
  upgradedConsensusState,
} from './queries/plans.ts'
import { doneAt, state } from './state.ts'

/** How the module stops a node; part of what the app imports, since it must tell these from faults. */
export { UpgradeNeeded, WrongProgram }

/**
 * Plans of governance to replace the program at a height. First of all modules in begin of a block. Throws RangeError when the
 * program carries two upgrades of one name.
 */
export function upgradeModule(
  needs: Pick<Program, 'upgrades' | 'versions'> & Partial<Program>,
): Module<UpgradeApi> {
  const program = { skipHeights: new Set<bigint>(), say: () => undefined, ...needs }
  const names = new Set(program.upgrades.map(({ name }) => name))
  if (names.size !== program.upgrades.length)
    throw new RangeError('this program carries two upgrades of one name')
  return defineModule({
    name: 'upgrade',
    store: 'upgrade',
    api: { plan: (ctx) => state.plan.get(ctx), doneAt },
    messages: [softwareUpgradeMessage, cancelUpgradeMessage],
    queries: [currentPlan, appliedPlan, upgradedConsensusState, moduleVersions, authority],
    genesis: makeGenesis(program),
    invariants,
    beginBlock: (ctx) => beginBlock(program, ctx),
  })
}
