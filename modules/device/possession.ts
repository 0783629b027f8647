import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import type { MsgRegisterDevice } from '../../proto/gen/strom/device/v1/tx.ts'
import { toHex } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { DeclaredSignature } from '../kit/crypto.ts'
import { isProblem } from '../kit/ocmf/problem.ts'
import { MAX_RECORD_BYTES, parseReceipt, receiptSignature } from '../kit/ocmf/receipt.ts'
import { deviceErrors } from './errors.ts'
import { schemeOf } from './rules.ts'
import { possessionBytes } from './sign-bytes.ts'
import { state } from './state.ts'

/** A new key with the proof that it agrees to a device and owner. */
export interface NewKey {
  readonly id: string
  readonly owner: string
  readonly pubkey: Uint8Array
  readonly scheme: string
  readonly proof: Uint8Array
  readonly expiryHeight: bigint
}

/** Throws device 5 when the proof has no 64 bytes. */
export function checkProofShape(proof: Uint8Array): void {
  if (proof.length !== 64) throw deviceErrors.badPossession(`${proof.length} bytes, 64 are needed`)
}

/** The proof as the node verifies it ahead. */
export function possessionSignature(ctx: ReadContext, key: NewKey): DeclaredSignature {
  return {
    scheme: schemeOf(key),
    key: key.pubkey,
    bytes: possessionBytes(ctx.chainId, key, key.expiryHeight),
    signature: key.proof,
  }
}

/** Throws device 26 when the height is past, or further ahead than max_proof_blocks. */
export function requireUnexpired(ctx: ReadContext, expiryHeight: bigint): void {
  const { maxProofBlocks } = state.params.must(ctx)
  if (expiryHeight < ctx.height) {
    throw deviceErrors.expired(`it counts up to height ${expiryHeight}, this is ${ctx.height}`)
  }
  if (expiryHeight > ctx.height + maxProofBlocks) {
    throw deviceErrors.expired(`height ${expiryHeight} is over ${maxProofBlocks} blocks ahead`)
  }
}

/**
 * A charger's key signs receipts and nothing else: one of them proves that the key exists and is the meter's that the maker
 * named. Whose it is only the maker's attestation says, since receipts are public. Throws device 4 or 5.
 */
export function requireReceipt(ctx: WriteContext, message: MsgRegisterDevice): void {
  const bad = (why: string) => deviceErrors.badPossession(`receipt of ${message.id}: ${why}`)
  if (message.kind !== Kind.KIND_EVSE) throw bad('only a charger proves its key by a receipt')
  if (message.proofOfPossession.length > 0) throw bad('there is a proof of possession as well')
  if (message.maker === '') throw bad('a maker must attest the device to its owner')
  if (message.receipt.length > MAX_RECORD_BYTES) throw bad(`longer than ${MAX_RECORD_BYTES} bytes`)
  requireUnusedKey(ctx, message.pubkey)
  const parsed = parseReceipt(message.receipt)
  if (isProblem(parsed)) throw bad(parsed.detail)
  const serials = [parsed.meterSerial, parsed.gatewaySerial]
  if (!serials.includes(message.serial)) throw bad(`it is of ${serials.join(' or ')}`)
  const signed = receiptSignature(message.scheme, message.pubkey, parsed)
  if (signed === undefined) throw bad(`the chain verifies no receipt of a ${message.scheme} key`)
  if (ctx.verified(signed.scheme, signed.key, signed.bytes, signed.signature)) return
  throw bad('the key did not sign it')
}

/** Throws device 26 for an expired proof, 4 for a key that ever served, 5 for a proof that does not verify. */
export function requireNewKey(ctx: WriteContext, key: NewKey): void {
  requireUnexpired(ctx, key.expiryHeight)
  requireUnusedKey(ctx, key.pubkey)
  const { scheme, bytes, signature } = possessionSignature(ctx, key)
  if (ctx.verified(scheme, key.pubkey, bytes, signature)) return
  throw deviceErrors.badPossession(
    `the key of ${key.id} must sign chain id ${ctx.chainId}, device, owner, key and expiry height`,
  )
}

/** Throws device 4 for a key that serves or ever served a device or maker. */
export function requireUnusedKey(ctx: ReadContext, pubkey: Uint8Array): void {
  const holder = state.keys.get(ctx, pubkey)
  if (holder !== undefined) throw deviceErrors.keyTaken(`${toHex(pubkey)} belongs to ${holder}`)
}
