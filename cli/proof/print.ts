import { headerHash } from '../../node/chain/header.ts'
import type { Bundle } from './bundle.ts'
import { ProofFileError } from './errors.ts'

/** A printed form, made of a bundle and its JSON text. */
export type Print = (bundle: Bundle, json: string) => string

const BEGIN = '-----BEGIN STROM CERTIFICATE PROOF-----'
const END = '-----END STROM CERTIFICATE PROOF-----'
const TITLE = 'Proof of a granular energy certificate'

/** Attributes as rows of a table: those of the standard, then what goes beyond it. */
function rows(bundle: Bundle): [name: string, value: string][] {
  const document = bundle.certificate as { readonly [part: string]: unknown }
  return ['attributes', 'beyond_the_standard'].flatMap((part) =>
    Object.entries((document[part] ?? {}) as object).map(([name, value]): [string, string] => [
      name.replaceAll('_', ' '),
      worded(value),
    ]),
  )
}

function worded(value: unknown): string {
  if (value === null) return 'not stated'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, member]) => `${name} ${worded(member)}`)
    .join(', ')
}

/** How to check the page, with the hash a trusted person has to confirm. */
function instructions({ block }: Bundle): string[] {
  const { header } = block
  const hash = Buffer.from(headerHash(header)).toString('hex').toUpperCase()
  return [
    `This page proves itself to whoever trusts the hash of block ${header.height} of chain ${header.chainId}:`,
    hash,
    'Ask somebody you trust whether that is the hash. Then, without any network:',
    `strom cert verify THIS-FILE --trusted-hash ${hash}`,
  ]
}

/** The bundle as plain text: sentences, attributes, how to verify, and the proof itself. */
export const printText: Print = (bundle, json) => {
  const table = rows(bundle)
  const width = Math.max(...table.map(([name]) => name.length))
  return [
    TITLE,
    '='.repeat(TITLE.length),
    '',
    ...bundle.summary,
    '',
    ...table.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...instructions(bundle),
    '',
    BEGIN,
    `${json}${END}`,
    '',
  ].join('\n')
}

const STYLE = [
  'body{font:11pt/1.4 serif;max-width:45em;margin:2em auto;padding:0 1em}',
  'td,th{text-align:left;vertical-align:top;padding:.15em 1em .15em 0;border-bottom:1px solid #ccc}',
  'code{font:9pt monospace;word-break:break-all}',
  'pre{font:6pt/1.2 monospace;white-space:pre-wrap;word-break:break-all}',
  '@media print{h2{break-before:page}}',
].join('\n')

/** The bundle as one HTML page without scripts and outside resources. */
export const printHtml: Print = (bundle, json) => {
  const [first = '', hash = '', ...rest] = instructions(bundle)
  const command = rest.pop() ?? ''
  const table = rows(bundle).map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  )
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${TITLE}</title>`,
    `<style>${STYLE}</style></head><body>`,
    `<h1>${TITLE}</h1>`,
    ...bundle.summary.map((line) => `<p>${escaped(line)}</p>`),
    `<table>${table.join('\n')}</table>`,
    `<p>${escaped(first)}<br><code>${hash}</code></p>`,
    `<p>${escaped(rest.join(' '))}<br><code>${escaped(command)}</code></p>`,
    '<h2>The proof</h2>',
    `<pre>${BEGIN}`,
    `${escaped(json)}${END}</pre>`,
    '</body></html>',
    '',
  ].join('\n')
}

/**
 * The JSON inside a text, and the printed form it came in; a file that is JSON alone comes back as it is. Throws
 * ProofFileError when a printed form has no proof inside.
 */
export function checkPrinted(text: string): { json: string; print: Print | undefined } {
  if (text.trimStart().startsWith('{')) return { json: text, print: undefined }
  const from = text.indexOf(`${BEGIN}\n`)
  const to = text.indexOf(END)
  if (from < 0 || to < from)
    throw new ProofFileError('it is neither JSON nor a printed page with a proof inside')
  const inside = text.slice(from + BEGIN.length + 1, to)
  return text.startsWith('<!doctype html>')
    ? { json: unescaped(inside), print: printHtml }
    : { json: inside, print: printText }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescaped(text: string): string {
  return text.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
