import { formatDecimal, shift } from '../../modules/kit/ocmf/decimal.ts'
import { compressedKey } from '../../modules/kit/ocmf/key.ts'
import type { OcmfProblem } from '../../modules/kit/ocmf/problem.ts'
import { formatTime } from '../../modules/kit/ocmf/time.ts'
import type { OcmfReading } from '../../modules/kit/ocmf/types.ts'
import { table } from '../table.ts'
import { readingOf } from './jsonl.ts'
import { fingerprint, type Judgement } from './judge.ts'
import type { JudgedReceipt, JudgedValue } from './receipt-file.ts'

const CLOCKS = {
  S: 'synchronised',
  R: 'relative to an informative begin',
  I: 'informative',
  U: 'unknown',
} as const

const REASONS_OF_READING: { readonly [tx: string]: string } = {
  B: 'begin',
  C: 'charging',
  X: 'error',
  E: 'end',
  L: 'end (local)',
  R: 'end (remote)',
  A: 'end (aborted)',
  P: 'end (power failure)',
  S: 'suspended',
  T: 'tariff change',
}

/** A receipt's verdict as JSON mode prints it. */
export function receiptJson(receipt: JudgedReceipt): unknown {
  return {
    ok: receipt.ok,
    values: receipt.values.map(valueJson),
    transaction: receipt.transaction === null ? undefined : problemsJson(receipt.transaction),
  }
}

/** A receipt's verdict for people. */
export function receiptText(receipt: JudgedReceipt): string {
  const parts = receipt.values.map((value, i) => {
    const title = receipt.values.length > 1 ? `${titleOf(value, i)}\n` : ''
    return title + valueText(value.judgement)
  })
  if (receipt.transaction !== null)
    parts.push(`transaction  ${problemsText(receipt.transaction, 'begin and end belong together')}`)
  return withoutControls(parts.join('\n\n'))
}

function titleOf({ context, transaction }: JudgedValue, i: number): string {
  const of = transaction === null ? '' : ` of transaction ${transaction}`
  return `value ${i + 1}${context === null ? '' : `, ${context}`}${of}`
}

function valueText(judgement: Judgement): string {
  const { data, key, refusal, content, clock, remarks } = judgement
  const because = refusal === null ? '' : `: ${refusal.detail} (${refusal.problem})`
  const rows: [string, string | null][] = [
    ['signature', `${judgement.signature}${because}`],
    ['clock', clock === null ? 'not stated' : `${CLOCKS[clock]} (${clock})`],
    ['content', problemsText(content, 'ok')],
    ...remarks.map((remark): [string, string] => ['note', remark]),
  ]
  if (key !== null) {
    const by = judgement.signature === 'valid' ? 'signed by' : 'checked with'
    rows.push([by, `key ${fingerprint(key)} (SHA-256 of its SPKI), ${key.curve}`])
    rows.push(['public key', Buffer.from(compressedKey(key)).toString('hex')])
  }
  if (judgement.identity !== null) rows.push(['record', judgement.identity])
  if (data === null) return lines(rows)
  const { meter, gateway, user, pagination, chargePoint } = data
  const page = pagination === null ? null : `${pagination.context}${pagination.number}`
  rows.push(
    ['meter', words(meter.serial, meter.vendor, meter.model, meter.firmware)],
    ['gateway', words(gateway.serial, gateway.id, gateway.version)],
    ['charge point', words(chargePoint.id, chargePoint.type)],
    ['pagination', page],
    [
      'user',
      words(user.id, user.type, user.level, user.assigned === false ? 'not assigned' : null),
    ],
    ['tariff', data.tariff],
  )
  return `${lines(rows)}\n${indent(table(data.readings.map(readingRow)))}`
}

function readingRow(reading: OcmfReading): Record<string, string> {
  const { millis, clock, tx, register, wh, value, unit, status, errors } = reading
  const kwh = wh === null ? null : formatDecimal(shift(wh, -3))
  const other = value === null ? '' : `${formatDecimal(value)} ${unit ?? ''}`
  return {
    time: millis === null ? '?' : formatTime(millis),
    clock: clock ?? '?',
    reading: tx === null ? '' : (REASONS_OF_READING[tx] ?? tx),
    register: register ?? '',
    value: kwh === null ? other : `${kwh} kWh`,
    status: status === 'G' ? 'good' : (status ?? '?'),
    flags: errors,
  }
}

function valueJson({ context, transaction, judgement }: JudgedValue): unknown {
  const { data, key, refusal, content, clock, remarks } = judgement
  const page = data?.pagination ?? null
  return {
    context,
    transaction,
    signature: judgement.signature,
    refusal: refusal === null ? null : { code: refusal.problem, detail: refusal.detail },
    clock,
    content: content[0]?.problem ?? 'ok',
    problems: problemsJson(content),
    notes: remarks,
    key:
      key === null
        ? null
        : { curve: key.curve, fingerprint: fingerprint(key), public_key: hex(compressedKey(key)) },
    algorithm: judgement.algorithm,
    record_sha256: judgement.identity,
    meter: data?.meter ?? null,
    gateway: data?.gateway ?? null,
    charge_point: data?.chargePoint ?? null,
    pagination: page === null ? null : `${page.context}${page.number}`,
    user: data?.user ?? null,
    tariff: data?.tariff ?? null,
    readings: (data?.readings ?? []).map((one) => ({ ...readingOf(one), tx: one.tx })),
  }
}

function problemsJson(problems: readonly OcmfProblem[]): readonly unknown[] {
  return problems.map(({ problem, detail }) => ({ code: problem, detail }))
}

function problemsText(problems: readonly OcmfProblem[], fine: string): string {
  if (problems.length === 0) return fine
  return problems.map(({ problem, detail }) => `${detail} (${problem})`).join('; ')
}

function lines(rows: readonly (readonly [string, string | null])[]): string {
  return rows
    .filter(([, text]) => text !== null && text !== '')
    .map(([name, text]) => `${name.padEnd(12)} ${text}`)
    .join('\n')
}

function words(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(', ')
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** What a stranger wrote into a record must not move the cursor or paint the terminal. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) =>
    char === '\n' ? char : '\uFFFD',
  )
}
