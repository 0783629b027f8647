import { buildGenesis } from '../../../genesis/build.ts'
import type { Module } from '../../../modules/kit/module.ts'
import { wireModules } from '../../../node/app/modules.ts'
import type { JsonValue } from '../../../proto/codec.ts'
import type { Sheets } from '../input.ts'

/** Genesis as proto JSON by module. */
export type AppState = { readonly [module: string]: JsonValue }

/** What a chain begins with. */
export interface GenesisOf {
  readonly sheets: Sheets
  /** Heights from which gateways count no more. */
  readonly revoked: ReadonlyMap<string, bigint>
  /** Everybody who signs transactions, in order of their account numbers after that of the operator. */
  readonly accounts: readonly string[]
  readonly time: bigint
}

/** The one validator's key. */
export const VALIDATOR_KEY = new Uint8Array(32).fill(3)

/** The genesis that sheets describe: everything else is that of an ordinary network of one validator. */
export function genesisOf(plan: GenesisOf): AppState {
  const { sheets, revoked } = plan
  const { appState } = buildGenesis({
    chainId: sheets.rules.chainId,
    genesisTime: { seconds: plan.time, nanos: 0 },
    operators: [
      {
        moniker: 'one',
        pubKey: VALIDATOR_KEY,
        operator: new Uint8Array(20).fill(5),
        tokens: 100_000_000n,
      },
    ],
    accounts: plan.accounts.map((address) => ({ address, ustrom: 0n })),
    devices: [...sheets.devices].sort((a, b) => (a.id < b.id ? -1 : 1)).map(deviceJson),
  })
  const { rules } = sheets
  const device = appState.device as { [field: string]: JsonValue }
  const defaults = paramsOf(wireModules().modules, 'metering')
  return {
    ...appState,
    device: {
      ...device,
      epochs: sheets.devices.flatMap((sheet) => (sheet.epochs.length > 1 ? epochsJson(sheet) : [])),
      gateways: [...sheets.gateways].sort().map((address) => ({
        address,
        name: 'carrier',
        registered_height: '0',
        revoked_height: (revoked.get(address) ?? 0n).toString(),
        bond: '0',
      })),
    },
    metering: {
      params: {
        ...defaults,
        max_ahead_s: rules.maxAheadS.toString(),
        prelim_close_s: (rules.settleCloseS / 2n).toString(),
        settle_close_s: rules.settleCloseS.toString(),
        final_close_s: rules.finalCloseS.toString(),
        nameplate_margin_ppm: rules.marginPpm.toString(),
        soc_flag_ppm: rules.socFlagPpm.toString(),
        soc_refuse_ppm: rules.socRefusePpm.toString(),
        balance_window_s: rules.balanceWindowS.toString(),
        gateway_daily_cap_wh: rules.gatewayDailyCapWh.toString(),
      },
    },
  }
}

function paramsOf(modules: readonly Module[], name: string): { [field: string]: JsonValue } {
  const module = modules.find((one) => one.name === name)
  const genesis = module?.genesis.defaults() as { params: { [field: string]: JsonValue } }
  return genesis.params
}

type Sheet = Sheets['devices'][number]

function deviceJson(sheet: Sheet): JsonValue {
  // The device carries what its newest epoch says.
  const now = sheet.epochs.at(-1)
  if (now === undefined) throw new Error(`${sheet.id} has no epoch`)
  return {
    id: sheet.id,
    pubkey: base64(now.pubkey),
    scheme: now.scheme,
    owner: now.owner,
    kind: `KIND_${sheet.kind}`,
    nameplate_w: sheet.nameplateW.toString(),
    storage_wh: sheet.storageWh.toString(),
    eta_c_ppm: sheet.etaCPpm.toString(),
    eta_d_ppm: sheet.etaDPpm.toString(),
    zone: sheet.zone,
    site: 'site-1',
    interval_s: Number(sheet.intervalS),
    simulated: false,
    status: `STATUS_${now.status}`,
    registered_height: '0',
    maker: '',
    trust_class: `TRUST_CLASS_${sheet.trustClass}`,
    class_ppm: 10_000,
    register_modulus_mwh: sheet.modulusMwh.toString(),
    soh_ppm: sheet.kind === 'BESS' ? '1000000' : '0',
    bond: '0',
    gateway: now.gateway,
    way: `WAY_${now.way}`,
    epochs: sheet.epochs.length > 1 ? sheet.epochs.length : 0,
  }
}

function epochsJson(sheet: Sheet): JsonValue[] {
  return sheet.epochs.map((epoch) => ({
    device: sheet.id,
    from: epoch.from.toString(),
    owner: epoch.owner,
    pubkey: base64(epoch.pubkey),
    scheme: epoch.scheme,
    status: `STATUS_${epoch.status}`,
    gateway: epoch.gateway,
    way: `WAY_${epoch.way}`,
  }))
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
