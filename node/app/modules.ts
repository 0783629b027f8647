import type { AuthApi } from '../../modules/auth/api.ts'
import { authModule } from '../../modules/auth/module.ts'
import { authzModule } from '../../modules/authz/module.ts'
import type { BankApi } from '../../modules/bank/api.ts'
import { bankModule } from '../../modules/bank/module.ts'
import { certificateModule } from '../../modules/certificate/module.ts'
import type { ConsensusParamsApi } from '../../modules/consensus/api.ts'
import { consensusModule } from '../../modules/consensus/module.ts'
import { deviceModule } from '../../modules/device/module.ts'
import { distributionModule } from '../../modules/distribution/module.ts'
import { evidenceModule } from '../../modules/evidence/module.ts'
import type { FeegrantApi } from '../../modules/feegrant/api.ts'
import { feegrantModule } from '../../modules/feegrant/module.ts'
import { fleetModule } from '../../modules/fleet/module.ts'
import { govModule } from '../../modules/gov/module.ts'
import type { Module } from '../../modules/kit/module.ts'
import { meteringModule } from '../../modules/metering/module.ts'
import { mintModule } from '../../modules/mint/module.ts'
import { operatorModule } from '../../modules/operator/module.ts'
import { slashingModule } from '../../modules/slashing/module.ts'
import { stakingModule } from '../../modules/staking/module.ts'
import type { ModuleVersion } from '../../modules/upgrade/api.ts'
import { upgradeModule } from '../../modules/upgrade/module.ts'
import { vestingModule } from '../../modules/vesting/module.ts'
import { UPGRADES } from './upgrades.ts'

/** All modules in the order in which genesis, begin and end of a block run them, and what the ante chain calls. */
export interface Wiring {
  readonly modules: readonly Module[]
  /** The same modules in the order of the end of a block: staking last, so that it tells consensus of every change. */
  readonly enders: readonly Module[]
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly feegrant: FeegrantApi
  readonly consensus: ConsensusParamsApi
}

/** Builds the modules of the chain. The order is part of consensus: each line says why it stands where it does. */
export function wireModules(): Wiring {
  const stake = wireStake()
  const { auth, bank, mint, distribution, slashing, evidence, staking, consensus } = stake
  const energy = wireEnergy(stake)
  const feegrant = feegrantModule({ auth: auth.api, bank: bank.api })
  const modules: readonly Module[] = [
    // the program that runs a height is settled before anything else of it
    upgradeModule({
      upgrades: UPGRADES,
      versions: () => modules.map(({ name }): ModuleVersion => [name, 1n]),
    }),
    auth, // accounts exist before anything can own something
    bank, // balances before staking locks some of them in its pool
    mint, // the provision of a block is there before fees and provisions are shared out
    distribution, // shares out by the votes of the height before, ahead of anything that slashes
    staking, // names the validators from bonded coins; its genesis calls the hooks of distribution
    slashing, // counts the same votes; its genesis looks up the validators
    evidence, // faults of the past, jailed and barred through slashing
    energy.device, // who measures, before anything is measured
    energy.certificate, // issued by metering, so its state must stand first
    energy.metering, // readings close intervals and issue certificates
    energy.fleet, // leaves of batches that stood enter metering as readings
    energy.operator, // storage behind validators, told from readings
    feegrant, // who pays fees for whom
    authzModule({ auth: auth.api, bank: bank.api }), // who acts for whom
    vestingModule({ auth: auth.api, bank: bank.api }), // accounts with locked coins; it keeps nothing
    govModule({
      auth: auth.api,
      bank: bank.api,
      staking: staking.api,
      distribution: distribution.api,
    }), // carries out what was decided, on the state that all others made
    consensus, // params of the engine
  ]
  return {
    modules,
    enders: [...modules.filter((module) => module !== staking), staking],
    auth: auth.api,
    bank: bank.api,
    feegrant: feegrant.api,
    consensus: consensus.api,
  }
}

/** What a Cosmos client knows: accounts, coins, stake, rewards, faults. */
function wireStake() {
  const auth = authModule()
  // Fees wait here for distribution; the ante chain pays into it.
  auth.api.declareModuleAccount('fee_collector', [])
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const mint = mintModule({ auth: auth.api, bank: bank.api, staking: staking.api })
  // Hooks of staking run in the order in which these are built: rewards are settled before signing infos change.
  const distribution = distributionModule({
    auth: auth.api,
    bank: bank.api,
    staking: staking.api,
  })
  const slashing = slashingModule({ staking: staking.api })
  const consensus = consensusModule()
  const evidence = evidenceModule({
    staking: staking.api,
    slashing: slashing.api,
    evidenceAge: consensus.api.evidenceAge,
  })
  return { auth, bank, staking, mint, distribution, slashing, consensus, evidence }
}

/** What no other chain has: devices, readings, certificates, and the storage behind validators. */
function wireEnergy(stake: ReturnType<typeof wireStake>) {
  const [auth, bank] = [stake.auth.api, stake.bank.api]
  const device = deviceModule({ auth, bank })
  const certificate = certificateModule()
  const metering = meteringModule({
    auth,
    bank,
    device: device.api,
    certificate: certificate.api,
  })
  const fleet = fleetModule({ auth, bank, device: device.api, metering: metering.api })
  const operator = operatorModule({
    auth,
    bank,
    staking: stake.staking.api,
    slashing: stake.slashing.api,
    distribution: stake.distribution.api,
    mint: stake.mint.api,
    device: device.api,
    metering: metering.api,
  })
  return { device, certificate, metering, fleet, operator }
}

/** Store names of all modules that keep something. */
export function storeNames(wiring: Wiring): readonly string[] {
  return wiring.modules.flatMap(({ store }) => (store === undefined ? [] : [store]))
}
