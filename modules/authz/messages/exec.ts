import type { AnyValue } from '../../../proto/codec.ts'
import { MsgExec, MsgExecResponse } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import type { MsgContext } from '../../kit/context.ts'
import { ChainError, sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import { blockTime, compareTime } from '../../kit/time.ts'
import { openAuthorization } from '../authorizations/open.ts'
import { authzErrors } from '../errors.ts'
import { deleteGrant, narrowGrant, type Parties, readGrant } from '../grants.ts'

/** Runs messages in order, each with one's own right or that of a granter; all or none of them count. */
export const exec = defineMessage({
  codec: MsgExec,
  response: MsgExecResponse,
  signers: (message) => [message.grantee],
  validate(message) {
    fieldAddress(message.grantee, 'grantee')
    if (message.msgs.length === 0) throw sdkErrors.invalidRequest('messages cannot be empty')
  },
  handle(ctx, message) {
    const grantee = fieldAddress(message.grantee, 'grantee')
    const results = message.msgs.map((inner, i) => {
      const granter = onlySigner(ctx, inner)
      if (!equalBytes(granter, grantee)) useGrant(ctx, { granter, grantee }, inner)
      return run(ctx, inner, i)
    })
    return { results }
  },
  describe: ({ grantee, msgs }) =>
    `${grantee} acts with granted rights: ${msgs.map(({ typeUrl }) => typeUrl).join(', ')}`,
})

/** The account that must sign an inner message. Throws authz 9 unless it is one, however often it is named. */
function onlySigner(ctx: MsgContext, inner: AnyValue): Uint8Array {
  const [signer, ...more] = ctx.signersOf(inner)
  if (signer === undefined || more.length > 0) throw authzErrors.numOfSigners()
  return fieldAddress(signer, 'signer')
}

/** Spends of the grant for messages of this type. Throws authz 2, authz 6, and what the authorization refuses. */
function useGrant(ctx: MsgContext, parties: Parties, inner: AnyValue): void {
  const { typeUrl } = inner
  const grant = readGrant(ctx, parties, typeUrl)
  if (grant === undefined) {
    throw authzErrors.notFound(
      `failed to get grant with given granter: ${ctx.signersOf(inner)[0]}, msgType: ${typeUrl}`,
    )
  }
  if (grant.expiration !== undefined && compareTime(grant.expiration, blockTime(ctx)) < 0)
    throw authzErrors.expired()
  const accepted = openAuthorization(grant.authorization).accept(ctx.gas, inner)
  if (accepted.kind === 'spent') deleteGrant(ctx, parties, typeUrl)
  if (accepted.kind === 'narrowed')
    narrowGrant(ctx, parties, typeUrl, { ...grant, authorization: accepted.to })
}

function run(ctx: MsgContext, inner: AnyValue, index: number): Uint8Array {
  try {
    return ctx.dispatch(inner, ['authz_msg_index', index.toString()])
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    const text = `failed to execute message; message ${index}, ${inner.typeUrl}: ${error.message}`
    throw new ChainError(error.codespace, error.code, text)
  }
}
