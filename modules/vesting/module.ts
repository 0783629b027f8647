import { defineModule, type Module } from '../kit/module.ts'
import type { VestingApi } from './api.ts'
import { genesis } from './genesis.ts'
import { createPeriodicVesting } from './messages/create-periodic-vesting.ts'
import { createPermanentLocked } from './messages/create-permanent-locked.ts'
import { createVesting } from './messages/create-vesting.ts'
import type { VestingNeeds } from './needs.ts'

/** Opens accounts with locked coins. It has no store: auth keeps the accounts, bank honours what is locked. */
export function vestingModule(needs: VestingNeeds): Module<VestingApi> {
  return defineModule({
    name: 'vesting',
    api: {},
    messages: [createVesting(needs), createPermanentLocked(needs), createPeriodicVesting(needs)],
    queries: [],
    genesis,
    invariants: [],
  })
}
