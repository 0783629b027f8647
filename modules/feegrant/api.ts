import type { Coin } from '../kit/coin.ts'
import type { WriteContext } from '../kit/context.ts'
import type { GasMeter } from '../kit/gas.ts'

/** What the ante chain asks of fee grants. */
export interface FeegrantApi {
  /**
   * Spends a grant for the fee of one transaction; `typeUrls` are its messages in order. Comparing them is paid from
   * `gas` where the context has a meter. Throws sdk 38 when there is no grant, feegrant 2 when the fee is more than it
   * allows, feegrant 3 when it expired, feegrant 7 when a message is not one of those it is for.
   */
  use(
    ctx: WriteContext & { readonly gas?: GasMeter },
    granter: Uint8Array,
    grantee: Uint8Array,
    fee: readonly Coin[],
    typeUrls: readonly string[],
  ): void
}
