import type { Token } from './lexer.ts'
import { isSource, type Problem } from './problem.ts'

const FILE_LINES = 400
const FUNCTION_LINES = 70
// A brace after one of these is no return type: without semicolons it is where walking back must stop.
const NO_TYPE = new Set(
  'class interface extends implements import export const let var function return type'.split(' '),
)
const STATEMENTS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with'])

/** Files over 400 lines and functions over 70. Blocks of `describe` hold many tests and are let off. */
export function sizeProblems(file: string, text: string, tokens: readonly Token[]): Problem[] {
  if (!isSource(file)) return []
  const lines = text.split('\n')
  const problems: Problem[] = []
  const length = text.endsWith('\n') ? lines.length - 1 : lines.length
  if (length > FILE_LINES) {
    const message = `${length} lines, at most ${FILE_LINES}`
    problems.push({ rule: 'size', file, line: 1, message })
  }
  for (const { from, to } of functionSpans(tokens)) {
    if (to - from < FUNCTION_LINES || /\bdescribe\(/.test(lines[from - 1] ?? '')) continue
    const message = `a function of ${to - from + 1} lines, at most ${FUNCTION_LINES}`
    problems.push({ rule: 'size', file, line: from, message })
  }
  return problems
}

/** First and last line of every function that has a body in braces. */
export function functionSpans(tokens: readonly Token[]): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = []
  const open: (number | undefined)[] = []
  tokens.forEach((token, i) => {
    const opens = token.text === '{' && token.kind === 'mark'
    const enters = token.kind === 'template' && token.text.endsWith('${')
    const leaves = token.kind === 'template' && token.text.startsWith('}')
    if ((token.text === '}' && token.kind === 'mark') || leaves) {
      const from = open.pop()
      if (from !== undefined) spans.push({ from, to: token.line })
    }
    if (opens) open.push(functionStart(tokens, i))
    else if (enters) open.push(undefined)
  })
  return spans
}

/** Line at which the function of this opening brace begins; undefined for other braces. */
function functionStart(tokens: readonly Token[], brace: number): number | undefined {
  let end = brace - 1
  const arrow = tokens[end]?.text === '=>'
  if (arrow) end -= 1
  if (arrow && tokens[end]?.kind === 'word' && tokens[end - 1]?.text !== ':')
    return tokens[end]?.line
  if (tokens[end]?.text !== ')') end = beforeReturnType(tokens, end)
  if (tokens[end]?.text !== ')') return undefined
  const start = opening(tokens, end)
  const before = tokens[start - 1]
  if (arrow) return tokens[start]?.line
  return before === undefined || STATEMENTS.has(before.text) ? undefined : before.line
}

/** Walks back over `: Type` to the parenthesis before it; returns -1 when there is none. */
function beforeReturnType(tokens: readonly Token[], end: number): number {
  let depth = 0
  for (let i = end; i > 0; i--) {
    const text = tokens[i]?.text ?? ''
    if (/^[)\]}]$/.test(text)) depth += 1
    if (/^[([{]$/.test(text)) depth -= 1
    if (depth < 0 || (depth === 0 && (text === '=' || NO_TYPE.has(text)))) return -1
    if (depth === 0 && text === ':' && tokens[i - 1]?.text === ')') return i === end ? -1 : i - 1
  }
  return -1
}

function opening(tokens: readonly Token[], close: number): number {
  let depth = 0
  for (let i = close; i >= 0; i--) {
    const { text, kind } = tokens[i] as Token
    if (kind !== 'mark') continue
    if (text === ')') depth += 1
    if (text === '(' && --depth === 0) return i
  }
  return 0
}
