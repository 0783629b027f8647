import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import type { BlockContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { expireChallenges } from './dispute.ts'
import type { MeteringNeeds } from './needs.ts'
import { sweep } from './sweep.ts'
import { totalsOf } from './tally.ts'

/** Begin of a block: what is due is judged, disputes nobody decided end. */
export function beginBlock(needs: MeteringNeeds, ctx: BlockContext): void {
  sweep(needs, ctx)
  expireChallenges(needs, ctx)
}

/**
 * End of every block: what the chain credited to generators and consumers is what it recorded for them, in two reads. That
 * each single account balances is checked where it changes.
 */
export function endBlock(needs: MeteringNeeds, ctx: BlockContext): undefined {
  let [produced, consumed] = [0n, 0n]
  for (const row of totalsOf(ctx).byKind) {
    if (row.kind === Kind.KIND_PV || row.kind === Kind.KIND_WIND) produced += row.exportWh
    if (row.kind === Kind.KIND_LOAD || row.kind === Kind.KIND_EVSE) consumed += row.importWh
  }
  const issued = needs.certificate.chainWh(ctx, 'production')
  invariant(produced === issued, `metering: ${produced} Wh credited, ${issued} Wh certified`)
  const used = needs.certificate.chainWh(ctx, 'consumption')
  invariant(consumed === used, `metering: ${consumed} Wh credited, ${used} Wh of consumption`)
}
