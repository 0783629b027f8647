import { isProblem, type OcmfProblem, problem } from './problem.ts'

/** A JSON value whose numbers keep the digits they were written with. */
export type Json =
  | { readonly kind: 'text' | 'number'; readonly text: string }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'list'; readonly items: readonly Json[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Json> }

const DEEPEST = 16
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const BLANK = /[ \t\r\n]*/y
const PLAIN = /[^"\\]*/y
const ESCAPES: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/**
 * Reads one JSON value by RFC 8259 and nothing after it. The same key twice in an object is refused, since two readers
 * could take different ones. Members are held in a map: no key, `__proto__` included, has a meaning of its own.
 */
export function parseJson(text: string): Json | OcmfProblem {
  const reader = new Reader(text)
  const value = reader.value(0)
  if (isProblem(value)) return value
  return reader.atEnd() ? value : reader.fault('nothing more')
}

/** Index just behind the object that begins at `start`, braces in texts left alone; -1 when it does not end. */
export function objectEnd(text: string, start: number): number {
  let depth = 0
  let quoted = false
  for (let i = start; i < text.length; i++) {
    const char = text[i]
    if (char === '"') quoted = !quoted
    else if (quoted && char === '\\') i += 1
    else if (!quoted && char === '{') depth += 1
    else if (!quoted && char === '}' && --depth === 0) return i + 1
  }
  return -1
}

class Reader {
  readonly text: string
  at = 0
  constructor(text: string) {
    this.text = text
  }

  value(depth: number): Json | OcmfProblem {
    if (depth > DEEPEST) return this.fault(`at most ${DEEPEST} levels`)
    this.advance(BLANK)
    const char = this.text[this.at]
    if (char === '{') return this.object(depth)
    if (char === '[') return this.list(depth)
    if (char === '"') {
      const text = this.string()
      return typeof text === 'string' ? { kind: 'text', text } : text
    }
    for (const [word, json] of WORDS) {
      if (this.take(word)) return json
    }
    const number = this.advance(NUMBER)
    return number === '' ? this.fault('a value') : { kind: 'number', text: number }
  }

  object(depth: number): Json | OcmfProblem {
    const members = new Map<string, Json>()
    this.take('{')
    if (this.taken('}')) return { kind: 'object', members }
    do {
      this.advance(BLANK)
      const name = this.string()
      if (typeof name !== 'string') return name
      if (members.has(name)) return problem('json_duplicate', `the key ${name} stands twice`)
      if (!this.taken(':')) return this.fault('a colon')
      const value = this.value(depth + 1)
      if (isProblem(value)) return value
      members.set(name, value)
    } while (this.taken(','))
    return this.taken('}') ? { kind: 'object', members } : this.fault('a comma or }')
  }

  list(depth: number): Json | OcmfProblem {
    const items: Json[] = []
    this.take('[')
    if (this.taken(']')) return { kind: 'list', items }
    do {
      const value = this.value(depth + 1)
      if (isProblem(value)) return value
      items.push(value)
    } while (this.taken(','))
    return this.taken(']') ? { kind: 'list', items } : this.fault('a comma or ]')
  }

  string(): string | OcmfProblem {
    if (!this.take('"')) return this.fault('a text in quotes')
    let text = ''
    for (;;) {
      const plain = this.advance(PLAIN)
      if (hasControl(plain)) return this.fault('no control character in a text')
      text += plain
      if (this.take('"')) return text
      if (!this.take('\\')) return this.fault('the end of a text')
      const letter = this.text[this.at++] ?? ''
      const code = this.text.slice(this.at, this.at + 4)
      if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(code)) {
        text += String.fromCharCode(Number.parseInt(code, 16))
        this.at += 4
      } else if (Object.hasOwn(ESCAPES, letter)) text += ESCAPES[letter]
      else return this.fault('an escape JSON has')
    }
  }

  atEnd(): boolean {
    this.advance(BLANK)
    return this.at === this.text.length
  }

  fault(expected: string): OcmfProblem {
    const near = this.text.slice(this.at, this.at + 12)
    const where = near === '' ? 'at its end' : `at character ${this.at}, "${near}"`
    return problem('json', `not strict JSON ${where}: expected ${expected}`)
  }

  private advance(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const [found = ''] = pattern.exec(this.text) ?? []
    this.at += found.length
    return found
  }

  private take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false
    this.at += word.length
    return true
  }

  private taken(mark: string): boolean {
    this.advance(BLANK)
    return this.take(mark)
  }
}

const WORDS: readonly (readonly [string, Json])[] = [
  ['true', { kind: 'flag', value: true }],
  ['false', { kind: 'flag', value: false }],
  ['null', { kind: 'null' }],
]

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true
  return false
}
