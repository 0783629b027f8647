import { defineModule, type Module } from '../kit/module.ts'
import type { FeegrantApi } from './api.ts'
import { feegrantGenesis } from './genesis.ts'
import { type FeegrantNeeds, PRUNED_A_BLOCK, pruneAllowances, useAllowance } from './grants.ts'
import { invariants } from './invariants.ts'
import { grantAllowance } from './messages/grant-allowance.ts'
import { prune } from './messages/prune-allowances.ts'
import { revokeAllowance } from './messages/revoke-allowance.ts'
import { allowance, allowances, allowancesByGranter } from './queries/allowances.ts'

/** Fees that one account pays for another. Needs auth for accounts of grantees and bank for blocked addresses. */
export function feegrantModule(needs: FeegrantNeeds): Module<FeegrantApi> {
  return defineModule<FeegrantApi>({
    name: 'feegrant',
    store: 'feegrant',
    api: { use: useAllowance },
    messages: [grantAllowance(needs), revokeAllowance, prune],
    queries: [allowance, allowances, allowancesByGranter],
    genesis: feegrantGenesis(needs),
    invariants,
    endBlock(ctx) {
      pruneAllowances(ctx, PRUNED_A_BLOCK)
      return undefined
    },
  })
}
