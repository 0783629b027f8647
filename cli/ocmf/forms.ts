import { readAscii, readBase64, readHex } from '../../modules/kit/ocmf/encoding.ts'

const ENTITIES: { readonly [name: string]: string } = {
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  apos: "'",
}

/**
 * The record of a text that wraps it: a byte order mark and blanks are dropped, a record whose quotes are HTML entities
 * is put back, and one that is hex or base64 as a whole (OCPP sends it so) is decoded. A record as it is stays as it is.
 */
export function bareRecord(text: string): string {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (/^OCMF\s*\|\s*\{\s*&(quot|#34|#x22);/i.test(trimmed)) return unescapeEntities(trimmed)
  if (trimmed.includes('|')) return trimmed
  for (const bytes of [readHex(trimmed), readBase64(trimmed)]) {
    if (bytes === undefined) continue
    const inner = utf8(bytes)
    if (
      inner
        ?.replace(/^\uFEFF/, '')
        .trimStart()
        .startsWith('OCMF|') === true
    )
      return inner.trim()
  }
  return trimmed
}

/** Records of a plain text: every line that begins with OCMF| begins one; without such a line the text is one. */
export function recordsOf(text: string): readonly string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === '') return []
  // A line break inside a JSON text would be escaped, so such a line can only be the next record.
  return trimmed.split(/(?:\r?\n|\r)[ \t]*(?=OCMF\|)/).map((record) => record.trim())
}

/** Text of a file's bytes: UTF-8 or UTF-16 by its mark, else what an XML declaration names, else UTF-8. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const head = readAscii(bytes.subarray(0, bytes.indexOf(0x3e) + 1)) ?? ''
  const [, label = 'utf-8'] = /^<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(head) ?? []
  const strict = utf8(bytes)
  if (strict !== undefined) return strict
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return new TextDecoder('latin1').decode(bytes)
  }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return undefined
  }
}

function unescapeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith('#x') || name.startsWith('#X')) return codePoint(name.slice(2), 16, whole)
    if (name.startsWith('#')) return codePoint(name.slice(1), 10, whole)
    return ENTITIES[name.toLowerCase()] ?? whole
  })
}

function codePoint(digits: string, base: number, whole: string): string {
  const code = Number.parseInt(digits, base)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}
