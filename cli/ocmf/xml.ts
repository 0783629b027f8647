import { XMLParser } from 'fast-xml-parser'
import { otherFormat } from '../../modules/kit/ocmf/record.ts'

/** One value of a receipt file. */
export interface ReceiptValue {
  readonly record: string
  readonly key: string | null
  /** Transaction.Begin, Transaction.End, or what the file says; null when it says nothing. */
  readonly context: string | null
  readonly transaction: string | null
  /** The format this value is in when it is none of OCMF. */
  readonly foreign: string | null
}

const TEXT = '#text'

/** Sizes beyond any receipt; an entity that grows past them is an attack on the reader. */
const LIMIT = 10_000_000

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: TEXT,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  processEntities: { enabled: true, maxTotalExpansions: LIMIT, maxExpandedLength: LIMIT },
})

/**
 * The values of a file in the form of the S.A.F.E. transparency software: `signedData` and `publicKey` in elements
 * `value`, at whatever depth. Undefined when the text is no XML; empty when it is, without signed data.
 */
export function receiptValues(text: string): readonly ReceiptValue[] | undefined {
  const tree = parse(text)
  if (tree === undefined) return undefined
  const found: ReceiptValue[] = []
  collect(tree, found)
  return found
}

function parse(text: string): unknown {
  try {
    return parser.parse(text.replace(/^\uFEFF/, '').trim())
  } catch {
    return undefined
  }
}

function collect(node: unknown, found: ReceiptValue[]): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, found)
    return
  }
  if (!isNode(node)) return
  for (const name of ['signedData', 'encodedData']) {
    for (const data of listOf(node[name])) found.push(receiptValue(data, node))
  }
  for (const [name, member] of Object.entries(node)) {
    if (!['signedData', 'encodedData', 'publicKey'].includes(name)) collect(member, found)
  }
}

function receiptValue(data: unknown, value: Node): ReceiptValue {
  const record = contentOf(data)
  const [key] = listOf(value['publicKey'])
  const format = attribute(data, 'format')
  const isOcmf = /^\s*OCMF\|/.test(record)
  const named = format === null || /^ocmf$/i.test(format) ? null : format
  const guessed = otherFormat(record.trim()) ?? null
  return {
    record,
    key: key === undefined || contentOf(key).trim() === '' ? null : contentOf(key),
    context: attribute(value, 'context'),
    transaction: attribute(value, 'transactionId') ?? attribute(data, 'transactionId'),
    foreign: isOcmf ? null : (named ?? guessed),
  }
}

interface Node {
  readonly [name: string]: unknown
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function contentOf(node: unknown): string {
  if (typeof node === 'string') return node
  const text = isNode(node) ? node[TEXT] : undefined
  return typeof text === 'string' ? text : ''
}

function attribute(node: unknown, name: string): string | null {
  const value = isNode(node) ? node[`@${name}`] : undefined
  return typeof value === 'string' && value !== '' ? value : null
}
