import { defineModule, type Module } from '../kit/module.ts'
import type { MeteringApi, StoredHook } from './api.ts'
import { beginBlock, endBlock } from './blocks.ts'
import { METERING_ACCOUNT } from './dispute.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { enterLeaf } from './leaf.ts'
import { challengeReading } from './messages/challenge-reading.ts'
import { correctReading } from './messages/correct-reading.ts'
import { declareExchange } from './messages/declare-exchange.ts'
import { reportEquivocation } from './messages/report-equivocation.ts'
import { resolveChallenge } from './messages/resolve-challenge.ts'
import { submitReadings } from './messages/submit-readings.ts'
import { submitReceipts } from './messages/submit-receipts.ts'
import { updateParams } from './messages/update-params.ts'
import type { MeteringNeeds } from './needs.ts'
import { balanceSheet, consumptionHash, siteBalanceQuery } from './queries/balances.ts'
import { deviceState, deviceStates } from './queries/device-states.ts'
import { challenges, corrections, equivocations } from './queries/disputes.ts'
import { reading, readingByIdentity, readings } from './queries/readings.ts'
import { refusals, unattributed } from './queries/refusals.ts'
import { params, summary } from './queries/summary.ts'
import { gaps, ticks, vee } from './queries/ticks.ts'
import { readingsBetween, state, stateOf } from './state.ts'
import { tickEnergyOf } from './ticks.ts'

/** Metering: from signed registers to credits. Needs the device registry, certificates and the bank. */
export function meteringModule(needs: MeteringNeeds): Module<MeteringApi> {
  needs.auth.declareModuleAccount(METERING_ACCOUNT, [])
  const hooks: StoredHook[] = []
  return defineModule<MeteringApi>({
    name: 'metering',
    store: 'metering',
    api: {
      state: stateOf,
      readings: readingsBetween,
      params: (ctx) => state.params.must(ctx),
      tickEnergy: (ctx, device, tick) => tickEnergyOf(needs, ctx, device, tick),
      onStored: (hook) => void hooks.push(hook),
      enterLeaf: (ctx, message, identity) => enterLeaf(needs, ctx, message, identity),
    },
    messages: [
      submitReadings(needs, hooks),
      submitReceipts(needs),
      declareExchange(needs),
      correctReading(needs),
      challengeReading(needs),
      resolveChallenge(needs),
      reportEquivocation(needs),
      updateParams(needs),
    ],
    queries: [
      params,
      reading,
      readingByIdentity,
      readings,
      deviceState,
      deviceStates,
      refusals,
      unattributed,
      challenges,
      corrections,
      equivocations,
      summary,
      ticks(needs),
      gaps(needs),
      vee(needs),
      siteBalanceQuery(needs),
      balanceSheet(needs),
      consumptionHash(needs),
    ],
    genesis,
    invariants: invariants(needs),
    beginBlock: (ctx) => beginBlock(needs, ctx),
    endBlock: (ctx) => endBlock(needs, ctx),
  })
}
