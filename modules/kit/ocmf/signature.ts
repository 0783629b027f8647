import { concatBytes } from '../bytes.ts'
import { CURVES, type CurveName, curveNamed } from './curves.ts'
import { readElement, readElements, TAG } from './der.ts'
import { readBase64, readHex, toBytes, toNumber } from './encoding.ts'
import { type Json, parseJson } from './json.ts'
import { isProblem, type OcmfProblem, problem } from './problem.ts'
import type { OcmfSignature } from './types.ts'

interface Pair {
  readonly r: bigint
  readonly s: bigint
  readonly quirks: readonly string[]
}

/**
 * Reads the signature section. SA defaults to ECDSA-secp256r1-SHA256, SE to hex, SM to DER; what SD itself shows wins
 * over what SE and SM say, because makers leave them out or wrong. High s is as good as low s.
 */
export function readSignature(section: string): OcmfSignature | OcmfProblem {
  const json = parseJson(section)
  if (isProblem(json)) return problem('signature_section', `signature section: ${json.detail}`)
  if (json.kind !== 'object') return problem('signature_section')
  const data = textIn(json.members, 'SD')
  const algorithm = textIn(json.members, 'SA') ?? null
  const encoding = textIn(json.members, 'SE') ?? null
  if (data === undefined) return problem('signature_missing')
  const declared = algorithm === null ? 'secp256r1' : declaredCurve(algorithm)
  if (isProblemOrNull(declared)) return declared
  let refused: OcmfProblem = problem('signature_encoding')
  for (const { bytes, quirk } of decodings(data, encoding)) {
    const pair = readPair(bytes)
    if (!isProblem(pair)) {
      const quirks = [...(quirk === null ? [] : [quirk]), ...pair.quirks]
      return { declared, algorithm, r: pair.r, s: pair.s, quirks }
    }
    refused = pair
  }
  return refused
}

/** r and s side by side in bytes of the curve's size. Throws RangeError when one is larger. */
export function rawSignature(curve: CurveName, { r, s }: { r: bigint; s: bigint }): Uint8Array {
  const { size } = CURVES[curve]
  return concatBytes(toBytes(r, size), toBytes(s, size))
}

/** Whether r and s lie between 1 and the order of the curve. */
export function isInRange(curve: CurveName, { r, s }: { r: bigint; s: bigint }): boolean {
  const { n } = CURVES[curve]
  return r > 0n && r < n && s > 0n && s < n
}

function textIn(members: ReadonlyMap<string, Json>, name: string): string | undefined {
  const json = members.get(name)
  return json?.kind === 'text' && json.text.trim() !== '' ? json.text.trim() : undefined
}

function isProblemOrNull(value: CurveName | OcmfProblem): value is OcmfProblem {
  return typeof value === 'object'
}

/** The curve of `ECDSA-secp256r1-SHA256` and its spellings. Other hashes than SHA-256 are no OCMF. */
function declaredCurve(algorithm: string): CurveName | OcmfProblem {
  const [, name = '', hash = '256'] =
    /^ECDSA[-_ ](.+?)(?:[-_ ]SHA[-_ ]?(\d+))?$/i.exec(algorithm) ?? []
  const curve = curveNamed(name)
  return curve !== undefined && hash === '256'
    ? curve
    : problem('algorithm', `SA is ${algorithm}, not one of OCMF`)
}

function decodings(
  data: string,
  encoding: string | null,
): readonly { bytes: Uint8Array; quirk: string | null }[] {
  const isBase64 = /^base64$/i.test(encoding ?? '')
  const hex = readHex(data)
  const base64 = readBase64(data)
  const all = [
    { bytes: hex, quirk: isBase64 ? 'SE says base64, SD is hex' : null, first: !isBase64 },
    {
      bytes: base64,
      quirk: isBase64 ? null : 'SD is base64 though SE does not say so',
      first: isBase64,
    },
  ]
  return all
    .sort((one, other) => Number(other.first) - Number(one.first))
    .flatMap(({ bytes, quirk }) => (bytes === undefined ? [] : [{ bytes, quirk }]))
}

/** Twice the signature of the largest curve with its frame; what is longer costs more to read than it can be worth. */
const LONGEST = 300

function readPair(bytes: Uint8Array): Pair | OcmfProblem {
  if (bytes.length > LONGEST) return problem('signature_form')
  const der = readDer(bytes)
  if (der !== undefined) return der
  const half = bytes.length >> 1
  const isRaw = bytes.length === 2 * half && [24, 32, 48, 64, 66].includes(half)
  if (!isRaw) return problem('signature_form')
  const r = toNumber(bytes.subarray(0, half))
  const s = toNumber(bytes.subarray(half))
  return { r, s, quirks: ['SD is r and s side by side, not DER'] }
}

/**
 * SEQUENCE { INTEGER r, INTEGER s }. Taken too, because signers in the field write it so: integers without the zero
 * byte that keeps them positive, with needless zeros, and bytes behind the sequence. r and s are read as unsigned.
 */
function readDer(bytes: Uint8Array): Pair | undefined {
  const sequence = readElement(bytes, 0)
  if (sequence?.tag !== TAG.sequence) return undefined
  const parts = readElements(sequence.content)
  const [r, s] = parts ?? []
  if (parts?.length !== 2 || r?.tag !== TAG.integer || s?.tag !== TAG.integer) return undefined
  if (r.content.length === 0 || s.content.length === 0) return undefined
  const quirks: string[] = []
  if (sequence.end < bytes.length) quirks.push('bytes behind the DER signature')
  if ([r, s].some(({ content }) => (content[0] ?? 0) > 0x7f))
    quirks.push('a DER integer lacks its sign byte')
  if (
    [r, s].some(({ content }) => content[0] === 0 && content.length > 1 && (content[1] ?? 0) < 0x80)
  )
    quirks.push('a DER integer has needless zeros')
  return { r: toNumber(r.content), s: toNumber(s.content), quirks }
}
