import type { ReadContext } from '../kit/context.ts'
import type { SlashingApi } from '../slashing/api.ts'
import type { StakingApi } from '../staking/api.ts'
import type { EvidenceAge } from './api.ts'

/** What evidence needs of others. */
export interface EvidenceNeeds {
  /** Says whose the consensus address is and whether its stake is still bound. */
  readonly staking: StakingApi
  /** Slashes, jails and bars. */
  readonly slashing: SlashingApi
  /** The age limits of the consensus parameters in force. */
  readonly evidenceAge: (ctx: ReadContext) => EvidenceAge
}
