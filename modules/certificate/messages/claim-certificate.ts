import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgClaimCertificate,
  MsgClaimCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { use } from '../claims.ts'
import { sizeOf } from '../rules.ts'
import { freeSlice, nameOf, validateSlice } from '../slices.ts'
import { checkText } from '../texts.ts'

/** Uses watt-hours for good, in favour of a beneficiary and for a purpose. */
export const claimCertificate = defineMessage({
  codec: MsgClaimCertificate,
  response: MsgClaimCertificateResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} claims ${sizeOf(message)} Wh of ${nameOf(message)} for ${message.beneficiary || 'itself'}`,
  validate(message) {
    fromBech32(message.owner)
    validateSlice(message)
    checkText('beneficiary', message.beneficiary)
    checkText('purpose', message.purpose)
  },
  handle(ctx, message) {
    const slice = freeSlice(ctx, message, message.owner)
    const claim = use(ctx, 'certificate_claimed', slice, message, {
      status: RangeStatus.RANGE_STATUS_CLAIMED,
      beneficiary: message.beneficiary || message.owner,
      purpose: message.purpose,
    })
    return { claim: claim.id }
  },
})
