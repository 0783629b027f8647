import type { AuthAccount, AuthApi } from '../../modules/auth/api.ts'
import { fromBech32 } from '../../modules/kit/address.ts'
import { equalBytes } from '../../modules/kit/bytes.ts'
import type { ReadContext } from '../../modules/kit/context.ts'
import type { DeclaredSignature } from '../../modules/kit/crypto.ts'
import { sdkErrors } from '../../modules/kit/errors.ts'
import { type AnyValue, CodecError } from '../../proto/codec.ts'
import type { Params } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import { MultiSignature } from '../../proto/gen/cosmos/crypto/multisig/v1beta1/multisig.ts'
import type { ModeInfo, SignerInfo } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { RunMode } from './ante.ts'
import type { PaidContext } from './context.ts'
import { type AccountKey, decodeKey, type MultisigKey } from './pubkeys.ts'
import { SIGN_MODE, type SignerData, signBytes } from './sign-bytes.ts'
import type { Tx } from './tx.ts'

/** Stands for the key of an account that never signed, as long as a real one. */
const SIMULATED_KEY: AnyValue = {
  typeUrl: '/cosmos.crypto.secp256k1.PubKey',
  value: Uint8Array.from([0x0a, 33, 2, ...new Uint8Array(32).fill(0xff)]),
}

/** Sets keys of first-time signers, pays for, checks and counts the signatures. Throws ChainError. */
export function checkSignatures(
  { auth, params }: { readonly auth: AuthApi; readonly params: Params },
  ctx: PaidContext,
  tx: Tx,
  mode: RunMode,
): void {
  const accounts = tx.signers.map((signer) => {
    const address = fromBech32(signer)
    const account = auth.account(ctx, address)
    if (account === undefined) throw sdkErrors.unknownAddress(`account ${signer} does not exist`)
    return { signer, address, account }
  })
  let count = 0n
  accounts.forEach(({ signer, address, account }, i) => {
    const info = tx.authInfo.signerInfos[i]
    const key = signerKey(ctx, info, account, { signer, index: i }, mode)
    if (account.pubKey === undefined) {
      // A simulated first transaction pays for storing a key too, whatever key or none it carries.
      const packed = mode === 'simulate' ? SIMULATED_KEY : info?.publicKey
      if (packed !== undefined) auth.setPubKey(ctx, address, packed)
    }
    count += key?.kind === 'multisig' ? BigInt(key.members.length) : 1n
    if (count > params.txSigLimit) {
      throw sdkErrors.tooManySignatures(`signatures: ${count}, limit: ${params.txSigLimit}`)
    }
    const signed = key?.kind === 'multisig' ? (info?.modeInfo?.multi?.modeInfos.length ?? 1) : 1
    ctx.gas.consume(params.sigVerifyCostSecp256k1 * BigInt(signed), 'ante verify: secp256k1')
    checkSequence(account, info)
    if (mode === 'deliver' || mode === 'check') {
      verifyOne(ctx, tx, i, key, account)
    }
  })
  for (const { address } of accounts) auth.incrementSequence(ctx, address)
}

/** The account signatures of a transaction as far as they can be told before execution, for ahead-of-time verification. */
export function declaredSignatures(auth: AuthApi, ctx: ReadContext, tx: Tx): DeclaredSignature[] {
  const declared: DeclaredSignature[] = []
  tx.signers.forEach((signer, i) => {
    const account = auth.account(ctx, fromBech32(signer))
    const info = tx.authInfo.signerInfos[i]
    const packed = account?.pubKey ?? info?.publicKey
    const signature = tx.raw.signatures[i]
    const mode = info?.modeInfo?.single?.mode
    if (
      account === undefined ||
      packed === undefined ||
      signature === undefined ||
      mode === undefined
    )
      return
    const key = decodeKey(packed, ctx.hasher)
    if (key.kind !== 'secp256k1') return
    const data = {
      chainId: ctx.chainId,
      accountNumber: account.accountNumber,
      sequence: info?.sequence ?? 0n,
    }
    const [bytes] = signBytes(mode, tx, data)
    if (bytes !== undefined) declared.push({ scheme: 'secp256k1', key: key.key, bytes, signature })
  })
  return declared
}

function signerKey(
  ctx: PaidContext,
  info: SignerInfo | undefined,
  account: AuthAccount,
  { signer, index }: { readonly signer: string; readonly index: number },
  mode: RunMode,
): AccountKey | undefined {
  if (account.pubKey !== undefined) return decodeKey(account.pubKey, ctx.hasher)
  if (info?.publicKey === undefined) {
    if (mode === 'simulate') return undefined
    throw sdkErrors.invalidPubKey(`pubkey on account ${signer} is not set`)
  }
  // Wallets simulate with keys of other types or none: only a real run insists that the key is the account's.
  if (mode === 'simulate') return tryKey(ctx, info)
  const key = decodeKey(info.publicKey, ctx.hasher)
  if (!equalBytes(key.address, fromBech32(signer))) {
    throw sdkErrors.invalidPubKey(
      `pubKey does not match signer address ${signer} with signer index: ${index}`,
    )
  }
  return key
}

function tryKey(ctx: PaidContext, info: SignerInfo): AccountKey | undefined {
  const known =
    info.publicKey?.typeUrl.startsWith('/cosmos.crypto.secp256k1') ||
    info.publicKey?.typeUrl.includes('multisig')
  return info.publicKey !== undefined && known ? decodeKey(info.publicKey, ctx.hasher) : undefined
}

function checkSequence(account: AuthAccount, info: SignerInfo | undefined): void {
  const got = info?.sequence ?? 0n
  if (got !== account.sequence) {
    throw sdkErrors.wrongSequence(
      `account sequence mismatch, expected ${account.sequence}, got ${got}`,
    )
  }
}

function verifyOne(
  ctx: PaidContext,
  tx: Tx,
  i: number,
  key: AccountKey | undefined,
  account: AuthAccount,
): void {
  const info = tx.authInfo.signerInfos[i]
  const signature = tx.raw.signatures[i]
  const data = {
    chainId: ctx.chainId,
    accountNumber: account.accountNumber,
    sequence: account.sequence,
  }
  const valid =
    key !== undefined &&
    info?.modeInfo !== undefined &&
    signature !== undefined &&
    (key.kind === 'secp256k1'
      ? verifySingle(ctx, tx, info.modeInfo, key.key, data, signature)
      : verifyMultisig(ctx, tx, info.modeInfo, key, data, signature))
  if (!valid) {
    throw sdkErrors.unauthorized(
      `signature verification failed; please verify account number (${data.accountNumber}), sequence (${data.sequence}) and chain-id (${data.chainId})`,
    )
  }
}

function verifySingle(
  ctx: PaidContext,
  tx: Tx,
  info: ModeInfo,
  key: Uint8Array,
  data: SignerData,
  signature: Uint8Array,
): boolean {
  if (info.single === undefined) return false
  return anySigned(ctx, key, signBytes(info.single.mode, tx, data), signature)
}

function anySigned(
  ctx: PaidContext,
  key: Uint8Array,
  texts: readonly Uint8Array[],
  signature: Uint8Array,
): boolean {
  return texts.some((text) => ctx.verified('secp256k1', key, text, signature))
}

function verifyMultisig(
  ctx: PaidContext,
  tx: Tx,
  info: ModeInfo,
  key: MultisigKey,
  data: SignerData,
  packed: Uint8Array,
): boolean {
  const bits = info.multi?.bitarray
  if (info.multi === undefined || bits === undefined) return false
  // As many bits as members: other lengths would let one approval be written in several ways.
  const { elems, extraBitsStored: extra } = bits
  const size = extra === 0 ? elems.length * 8 : (elems.length - 1) * 8 + extra
  if (size !== key.members.length) return false
  const signatures = decodeSignatures(packed)
  const chosen = key.members.filter((_, i) => ((bits.elems[i >> 3] ?? 0) >> (7 - (i & 7))) & 1)
  if (chosen.length < key.threshold || chosen.length !== signatures.length) return false
  return chosen.every((member, i) => {
    const mode = info.multi?.modeInfos[i]?.single?.mode
    const signature = signatures[i]
    if (mode !== SIGN_MODE.aminoJson || signature === undefined) return false
    return anySigned(ctx, member.key, signBytes(mode, tx, data), signature)
  })
}

function decodeSignatures(packed: Uint8Array): readonly Uint8Array[] {
  try {
    return MultiSignature.decode(packed).signatures
  } catch (error) {
    if (error instanceof CodecError)
      throw sdkErrors.unauthorized(`multisig signature: ${error.message}`)
    throw error
  }
}
