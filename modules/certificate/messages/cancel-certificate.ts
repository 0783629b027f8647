import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgCancelCertificate,
  MsgCancelCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { use } from '../claims.ts'
import { sizeOf } from '../rules.ts'
import { freeSlice, nameOf, validateSlice } from '../slices.ts'
import { checkText } from '../texts.ts'

/** Takes watt-hours out of the market for good without anybody claiming their use. */
export const cancelCertificate = defineMessage({
  codec: MsgCancelCertificate,
  response: MsgCancelCertificateResponse,
  signers: (message) => [message.owner],
  describe: (message) => `${message.owner} cancels ${sizeOf(message)} Wh of ${nameOf(message)}`,
  validate(message) {
    fromBech32(message.owner)
    validateSlice(message)
    checkText('reason', message.reason)
  },
  handle(ctx, message) {
    const slice = freeSlice(ctx, message, message.owner)
    const claim = use(ctx, 'certificate_cancelled', slice, message, {
      status: RangeStatus.RANGE_STATUS_CANCELLED,
      beneficiary: '',
      purpose: message.reason,
    })
    return { claim: claim.id }
  },
})
