import { GenesisState } from '../../proto/gen/cosmos/staking/v1beta1/genesis.ts'
import { BondStatus, type Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import { utf8Encode } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import type { GenesisDef, PowerUpdate } from '../kit/module.ts'
import { stakingErrors } from './errors.ts'
import { checkGenesis } from './genesis-check.ts'
import { defaultParams } from './params.ts'
import { isBonded, MAX_TOTAL_POWER } from './rules.ts'
import { state, writeDelegation, writeValidator } from './state.ts'
import {
  BONDED_POOL,
  consensusAddress,
  consensusKey,
  mustValidator,
  NOT_BONDED_POOL,
  readParams,
} from './validators.ts'

/** Genesis of staking: proto JSON of `cosmos.staking.v1beta1.GenesisState`. */
export function stakingGenesis(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): GenesisDef {
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
      for (const validator of data.validators) {
        const operator = fromBech32(validator.operatorAddress, PREFIX.validator)
        const consensus = consensusAddress(ctx.hasher, consensusKey(validator))
        writeValidator(ctx, operator, consensus, validator)
      }
      for (const delegation of data.delegations) {
        const operator = fromBech32(delegation.validatorAddress, PREFIX.validator)
        writeDelegation(ctx, fromBech32(delegation.delegatorAddress), operator, delegation)
      }
      for (const pool of [BONDED_POOL, NOT_BONDED_POOL]) deps.auth.ensureModuleAccount(ctx, pool)
      checkPools(ctx, deps, data)
      const powers = data.exported ? exportedPowers(data) : bondStrongest(ctx, deps.bank)
      return recordPowers(ctx, powers)
    },
    export: (ctx) =>
      GenesisState.toJson({
        params: readParams(ctx),
        lastTotalPower: utf8Encode(state.lastTotal.get(ctx)?.int ?? '0'),
        lastValidatorPowers: exportPowers(ctx),
        validators: [...state.validators.entries(ctx)].map(([, validator]) => validator),
        delegations: [...state.delegations.entries(ctx)].map(([, delegation]) => delegation),
        unbondingDelegations: [],
        redelegations: [],
        exported: true,
      }),
  }
}

interface OperatorPower {
  readonly operator: Uint8Array
  readonly power: bigint
}

/** Both pools must hold exactly the tokens of their validators. Throws staking 100 with both figures. */
function checkPools(
  ctx: BlockContext,
  { auth, bank }: { readonly auth: AuthApi; readonly bank: BankApi },
  data: GenesisState,
): void {
  for (const [pool, bonded] of [
    [BONDED_POOL, true],
    [NOT_BONDED_POOL, false],
  ] as const) {
    const staked = data.validators
      .filter((validator) => isBonded(validator) === bonded)
      .reduce((sum, validator) => sum + BigInt(validator.tokens), 0n)
    const held = bank.balance(ctx, auth.moduleAddress(ctx.hasher, pool), data.params.bondDenom)
    if (held !== staked) {
      throw stakingErrors.genesis(
        `${pool} holds ${held}${data.params.bondDenom} in bank, its validators have ${staked}`,
      )
    }
  }
}

/** Bonds the `max_validators` strongest that are not jailed and have power; their tokens move to the bonded pool. */
function bondStrongest(ctx: BlockContext, bank: BankApi): OperatorPower[] {
  const params = readParams(ctx)
  const chosen = [...state.byPower.entries(ctx, { reverse: true })]
    .map(([[power], operator]) => ({ operator, power }))
    .filter(({ power }) => power > 0n)
    .slice(0, params.maxValidators)
  for (const { operator } of chosen) {
    const validator = mustValidator(ctx, operator)
    if (isBonded(validator)) continue
    state.validators.set(ctx, operator, { ...validator, status: BondStatus.BOND_STATUS_BONDED })
    const coins = [{ denom: params.bondDenom, amount: BigInt(validator.tokens) }]
    bank.sendModuleToModule(ctx, NOT_BONDED_POOL, BONDED_POOL, coins)
  }
  const names = new Set(chosen.map(({ operator }) => toBech32(operator, PREFIX.validator)))
  for (const [, validator] of state.validators.entries(ctx)) {
    if (isBonded(validator) && !names.has(validator.operatorAddress)) throw notElected(validator)
  }
  return chosen
}

function notElected(validator: Validator): Error {
  return stakingErrors.genesis(
    `${validator.operatorAddress} is BOND_STATUS_BONDED but jailed, without power or beyond max_validators`,
  )
}

function exportedPowers(data: GenesisState): OperatorPower[] {
  return data.lastValidatorPowers.map(({ address, power }) => ({
    operator: fromBech32(address, PREFIX.validator),
    power,
  }))
}

/** Stores the powers consensus gets. Throws staking 100 when their sum is too large for clients. */
function recordPowers(ctx: BlockContext, powers: readonly OperatorPower[]): PowerUpdate[] {
  const total = powers.reduce((sum, { power }) => sum + power, 0n)
  if (total >= MAX_TOTAL_POWER)
    throw stakingErrors.genesis(`total power ${total} is not below ${MAX_TOTAL_POWER}`)
  for (const { operator, power } of powers) state.lastPowers.set(ctx, operator, { value: power })
  state.lastTotal.set(ctx, { int: total.toString() })
  return powers.map(({ operator, power }) => ({
    pubKey: consensusKey(mustValidator(ctx, operator)),
    power,
  }))
}

function exportPowers(ctx: ReadContext): GenesisState['lastValidatorPowers'] {
  return [...state.lastPowers.entries(ctx)].map(([operator, power]) => ({
    address: toBech32(operator, PREFIX.validator),
    power: power.value,
  }))
}
