import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgTransferCertificate,
  MsgTransferCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { certificateErrors } from '../errors.ts'
import { certificateTransferred } from '../events.ts'
import { changeRange } from '../ranges.ts'
import { sizeOf } from '../rules.ts'
import { freeSlice, validateSlice } from '../slices.ts'
import { state } from '../state.ts'

/** Hands watt-hours first..last of one certificate to another account; the holder's range is split exactly. */
export const transferCertificate = defineMessage({
  codec: MsgTransferCertificate,
  response: MsgTransferCertificateResponse,
  signers: (message) => [message.owner],
  describe(message) {
    const name = `${message.device} ${message.intervalStart}`
    return `${message.owner} hands ${sizeOf(message)} Wh of the certificate ${name} to ${message.recipient}`
  },
  validate(message) {
    fromBech32(message.owner)
    fromBech32(message.recipient)
    if (message.owner === message.recipient) {
      throw certificateErrors.invalidRange('owner and recipient are the same account')
    }
    validateSlice(message)
  },
  handle(ctx, message) {
    if (!state.params.must(ctx).transfersEnabled) throw certificateErrors.transfersDisabled()
    const { certificate, range } = freeSlice(ctx, message, message.owner, message.recipient)
    changeRange(ctx, certificate, range, message, {
      owner: message.recipient,
      status: RangeStatus.RANGE_STATUS_ACTIVE,
      reservedFor: '',
      until: 0n,
    })
    ctx.emit(certificateTransferred(range, message, message.recipient))
    return {}
  },
})
