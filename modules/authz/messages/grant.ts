import { MsgGrant, MsgGrantResponse } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { toBech32 } from '../../kit/address.ts'
import type { MsgContext } from '../../kit/context.ts'
import { ChainError, sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { isTime, timeText } from '../../kit/time.ts'
import { checkedAuthorization, openAuthorization } from '../authorizations/open.ts'
import { authzErrors } from '../errors.ts'
import { type AuthzNeeds, saveGrant } from '../grants.ts'
import { partiesOf } from './parties.ts'

/** Lets another account act as oneself, within the terms of an authorization. */
export function grantMessage(needs: AuthzNeeds): MessageDef<MsgGrant, MsgGrantResponse> {
  return defineMessage({
    codec: MsgGrant,
    response: MsgGrantResponse,
    signers: (message) => [message.granter],
    validate(message) {
      partiesOf(message)
      const { authorization, expiration } = message.grant
      checkedAuthorization(authorization)
      if (expiration !== undefined && !isTime(expiration))
        throw authzErrors.invalidExpiration('expiration is no date')
    },
    handle(ctx, message) {
      const parties = partiesOf(message)
      const { authorization, expiration } = message.grant
      if (authorization === undefined) throw sdkErrors.invalidType('authorization is nil')
      if (!needs.auth.hasAccount(ctx, parties.grantee)) {
        if (needs.bank.isBlocked(ctx, parties.grantee))
          throw sdkErrors.unauthorized(
            `${toBech32(parties.grantee)} is not allowed to receive funds`,
          )
        needs.auth.newAccount(ctx, parties.grantee)
      }
      requireRoute(ctx, openAuthorization(authorization).typeUrl)
      saveGrant(ctx, parties, authorization, expiration)
      return MsgGrantResponse.create()
    },
    describe: (message) => `${message.granter} lets ${message.grantee} act: ${tell(message)}`,
  })
}

/** Throws sdk 29 when no module handles messages of the type. */
function requireRoute(ctx: MsgContext, typeUrl: string): void {
  try {
    ctx.signersOf({ typeUrl, value: new Uint8Array() })
  } catch (error) {
    if (!(error instanceof ChainError) || error.codespace !== 'sdk') throw error
    // Code 2 says that the empty message does not decode, so the type is known.
    if (error.code === 6) throw sdkErrors.invalidType(`${typeUrl} doesn't exist.`)
    if (error.code !== 2) throw error
  }
}

function tell({ grant }: MsgGrant): string {
  const { authorization, expiration } = grant
  const until =
    expiration !== undefined && isTime(expiration) ? `, until ${timeText(expiration)}` : ''
  try {
    return `${openAuthorization(authorization).describe()}${until}`
  } catch (error) {
    if (error instanceof ChainError) return 'on terms that cannot be read'
    throw error
  }
}
