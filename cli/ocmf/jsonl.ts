import { formatDecimal } from '../../modules/kit/ocmf/decimal.ts'
import { formatTime } from '../../modules/kit/ocmf/time.ts'
import type { OcmfReading } from '../../modules/kit/ocmf/types.ts'
import { type Judgement, judge, nothingToJudge, reasonOf } from './judge.ts'

/** One answer line; the order of its members is part of the form. */
export interface Verdict {
  readonly id: unknown
  readonly signature: Judgement['signature']
  readonly clock: Judgement['clock']
  readonly content: string
  readonly reason: string
  readonly readings: readonly VerdictReading[]
}

/** A reading of an answer line. */
export interface VerdictReading {
  /** UTC with milliseconds; null when TM cannot be read. */
  readonly time: string | null
  readonly clock: string | null
  /** RI as written. */
  readonly obis: string | null
  readonly wh: number | string | null
  readonly status: string | null
}

/**
 * Judges lines `{"id", "record", "publicKey"}`; a text that is one JSON array of such objects is taken too. Every line
 * but blank ones is answered, also one that cannot be read. `key` is used instead of the keys of the lines.
 */
export function* judgeLines(text: string, key: string | null = null): Generator<Verdict> {
  const array = /^\s*\[/.test(text) ? parse(text) : undefined
  if (Array.isArray(array)) {
    for (const item of array) yield judgeItem(item, key)
    return
  }
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (line.trim() !== '') yield judgeItem(parse(line), key)
  }
}

/** The answer to one object of a line. */
export function judgeItem(item: unknown, forced: string | null = null): Verdict {
  if (typeof item !== 'object' || item === null)
    return verdictOf(null, nothingToJudge('the line is not a JSON object'))
  const { id, record, publicKey } = item as { id?: unknown; record?: unknown; publicKey?: unknown }
  if (typeof record !== 'string')
    return verdictOf(id ?? null, nothingToJudge('the line has no text "record"'))
  const isKey = typeof publicKey === 'string' || publicKey === null || publicKey === undefined
  // A key of another type is no key anybody can read; it must not pass for a missing one.
  const key = isKey ? (publicKey ?? null) : JSON.stringify(publicKey)
  return verdictOf(id ?? null, judge(record, forced ?? key))
}

/** A judgement as an answer line. */
export function verdictOf(id: unknown, judgement: Judgement): Verdict {
  const { signature, clock, content, data } = judgement
  return {
    id,
    signature,
    clock,
    content: content[0]?.problem ?? 'ok',
    reason: reasonOf(judgement),
    readings: (data?.readings ?? []).map(readingOf),
  }
}

/** A reading as an answer line shows it. */
export function readingOf(reading: OcmfReading): VerdictReading {
  const { millis, clock, register, wh, status } = reading
  return {
    time: millis === null ? null : formatTime(millis),
    clock,
    obis: register,
    wh: wh === null ? null : exactNumber(formatDecimal(wh)),
    status,
  }
}

/** A decimal as a JSON number where that prints the very same digits again, else as text. */
export function exactNumber(text: string): number | string {
  const value = Number(text)
  return String(value) === text ? value : text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
