import {
  MsgRevokeAllowance,
  MsgRevokeAllowanceResponse,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import { removeAllowance } from '../grants.ts'

/** Takes an allowance back. */
export const revokeAllowance = defineMessage({
  codec: MsgRevokeAllowance,
  response: MsgRevokeAllowanceResponse,
  signers: (message) => [message.granter],
  validate(message) {
    const grantee = fieldAddress(message.grantee, 'grantee')
    if (equalBytes(grantee, fieldAddress(message.granter, 'granter')))
      throw sdkErrors.invalidAddress('addresses must be different')
  },
  handle(ctx, message) {
    removeAllowance(
      ctx,
      fieldAddress(message.granter, 'granter'),
      fieldAddress(message.grantee, 'grantee'),
    )
    return MsgRevokeAllowanceResponse.create()
  },
  describe: ({ granter, grantee }) => `${granter} no longer pays fees of ${grantee}`,
})
