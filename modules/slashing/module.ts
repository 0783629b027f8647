import { InvariantError } from '../kit/errors.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { StakingApi } from '../staking/api.ts'
import type { SlashingApi, UnjailCheck } from './api.ts'
import { beginBlock } from './blocks.ts'
import { jailed, slashed } from './events.ts'
import { slashingGenesis } from './genesis.ts'
import { slashingInvariants } from './invariants.ts'
import { unjailMessage } from './messages/unjail.ts'
import { updateParamsMessage } from './messages/update-params.ts'
import { params, signingInfo, signingInfos } from './queries/signing.ts'
import { mustSigningInfo, slashingHooks } from './signing.ts'
import { readParams, state } from './state.ts'

/** Who signs, who is jailed for not signing, who is barred for good. Needs staking, whose hooks it registers with. */
export function slashingModule(needs: { readonly staking: StakingApi }): Module<SlashingApi> {
  const { staking } = needs
  const checks: UnjailCheck[] = []
  staking.registerHooks(slashingHooks(staking))
  return defineModule<SlashingApi>({
    name: 'slashing',
    store: 'slashing',
    api: makeApi(staking, checks),
    messages: [unjailMessage(staking, checks), updateParamsMessage],
    queries: [params, signingInfo, signingInfos],
    genesis: slashingGenesis(staking),
    invariants: slashingInvariants(staking),
    beginBlock: beginBlock(staking),
  })
}

function makeApi(staking: StakingApi, checks: UnjailCheck[]): SlashingApi {
  return {
    params: readParams,
    signingInfo: (ctx, consensus) => state.signingInfos.get(ctx, consensus),
    registerUnjailCheck: (check) => void checks.push(check),
    isTombstoned: (ctx, consensus) => state.signingInfos.get(ctx, consensus)?.tombstoned ?? false,
    slash(ctx, consensus, power, order) {
      const burned = staking.slash(ctx, consensus, order)
      ctx.emit(slashed(consensus, power, order.reason, burned))
      return burned
    },
    jail(ctx, consensus) {
      staking.jail(ctx, consensus)
      ctx.emit(jailed(consensus))
    },
    tombstone(ctx, consensus) {
      const info = mustSigningInfo(ctx, consensus)
      if (info.tombstoned)
        throw new InvariantError(`slashing: ${info.address} is tombstoned already`)
      state.signingInfos.set(ctx, consensus, { ...info, tombstoned: true })
    },
    jailUntil(ctx, consensus, time) {
      const info = mustSigningInfo(ctx, consensus)
      const jailedUntil = { seconds: time, nanos: 0 }
      state.signingInfos.set(ctx, consensus, { ...info, jailedUntil })
    },
  }
}
