import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import type { DeviceApi } from '../device/api.ts'
import type { DistributionApi } from '../distribution/api.ts'
import type { MeteringApi } from '../metering/api.ts'
import type { MintApi } from '../mint/api.ts'
import type { SlashingApi } from '../slashing/api.ts'
import type { StakingApi } from '../staking/api.ts'

/** Modules that operator calls. */
export interface OperatorNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly staking: StakingApi
  readonly slashing: SlashingApi
  readonly distribution: DistributionApi
  readonly mint: MintApi
  readonly device: DeviceApi
  readonly metering: MeteringApi
}

/** Module account in which the storage reward waits for the end of the epoch. */
export const ACCOUNT = 'operator'
