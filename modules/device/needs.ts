import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'

/** Modules the registry needs: auth for its account and the authority's, the bank for bonds. */
export interface DeviceNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
}

/** Name of the module account that holds all bonds. */
export const BOND_ACCOUNT = 'device'
