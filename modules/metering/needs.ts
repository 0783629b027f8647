import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import type { EnergyNeeds } from './work.ts'

/** Modules that metering calls. */
export interface MeteringNeeds extends EnergyNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
}
