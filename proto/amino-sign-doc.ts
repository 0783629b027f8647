import { type AminoDialect, anyToAminoJson } from './amino-json.ts'
import { CodecError, type JsonValue } from './codec.ts'
import type { Fee, TxBody } from './gen/cosmos/tx/v1beta1/tx.ts'
import { sortedJson } from './sorted-json.ts'

/** What a signer in SIGN_MODE_LEGACY_AMINO_JSON commits to. */
export interface AminoSignDoc {
  chainId: string
  accountNumber: bigint
  sequence: bigint
  fee: Fee
  body: TxBody
}

/**
 * The text SIGN_MODE_LEGACY_AMINO_JSON signs (its UTF-8 bytes). Throws CodecError when the body has extension options,
 * which this mode cannot cover, or a message of an unknown type.
 */
export function aminoSignText(doc: AminoSignDoc, dialect: AminoDialect = 'sdk'): string {
  const { body, fee } = doc
  if (body.extensionOptions.length + body.nonCriticalExtensionOptions.length > 0) {
    throw new CodecError('cosmos.tx.v1beta1.TxBody', 'extension options cannot be signed in amino')
  }
  const feeJson: { [key: string]: JsonValue } = {
    amount: fee.amount.map(({ denom, amount }) => ({ amount, denom })),
    gas: fee.gasLimit.toString(),
  }
  if (fee.payer !== '') feeJson.payer = fee.payer
  if (fee.granter !== '') feeJson.granter = fee.granter
  const json: { [key: string]: JsonValue } = {
    account_number: doc.accountNumber.toString(),
    chain_id: doc.chainId,
    fee: feeJson,
    memo: body.memo,
    msgs: body.messages.map((message) => anyToAminoJson(message, dialect)),
    sequence: doc.sequence.toString(),
  }
  if (body.timeoutHeight !== 0n) json.timeout_height = body.timeoutHeight.toString()
  return sortedJson(json)
}

/** The texts a client may have signed for this document: the SDK's and, where it differs, CosmJS's. */
export function aminoSignTexts(doc: AminoSignDoc): string[] {
  const sdk = aminoSignText(doc, 'sdk')
  const cosmjs = aminoSignText(doc, 'cosmjs')
  return sdk === cosmjs ? [sdk] : [sdk, cosmjs]
}
