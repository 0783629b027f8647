import { defineModule, type Module } from '../kit/module.ts'
import type { ConsensusParamsApi } from './api.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { updateParams } from './messages/update-params.ts'
import { params } from './queries/params.ts'
import { readParams, state } from './state.ts'

/** Params of the consensus engine, in the hand of governance. Needs nothing. */
export function consensusModule(): Module<ConsensusParamsApi> {
  return defineModule<ConsensusParamsApi>({
    name: 'consensus',
    store: 'consensus',
    api: {
      params: readParams,
      changed: (ctx) => state.changed.get(ctx) === ctx.height,
      evidenceAge(ctx) {
        const { maxAgeNumBlocks, maxAgeDuration } = readParams(ctx).evidence
        return { blocks: maxAgeNumBlocks, ...maxAgeDuration }
      },
    },
    messages: [updateParams],
    queries: [params],
    genesis,
    invariants,
  })
}
