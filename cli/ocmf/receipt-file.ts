import { isProblem, type OcmfProblem, problem } from '../../modules/kit/ocmf/problem.ts'
import { otherFormat } from '../../modules/kit/ocmf/record.ts'
import { transactionProblems } from '../../modules/kit/ocmf/rules.ts'
import { recordsOf } from './forms.ts'
import { type Judgement, judge, unreadable } from './judge.ts'
import { type ReceiptValue, receiptValues } from './xml.ts'

/** The verdict on one value of a receipt. */
export interface JudgedValue {
  readonly context: string | null
  readonly transaction: string | null
  readonly judgement: Judgement
}

/** The verdict on a receipt: its values, and its transaction when begin and end stand in records of their own. */
export interface JudgedReceipt {
  readonly values: readonly JudgedValue[]
  /** Null when no two records make up a transaction together. */
  readonly transaction: readonly OcmfProblem[] | null
  /** Signatures, contents and the transaction are all in order. */
  readonly ok: boolean
}

/** Judges the text of a receipt file or a record. `key` is used instead of the keys the file names. */
export function judgeReceipt(text: string, key: string | null): JudgedReceipt | OcmfProblem {
  const values = valuesOf(text)
  if (isProblem(values)) return values
  const judged = values.map((value) => ({
    context: value.context,
    transaction: value.transaction,
    judgement:
      value.foreign === null
        ? judge(value.record, key ?? value.key)
        : unreadable(foreign(value.foreign)),
  }))
  const transaction = transactionOf(judged)
  const clean = judged.every(
    ({ judgement }) => judgement.signature === 'valid' && judgement.content.length === 0,
  )
  return { values: judged, transaction, ok: clean && (transaction ?? []).length === 0 }
}

function valuesOf(text: string): readonly ReceiptValue[] | OcmfProblem {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === '') return problem('input', 'the receipt is empty')
  if (!trimmed.startsWith('<')) {
    const bare = { key: null, context: null, transaction: null, foreign: null }
    return recordsOf(trimmed).map((record) => ({ record, ...bare }))
  }
  const values = receiptValues(trimmed)
  if (values === undefined) return problem('input', 'the file begins like XML and is none')
  if (values.length > 0) return values
  const other = otherFormat(trimmed)
  return other === undefined ? problem('input', 'the XML holds no signedData') : foreign(other)
}

function foreign(name: string): OcmfProblem {
  return problem('other_format', `this is not OCMF but ${name}, which this program does not read`)
}

/** Two records of which the first only begins and the last only ends are judged as one transaction. */
function transactionOf(values: readonly JudgedValue[]): readonly OcmfProblem[] | null {
  const records = values.flatMap(({ judgement: { data } }) => (data === null ? [] : [data]))
  const [first, second] = records
  if (first === undefined || second === undefined || values.length !== 2) return null
  const [one, other] = values
  if (one?.transaction !== other?.transaction) return null
  const reasons = (record: typeof first): string =>
    record.readings.map(({ tx }) => tx ?? '').join('')
  const begins = /B/.test(reasons(first)) && !/[ELRAP]/.test(reasons(first))
  const ends = /[ELRAP]/.test(reasons(second)) && !/B/.test(reasons(second))
  return begins && ends ? transactionProblems([first, second]) : null
}
