import { toHex } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { DeclaredSignature } from '../kit/crypto.ts'
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
