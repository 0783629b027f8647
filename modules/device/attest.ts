import type { Attestation } from '../../proto/gen/strom/device/v1/signed.ts'
import type { Maker } from '../../proto/gen/strom/device/v1/state.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { DeclaredSignature } from '../kit/crypto.ts'
import { deviceErrors } from './errors.ts'
import { keyShapeProblem, schemeOf } from './rules.ts'
import { certificateBytes, PURPOSE } from './sign-bytes.ts'
import { state } from './state.ts'

const MAX_LINKS = 3
const SIGNATURE_BYTES = 64

/** What is wrong with the shape of an attestation, or undefined. */
export function attestationShapeProblem(attestation: Attestation): string | undefined {
  const { chain, signature } = attestation
  if (chain.length > MAX_LINKS) return `${chain.length} certificates, at most ${MAX_LINKS}`
  for (const [i, link] of chain.entries()) {
    const { subject, scheme } = link.certificate
    const problem = keyShapeProblem({ scheme, pubkey: subject })
    if (problem !== undefined) return `certificate ${i + 1}: ${problem}`
    if (link.signature.length !== SIGNATURE_BYTES) return `certificate ${i + 1}: no signature`
  }
  return signature.length === SIGNATURE_BYTES
    ? undefined
    : `a signature has ${SIGNATURE_BYTES} bytes, not ${signature.length}`
}

/** A maker that may attest at present. Throws device 9. */
export function admittedMaker(ctx: ReadContext, id: string): Maker {
  const maker = state.makers.get(ctx, id)
  if (maker === undefined) throw deviceErrors.notAdmitted(`nobody is admitted as "${id}"`)
  if (maker.revokedHeight === 0n) return maker
  throw deviceErrors.notAdmitted(`${id} was revoked at height ${maker.revokedHeight}`)
}

/** Throws device 10 unless the maker's key, or a key its certificates lead to, signed these bytes. */
export function requireAttested(
  ctx: WriteContext,
  maker: Maker,
  bytes: Uint8Array,
  attestation: Attestation,
): void {
  const bad = (why: string) => deviceErrors.badAttestation(`attestation of ${maker.id}: ${why}`)
  let issuer = maker.pubkey
  for (const [i, { certificate }] of attestation.chain.entries()) {
    const { chainId, purpose, notAfter } = certificate
    if (chainId !== ctx.chainId) throw bad(`certificate ${i + 1} is for chain "${chainId}"`)
    if (purpose !== PURPOSE.certificate) throw bad(`certificate ${i + 1} has purpose "${purpose}"`)
    if (!equalBytes(certificate.issuer, issuer))
      throw bad(`certificate ${i + 1} has another issuer`)
    if (notAfter < ctx.time) throw bad(`certificate ${i + 1} ended at ${notAfter}`)
    issuer = certificate.subject
  }
  for (const [i, one] of attestationSignatures(maker, bytes, attestation).entries()) {
    if (ctx.verified(one.scheme, one.key, one.bytes, one.signature)) continue
    const what = i < attestation.chain.length ? `certificate ${i + 1}` : 'the signature'
    throw bad(`${what} does not verify`)
  }
}

/** The signatures of an attestation in order, each with the key that ought to have made it. */
export function attestationSignatures(
  maker: Maker,
  bytes: Uint8Array,
  attestation: Attestation,
): DeclaredSignature[] {
  let key = { scheme: schemeOf(maker), key: maker.pubkey }
  const links = attestation.chain.map(({ certificate, signature }) => {
    const signed = { ...key, bytes: certificateBytes(certificate), signature }
    key = { scheme: schemeOf(certificate), key: certificate.subject }
    return signed
  })
  return [...links, { ...key, bytes, signature: attestation.signature }]
}
