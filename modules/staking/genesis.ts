import { GenesisState } from '../../proto/gen/cosmos/staking/v1beta1/genesis.ts'
import { BondStatus, type Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import { utf8Encode } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import { decRaw } from '../kit/dec.ts'
import { max } from '../kit/math.ts'
import type { GenesisDef, PowerUpdate } from '../kit/module.ts'
import { writeDelegation } from './delegations.ts'
import { stakingErrors } from './errors.ts'
import { checkGenesis } from './genesis-check.ts'
import { GENESIS_HEIGHT, recordTokens } from './history.ts'
import { UNBONDING_TYPE, useId } from './ids.ts'
import { defaultParams } from './params.ts'
import { BONDED_POOL, NOT_BONDED_POOL, poolTokens } from './pools.ts'
import { writeRedelegation } from './redelegations.ts'
import { amountsOf, isBonded, isUnbonding, MAX_TOTAL_POWER, powerOf } from './rules.ts'
import { lastMembers, updateSet } from './set-updates.ts'
import type { Stake } from './stake.ts'
import { PRESENT, state } from './state.ts'
import { writeUnbonding } from './unbondings.ts'
import {
  consensusAddress,
  consensusKey,
  mustValidator,
  readParams,
  writeValidator,
} from './validators.ts'

/** Genesis of staking: proto JSON of `cosmos.staking.v1beta1.GenesisState`. */
export function stakingGenesis(stake: Stake): GenesisDef {
  return {
    defaults: () =>
      GenesisState.toJson(
        GenesisState.create({ params: defaultParams(), lastTotalPower: utf8Encode('0') }),
      ),
    validate: (json) => checkGenesis(GenesisState.fromJson(json)),
    init(ctx, json) {
      const data = GenesisState.fromJson(json)
      checkGenesis(data)
      state.params.set(ctx, data.params)
      initValidators(stake, ctx, data)
      initDelegations(stake, ctx, data)
      initUnbondings(ctx, data)
      for (const pool of [BONDED_POOL, NOT_BONDED_POOL]) stake.auth.ensureModuleAccount(ctx, pool)
      checkPools(stake, ctx, data)
      return data.exported ? takeOverSet(ctx, data) : electSet(stake, ctx)
    },
    export: (ctx) =>
      GenesisState.toJson({
        params: readParams(ctx),
        lastTotalPower: utf8Encode(state.lastTotal.get(ctx)?.int ?? '0'),
        lastValidatorPowers: exportPowers(ctx),
        validators: [...state.validators.values(ctx)],
        delegations: [...state.delegations.values(ctx)],
        unbondingDelegations: [...state.unbondings.values(ctx)],
        redelegations: [...state.redelegations.values(ctx)],
        exported: true,
      }),
  }
}

function initValidators(stake: Stake, ctx: BlockContext, data: GenesisState): void {
  for (const validator of data.validators) {
    const operator = fromBech32(validator.operatorAddress, PREFIX.validator)
    const consensus = consensusAddress(ctx.hasher, consensusKey(validator))
    state.byConsensus.set(ctx, consensus, operator)
    writeValidator(ctx, operator, validator)
    if (!data.exported)
      for (const hooks of stake.hooks) hooks.afterValidatorCreated?.(ctx, operator)
    if (isUnbonding(validator)) {
      const { unbondingTime, unbondingHeight } = validator
      state.validatorQueue.set(ctx, [unbondingTime, unbondingHeight, operator], PRESENT)
    }
    for (const id of validator.unbondingIds)
      keepId(ctx, id, UNBONDING_TYPE.validator, state.validators.rawKey(operator))
  }
}

function initDelegations(stake: Stake, ctx: BlockContext, data: GenesisState): void {
  // An exported genesis holds what the hooks made of these delegations in the genesis of their own modules.
  const hooks = data.exported ? [] : stake.hooks
  for (const { delegatorAddress, validatorAddress, shares } of data.delegations) {
    const delegator = fromBech32(delegatorAddress)
    const operator = fromBech32(validatorAddress, PREFIX.validator)
    for (const hook of hooks) hook.beforeDelegationCreated?.(ctx, delegator, operator)
    writeDelegation(ctx, delegator, operator, decRaw(BigInt(shares)))
    for (const hook of hooks) hook.afterDelegationModified?.(ctx, delegator, operator)
  }
}

function initUnbondings(ctx: BlockContext, data: GenesisState): void {
  for (const unbonding of data.unbondingDelegations) {
    const delegator = fromBech32(unbonding.delegatorAddress)
    const pair = [delegator, fromBech32(unbonding.validatorAddress, PREFIX.validator)] as const
    writeUnbonding(ctx, pair, unbonding)
    for (const { completionTime, unbondingId } of unbonding.entries) {
      state.unbondingQueue.set(ctx, [completionTime, ...pair], PRESENT)
      keepId(ctx, unbondingId, UNBONDING_TYPE.delegation, state.unbondings.rawKey(pair))
    }
  }
  for (const redelegation of data.redelegations) {
    const triple = [
      fromBech32(redelegation.delegatorAddress),
      fromBech32(redelegation.validatorSrcAddress, PREFIX.validator),
      fromBech32(redelegation.validatorDstAddress, PREFIX.validator),
    ] as const
    writeRedelegation(ctx, triple, redelegation)
    for (const { completionTime, unbondingId } of redelegation.entries) {
      state.redelegationQueue.set(ctx, [completionTime, triple], PRESENT)
      keepId(ctx, unbondingId, UNBONDING_TYPE.redelegation, state.redelegations.rawKey(triple))
    }
  }
}

/** Rebuilds the index of an id and goes on counting after the largest one. */
function keepId(ctx: BlockContext, id: bigint, type: bigint, key: Uint8Array): void {
  useId(ctx, id, type, key)
  state.unbondingId.set(ctx, max(state.unbondingId.get(ctx) ?? 0n, id))
}

/** Both pools must hold exactly what is theirs. Throws staking 100 with both figures. */
function checkPools(stake: Stake, ctx: BlockContext, data: GenesisState): void {
  const tokens = (list: readonly Validator[]): bigint =>
    list.reduce((sum, validator) => sum + amountsOf(validator).tokens, 0n)
  const bonded = tokens(data.validators.filter(isBonded))
  const unbonding = data.unbondingDelegations
    .flatMap(({ entries }) => entries)
    .reduce((sum, { balance }) => sum + BigInt(balance), 0n)
  for (const [pool, expected] of [
    [BONDED_POOL, bonded],
    [NOT_BONDED_POOL, tokens(data.validators) - bonded + unbonding],
  ] as const) {
    const held = poolTokens(stake, ctx, pool)
    if (held === expected) continue
    throw stakingErrors.genesis(
      `${pool} holds ${held}${data.params.bondDenom} in bank, its validators have ${expected}`,
    )
  }
  // What consensus gets can never be more than all that is staked.
  const power = powerOf(tokens(data.validators) + unbonding)
  if (power >= MAX_TOTAL_POWER)
    throw stakingErrors.genesis(`total power ${power} is not below ${MAX_TOTAL_POWER}`)
}

/** Bonds the `max_validators` strongest that are not jailed and have power; their tokens move to the bonded pool. */
function electSet(stake: Stake, ctx: BlockContext): PowerUpdate[] {
  const updates = updateSet(stake, ctx, GENESIS_HEIGHT)
  for (const validator of state.validators.values(ctx)) {
    const operator = fromBech32(validator.operatorAddress, PREFIX.validator)
    if (validator.status !== BondStatus.BOND_STATUS_BONDED || state.lastPowers.has(ctx, operator))
      continue
    throw stakingErrors.genesis(
      `${validator.operatorAddress} is BOND_STATUS_BONDED but jailed, without power or beyond max_validators`,
    )
  }
  if (state.lastTotal.get(ctx) === undefined) state.lastTotal.set(ctx, { int: '0' })
  return updates
}

/** Consensus goes on with the set it had, whatever has changed since it was told last. */
function takeOverSet(ctx: BlockContext, data: GenesisState): PowerUpdate[] {
  for (const { address, power } of data.lastValidatorPowers) {
    const operator = fromBech32(address, PREFIX.validator)
    state.lastPowers.set(ctx, operator, { value: power })
    recordTokens(ctx, operator, amountsOf(mustValidator(ctx, operator)).tokens, GENESIS_HEIGHT)
  }
  const members = lastMembers(ctx)
  const total = members.reduce((sum, { power }) => sum + power, 0n)
  state.lastTotal.set(ctx, { int: total.toString() })
  return members.map(({ operator, power }) => ({
    pubKey: consensusKey(mustValidator(ctx, operator)),
    power,
  }))
}

function exportPowers(ctx: ReadContext): GenesisState['lastValidatorPowers'] {
  return lastMembers(ctx).map(({ operator, power }) => ({
    address: toBech32(operator, PREFIX.validator),
    power,
  }))
}
