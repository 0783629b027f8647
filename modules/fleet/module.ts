import { defineModule, type Module } from '../kit/module.ts'
import type { FleetApi } from './api.ts'
import { endBlock } from './blocks.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { answerDemands } from './messages/answer-demands.ts'
import { challengeLeaf } from './messages/challenge-leaf.ts'
import { demandLeaf } from './messages/demand-leaf.ts'
import { enterLeaves } from './messages/enter-leaves.ts'
import { submitRoot } from './messages/submit-root.ts'
import { updateParams } from './messages/update-params.ts'
import { ACCOUNT, type FleetNeeds } from './needs.ts'
import { batch, batches, demands } from './queries/batches.ts'
import { checkLeaf } from './queries/check-leaf.ts'
import { params, summary } from './queries/summary.ts'
import { state } from './state.ts'

/** Fleets: the second way in, by Merkle sum trees. Needs auth and bank for deposits, the registry and metering. */
export function fleetModule(needs: FleetNeeds): Module<FleetApi> {
  needs.auth.declareModuleAccount(ACCOUNT, [])
  return defineModule<FleetApi>({
    name: 'fleet',
    store: 'fleet',
    api: { batch: (ctx, id) => state.batches.get(ctx, id) },
    messages: [
      submitRoot(needs),
      demandLeaf(needs),
      answerDemands(needs),
      challengeLeaf(needs),
      enterLeaves(needs),
      updateParams(needs),
    ],
    queries: [params, batch, batches, demands, checkLeaf(needs), summary],
    genesis: genesis(needs.auth),
    invariants: invariants(needs),
    endBlock: endBlock(needs),
  })
}
