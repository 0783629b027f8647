import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgReserveCertificate,
  MsgReserveCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { certificateErrors } from '../errors.ts'
import { event, place } from '../events.ts'
import { changeRange } from '../ranges.ts'
import { sizeOf } from '../rules.ts'
import { freeSlice, nameOf, validateSlice } from '../slices.ts'

/** Keeps watt-hours for one account: until then the holder can only hand them to it. */
export const reserveCertificate = defineMessage({
  codec: MsgReserveCertificate,
  response: MsgReserveCertificateResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} keeps ${sizeOf(message)} Wh of ${nameOf(message)} for ${message.reservedFor} until ${message.until}`,
  validate(message) {
    fromBech32(message.owner)
    fromBech32(message.reservedFor)
    validateSlice(message)
  },
  handle(ctx, message) {
    const { certificate, range } = freeSlice(ctx, message, message.owner)
    if (message.until <= ctx.time || message.until > certificate.expires) {
      throw certificateErrors.invalidUntil(
        `${message.until}, between block time ${ctx.time} and the expiry ${certificate.expires}`,
      )
    }
    changeRange(ctx, certificate, range, message, {
      status: RangeStatus.RANGE_STATUS_RESERVED,
      reservedFor: message.reservedFor,
      until: message.until,
    })
    ctx.emit(
      event('certificate_reserved', {
        ...place(range, message),
        owner: message.owner,
        reserved_for: message.reservedFor,
        until: message.until,
        old_range: `${range.first}-${range.last}`,
      }),
    )
    return {}
  },
})
