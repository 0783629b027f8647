import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import type { DeviceApi } from '../device/api.ts'
import type { MeteringApi } from '../metering/api.ts'

/** The module account that holds deposits of open demands. */
export const ACCOUNT = 'fleet'

/** Gas of one hash over a node or leaf. */
export const HASH_GAS = 20n

/** Gas of one device signature, as in metering. */
export const SIGNATURE_GAS = 1000n

/** Modules that batches touch. */
export interface FleetNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly device: DeviceApi
  readonly metering: MeteringApi
}
