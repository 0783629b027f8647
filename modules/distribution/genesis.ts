import { GenesisState } from '../../proto/gen/cosmos/distribution/v1beta1/genesis.ts'
import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import { formatCoins } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import {
  addDecCoins,
  type DecCoins,
  formatDecCoins,
  readDecCoins,
  truncateDecCoins,
  writeDecCoins,
} from './dec-coins.ts'
import { distributionErrors } from './errors.ts'
import { checkGenesis } from './genesis-check.ts'
import { defaultParams } from './params.ts'
import { DISTRIBUTION_ACCOUNT } from './payout.ts'
import {
  readCommission,
  readOutstanding,
  readPool,
  state,
  writeCommission,
  writeOutstanding,
  writePool,
} from './state.ts'

/** Genesis of distribution: proto JSON of `cosmos.distribution.v1beta1.GenesisState`. */
export function distributionGenesis(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): GenesisDef {
  return {
    defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
    validate: (json) => checkGenesis(GenesisState.fromJson(json)),
    init(ctx, json) {
      const data = GenesisState.fromJson(json)
      state.params.set(ctx, data.params)
      writePool(ctx, readDecCoins(data.feePool.communityPool))
      initValidators(ctx, data)
      initDelegators(ctx, data)
      requireCovered(deps.bank, ctx, deps.auth.ensureModuleAccount(ctx, DISTRIBUTION_ACCOUNT), data)
      return undefined
    },
    export: (ctx) =>
      GenesisState.toJson({
        params: state.params.must(ctx),
        feePool: { communityPool: writeDecCoins(readPool(ctx)) },
        previousProposer: '',
        ...exportValidators(ctx),
        ...exportDelegators(ctx),
      }),
  }
}

const valoper = (operator: Uint8Array): string => toBech32(operator, PREFIX.validator)
const operatorOf = (text: string): Uint8Array => fromBech32(text, PREFIX.validator)

function initValidators(ctx: WriteContext, data: GenesisState): void {
  for (const { validatorAddress, outstandingRewards } of data.outstandingRewards)
    writeOutstanding(ctx, operatorOf(validatorAddress), readDecCoins(outstandingRewards))
  for (const { validatorAddress, accumulated } of data.validatorAccumulatedCommissions)
    writeCommission(ctx, operatorOf(validatorAddress), readDecCoins(accumulated.commission))
  for (const { validatorAddress, period, rewards } of data.validatorHistoricalRewards)
    state.historical.set(ctx, [operatorOf(validatorAddress), period], rewards)
  for (const { validatorAddress, rewards } of data.validatorCurrentRewards)
    state.current.set(ctx, operatorOf(validatorAddress), rewards)
  for (const row of data.validatorSlashEvents) {
    state.slashes.set(
      ctx,
      [operatorOf(row.validatorAddress), row.height, row.period],
      row.validatorSlashEvent,
    )
  }
}

function initDelegators(ctx: WriteContext, data: GenesisState): void {
  for (const { delegatorAddress, withdrawAddress } of data.delegatorWithdrawInfos)
    state.withdraw.set(ctx, fromBech32(delegatorAddress), fromBech32(withdrawAddress))
  for (const { delegatorAddress, validatorAddress, startingInfo } of data.delegatorStartingInfos) {
    const key = [operatorOf(validatorAddress), fromBech32(delegatorAddress)] as const
    state.starting.set(ctx, key, startingInfo)
  }
}

/** Throws distribution 100 unless the account holds exactly what is owed and pooled, which is whole base units. */
function requireCovered(
  bank: BankApi,
  ctx: ReadContext,
  account: Uint8Array,
  data: GenesisState,
): void {
  const owed = data.outstandingRewards.reduce<DecCoins>(
    (sum, row) => addDecCoins(sum, readDecCoins(row.outstandingRewards)),
    readDecCoins(data.feePool.communityPool),
  )
  const balances = formatCoins(bank.balances(ctx, account))
  const { whole, rest } = truncateDecCoins(owed)
  const holdings = formatCoins(whole)
  if (rest.length > 0)
    throw distributionErrors.genesis(`${formatDecCoins(rest)} of what is owed is no whole coin`)
  if (balances !== holdings) {
    throw distributionErrors.genesis(
      `distribution module balance does not match the module holdings: ${balances} <-> ${holdings}`,
    )
  }
}

/** Rows of a validator that has nothing outstanding or no commission are written too, as the SDK has them. */
function exportValidators(
  ctx: ReadContext,
): Pick<
  GenesisState,
  | 'outstandingRewards'
  | 'validatorAccumulatedCommissions'
  | 'validatorHistoricalRewards'
  | 'validatorCurrentRewards'
  | 'validatorSlashEvents'
> {
  const current = [...state.current.entries(ctx)]
  return {
    outstandingRewards: current.map(([operator]) => ({
      validatorAddress: valoper(operator),
      outstandingRewards: writeDecCoins(readOutstanding(ctx, operator)),
    })),
    validatorAccumulatedCommissions: current.map(([operator]) => ({
      validatorAddress: valoper(operator),
      accumulated: { commission: writeDecCoins(readCommission(ctx, operator)) },
    })),
    validatorHistoricalRewards: [...state.historical.entries(ctx)].map(
      ([[operator, period], rewards]) => ({ validatorAddress: valoper(operator), period, rewards }),
    ),
    validatorCurrentRewards: current.map(([operator, rewards]) => ({
      validatorAddress: valoper(operator),
      rewards,
    })),
    validatorSlashEvents: [...state.slashes.entries(ctx)].map(
      ([[operator, height, period], validatorSlashEvent]) => ({
        validatorAddress: valoper(operator),
        height,
        period,
        validatorSlashEvent,
      }),
    ),
  }
}

function exportDelegators(
  ctx: ReadContext,
): Pick<GenesisState, 'delegatorWithdrawInfos' | 'delegatorStartingInfos'> {
  return {
    delegatorWithdrawInfos: [...state.withdraw.entries(ctx)].map(([delegator, to]) => ({
      delegatorAddress: toBech32(delegator),
      withdrawAddress: toBech32(to),
    })),
    delegatorStartingInfos: [...state.starting.entries(ctx)].map(
      ([[operator, delegator], startingInfo]) => ({
        delegatorAddress: toBech32(delegator),
        validatorAddress: valoper(operator),
        startingInfo,
      }),
    ),
  }
}
