import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgReleaseCertificate,
  MsgReleaseCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { certificateErrors } from '../errors.ts'
import { event, place } from '../events.ts'
import { changeRange, lapse } from '../ranges.ts'
import { sizeOf } from '../rules.ts'
import { findSlice, nameOf, validateSlice } from '../slices.ts'

/** Gives a reservation up before its time, which is the right of the account it was made for. */
export const releaseCertificate = defineMessage({
  codec: MsgReleaseCertificate,
  response: MsgReleaseCertificateResponse,
  signers: (message) => [message.reservedFor],
  describe: (message) =>
    `${message.reservedFor} gives up its reservation of ${sizeOf(message)} Wh of ${nameOf(message)}`,
  validate(message) {
    fromBech32(message.reservedFor)
    validateSlice(message)
  },
  handle(ctx, message) {
    const { certificate, range } = findSlice(ctx, message)
    // A lock by the chain does not end a reservation, so the stored state decides, not the one a lock covers.
    if (lapse(range, ctx.time).reservedFor !== message.reservedFor) {
      throw certificateErrors.notReserved(nameOf(message))
    }
    changeRange(ctx, certificate, range, message, {
      status: RangeStatus.RANGE_STATUS_ACTIVE,
      reservedFor: '',
      until: 0n,
    })
    ctx.emit(
      event('certificate_released', {
        ...place(range, message),
        owner: range.owner,
        reserved_for: message.reservedFor,
        old_until: range.until,
        old_range: `${range.first}-${range.last}`,
      }),
    )
    return {}
  },
})
