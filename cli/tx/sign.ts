import { aminoSignText } from '../../proto/amino-sign-doc.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SignMode } from '../../proto/gen/cosmos/tx/signing/v1beta1/signing.ts'
import {
  AuthInfo,
  type Fee,
  SignDoc,
  type SignerInfo,
  TxBody,
  TxRaw,
} from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { type Account, signAccount } from '../gateway/account.ts'

/** How a transaction is signed; DIRECT unless a wallet or a second signer needs amino. */
export type Mode = 'direct' | 'amino-json'

/** What ties a signature to one chain, account and place in its sequence. */
export interface SignerData {
  readonly chainId: string
  readonly accountNumber: bigint
  readonly sequence: bigint
}

/** A transaction whose signatures may still be missing. */
export interface Draft {
  readonly body: TxBody
  readonly fee: Fee
  readonly signerInfos: readonly SignerInfo[]
  readonly signatures: readonly Uint8Array[]
}

/** The signer info of a secp256k1 key. */
export function signerInfo(pubkey: Uint8Array, mode: Mode, sequence: bigint): SignerInfo {
  const publicKey: AnyValue = { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: pubkey }) }
  const signMode =
    mode === 'direct' ? SignMode.SIGN_MODE_DIRECT : SignMode.SIGN_MODE_LEGACY_AMINO_JSON
  return { publicKey, modeInfo: { single: { mode: signMode }, multi: undefined }, sequence }
}

/** Signs as signer number `index`: its info and signature are put in that place, the others stay. */
export function signDraft(
  draft: Draft,
  index: number,
  account: Account,
  mode: Mode,
  signer: SignerData,
): Draft {
  const signerInfos = [...draft.signerInfos]
  signerInfos[index] = signerInfo(account.pubkey, mode, signer.sequence)
  const signatures = [...draft.signatures]
  const bytes =
    mode === 'direct'
      ? SignDoc.encode({
          bodyBytes: TxBody.encode(draft.body),
          authInfoBytes: authInfoBytes({ ...draft, signerInfos }),
          chainId: signer.chainId,
          accountNumber: signer.accountNumber,
        })
      : Buffer.from(aminoSignText({ ...signer, fee: draft.fee, body: draft.body }), 'utf8')
  signatures[index] = signAccount(account, bytes)
  return { ...draft, signerInfos, signatures }
}

/** The bytes that are broadcast. */
export function txBytes(draft: Draft): Uint8Array {
  return TxRaw.encode({
    bodyBytes: TxBody.encode(draft.body),
    authInfoBytes: authInfoBytes(draft),
    signatures: [...draft.signatures],
  })
}

function authInfoBytes(draft: Draft): Uint8Array {
  return AuthInfo.encode({ signerInfos: [...draft.signerInfos], fee: draft.fee, tip: undefined })
}
