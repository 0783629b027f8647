import type { ReadContext } from '../kit/context.ts'
import { DEC_ZERO, decOf, decRaw } from '../kit/dec.ts'
import { bytesKey } from '../kit/keys.ts'
import { divTrunc } from '../kit/math.ts'
import type { StakingApi, StakingHooks } from './api.ts'
import { tokensAt } from './history.ts'
import { jail, unjail } from './jail.ts'
import { BONDED_POOL, poolTokens } from './pools.ts'
import { lastMembers } from './set-updates.ts'
import { slash } from './slash.ts'
import type { Stake } from './stake.ts'
import { state } from './state.ts'
import {
  byConsensus,
  consensusKey,
  effectivePower,
  mustValidator,
  readParams,
  setPowerCap,
} from './validators.ts'

/** Builds the API of staking over bank and auth, and the list of hooks that it fills. */
export function makeStaking(deps: Pick<Stake, 'auth' | 'bank'>): {
  readonly stake: Stake
  readonly api: StakingApi
} {
  const hooks: StakingHooks[] = []
  const stake: Stake = { ...deps, hooks }
  const bondedTokens = (ctx: ReadContext): bigint => poolTokens(deps, ctx, BONDED_POOL)
  const api: StakingApi = {
    registerHooks: (added) => {
      hooks.push(added)
    },
    validator: (ctx, operator) => state.validators.get(ctx, operator),
    validatorByConsensusAddress: (ctx, address) => byConsensus(ctx, address)?.validator,
    validators: (ctx) => [...state.validators.values(ctx)],
    bondedValidators: (ctx) =>
      lastMembers(ctx).map(({ operator, power }) => ({
        operator,
        pubKey: consensusKey(mustValidator(ctx, operator)),
        power,
      })),
    totalPower: (ctx) => BigInt(state.lastTotal.get(ctx)?.int ?? '0'),
    params: readParams,
    bondedTokens,
    bondedRatio(ctx) {
      const supply = deps.bank.supply(ctx, readParams(ctx).bondDenom)
      return supply === 0n ? DEC_ZERO : decRaw(divTrunc(decOf(bondedTokens(ctx)), supply))
    },
    ...lists,
    setPowerCap,
    powerCap: (ctx, operator) => state.caps.get(ctx, operator),
    effectivePower: (ctx, operator) => effectivePower(ctx, operator, mustValidator(ctx, operator)),
    tokensAt,
    slash: (ctx, consensus, order) => slash(stake, ctx, consensus, order),
    jail,
    unjail,
  }
  return { stake, api }
}

type Lists = Pick<
  StakingApi,
  'delegation' | 'delegationsOf' | 'delegationsTo' | 'unbondingsOf' | 'redelegationsOf'
>

const lists: Lists = {
  delegation: (ctx, delegator, operator) => state.delegations.get(ctx, [delegator, operator]),
  delegationsOf: (ctx, delegator) => [
    ...state.delegations.values(ctx, { prefix: bytesKey.encodePart(delegator) }),
  ],
  delegationsTo(ctx, operator) {
    const rows = state.delegators.entries(ctx, { prefix: bytesKey.encodePart(operator) })
    return [...rows].map(([[, delegator]]) => state.delegations.must(ctx, [delegator, operator]))
  },
  unbondingsOf: (ctx, delegator) => [
    ...state.unbondings.values(ctx, { prefix: bytesKey.encodePart(delegator) }),
  ],
  redelegationsOf: (ctx, delegator) => [
    ...state.redelegations.values(ctx, { prefix: bytesKey.encodePart(delegator) }),
  ],
}
