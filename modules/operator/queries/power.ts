import {
  PowerRow,
  QueryEffectivePowerRequest,
  QueryEffectivePowerResponse,
  QueryExitsRequest,
  QueryExitsResponse,
  QueryVerifiedCapacityRequest,
  QueryVerifiedCapacityResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import { fromBech32, PREFIX, toBech32 } from '../../kit/address.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { paginateList } from '../../kit/page.ts'
import { boundsOf, countedWh } from '../capacity.ts'
import { lostPpm } from '../losses.ts'
import type { OperatorNeeds } from '../needs.ts'
import { targetsOf } from '../power.ts'
import { tokenPowerOf } from '../rules.ts'
import { operators, state } from '../state.ts'
import { mustOperator, SERVICE } from './operators.ts'

/** Every bound of a verified capacity as of now. */
export function verifiedCapacity(
  needs: OperatorNeeds,
): QueryDef<QueryVerifiedCapacityRequest, QueryVerifiedCapacityResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'VerifiedCapacity',
    request: QueryVerifiedCapacityRequest,
    response: QueryVerifiedCapacityResponse,
    handle(ctx, { validatorAddress }) {
      const op = mustOperator(ctx, validatorAddress)
      const params = state.params.must(ctx)
      const bounds = boundsOf(needs, ctx, params, op)
      return {
        verifiedWh: op.verifiedWh,
        nameplateWh: bounds.nameplateWh,
        drawdownWh: bounds.drawdownWh,
        socDrawdownWh: bounds.socDrawdownWh ?? 0n,
        provenWh: bounds.provenWh,
        factorPpm: op.factorPpm,
        countedWh: countedWh(needs, ctx, params, operators(ctx)).get(validatorAddress) ?? 0n,
        fault: bounds.fault,
      }
    },
  })
}

/** Tokens and power of every validator side by side, in order of address. */
export function effectivePower(
  needs: OperatorNeeds,
): QueryDef<QueryEffectivePowerRequest, QueryEffectivePowerResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'EffectivePower',
    request: QueryEffectivePowerRequest,
    response: QueryEffectivePowerResponse,
    handle(ctx, { pagination }) {
      const params = state.params.must(ctx)
      const targets = targetsOf(needs, ctx, params)
      const bonded = new Set(
        needs.staking
          .bondedValidators(ctx)
          .map(({ operator }) => toBech32(operator, PREFIX.validator)),
      )
      const rows = needs.staking.validators(ctx).map(({ operatorAddress, tokens }) => {
        const operator = fromBech32(operatorAddress, PREFIX.validator)
        const cap = needs.staking.powerCap(ctx, operator)
        return PowerRow.create({
          validatorAddress: operatorAddress,
          tokens,
          tokenPower: tokenPowerOf(tokens),
          effectivePower: needs.staking.effectivePower(ctx, operator),
          capped: cap !== undefined,
          cap: cap ?? 0n,
          target: targets(operatorAddress) ?? 0n,
          bonded: bonded.has(operatorAddress),
          verifiedWh: state.operators.get(ctx, operatorAddress)?.verifiedWh ?? 0n,
        })
      })
      const page = paginateList(rows, pagination)
      return {
        rows: page.items,
        totalPower: needs.staking.totalPower(ctx),
        pagination: page.pagination,
      }
    },
  })
}

/** Who waits to leave, and what left within an unbonding period. */
export const exits = defineQuery({
  service: SERVICE,
  method: 'Exits',
  request: QueryExitsRequest,
  response: QueryExitsResponse,
  handle: (ctx) => ({
    queue: Array.from(state.exits.values(ctx)),
    lost: Array.from(state.losses.values(ctx)),
    lostPpm: lostPpm(ctx),
    limitPpm: state.params.must(ctx).exitLimitPpm,
  }),
})
