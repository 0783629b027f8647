import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import type { DistributionApi } from '../distribution/api.ts'
import type { StakingApi } from '../staking/api.ts'

/** What governance needs of other modules. */
export interface GovNeeds {
  readonly auth: AuthApi
  /** Holds deposits in the module account `gov`. */
  readonly bank: BankApi
  /** Whose tokens vote. */
  readonly staking: StakingApi
  /** Takes what a cancelled proposal costs, when params say so. */
  readonly distribution: DistributionApi
}

/** Module account of distribution: as `proposal_cancel_dest` it means the community pool. */
export const DISTRIBUTION_ACCOUNT = 'distribution'
