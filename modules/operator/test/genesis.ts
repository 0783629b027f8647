import { sha256 } from '@noble/hashes/sha2.js'
import type { JsonValue } from '../../../proto/codec.ts'
import { GenesisState as DeviceGenesis } from '../../../proto/gen/strom/device/v1/genesis.ts'
import { type Device, Kind, Maker } from '../../../proto/gen/strom/device/v1/state.ts'
import { GenesisState as MeteringGenesis } from '../../../proto/gen/strom/metering/v1/genesis.ts'
import { GenesisState } from '../../../proto/gen/strom/operator/v1/genesis.ts'
import {
  Operator as OperatorCodec,
  type Params,
} from '../../../proto/gen/strom/operator/v1/state.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import { certificateModule } from '../../certificate/module.ts'
import { deviceModule } from '../../device/module.ts'
import { distributionModule } from '../../distribution/module.ts'
import { evidenceModule } from '../../evidence/module.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import type { Module } from '../../kit/module.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { meteringModule } from '../../metering/module.ts'
import { defaultParams as meteringDefaults } from '../../metering/params.ts'
import { plant } from '../../metering/test/fixture.ts'
import { mintModule } from '../../mint/module.ts'
import { slashingModule } from '../../slashing/module.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { stakingModule } from '../../staking/module.ts'
import { operatorModule } from '../module.ts'
import { defaultParams } from '../params.ts'

export const STROM = 1_000_000n
/** Capacity of every battery, Wh, and its power, W. */
export const CAPACITY = 100_000n
export const POWER = 50_000n
export const ETA = 950_000n

/** Periods of 24 ticks, epochs of 8, short silence: the lengths of development chains. */
export const SHORT: Partial<Params> = {
  epochTicks: 8,
  periodTicks: 24,
  noticeTicks: 4,
  deepPeriods: 4,
  maxSilentTicks: 8,
  exitWindowTicks: 8,
  graceEpochs: 6,
}

export const account = (n: number): Uint8Array => sha256(utf8Encode(`account ${n}`)).slice(0, 20)
export const accountText = (n: number): string => toBech32(account(n))
export const valoper = (n: number): string => toBech32(account(n), PREFIX.validator)
export const consensusKey = (n: number): Uint8Array => sha256(utf8Encode(`consensus ${n}`))
export const consensusOf = (n: number): Uint8Array => sha256(consensusKey(n)).slice(0, 20)
export const batteryOf = (n: number): string => `battery-${n}`
export const meterOf = (n: number): string => `meter-${n}`

export type Api = ReturnType<typeof wire>

/** Every module that operator touches, fresh, in the order of the app. */
export function wire() {
  const auth = authModule()
  auth.api.declareModuleAccount('fee_collector', [])
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const mint = mintModule({ auth: auth.api, bank: bank.api, staking: staking.api })
  const distribution = distributionModule({
    auth: auth.api,
    bank: bank.api,
    staking: staking.api,
  })
  const slashing = slashingModule({ staking: staking.api })
  const evidence = evidenceModule({
    staking: staking.api,
    slashing: slashing.api,
    evidenceAge: () => ({ seconds: 172_800n, blocks: 1_000n }),
  })
  const device = deviceModule({ auth: auth.api, bank: bank.api })
  const certificate = certificateModule()
  const metering = meteringModule({
    auth: auth.api,
    bank: bank.api,
    device: device.api,
    certificate: certificate.api,
  })
  const operator = operatorModule({
    auth: auth.api,
    bank: bank.api,
    staking: staking.api,
    slashing: slashing.api,
    distribution: distribution.api,
    mint: mint.api,
    device: device.api,
    metering: metering.api,
  })
  const modules: readonly Module[] = [
    auth,
    bank,
    mint,
    distribution,
    staking,
    slashing,
    evidence,
    device,
    certificate,
    metering,
    operator,
  ]
  return { modules, auth, bank, staking, mint, distribution, slashing, device, metering, operator }
}

/** Battery and meter of operator `n`: makers differ, and every operator has makers of its own unless told otherwise. */
export function devicesOf(n: number, fields: Partial<Device> = {}): readonly [Device, Device] {
  const site = `storage-${n}`
  const common = { owner: accountText(n), site, ...fields }
  const battery = plant(batteryOf(n), {
    kind: Kind.KIND_BESS,
    nameplateW: POWER,
    storageWh: CAPACITY,
    etaCPpm: ETA,
    etaDPpm: ETA,
    maker: `pack-${n}`,
    serial: `b${n}`,
    ...common,
  })
  const gauge = { maker: 'gauge', serial: `m${n}`, nameplateW: POWER, classPpm: 5_000 }
  const meter = plant(meterOf(n), { kind: Kind.KIND_METER, ...common, ...gauge })
  return [battery, meter]
}

export interface WorldOptions {
  /** Tokens of each genesis validator, in STROM. */
  readonly stakes: readonly bigint[]
  /** Validators with storage from genesis on; all of them unless told otherwise. */
  readonly operators?: readonly number[]
  readonly params?: Partial<Params>
  /** Devices instead of those of `devicesOf`. */
  readonly devices?: readonly Device[]
  readonly genesis?: boolean
}

/** Genesis of a world by module name. */
export function genesisOf(options: WorldOptions): Record<string, JsonValue> {
  const { stakes } = options
  const first = stakes.map((tokens, n) => ({
    operator: account(n),
    consensusKey: consensusKey(n),
    moniker: `v${n}`,
    tokens: tokens * STROM,
  }))
  const { staking, pool } = buildStakingGenesis(nobleHasher, first, {
    unbondingTime: { seconds: 259_200n, nanos: 0 },
  })
  const purses = Array.from({ length: 12 }, (_, n) => ({
    address: accountText(n),
    coins: [{ denom: 'ustrom', amount: (1_000n * STROM).toString() }],
  }))
  const devices = options.devices ?? Array.from({ length: 8 }, (_, n) => devicesOf(n)).flat()
  const makers = [...new Set(devices.map(({ maker }) => maker))].sort((a, b) => (a < b ? -1 : 1))
  const wired = wire()
  const registry = DeviceGenesis.fromJson(wired.device.genesis.defaults())
  const operators = (options.operators ?? stakes.map((_, n) => n)).map((n) =>
    OperatorCodec.create({
      validatorAddress: valoper(n),
      battery: batteryOf(n),
      meter: meterOf(n),
      site: devices.find(({ id }) => id === batteryOf(n))?.site ?? '',
      genesis: options.genesis ?? true,
      factorPpm: 1_000_000n,
      deepDue: true,
    }),
  )
  return {
    bank: {
      params: { send_enabled: [], default_send_enabled: true },
      balances: [pool, ...purses],
      supply: [],
      denom_metadata: [],
      send_enabled: [],
    },
    staking,
    device: DeviceGenesis.toJson({
      ...registry,
      devices: [...devices].sort((a, b) => (a.id < b.id ? -1 : 1)),
      makers: makers
        .filter((id) => id !== '')
        .map((id) => Maker.create({ id, name: id, scheme: 'p256', pubkey: plant(id).pubkey })),
    }),
    metering: MeteringGenesis.toJson(
      MeteringGenesis.create({
        params: {
          ...meteringDefaults(),
          prelimCloseS: 900n,
          settleCloseS: 900n,
          finalCloseS: 7_200n,
          maxAheadS: 1_800n,
        },
      }),
    ),
    operator: GenesisState.toJson(
      GenesisState.create({
        params: { ...defaultParams(), ...SHORT, ...options.params },
        operators: operators.sort((a, b) => (a.validatorAddress < b.validatorAddress ? -1 : 1)),
      }),
    ),
  }
}
