import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { StakingApi } from '../staking/api.ts'
import type { MintApi, ProvisionShare } from './api.ts'
import { beginBlock, MINT_ACCOUNT } from './blocks.ts'
import { mintGenesis } from './genesis.ts'
import { mintInvariants } from './invariants.ts'
import { updateParams } from './messages/update-params.ts'
import { annualProvisions, inflation, params } from './queries/mint.ts'
import { state } from './state.ts'

/** New coins by inflation. Needs auth for its account, bank to create coins and staking for the bonded ratio. */
export function mintModule(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly staking: StakingApi
}): Module<MintApi> {
  deps.auth.declareModuleAccount(MINT_ACCOUNT, ['minter'])
  const shares: ProvisionShare[] = []
  return defineModule({
    name: 'mint',
    store: 'mint',
    api: {
      params: (ctx) => state.params.must(ctx),
      minter: (ctx) => state.minter.must(ctx),
      registerShare: (share) => {
        shares.push(share)
      },
    },
    messages: [updateParams],
    queries: [params, inflation, annualProvisions],
    genesis: mintGenesis(deps.auth),
    invariants: mintInvariants(deps),
    beginBlock: (ctx) => beginBlock(ctx, deps, shares),
  })
}
