import { deriveDeviceKey } from '../cli/gateway/device-keys.ts'
import type { GenesisDocument } from '../genesis/document.ts'
import { fromBech32, PREFIX, toBech32 } from '../modules/kit/address.ts'
import { wireModules } from '../node/app/modules.ts'
import type { JsonValue } from '../proto/codec.ts'
import type { DevAccount } from './accounts.ts'
import type { StorageSite } from './town/storage.ts'
import type { TownDevice } from './town/town.ts'

/** Who attested the batteries and who their meters: a meter is another maker's than what it measures. */
const MAKERS = {
  BESS: { id: 'speicherwerk', name: 'Speicherwerk (development)' },
  METER: { id: 'zaehlerwerk', name: 'Zaehlerwerk (development)' },
} as const

/** Periods of six hours, epochs of two, a deep challenge each second period; two hours of silence. */
const OPERATOR_PARAMS = {
  epoch_ticks: 8,
  period_ticks: 24,
  grace_epochs: 12,
  presence_lag_ticks: 2,
  max_silent_ticks: 8,
  exit_window_ticks: 8,
  deep_periods: 2,
  notice_ticks: 8,
  allow_simulated: true,
}

/** Recorded hours pass in seconds: what takes weeks elsewhere takes hours here. */
const SHORT: { readonly [module: string]: { readonly [param: string]: JsonValue } } = {
  operator: OPERATOR_PARAMS,
  // Not shorter than evidence may be old: whoever has unbonded is not punished any more.
  staking: { unbonding_time: '172800s' },
  // A block without pause may be closed before the last validator's vote is there, on a loaded machine again and again.
  slashing: { min_signed_per_window: '0.050000000000000000', downtime_jail_duration: '600s' },
  gov: {
    voting_period: '7200s',
    max_deposit_period: '7200s',
    expedited_voting_period: '3600s',
  },
}

/** A validator's storage and the account that owns it. */
export interface OwnedStorage {
  readonly storage: StorageSite
  readonly account: DevAccount
}

/** A genesis with storage behind its validators: makers, devices, operators, and short times. */
export function withStorage(
  document: GenesisDocument,
  owned: readonly OwnedStorage[],
  seed: string,
): GenesisDocument {
  if (owned.length === 0) return document
  const state: { [module: string]: JsonValue } = { ...document.appState }
  // What the document leaves out begins with its defaults, as everywhere.
  for (const { name, genesis } of wireModules().modules) state[name] ??= genesis.defaults()
  for (const [name, changes] of Object.entries(SHORT)) {
    const own = object(state[name], name)
    state[name] = { ...own, params: { ...object(own['params'], `${name}.params`), ...changes } }
  }
  const device = object(state['device'], 'device')
  const devices = [
    ...(device['devices'] as { readonly id: string }[]),
    ...owned.flatMap(({ storage, account }) => [
      genesisDevice(storage.battery, account, seed),
      genesisDevice(storage.meter, account, seed),
    ]),
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
  const operators = owned
    .map(({ storage, account }) => ({
      validator_address: toBech32(fromBech32(account.address), PREFIX.validator),
      battery: storage.battery.id,
      meter: storage.meter.id,
      site: storage.id,
      genesis: true,
      factor_ppm: '1000000',
      deep_due: true,
    }))
    .sort((a, b) => (a.validator_address < b.validator_address ? -1 : 1))
  return {
    ...document,
    appState: {
      ...state,
      device: {
        ...device,
        devices,
        makers: Object.values(MAKERS).map((maker) => make(maker, seed)),
      },
      operator: { ...object(state['operator'], 'operator'), operators },
    },
  }
}

function make(maker: { readonly id: string; readonly name: string }, seed: string) {
  return {
    ...maker,
    scheme: 'p256',
    pubkey: publicKey(seed, `maker ${maker.id}`),
    admitted_height: '0',
  }
}

function genesisDevice(device: TownDevice, owner: DevAccount, seed: string) {
  const maker = device.kind === 'BESS' ? MAKERS.BESS : MAKERS.METER
  return {
    id: device.id,
    pubkey: publicKey(seed, device.id),
    scheme: 'p256',
    owner: owner.address,
    kind: `KIND_${device.kind}`,
    nameplate_w: device.nameplateW.toString(),
    storage_wh: device.storageWh.toString(),
    eta_c_ppm: device.etaCPpm.toString(),
    eta_d_ppm: device.etaDPpm.toString(),
    zone: device.zone,
    site: device.site,
    interval_s: Number(device.intervalS),
    simulated: true,
    maker: maker.id,
    serial: device.id,
    model: 'development',
    trust_class: 'TRUST_CLASS_B',
    class_ppm: 10_000,
    status: 'STATUS_ACTIVE',
    registered_height: '0',
  }
}

function publicKey(seed: string, name: string): string {
  return Buffer.from(deriveDeviceKey(seed, name).publicKey).toString('base64')
}

function object(value: JsonValue | undefined, name: string): { [key: string]: JsonValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`the genesis has no ${name}`)
  return value
}
