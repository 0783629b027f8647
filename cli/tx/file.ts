import { readFileSync } from 'node:fs'
import '../../proto/registry.ts'
import type { MessageDef } from '../../modules/kit/module.ts'
import { wireModules } from '../../node/app/modules.ts'
import { CodecError, type JsonValue } from '../../proto/codec.ts'
import { AuthInfo, Fee, Tx, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { usageError } from '../errors.ts'
import type { Draft } from './sign.ts'

let definitions: Map<string, MessageDef> | undefined

/** The definition of a message the chain handles; undefined for others. */
export function definitionOf(typeUrl: string): MessageDef | undefined {
  definitions ??= new Map(
    wireModules().modules.flatMap((module) =>
      module.messages.map((one) => [one.codec.typeUrl, one] as [string, MessageDef]),
    ),
  )
  return definitions.get(typeUrl)
}

/** A transaction as JSON, as `--generate-only`, `tx sign` and `tx decode` print it. */
export function draftJson(draft: Draft): JsonValue {
  const { body, fee, signerInfos, signatures } = draft
  const authInfo = AuthInfo.create({ signerInfos: [...signerInfos], fee })
  return Tx.toJson(Tx.create({ body, authInfo, signatures: [...signatures] }))
}

/** Reads a transaction file. Throws a usage error naming the file and what is wrong. */
export function readDraft(file: string): Draft {
  let json: JsonValue
  try {
    json = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')) as JsonValue
  } catch (error) {
    throw usageError(
      `${file}: ${(error as Error).message}`,
      'a transaction file is what --generate-only or `tx sign` prints',
    )
  }
  try {
    return draftOf(Tx.fromJson(json))
  } catch (error) {
    if (error instanceof CodecError) throw usageError(`${file}: ${error.message}`)
    throw error
  }
}

/** The transaction of raw bytes. Throws a usage error for bytes that are none. */
export function draftOfBytes(bytes: Uint8Array): Draft {
  try {
    const raw = TxRaw.decode(bytes)
    const body = TxBody.decode(raw.bodyBytes)
    const authInfo = AuthInfo.decode(raw.authInfoBytes)
    return draftOf({ body, authInfo, signatures: raw.signatures })
  } catch (error) {
    if (error instanceof CodecError)
      throw usageError(`these bytes are no transaction: ${error.message}`)
    throw error
  }
}

/** Bytes given as base64 or hex. Throws a usage error. */
export function readBytes(text: string): Uint8Array {
  const trimmed = text.trim()
  if (/^(0x)?([0-9a-fA-F]{2})+$/.test(trimmed))
    return Buffer.from(trimmed.replace(/^0x/, ''), 'hex')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return Buffer.from(trimmed, 'base64')
  throw usageError('the transaction is neither base64 nor hex')
}

/** Addresses that must sign, each once, in the chain's order. Throws a usage error for unknown messages. */
export function signersOf(draft: Draft): string[] {
  const signers: string[] = []
  for (const any of draft.body.messages) {
    const definition = definitionOf(any.typeUrl)
    if (definition === undefined) throw usageError(`this chain has no message ${any.typeUrl}`)
    for (const signer of definition.signers(definition.codec.decode(any.value))) {
      if (!signers.includes(signer)) signers.push(signer)
    }
  }
  if (draft.fee.payer !== '' && !signers.includes(draft.fee.payer)) signers.push(draft.fee.payer)
  return signers
}

/** One sentence a message, for people. */
export function describeDraft(draft: Draft): string[] {
  return draft.body.messages.map((any) => {
    const definition = definitionOf(any.typeUrl)
    return definition === undefined
      ? any.typeUrl
      : definition.describe(definition.codec.decode(any.value))
  })
}

function draftOf(tx: Tx): Draft {
  return {
    body: tx.body ?? TxBody.create(),
    fee: tx.authInfo?.fee ?? Fee.create(),
    signerInfos: tx.authInfo?.signerInfos ?? [],
    signatures: tx.signatures,
  }
}
