import type { BlockContext } from '../kit/context.ts'
import { releaseDue } from './bonds.ts'
import { leaveDue } from './gateways.ts'
import type { DeviceNeeds } from './needs.ts'
import { state } from './state.ts'

/** Begin of a block: gateways that left by height, then bonds that are due, each at most releases_per_block. */
export function beginBlock(needs: DeviceNeeds): (ctx: BlockContext) => void {
  return (ctx) => {
    const { releasesPerBlock } = state.params.must(ctx)
    leaveDue(ctx, releasesPerBlock)
    releaseDue(ctx, needs, releasesPerBlock)
  }
}
