import { hash } from 'node:crypto'
import { ChainError, sdkErrors } from '../../modules/kit/errors.ts'
import type { MessageDef } from '../../modules/kit/module.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { CodecError } from '../../proto/codec.ts'
import { AuthInfo, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { Router } from './router.ts'

/** One message of a transaction with its definition and decoded value. */
export interface TxMessage {
  readonly any: AnyValue
  readonly definition: MessageDef
  readonly value: unknown
}

/** A decoded transaction. The bytes are kept as received: hashes and signatures are over them, never a re-encoding. */
export interface Tx {
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
  readonly raw: TxRaw
  readonly body: TxBody
  readonly authInfo: AuthInfo
  readonly messages: readonly TxMessage[]
  /** Bech32 signers of all messages, each once, in order of appearance. */
  readonly signers: readonly string[]
  /** The account that pays the fee. */
  readonly feePayer: string
}

const MAX_MESSAGES = 1_000

/** Decodes and routes a transaction. Throws sdk 2 for bytes no client should send, sdk 6 for unknown message types. */
export function decodeTx(bytes: Uint8Array, router: Router): Tx {
  const { raw, body, authInfo } = parse(bytes)
  if (body.messages.length === 0)
    throw sdkErrors.invalidRequest('must contain at least one message')
  if (body.messages.length > MAX_MESSAGES) {
    throw sdkErrors.invalidRequest(
      `${body.messages.length} messages, at most ${MAX_MESSAGES} fit a transaction`,
    )
  }
  const messages = body.messages.map((any) => decodeMessage(any, router))
  const signers: string[] = []
  for (const message of messages) {
    for (const signer of message.definition.signers(message.value)) {
      if (!signers.includes(signer)) signers.push(signer)
    }
  }
  const payer = authInfo.fee?.payer ?? ''
  const feePayer = payer === '' ? (signers[0] ?? '') : payer
  if (payer !== '' && !signers.includes(payer)) signers.push(payer)
  return {
    bytes,
    hash: hash('sha256', bytes, 'buffer'),
    raw,
    body,
    authInfo,
    messages,
    signers,
    feePayer,
  }
}

function parse(bytes: Uint8Array): { raw: TxRaw; body: TxBody; authInfo: AuthInfo } {
  try {
    const raw = TxRaw.decode(bytes)
    return { raw, body: TxBody.decode(raw.bodyBytes), authInfo: AuthInfo.decode(raw.authInfoBytes) }
  } catch (error) {
    if (error instanceof CodecError) throw sdkErrors.txDecode(error.message)
    throw error
  }
}

/** Decodes one packed message. Throws sdk 6 when no module handles its type. */
export function decodeMessage(any: AnyValue, router: Router): TxMessage {
  const definition = router.message(any.typeUrl)
  if (definition === undefined) {
    throw sdkErrors.unknownRequest(
      `unable to resolve type URL ${any.typeUrl}: no module handles it`,
    )
  }
  try {
    return { any, definition, value: definition.codec.decode(any.value) }
  } catch (error) {
    if (error instanceof CodecError) throw sdkErrors.txDecode(error.message)
    throw error
  }
}

/** Runs every message's stateless checks. Throws ChainError of the first that fails. */
export function validateMessages(tx: Tx): void {
  tx.messages.forEach((message, index) => {
    try {
      message.definition.validate(message.value)
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      throw new ChainError(error.codespace, error.code, `message index ${index}: ${error.message}`)
    }
  })
}
