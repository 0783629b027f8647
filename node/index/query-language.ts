/** Operators of CometBFT's event query language. */
export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'CONTAINS' | 'EXISTS'

/** One condition on an attribute `type.key`, or on a reserved name such as `tx.height`. */
export interface Condition {
  readonly key: string
  readonly op: Operator
  /** Text as written without quotes; empty for EXISTS. */
  readonly value: string
  /** How the value was written: quoted text, bare number, or a TIME or DATE literal. */
  readonly kind: 'text' | 'number' | 'time'
}

/** All conditions must hold. */
export interface EventQuery {
  readonly source: string
  readonly conditions: readonly Condition[]
}

/** The query text is malformed; clients match on the prefix `failed to parse query`. */
export class QueryError extends Error {
  constructor(reason: string) {
    super(`failed to parse query: ${reason}`)
    this.name = 'QueryError'
  }
}

const MAX_LENGTH = 512
const TOKEN =
  /\s*(?:(AND|CONTAINS|EXISTS|TIME|DATE)(?![\w.\-/:])|(<=|>=|=|<|>)|'((?:[^'\\]|\\.)*)'|(-?\d[\w:.+-]*)|([A-Za-z_][\w.\-/:]*))/y

type Token =
  | { readonly kind: 'word' | 'op' | 'text' | 'number' | 'key'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' }

/** Parses `key op value AND …`. Throws QueryError. */
export function parseQuery(source: string): EventQuery {
  if (source.length > MAX_LENGTH) throw new QueryError(`longer than ${MAX_LENGTH} characters`)
  const tokens = tokenize(source)
  let at = 0
  const next = (): Token => tokens[at++] ?? { kind: 'end', text: '' }
  const conditions: Condition[] = []
  for (;;) {
    conditions.push(condition(next, source))
    const joint = next()
    if (joint.kind === 'end') return { source, conditions }
    if (joint.kind !== 'word' || joint.text !== 'AND') {
      throw new QueryError(`expected AND before "${joint.text}" in ${source}`)
    }
  }
}

function condition(next: () => Token, source: string): Condition {
  const key = next()
  if (key.kind !== 'key')
    throw new QueryError(`expected an attribute such as tx.height in "${source}"`)
  const op = next()
  if (op.kind === 'word' && op.text === 'EXISTS')
    return { key: key.text, op: 'EXISTS', value: '', kind: 'text' }
  if (op.kind === 'word' && op.text === 'CONTAINS') {
    const value = next()
    if (value.kind !== 'text') throw new QueryError("CONTAINS needs a text in '…'")
    return { key: key.text, op: 'CONTAINS', value: value.text, kind: 'text' }
  }
  if (op.kind !== 'op') throw new QueryError(`expected an operator after ${key.text}`)
  const value = next()
  if (value.text === 'TIME' || value.text === 'DATE') {
    return {
      key: key.text,
      op: op.text as Operator,
      value: moment(value.text, next()),
      kind: 'time',
    }
  }
  if (value.kind === 'text') {
    if (op.text !== '=')
      throw new QueryError(`${op.text} compares numbers and times, not '${value.text}'`)
    return { key: key.text, op: '=', value: value.text, kind: 'text' }
  }
  if (value.kind !== 'number' || !/^-?\d+(\.\d+)?$/.test(value.text)) {
    throw new QueryError(`expected a value after ${key.text} ${op.text}`)
  }
  return { key: key.text, op: op.text as Operator, value: value.text, kind: 'number' }
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const CALENDAR_DATE = /^\d{4}-\d\d-\d\d$/

/** The literal after TIME (RFC 3339) or DATE (year-month-day, midnight UTC). */
function moment(word: 'TIME' | 'DATE', literal: Token): string {
  const shape = word === 'TIME' ? RFC_3339 : CALENDAR_DATE
  if (!shape.test(literal.text) || Number.isNaN(Date.parse(literal.text))) {
    throw new QueryError(
      `"${literal.text}" is no ${word}: write 2026-01-31${word === 'TIME' ? 'T12:00:00Z' : ''}`,
    )
  }
  return literal.text
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (source.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(source)
    if (match === null) throw new QueryError(`unexpected "${source.slice(at).trim().slice(0, 20)}"`)
    at = TOKEN.lastIndex
    const [, word, op, text, number, key] = match
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (op !== undefined) tokens.push({ kind: 'op', text: op })
    else if (text !== undefined) tokens.push({ kind: 'text', text: text.replace(/\\(.)/g, '$1') })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else tokens.push({ kind: 'key', text: key as string })
  }
  return tokens
}

/** Whether a value satisfies a condition. Number and time comparisons fail on values of another kind. */
export function satisfies(value: string, condition: Condition): boolean {
  if (condition.op === 'EXISTS') return true
  if (condition.op === 'CONTAINS') return value.includes(condition.value)
  if (condition.kind === 'text') return value === condition.value
  const order =
    condition.kind === 'number'
      ? compareNumbers(value, condition.value)
      : compareTimes(value, condition.value)
  if (order === undefined) return false
  switch (condition.op) {
    case '=':
      return order === 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** Whether the events (attribute name to all its values) satisfy every condition by any of their values. */
export function matches(
  query: EventQuery,
  events: ReadonlyMap<string, readonly string[]>,
): boolean {
  return query.conditions.every((condition) => {
    const values = events.get(condition.key)
    return values?.some((value) => satisfies(value, condition)) ?? false
  })
}

// Only the front of a value counts, as in CometBFT: `transfer.amount > 5` holds for `100ustrom`.
const DECIMAL = /^(-?\d+)(?:\.(\d+))?/

// Exact: 64-bit heights and amounts do not fit a JS number.
function compareNumbers(a: string, b: string): number | undefined {
  const left = DECIMAL.exec(a)
  const right = DECIMAL.exec(b)
  if (left === null || right === null) return undefined
  const digits = Math.max(left[2]?.length ?? 0, right[2]?.length ?? 0)
  const scaled = (match: RegExpExecArray): bigint =>
    BigInt(match[1] + (match[2] ?? '').padEnd(digits, '0'))
  const difference = scaled(left) - scaled(right)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

function compareTimes(a: string, b: string): number | undefined {
  const left = Date.parse(a)
  const right = Date.parse(b)
  return Number.isNaN(left) || Number.isNaN(right) ? undefined : left - right
}
