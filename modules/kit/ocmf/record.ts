import { utf8Decode, utf8Encode } from '../bytes.ts'
import { objectEnd } from './json.ts'
import { type OcmfProblem, problem } from './problem.ts'

/** The sections of a record. */
export interface Sections {
  /** Exactly what stands between the pipes: these bytes are signed. */
  readonly payload: Uint8Array
  readonly payloadText: string
  readonly signatureText: string
  /** A fourth section, where a withdrawn draft put the public key. Nobody signed it, so it proves nothing. */
  readonly rest: string | null
}

/** Beginnings of other formats of signed readings, so that a person learns what they hold instead of "not OCMF". */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^1b\s?1b\s?1b\s?1b/im, 'SML (EDL40, ISA-EDL40)'],
  [/^\d+\.\d+\.\d+\(ST:/, 'PCDF'],
  [/^AP;/, 'ALFEN'],
  [/<signedMeterValue/, 'EDL signedMeterValue of EMH'],
  [/<(ChargingProcess|Billing)[\s>]/, 'Mennekes EDL'],
  [
    /^\s*3082[0-9a-f]{8}/i,
    'the binary form of OCMF that its version 1.0.1 gave up, or other ASN.1',
  ],
]

/** The name of the format the text seems to be in, when it is one of the others. */
export function otherFormat(text: string): string | undefined {
  return OTHERS.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * Splits `OCMF|payload|signature`. The header ends at the first pipe. The payload ends behind its JSON object, so that
 * a pipe inside a tariff text is part of it, or at the last pipe where it is no object. A byte order mark and blanks
 * around the record are nobody's data; blanks between the pipes are signed and stay.
 */
export function splitRecord(record: Uint8Array | string): Sections | OcmfProblem {
  const decoded = typeof record === 'string' ? record : decode(record)
  if (decoded === undefined) return problem('encoding')
  const text = decoded.replace(/^\uFEFF/, '').trim()
  const first = text.indexOf('|')
  if (first < 0 || text.slice(0, first) !== 'OCMF') return headerProblem(text, first)
  const end = payloadEnd(text, first + 1)
  if (end <= first) return problem('sections', 'there is no second pipe, so no signature section')
  const behind = text.slice(end + 1)
  const close = behind.trimStart().startsWith('{') ? objectEnd(behind, behind.indexOf('{')) : -1
  const bar = close < 0 ? -1 : behind.indexOf('|', close)
  const rest = bar < 0 ? null : behind.slice(bar + 1)
  if (rest !== null && !/^[\w+/=:\s-]*$/.test(rest))
    return problem('sections', 'more sections follow than the format ever had')
  const payloadText = text.slice(first + 1, end)
  return {
    payload: utf8Encode(payloadText),
    payloadText,
    signatureText: bar < 0 ? behind : behind.slice(0, bar),
    rest,
  }
}

function payloadEnd(text: string, start: number): number {
  const blanks = /^\s*/.exec(text.slice(start))?.[0].length ?? 0
  const close = text[start + blanks] === '{' ? objectEnd(text, start + blanks) : -1
  const bar = close < 0 ? -1 : text.indexOf('|', close)
  // Only blanks may stand between the object and its pipe; else the object was not the payload.
  if (bar >= 0 && text.slice(close, bar).trim() === '') return bar
  return text.lastIndexOf('|')
}

function headerProblem(text: string, first: number): OcmfProblem {
  const other = otherFormat(text)
  if (other !== undefined) {
    return problem(
      'other_format',
      `this is not OCMF but ${other}, which this program does not read`,
    )
  }
  const header = text.slice(0, first < 0 ? 12 : Math.min(first, 12))
  return problem('header', `a record begins with OCMF|, this one with "${header}"`)
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8Decode(bytes)
  } catch {
    return undefined
  }
}
