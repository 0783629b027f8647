import { GenesisState } from '../../proto/gen/strom/operator/v1/genesis.ts'
import { ChallengeStatus, Progress } from '../../proto/gen/strom/operator/v1/state.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import { PPM } from '../kit/units.ts'
import { operatorErrors } from './errors.ts'
import { ACCOUNT, type OperatorNeeds } from './needs.ts'
import { checkParams, defaultParams } from './params.ts'
import { addOperator, openKey, operators, state } from './state.ts'

/** Genesis of operator: every record; indexes follow from them, block hashes are left out. */
export function genesis(needs: OperatorNeeds): GenesisDef {
  return {
    defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
    validate: (json) => check(GenesisState.fromJson(json)),
    init(ctx, json) {
      needs.auth.ensureModuleAccount(ctx, ACCOUNT)
      load(needs, ctx, GenesisState.fromJson(json))
      return undefined
    },
    export: (ctx) => GenesisState.toJson(unload(needs, ctx)),
  }
}

function load(needs: OperatorNeeds, ctx: WriteContext, found: GenesisState): void {
  state.params.set(ctx, found.params)
  for (const op of found.operators) addOperator(ctx, op)
  for (const row of found.histories)
    state.histories.set(ctx, [row.validatorAddress, row.epoch], row)
  for (const row of found.challenges) {
    state.challenges.set(ctx, [row.validatorAddress, row.period], row)
    if (row.status === ChallengeStatus.CHALLENGE_STATUS_OPEN) state.open.add(ctx, openKey(row))
  }
  for (const row of found.secrets) state.secrets.set(ctx, [row.period, row.validatorAddress], row)
  for (const row of found.beacons) state.beacons.set(ctx, row.period, row)
  for (const row of found.ticks) state.ticks.set(ctx, row.tick, row)
  for (const row of found.presences) state.presences.add(ctx, [row.tick, row.validatorAddress])
  for (const row of found.countedTicks) state.counted.add(ctx, row.tick)
  for (const row of found.exits) {
    state.exits.set(ctx, [row.sinceTick, row.validatorAddress], row)
    state.exitOf.set(ctx, row.validatorAddress, row.sinceTick)
  }
  for (const row of found.losses) state.losses.set(ctx, [row.time, row.number], row)
  for (const row of found.socs) state.socs.set(ctx, [row.validatorAddress, row.tick], row.socMwh)
  if (found.progress.tick > 0n) state.progress.set(ctx, found.progress)
  for (const { validatorAddress, power } of found.caps) {
    needs.staking.setPowerCap(ctx, fromBech32(validatorAddress, PREFIX.validator), power)
  }
}

function unload(needs: OperatorNeeds, ctx: ReadContext): GenesisState {
  const caps = needs.staking.validators(ctx).flatMap(({ operatorAddress }) => {
    const power = needs.staking.powerCap(ctx, fromBech32(operatorAddress, PREFIX.validator))
    return power === undefined ? [] : [{ validatorAddress: operatorAddress, power }]
  })
  return GenesisState.create({
    params: state.params.must(ctx),
    operators: operators(ctx),
    histories: Array.from(state.histories.values(ctx)),
    challenges: Array.from(state.challenges.values(ctx)),
    secrets: Array.from(state.secrets.values(ctx)),
    beacons: Array.from(state.beacons.values(ctx)),
    ticks: Array.from(state.ticks.values(ctx)),
    presences: Array.from(state.presences.keys(ctx), ([tick, validatorAddress]) => ({
      tick,
      validatorAddress,
    })),
    countedTicks: Array.from(state.counted.keys(ctx), (tick) => ({ tick })),
    exits: Array.from(state.exits.values(ctx)),
    losses: Array.from(state.losses.values(ctx)),
    progress: state.progress.get(ctx) ?? Progress.create(),
    caps,
    socs: Array.from(state.socs.entries(ctx), ([[validatorAddress, tick], socMwh]) => ({
      validatorAddress,
      tick,
      socMwh,
    })),
  })
}

function check(found: GenesisState): void {
  checkParams(found.params)
  const known = new Set<string>()
  const taken = new Set<string>()
  for (const op of found.operators) {
    const name = op.validatorAddress
    fromBech32(name, PREFIX.validator)
    for (const key of [
      `validator ${name}`,
      `battery ${op.battery}`,
      `meter ${op.meter}`,
      `site ${op.site}`,
    ]) {
      if (taken.has(key)) throw operatorErrors.invalidGenesis(`${key} appears twice`)
      taken.add(key)
    }
    if (op.battery === '' || op.meter === '' || op.site === '')
      throw operatorErrors.invalidGenesis(`${name}: battery, meter and site must be named`)
    if (op.factorPpm > PPM || op.verifiedWh > op.provenWh)
      throw operatorErrors.invalidGenesis(`${name}: ${op.verifiedWh} Wh, factor ${op.factorPpm}`)
    known.add(name)
  }
  const named = [...found.histories, ...found.challenges, ...found.presences, ...found.socs]
  for (const { validatorAddress } of named) {
    if (!known.has(validatorAddress))
      throw operatorErrors.invalidGenesis(`${validatorAddress} has no entry among operators`)
  }
}
