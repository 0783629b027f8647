import { concatBytes, toHex } from '../bytes.ts'
import { CURVES, type CurveName, curveNames, curveOfOid, isOnCurve, liftX } from './curves.ts'
import { readElement, readElements, TAG } from './der.ts'
import { readAscii, readBase64, readHex, toBytes, toNumber } from './encoding.ts'
import { isProblem, type OcmfProblem, problem } from './problem.ts'

/** A point of a curve that verifies signatures. */
export interface OcmfKey {
  readonly curve: CurveName
  readonly x: bigint
  readonly y: bigint
  /** Whether the key itself names its curve (SPKI), or the curve was found by the point lying on it. */
  readonly named: boolean
}

const EC = '2a8648ce3d0201'
const RSA = '2a864886f70d010101'

/**
 * Reads a public key as registers, receipts and OCPP give it: SPKI DER or a point (04 and both coordinates, both
 * coordinates bare, or compressed), as hex, base64, PEM, or behind OCPP's `oca:base16:asn1:`. A point without the name
 * of its curve is on `expected` if it can be, else on the one curve of its size it lies on.
 */
export function parseKey(
  key: string | Uint8Array,
  expected: CurveName = 'secp256r1',
): OcmfKey | OcmfProblem {
  if (typeof key !== 'string') return readKey(key, expected)
  const text = key
    .replace(/^\uFEFF/, '')
    .replace(/-----[^-]+-----/g, '')
    .trim()
  if (text === '') return problem('key_missing')
  const bare = text.slice(/^oca:/i.test(text) ? text.lastIndexOf(':') + 1 : 0)
  let refused: OcmfProblem = problem('key_form', 'the public key is neither hex, base64 nor PEM')
  for (const bytes of [readHex(bare), readBase64(bare)]) {
    if (bytes === undefined) continue
    const read = readKey(bytes, expected)
    if (!isProblem(read)) return read
    // What is most like a key explains best: a form nobody knows says less than a kind not supported.
    if (refused.problem === 'key_form') refused = read
    const inner = readAscii(bytes)
    if (inner === undefined || inner.length >= text.length) continue
    const nested = parseKey(inner, expected)
    if (!isProblem(nested)) return nested
  }
  return refused
}

/** 02 or 03 and x: the form the chain keeps keys in (33 bytes on curves of 256 bits). */
export function compressedKey({ curve, x, y }: OcmfKey): Uint8Array {
  return concatBytes(Uint8Array.of((y & 1n) === 1n ? 3 : 2), toBytes(x, CURVES[curve].size))
}

/** 04, x and y. */
export function uncompressedKey({ curve, x, y }: OcmfKey): Uint8Array {
  const { size } = CURVES[curve]
  return concatBytes(Uint8Array.of(4), toBytes(x, size), toBytes(y, size))
}

/** The key as SubjectPublicKeyInfo DER with the curve by name, which every crypto library reads. */
export function spkiKey(key: OcmfKey): Uint8Array {
  const oid = readHex(CURVES[key.curve].oid) ?? new Uint8Array()
  const ec = readHex(EC) ?? new Uint8Array()
  const algorithm = element(TAG.sequence, concatBytes(element(TAG.oid, ec), element(TAG.oid, oid)))
  const bits = element(TAG.bits, concatBytes(Uint8Array.of(0), uncompressedKey(key)))
  return element(TAG.sequence, concatBytes(algorithm, bits))
}

function element(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content
  const head = length < 128 ? [tag, length] : [tag, 0x81, length]
  return concatBytes(Uint8Array.from(head), content)
}

function readKey(bytes: Uint8Array, expected: CurveName): OcmfKey | OcmfProblem {
  const sequence = readElement(bytes, 0)
  const parts = sequence?.tag === TAG.sequence ? readElements(sequence.content) : undefined
  const [algorithm, bits] = parts ?? []
  if (algorithm?.tag !== TAG.sequence || bits?.tag !== TAG.bits) return readPoint(bytes, expected)
  const [kind, curve] = readElements(algorithm.content) ?? []
  const name = kind === undefined ? '' : toHex(kind.content)
  if (name === RSA) return problem('key_unsupported', 'the public key is RSA; OCMF signs by ECDSA')
  if (name !== EC) return problem('key_unsupported', 'the public key is none of ECDSA')
  if (curve?.tag !== TAG.oid)
    return problem('key_unsupported', 'the public key spells its curve out instead of naming it')
  const found = curveOfOid(toHex(curve.content))
  if (found === undefined)
    return problem('key_unsupported', 'the public key is of a curve OCMF does not have')
  // The first byte of a bit string counts unused bits.
  const point = pointOn(found, bits.content.subarray(1), true)
  return point ?? problem('key_point', `the public key is no point of ${found}`)
}

function readPoint(bytes: Uint8Array, expected: CurveName): OcmfKey | OcmfProblem {
  const candidates = [expected, ...curveNames().filter((name) => name !== expected)]
  let sized = false
  for (const curve of candidates) {
    const { size } = CURVES[curve]
    const [first] = bytes
    const isBare = bytes.length === 2 * size
    const isFull = bytes.length === 2 * size + 1 && first === 4
    const isShort = bytes.length === size + 1 && (first === 2 || first === 3)
    if (!isBare && !isFull && !isShort) continue
    sized = true
    const point = pointOn(curve, bytes, false)
    if (point !== undefined) return point
  }
  return sized ? problem('key_point') : problem('key_form')
}

function pointOn(curve: CurveName, bytes: Uint8Array, named: boolean): OcmfKey | undefined {
  const { size } = CURVES[curve]
  const [first = 0] = bytes
  if (bytes.length === size + 1 && (first === 2 || first === 3)) {
    const x = toNumber(bytes.subarray(1))
    const y = liftX(curve, x, first === 3)
    return y === undefined ? undefined : { curve, x, y, named }
  }
  const start = bytes.length === 2 * size + 1 && first === 4 ? 1 : 0
  if (bytes.length !== 2 * size + start) return undefined
  const x = toNumber(bytes.subarray(start, start + size))
  const y = toNumber(bytes.subarray(start + size))
  return isOnCurve(curve, x, y) ? { curve, x, y, named } : undefined
}
