import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import type { StakingHooks } from './api.ts'

/** What the parts of staking work with: other modules, and what those asked to be told. */
export interface Stake {
  readonly auth: AuthApi
  readonly bank: BankApi
  /** In order of registration. */
  readonly hooks: readonly StakingHooks[]
}
