import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  getCurves,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { CurveName } from '../ocmf/curves.ts'
import { type OcmfKey, parseKey, spkiKey } from '../ocmf/key.ts'
import { isProblem, type ReasonCode } from '../ocmf/problem.ts'
import { type VerifyEcdsa, verifySignature, viewRecord } from '../ocmf/receipt.ts'
import { rawSignature } from '../ocmf/signature.ts'
import type { RecordView } from '../ocmf/types.ts'

/** One entry of the recorded vectors. */
export interface Vector {
  readonly id: string
  readonly record: string
  readonly publicKey?: string
  readonly spkiHex?: string
  readonly curve: CurveName
  readonly verdict: string
}

/** All recorded vectors. */
export const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../testdata/ocmf/vectors.json', import.meta.url), 'utf8'),
)

/** ECDSA by node's crypto, as the node and the command line supply it. */
export const nodeEcdsa: VerifyEcdsa = (curve, key, message, r, s) => {
  const der = Buffer.from(spkiKey(key))
  const object = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const raw = rawSignature(curve, { r, s })
  return verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, raw)
}

/** SHA-256 by node's crypto. */
export const hasher = {
  sha256: (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest(),
}

/** A key pair on a curve by OpenSSL's name. */
export interface Signer {
  readonly privateKey: KeyObject
  /** SubjectPublicKeyInfo, hex. */
  readonly spki: string
}

/** A fresh key pair; every run has others. */
export function signerOn(namedCurve: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  return { privateKey, spki: publicKey.export({ format: 'der', type: 'spki' }).toString('hex') }
}

/** The signature over a payload as DER in hex. */
export function signHex({ privateKey }: Signer, payload: string): string {
  return sign('sha256', Buffer.from(payload), privateKey).toString('hex')
}

/** A record signed now. */
export function signed(signer: Signer, payload: string, section: object = {}): string {
  return `OCMF|${payload}|${JSON.stringify({ ...section, SD: signHex(signer, payload) })}`
}

/** A payload with sensible fields, overwritten by the given ones. */
export function payloadOf(fields: object = {}): string {
  const begin = {
    TM: '2024-05-01T10:00:00,000+0200 S',
    TX: 'B',
    RV: 100.5,
    RI: '1-0:1.8.0',
    RU: 'kWh',
    ST: 'G',
  }
  const end = { TM: '2024-05-01T11:00:00,000+0200 S', TX: 'E', RV: 107.25 }
  const base = { FV: '1.4', GI: 'Box', GS: 'G-1', PG: 'T12', MS: 'M-1', IS: true, IL: 'TRUSTED' }
  return JSON.stringify({ ...base, RD: [begin, end], ...fields })
}

/** The view of a record that can be divided. Throws when it cannot. */
export function viewOf(record: string): RecordView {
  const view = viewRecord(record)
  if (isProblem(view)) throw new Error(`${view.problem}: ${view.detail}`)
  return view
}

/** The key of a text. Throws when it is none. */
export function keyOf(text: string | Uint8Array, expected?: CurveName): OcmfKey {
  const key = parseKey(text, expected)
  if (isProblem(key)) throw new Error(`${key.problem}: ${key.detail}`)
  return key
}

/** "valid", "no-key", or the reason of the refusal. */
export function verdictOn(
  record: string | Uint8Array,
  key: string | null,
): 'valid' | 'no-key' | ReasonCode {
  const view = viewRecord(record)
  if (isProblem(view)) return view.problem
  if (isProblem(view.signature)) return view.signature.problem
  if (key === null) return 'no-key'
  const parsed = parseKey(key, view.signature.declared ?? undefined)
  if (isProblem(parsed)) return parsed.problem
  const refusal = verifySignature(view.payload, view.signature, parsed, nodeEcdsa)
  return refusal === undefined ? 'valid' : refusal.problem
}

/** Codes of everything wrong with a content. */
export function codesOf(payload: string): readonly ReasonCode[] {
  return viewOf(`OCMF|${payload}|{"SD":"30060201010201 01"}`).content.map((one) => one.problem)
}

/** Whether OpenSSL here knows a curve. */
export function hasCurve(namedCurve: string): boolean {
  return getCurves().includes(namedCurve)
}
