import type { Minter, Params } from '../../proto/gen/cosmos/mint/v1beta1/mint.ts'
import type { ReadContext } from '../kit/context.ts'

/** A module account that gets a part of each block's provision before the fee collector gets the rest. */
export interface ProvisionShare {
  readonly module: string
  /** Parts per million of the provision, rounded down; 0 takes nothing. */
  ppm(ctx: ReadContext): bigint
}

/** What mint offers: inflation, and shares of it. */
export interface MintApi {
  params(ctx: ReadContext): Params
  minter(ctx: ReadContext): Minter
  /** At wiring: shares are taken in order of registration; their sum must not exceed 10^6 (InvariantError). */
  registerShare(share: ProvisionShare): void
}
