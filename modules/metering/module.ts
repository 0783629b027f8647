import { defineModule, type Module } from '../kit/module.ts'
import type { MeteringApi } from './api.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { type MeteringNeeds, submitReadings } from './messages/submit-readings.ts'
import { deviceState, deviceStates } from './queries/device-states.ts'
import { reading, readingByIdentity, readings } from './queries/readings.ts'
import { refusals, unattributed } from './queries/refusals.ts'
import { params, summary } from './queries/summary.ts'
import { stateOf } from './state.ts'

/** Metering: from signed registers to credits. Needs the device registry and certificates. */
export function meteringModule(needs: MeteringNeeds): Module<MeteringApi> {
  return defineModule<MeteringApi>({
    name: 'metering',
    store: 'metering',
    api: { state: stateOf },
    messages: [submitReadings(needs)],
    queries: [
      params,
      reading,
      readingByIdentity,
      readings,
      deviceState,
      deviceStates,
      refusals,
      unattributed,
      summary,
    ],
    genesis,
    invariants: invariants(needs),
  })
}
