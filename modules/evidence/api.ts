import type { Equivocation } from '../../proto/gen/cosmos/evidence/v1beta1/evidence.ts'
import type { ReadContext } from '../kit/context.ts'

/** How old a fault may be and still be punished: it is too old when it is older by both measures. */
export interface EvidenceAge {
  /** `max_age_num_blocks` of the consensus parameters. */
  readonly blocks: bigint
  /** `max_age_duration` of the consensus parameters, in seconds. */
  readonly seconds: bigint
}

/** What evidence offers other modules: the faults it punished. */
export interface EvidenceApi {
  /** By its hash, sha256 of the encoded Equivocation. */
  evidence(ctx: ReadContext, hash: Uint8Array): Equivocation | undefined
}
