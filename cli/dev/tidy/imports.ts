import { posix } from 'node:path'
import type { Token } from './lexer.ts'

/** One import or re-export of a file. */
export interface Import {
  /** Path from the root for files of ours, else the package's name as written. */
  readonly target: string
  readonly ours: boolean
  /** Erased when compiled: it makes no cycle and loads nothing. */
  readonly typeOnly: boolean
  readonly line: number
}

/** Imports of a file in their order, `import()` of a literal included. */
export function importsOf(file: string, tokens: readonly Token[]): readonly Import[] {
  const found: Import[] = []
  tokens.forEach((token, i) => {
    if (token.kind !== 'word' || (token.text !== 'import' && token.text !== 'export')) return
    if (tokens[i - 1]?.text === '.') return
    const rest = clause(tokens, i + 1)
    if (rest === undefined) return
    found.push({ ...resolve(file, rest.source), typeOnly: rest.typeOnly, line: token.line })
  })
  return found
}

function resolve(file: string, source: string): { target: string; ours: boolean } {
  if (!source.startsWith('.')) return { target: source, ours: false }
  return { target: posix.join(posix.dirname(file), source), ours: true }
}

function clause(
  tokens: readonly Token[],
  start: number,
): { source: string; typeOnly: boolean } | undefined {
  const first = tokens[start]
  if (first === undefined) return undefined
  if (first.kind === 'string') return { source: unquote(first), typeOnly: false }
  if (first.text === '(') {
    const source = tokens[start + 1]
    return source?.kind === 'string' ? { source: unquote(source), typeOnly: false } : undefined
  }
  const typeOnly = first.text === 'type'
  if (!typeOnly && first.text !== '{' && first.text !== '*' && first.kind !== 'word')
    return undefined
  const names: Token[] = []
  for (let i = start; i < tokens.length; i++) {
    const token = tokens[i] as Token
    if (token.text === 'from' && tokens[i + 1]?.kind === 'string') {
      const source = unquote(tokens[i + 1] as Token)
      return { source, typeOnly: typeOnly || allTypes(names) }
    }
    // Anything else than names, braces and commas is an exported declaration.
    if (token.kind !== 'word' && !/^[{},*]$/.test(token.text)) return undefined
    names.push(token)
  }
  return undefined
}

/** `{ type A, type B }`: every name is a type. */
function allTypes(names: readonly Token[]): boolean {
  if (names[0]?.text !== '{' || names.at(-1)?.text !== '}') return false
  const inner = names.slice(1, -1).map(({ text }) => text)
  const items = inner.join(' ').split(',')
  return items.every((item) => item.trim() === '' || /^\s*type /.test(item))
}

function unquote(token: Token): string {
  return token.text.slice(1, -1)
}
