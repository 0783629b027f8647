/** A piece of TypeScript; comments and white space are left out. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark'
  readonly text: string
  readonly line: number
}

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy
const NUMBER = /0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?/y
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y
const REGEX = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const MARK = /=>|\?\?=|\?\.|\.\.\.|\*\*|[-+*/%&|^!=<>?]=+|&&|\|\||\?\?|\+\+|--|[\s\S]/y
const SKIP = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y

// After these a slash starts a regular expression; after a value it divides.
const BEFORE_REGEX = new Set(
  'return typeof case in of instanceof new delete void throw do else yield await'.split(' '),
)

/** Cuts a file into tokens. The text between `${` and `}` of a template is cut too. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  // Depth of open braces for each open template: `}` at depth 0 goes on with the template.
  const templates: number[] = []
  let at = 0
  let line = 1
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  const push = (kind: Token['kind'], found: string): void => {
    tokens.push({ kind, text: found, line })
    pass(found)
  }
  const pass = (found: string): void => {
    at += found.length
    for (const letter of found) if (letter === '\n') line += 1
  }
  const template = (): void => {
    const piece = templatePiece(text, at)
    push('template', piece)
    if (piece.endsWith('${')) templates.push(0)
  }
  while (at < text.length) {
    const skipped = take(SKIP)
    if (skipped !== undefined) {
      pass(skipped)
      continue
    }
    const letter = text[at] as string
    const depth = templates.at(-1)
    if (letter === '`') template()
    else if (letter === '}' && depth === 0) {
      templates.pop()
      template()
    } else if (letter === "'" || letter === '"') push('string', take(STRING) ?? letter)
    else if (/\d/.test(letter) || (letter === '.' && /\d/.test(text[at + 1] ?? '')))
      push('number', take(NUMBER) ?? letter)
    else if (/[\p{ID_Start}$_#]/u.test(letter)) push('word', take(WORD) ?? letter)
    else if (letter === '/' && regexAfter(tokens.at(-1)) && take(REGEX) !== undefined)
      push('regex', take(REGEX) as string)
    else {
      if (depth !== undefined && letter === '{') templates.push((templates.pop() as number) + 1)
      if (depth !== undefined && letter === '}') templates.push((templates.pop() as number) - 1)
      push('mark', take(MARK) as string)
    }
  }
  return tokens
}

function regexAfter(last: Token | undefined): boolean {
  if (last === undefined) return true
  if (last.kind === 'word') return BEFORE_REGEX.has(last.text)
  if (last.kind === 'template') return last.text.endsWith('${')
  return last.kind === 'mark' && !/^[)\]}]$/.test(last.text)
}

/** From the opening quote (or the brace that ends an expression) to the closing quote or the next `${`. */
function templatePiece(text: string, start: number): string {
  let at = start + 1
  while (at < text.length) {
    if (text[at] === '\\') at += 2
    else if (text[at] === '`') return text.slice(start, at + 1)
    else if (text[at] === '$' && text[at + 1] === '{') return text.slice(start, at + 2)
    else at += 1
  }
  return text.slice(start)
}
