import type { Token } from './lexer.ts'
import { isSource, isTest, type Problem } from './problem.ts'

const ROOMS = ['modules/', 'node/consensus/core/', 'node/chain/']

// Each divides for a reason of its own; everywhere else a division goes through one of the kit's named functions.
const DIVIDERS: { readonly [file: string]: string } = {
  'modules/kit/math.ts': 'names the roundings',
  'modules/kit/dec.ts': 'names the roundings',
  'node/chain/priority.ts': 'truncates and floors where CometBFT does',
  'node/chain/time.ts': 'calendar of non-negative days',
  'node/chain/commit.ts': 'truncates the power needed as CometBFT does',
  'node/chain/part-set.ts': 'counts parts',
  'node/chain/wire.ts': 'cuts a varint into groups of 7 bits',
  'node/consensus/core/summary-codec.ts': 'counts bytes of a bit list',
}

const WORDS: { readonly [word: string]: string } = {
  Date: 'time comes with the block or as an input',
  Intl: 'results must not depend on a locale',
  localeCompare: 'results must not depend on a locale',
  toLocaleString: 'results must not depend on a locale',
  async: 'handlers are synchronous',
  await: 'handlers are synchronous',
  Promise: 'handlers are synchronous',
  setTimeout: 'there are no timers here',
  setInterval: 'there are no timers here',
  setImmediate: 'there are no timers here',
  queueMicrotask: 'handlers are synchronous',
  performance: 'time comes with the block or as an input',
  parseFloat: 'there are no floats here',
}

// Counts and indexes may be compared and bounded; amounts are bigint and have no business with Math.
const MATH = new Set(['min', 'max', 'imul', 'clz32'])

/** Whether the file belongs to what every validator must compute alike. */
export function isPure(file: string): boolean {
  return isSource(file) && !isTest(file) && ROOMS.some((room) => file.startsWith(room))
}

/** What could make two validators disagree: clocks, chance, floats, locale, unnamed rounding, waiting. */
export function pureProblems(file: string, tokens: readonly Token[]): Problem[] {
  if (!isPure(file)) return []
  const problems: Problem[] = []
  tokens.forEach((token, i) => {
    const message = complaint(file, tokens, token, i)
    if (message !== undefined) problems.push({ rule: 'pure', file, line: token.line, message })
  })
  return problems
}

function complaint(
  file: string,
  tokens: readonly Token[],
  token: Token,
  i: number,
): string | undefined {
  const divides = Object.hasOwn(DIVIDERS, file)
  const next = (ahead: number): string => tokens[i + ahead]?.text ?? ''
  if (token.kind === 'number' && isFloat(token.text)) return `float literal ${token.text}`
  if (token.kind === 'mark' && (token.text === '/' || token.text === '/='))
    return divides ? undefined : 'bare division: use a function that names its rounding'
  if (token.kind !== 'word') return undefined
  const counts = MATH.has(next(2)) || (divides && /^(floor|ceil)$/.test(next(2)))
  if (token.text === 'Math' && next(1) === '.' && !counts)
    return next(2) === 'random' ? 'Math.random' : `Math.${next(2)} works on floats`
  if ((token.text === 'sort' || token.text === 'toSorted') && next(1) === '(' && next(2) === ')')
    return `${token.text}() without a comparator sorts by text`
  const reason = Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined
  // `x.Date` and `{ Date: … }` are names of somebody's field.
  const method = /^(localeCompare|toLocaleString)$/.test(token.text)
  const field = tokens[i - 1]?.text === '.' || next(1) === ':'
  return reason === undefined || (field && !method) ? undefined : `${token.text}: ${reason}`
}

function isFloat(text: string): boolean {
  // 1e9 is an integer, 1e-9 is not.
  return !/^0[xXbBoO]/.test(text) && /\.|[eE]-/.test(text)
}
