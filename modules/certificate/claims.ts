import { Claim, RangeStatus } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { certificateUsed } from './events.ts'
import { nextId } from './ids.ts'
import { changeRange } from './ranges.ts'
import type { HeldSlice, SliceMessage } from './slices.ts'
import { state } from './state.ts'

/** What a claim says besides its watt-hours. */
export type ClaimDraft = Pick<Claim, 'status' | 'beneficiary' | 'purpose'> &
  Partial<
    Pick<Claim, 'consumptionDevice' | 'consumptionStart' | 'consumptionFirst' | 'consumptionLast'>
  >

/** Uses a free slice for good and enters the claim; `type` names the event. */
export function use(
  ctx: WriteContext,
  type: string,
  slice: HeldSlice,
  message: SliceMessage & { readonly owner: string },
  draft: ClaimDraft,
): Claim {
  const claim = Claim.create({
    ...draft,
    id: nextId(ctx, state.claims),
    owner: message.owner,
    device: message.device,
    intervalStart: message.intervalStart,
    part: message.part,
    first: message.first,
    last: message.last,
    time: ctx.time,
    height: ctx.height,
  })
  state.claims.set(ctx, claim.id, claim)
  if (claim.status === RangeStatus.RANGE_STATUS_CLAIMED) {
    state.claimsBy.set(ctx, [claim.beneficiary, claim.id], true)
    state.claimsAt.set(ctx, [claim.owner, claim.intervalStart, claim.id], true)
  }
  changeRange(ctx, slice.certificate, slice.range, message, { status: claim.status, ref: claim.id })
  ctx.emit(certificateUsed(type, slice.range, claim))
  return claim
}
