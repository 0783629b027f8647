import type { Params, Proposal } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import type { ReadContext } from '../kit/context.ts'

/** What governance offers: it acts through messages signed by its module account `gov`, so this is little. */
export interface GovApi {
  params(ctx: ReadContext): Params
  proposal(ctx: ReadContext, id: bigint): Proposal | undefined
}
