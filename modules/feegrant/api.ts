import type { Coin } from '../kit/coin.ts'
import type { WriteContext } from '../kit/context.ts'

/** What the ante chain asks of fee grants. */
export interface FeegrantApi {
  /**
   * Spends a grant for the fee of one transaction; `typeUrls` are its messages in order. Throws sdk 38 when there is no
   * grant and feegrant 2 to 4 when it is spent, expired or not for these messages.
   */
  use(
    ctx: WriteContext,
    granter: Uint8Array,
    grantee: Uint8Array,
    fee: readonly Coin[],
    typeUrls: readonly string[],
  ): void
}
