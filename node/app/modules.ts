import type { AuthApi } from '../../modules/auth/api.ts'
import { authModule } from '../../modules/auth/module.ts'
import type { BankApi } from '../../modules/bank/api.ts'
import { bankModule } from '../../modules/bank/module.ts'
import { certificateModule } from '../../modules/certificate/module.ts'
import { deviceModule } from '../../modules/device/module.ts'
import { fleetModule } from '../../modules/fleet/module.ts'
import type { Module } from '../../modules/kit/module.ts'
import { meteringModule } from '../../modules/metering/module.ts'
import { stakingModule } from '../../modules/staking/module.ts'

/** All modules in the order in which genesis, begin and end of a block run them, and what the ante chain calls. */
export interface Wiring {
  readonly modules: readonly Module[]
  /** The same modules in the order of the end of a block: staking last, so that it tells consensus of every change. */
  readonly enders: readonly Module[]
  readonly auth: AuthApi
  readonly bank: BankApi
}

/** Builds the modules of the chain. The order is part of consensus: each line says why it stands where it does. */
export function wireModules(): Wiring {
  const auth = authModule()
  // Fees wait here for distribution; the ante chain pays into it.
  auth.api.declareModuleAccount('fee_collector', [])
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const device = deviceModule({ auth: auth.api, bank: bank.api })
  const certificate = certificateModule()
  const metering = meteringModule({
    auth: auth.api,
    bank: bank.api,
    device: device.api,
    certificate: certificate.api,
  })
  const fleet = fleetModule({
    auth: auth.api,
    bank: bank.api,
    device: device.api,
    metering: metering.api,
  })
  const modules = [
    auth, // accounts exist before anything can own something
    bank, // balances before staking locks some of them in its pool
    staking, // names the validators from bonded coins
    device, // who measures, before anything is measured
    certificate, // issued by metering, so its state must stand first
    metering, // readings close intervals and issue certificates
    fleet, // leaves of batches that stood enter metering as readings
  ]
  return {
    modules,
    enders: [...modules.filter((module) => module !== staking), staking],
    auth: auth.api,
    bank: bank.api,
  }
}

/** Store names of all modules that keep something. */
export function storeNames(wiring: Wiring): readonly string[] {
  return wiring.modules.flatMap(({ store }) => (store === undefined ? [] : [store]))
}
