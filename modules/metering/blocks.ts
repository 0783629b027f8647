import type { BlockContext } from '../kit/context.ts'
import { expireChallenges } from './dispute.ts'
import type { MeteringNeeds } from './needs.ts'
import { sweep } from './sweep.ts'

/** Begin of a block: what is due is judged, disputes nobody decided end. */
export function beginBlock(needs: MeteringNeeds, ctx: BlockContext): void {
  sweep(needs, ctx)
  expireChallenges(needs, ctx)
}
