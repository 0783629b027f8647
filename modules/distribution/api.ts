import type { DecCoin } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import type { Params } from '../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import type { Coin } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'

/** What distribution offers: rewards by F1 accounting and the community pool. */
export interface DistributionApi {
  params(ctx: ReadContext): Params
  communityPool(ctx: ReadContext): readonly DecCoin[]
  /** Moves coins of an account into the community pool. Throws sdk 5. */
  fundCommunityPool(ctx: WriteContext, from: Uint8Array, coins: readonly Coin[]): void
  /**
   * Moves coins of a module account to a validator as reward: its commission first, the rest to its delegators, as
   * allocated fees are. The validator must exist with shares; InvariantError otherwise.
   */
  rewardValidator(
    ctx: WriteContext,
    fromModule: string,
    operator: Uint8Array,
    coins: readonly Coin[],
  ): void
  /** Outstanding rewards of a validator: what is owed to it and its delegators together. */
  outstanding(ctx: ReadContext, operator: Uint8Array): readonly DecCoin[]
}
