import { MsgRevoke, MsgRevokeResponse } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import { deleteGrant } from '../grants.ts'
import { partiesOf } from './parties.ts'

/** Takes an authorization back. */
export const revoke = defineMessage({
  codec: MsgRevoke,
  response: MsgRevokeResponse,
  signers: (message) => [message.granter],
  validate(message) {
    partiesOf(message)
    if (message.msgTypeUrl === '') throw sdkErrors.invalidRequest('missing msg method name')
  },
  handle(ctx, message) {
    deleteGrant(ctx, partiesOf(message), message.msgTypeUrl)
    return MsgRevokeResponse.create()
  },
  describe: ({ granter, grantee, msgTypeUrl }) =>
    `${granter} no longer lets ${grantee} act: ${msgTypeUrl}`,
})
