import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { formatCoins } from '../kit/coin.ts'
import type { Invariant } from '../kit/module.ts'
import { MINT_ACCOUNT } from './blocks.ts'

/** The law of mint: what a block creates, it gives away. */
export function mintInvariants(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): readonly Invariant[] {
  return [
    {
      name: 'empty-account',
      check(ctx) {
        const held = deps.bank.balances(ctx, deps.auth.moduleAddress(ctx.hasher, MINT_ACCOUNT))
        return held.length === 0 ? undefined : `the account holds ${formatCoins(held)}`
      },
    },
  ]
}
