import type { JsonValue } from '../../proto/codec.ts'
import { GenesisState } from '../../proto/gen/strom/device/v1/genesis.ts'
import { type Device, Kind, type Params, Site } from '../../proto/gen/strom/device/v1/state.ts'
import { moduleAddress, toBech32 } from '../kit/address.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import type { GenesisDef } from '../kit/module.ts'
import { PPM } from '../kit/units.ts'
import { deviceErrors } from './errors.ts'
import { checkGenesis } from './genesis-check.ts'
import { bondsProblem } from './invariants.ts'
import { BOND_ACCOUNT, type DeviceNeeds } from './needs.ts'
import { defaultParams } from './params.ts'
import { wayOf } from './rules.ts'
import { makerHolder, PRESENT, releaseSubject, state } from './state.ts'
import { writeDevice } from './store-device.ts'

/**
 * Genesis of the registry. Devices in it carry neither proof of possession nor attestation: who writes the genesis vouches
 * for them, and everyone who starts from it agrees. Indexes, sums and the list of used keys are made from the entries.
 */
export function deviceGenesis(needs: DeviceNeeds): GenesisDef {
  return {
    defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
    validate: (json) => checkGenesis(GenesisState.fromJson(json)),
    init(ctx, json) {
      const data = GenesisState.fromJson(json)
      checkGenesis(data)
      state.params.set(ctx, filledParams(ctx.hasher, data.params))
      for (const device of data.devices) enterDevice(ctx, device)
      enterParties(ctx, data)
      enterQueues(ctx, data)
      needs.auth.ensureModuleAccount(ctx, BOND_ACCOUNT)
      const problem = bondsProblem(ctx, needs)
      if (problem !== undefined) throw deviceErrors.invalidGenesis(problem)
      return undefined
    },
    export: exportGenesis,
  }
}

/** Who leaves the authority open means governance. */
function filledParams(hasher: Hasher, params: Params): Params {
  if (params.authority !== '') return params
  return { ...params, authority: toBech32(moduleAddress(hasher, 'gov')) }
}

function enterDevice(ctx: BlockContext, listed: Device): void {
  const fresh = listed.kind === Kind.KIND_BESS && listed.sohPpm === 0n
  const device = { ...listed, way: wayOf(listed.way), sohPpm: fresh ? PPM : listed.sohPpm }
  writeDevice(ctx, undefined, device)
  state.keys.set(ctx, device.pubkey, device.id)
  if (device.maker !== '') state.serials.set(ctx, [device.maker, device.serial], device.id)
  if (device.site !== '' && !state.sites.has(ctx, device.site)) {
    state.sites.set(ctx, device.site, Site.create({ id: device.site, owner: device.owner }))
  }
}

function enterParties(ctx: BlockContext, data: GenesisState): void {
  for (const maker of data.makers) {
    state.makers.set(ctx, maker.id, maker)
    state.keys.set(ctx, maker.pubkey, makerHolder(maker.id))
  }
  for (const gateway of data.gateways) state.gateways.set(ctx, gateway.address, gateway)
  for (const epoch of data.epochs) {
    state.epochs.set(ctx, [epoch.device, epoch.from], epoch)
    state.keys.set(ctx, epoch.pubkey, epoch.device)
  }
  for (const grant of data.operators) {
    state.operators.set(ctx, [grant.device, grant.operator], grant)
  }
  for (const site of data.sites) state.sites.set(ctx, site.id, site)
}

function enterQueues(ctx: BlockContext, data: GenesisState): void {
  for (const release of data.releases) {
    state.releases.set(ctx, [release.due, releaseSubject(release)], release)
  }
  for (const address of data.leaving) {
    const { revokedHeight } = state.gateways.must(ctx, address)
    state.leaving.set(ctx, [revokedHeight, address], PRESENT)
  }
}

function exportGenesis(ctx: ReadContext): JsonValue {
  return GenesisState.toJson({
    params: state.params.must(ctx),
    devices: Array.from(state.devices.entries(ctx), ([, device]) => device),
    makers: Array.from(state.makers.entries(ctx), ([, maker]) => maker),
    gateways: Array.from(state.gateways.entries(ctx), ([, gateway]) => gateway),
    epochs: Array.from(state.epochs.entries(ctx), ([, epoch]) => epoch),
    operators: Array.from(state.operators.entries(ctx), ([, grant]) => grant),
    sites: Array.from(state.sites.entries(ctx), ([, site]) => site),
    releases: Array.from(state.releases.entries(ctx), ([, release]) => release),
    leaving: Array.from(state.leaving.entries(ctx), ([[, address]]) => address),
  })
}
