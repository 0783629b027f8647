import type { Hasher, Scheme } from '../crypto.ts'
import { divFloor } from '../math.ts'
import { CURVES, type CurveName } from './curves.ts'
import { parseJson } from './json.ts'
import { compressedKey, type OcmfKey } from './key.ts'
import { readPayload } from './payload.ts'
import { gravestFirst, isProblem, type OcmfProblem, problem } from './problem.ts'
import { splitRecord } from './record.ts'
import { contentProblems } from './rules.ts'
import { isInRange, rawSignature, readSignature } from './signature.ts'
import { worstClock } from './time.ts'
import type { OcmfSignature, ParsedReceipt, RecordView } from './types.ts'

/** ECDSA over the SHA-256 of `message`, supplied by whoever has a crypto library. Must take high s as well. */
export type VerifyEcdsa = (
  curve: CurveName,
  key: OcmfKey,
  message: Uint8Array,
  r: bigint,
  s: bigint,
) => boolean

/**
 * Reads a record with its parts apart: a broken signature does not hide the content, nor the other way round. A
 * problem comes back only when the record cannot be divided into its sections at all.
 */
export function viewRecord(record: Uint8Array | string): RecordView | OcmfProblem {
  const sections = splitRecord(record)
  if (isProblem(sections)) return sections
  const { payload, payloadText, signatureText, rest } = sections
  const signature = readSignature(signatureText)
  const remarks = isProblem(signature) ? [] : [...signature.quirks]
  if (rest !== null)
    remarks.push('a fourth section follows the signature; it is not signed and was ignored')
  const json = parseJson(payloadText)
  if (isProblem(json))
    return { payload, signature, data: null, content: [json], clock: null, remarks }
  if (json.kind !== 'object')
    return { payload, signature, data: null, content: [problem('payload')], clock: null, remarks }
  const { data, problems } = readPayload(json.members)
  const clock = worstClock(data.readings.map((reading) => reading.clock))
  for (const { register, obis } of data.readings)
    if (register !== null && obis?.c === null) remarks.push(`RI ${register} is cut short`)
  const content = gravestFirst([...problems, ...contentProblems(data)])
  return { payload, signature, data, content, clock, remarks: [...new Set(remarks)] }
}

/**
 * Reads a record for the chain: every part must be readable. What is readable and yet breaks a rule of content stands
 * in `content`; the caller decides what that costs. The signature is read, not verified.
 */
export function parseReceipt(record: Uint8Array | string): ParsedReceipt | OcmfProblem {
  const view = viewRecord(record)
  if (isProblem(view)) return view
  const { payload, signature, data, content, clock } = view
  if (isProblem(signature)) return signature
  if (data === null) return content[0] ?? problem('payload')
  const unreadable = content.find((one) => UNREADABLE.includes(one.problem))
  if (unreadable !== undefined) return unreadable
  const { pagination } = data
  if (pagination === null) return problem('pagination_missing')
  if (clock === null) return problem('time_state')
  const serials = { meterSerial: data.meter.serial, gatewaySerial: data.gateway.serial }
  return { ...data, ...serials, payload, signature, pagination, content, clock }
}

/** Reasons that leave nothing sure enough to be put on a chain. */
const UNREADABLE: readonly OcmfProblem['problem'][] = [
  'payload',
  'version',
  'pagination',
  'pagination_missing',
  'serial_missing',
  'readings_missing',
  'readings_many',
  'time',
  'time_missing',
  'time_state',
  'value',
  'value_missing',
  'value_negative',
  'unit_missing',
  'status_missing',
  'status_unknown',
  'tx_unknown',
]

/** The identity of a record: SHA-256 of what was signed. A signature is none, since (r, n - s) verifies as well. */
export function identityOf(payload: Uint8Array, hasher: Pick<Hasher, 'sha256'>): Uint8Array {
  return hasher.sha256(payload)
}

/** Undefined when the key verifies the signature over the payload; else why not. The key's curve wins over SA. */
export function verifySignature(
  payload: Uint8Array,
  signature: OcmfSignature,
  key: OcmfKey,
  verify: VerifyEcdsa,
): OcmfProblem | undefined {
  const { r, s } = signature
  if (!isInRange(key.curve, signature)) return problem('signature_range')
  if (verify(key.curve, key, payload, r, s)) return undefined
  const { declared } = signature
  return declared === key.curve || declared === null
    ? problem('signature_mismatch')
    : problem(
        'signature_mismatch',
        `SA names ${declared}, the key is of ${key.curve}, and it does not match`,
      )
}

/** What a message of the chain carries to have a record verified, in the terms of the kit's Verifier. */
export interface ChainSignature {
  readonly scheme: Extract<Scheme, 'p256' | 'secp256k1'>
  /** 33 bytes, compressed. */
  readonly key: Uint8Array
  /** 64 bytes, r and s. */
  readonly signature: Uint8Array
}

/** Longest record the chain looks at, bytes; OCPP 2.1 allows 32,768 characters. */
export const MAX_RECORD_BYTES = 32_768

const CHAIN_CURVES = ['secp256r1', 'secp256k1'] as const

/** The scheme of the chain for a curve; undefined for those that a notary must attest anew. */
export function chainScheme(curve: CurveName): ChainSignature['scheme'] | undefined {
  if (curve === 'secp256r1') return 'p256'
  return curve === 'secp256k1' ? 'secp256k1' : undefined
}

/**
 * Signature and key as the chain verifies them. s is brought below half the order, which verifies exactly when the
 * other one does: the chain's secp256k1 takes no high s, and receipts are full of them.
 */
export function chainSignature(
  signature: OcmfSignature,
  key: OcmfKey,
): ChainSignature | OcmfProblem {
  const scheme = chainScheme(key.curve)
  if (scheme === undefined)
    return problem('key_unsupported', `${key.curve} is not verified on chain, only by a notary`)
  if (!isInRange(key.curve, signature)) return problem('signature_range')
  return { scheme, key: compressedKey(key), signature: lowSignature(key.curve, signature) }
}

/** r and s in 64 bytes, s in the lower half of the order. */
function lowSignature(curve: CurveName, { r, s }: OcmfSignature): Uint8Array {
  const { n } = CURVES[curve]
  return rawSignature(curve, { r, s: s > divFloor(n, 2n) ? n - s : s })
}

/**
 * The signature of a record under a key of the chain, to be verified or declared; undefined for a scheme that receipts do
 * not use and for numbers out of range. Unlike `chainSignature` it needs no point: the key is as the registry has it.
 */
export function receiptSignature(
  scheme: string,
  key: Uint8Array,
  { payload, signature }: Pick<ParsedReceipt, 'payload' | 'signature'>,
): (ChainSignature & { readonly bytes: Uint8Array }) | undefined {
  const curve = CHAIN_CURVES.find((one) => chainScheme(one) === scheme)
  const known = curve === undefined ? undefined : chainScheme(curve)
  if (curve === undefined || known === undefined || !isInRange(curve, signature)) return undefined
  return { scheme: known, key, bytes: payload, signature: lowSignature(curve, signature) }
}
