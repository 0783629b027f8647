import { utf8Encode } from '../../modules/kit/bytes.ts'
import { sdkErrors } from '../../modules/kit/errors.ts'
import { aminoSignTexts } from '../../proto/amino-sign-doc.ts'
import { CodecError } from '../../proto/codec.ts'
import { SignDoc } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { Tx } from './tx.ts'

/** Sign modes accounts may use. */
export const SIGN_MODE = { unspecified: 0, direct: 1, aminoJson: 127 } as const

/** Who signs: what replaces replay protection across chains, accounts and transactions. */
export interface SignerData {
  readonly chainId: string
  readonly accountNumber: bigint
  readonly sequence: bigint
}

/**
 * The bytes a signer of this mode may have signed (hashed with SHA-256 by the scheme): one text, or for amino JSON two
 * where CosmJS and the SDK render the same transaction differently. Throws sdk 37 for other modes.
 */
export function signBytes(mode: number, tx: Tx, signer: SignerData): readonly Uint8Array[] {
  if (mode === SIGN_MODE.direct) {
    return [
      SignDoc.encode({
        bodyBytes: tx.raw.bodyBytes,
        authInfoBytes: tx.raw.authInfoBytes,
        chainId: signer.chainId,
        accountNumber: signer.accountNumber,
      }),
    ]
  }
  if (mode !== SIGN_MODE.aminoJson) {
    throw sdkErrors.notSupported(
      `sign mode ${mode}: use SIGN_MODE_DIRECT or SIGN_MODE_LEGACY_AMINO_JSON`,
    )
  }
  const fee = tx.authInfo.fee
  if (fee === undefined) throw sdkErrors.insufficientFee('the transaction has no fee')
  try {
    return aminoSignTexts({ ...signer, fee, body: tx.body }).map(utf8Encode)
  } catch (error) {
    if (error instanceof CodecError) throw sdkErrors.invalidRequest(error.message)
    throw error
  }
}
