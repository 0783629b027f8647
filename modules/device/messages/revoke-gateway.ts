import {
  MsgRevokeGateway,
  MsgRevokeGatewayResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, requireAuthority } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { revoke } from '../gateways.ts'
import { isText } from '../rules.ts'
import { state } from '../state.ts'

/** Bars a gateway for good from a height on. */
export const revokeGateway = defineMessage({
  codec: MsgRevokeGateway,
  response: MsgRevokeGatewayResponse,
  signers: (message) => [message.signer],
  describe: ({ signer, gateway, height }) =>
    `${signer} revokes gateway ${gateway} ${height === 0n ? 'at once' : `from height ${height} on`}`,
  validate(message) {
    checkAccount(message.signer, 'signer')
    checkAccount(message.gateway, 'gateway')
    if (!isText(message.reason)) {
      throw deviceErrors.badGateway('a reason has up to 64 printable characters')
    }
  },
  handle(ctx, message) {
    const gateway = state.gateways.must(ctx, message.gateway)
    if (message.signer !== gateway.address) requireAuthority(ctx, message.signer)
    const height = message.height === 0n ? ctx.height : message.height
    if (height < ctx.height) {
      throw deviceErrors.badGateway(`height ${height} is past, this is ${ctx.height}`)
    }
    if (gateway.revokedHeight !== 0n && gateway.revokedHeight <= height) {
      throw deviceErrors.badGateway(`${gateway.address} is revoked at ${gateway.revokedHeight}`)
    }
    return { height: revoke(ctx, gateway, height, message.reason) }
  },
})
