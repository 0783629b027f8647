import { parseJsonText, pickText } from './json-text.ts'

/** A signed OCMF record as it was handed over, or why what came is none. */
export type SignedValue = { readonly record: string } | { readonly problem: string }

const MAX_WRAPPINGS = 4

/**
 * Takes an OCMF record out of what a charger put round it: nothing, base64, hex, or the JSON object of the OCA paper
 * on signed meter values (`signedMeterData`, `encodingMethod`). White space outside the record is transport and is
 * dropped; the record itself is never touched, because its signature covers its bytes.
 */
export function signedValue(value: string, encoding?: string): SignedValue {
  let text = value
  let named = encoding === undefined || encoding === '' ? undefined : encoding
  for (let i = 0; i < MAX_WRAPPINGS; i++) {
    const bare = text.replace(/^[\s\uFEFF]+|\s+$/g, '')
    if (bare.startsWith('OCMF|')) return { record: bare }
    if (bare.startsWith('<')) return { problem: `${xmlName(bare)}, not OCMF` }
    if (bare.startsWith('{')) {
      const json = parseJsonText(bare)
      const inner = pickText(json, ['signedMeterData'])
      if (inner === undefined) return { problem: 'a JSON object without signedMeterData, not OCMF' }
      named = pickText(json, ['encodingMethod']) ?? named
      text = inner
      continue
    }
    const bytes = decoded(bare)
    if (bytes === undefined) return { problem: `${named ?? 'an unknown encoding'}, not OCMF` }
    const inner = strictUtf8(bytes)
    if (inner === undefined)
      return { problem: `${named ?? 'a binary format (EDL or SML)'}, not OCMF` }
    text = inner
  }
  return { problem: 'wrapped too many times' }
}

/** Hex is looked for first: every hex text is also base64, but no base64 of `OCMF|`, `{` or `<` is hex. */
function decoded(text: string): Buffer | undefined {
  const dense = text.replace(/\s+/g, '')
  if (dense === '') return undefined
  if (/^(?:[0-9a-fA-F]{2})+$/.test(dense)) return Buffer.from(dense, 'hex')
  // Buffer skips what is no base64 in silence, which would turn any text into bytes.
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(dense) ? Buffer.from(dense, 'base64') : undefined
}

/** Bytes as text only when they give back the same bytes. */
function strictUtf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}

function xmlName(xml: string): string {
  const attribute = (name: string): string | undefined =>
    new RegExp(`\\b${name}\\s*=\\s*["']([^"']{1,40})["']`).exec(
      xml.replace(/<\?xml[^>]*\?>/, ''),
    )?.[1]
  const inside = attribute('format') ?? attribute('encodingMethod') ?? attribute('encoding')
  return inside === undefined ? 'XML' : `XML (${inside})`
}

/** Serial number a record names: the meter's (MS), or the gateway's (GS) where the meter has none. Unverified. */
export function serialOf(record: string): string | undefined {
  const payload = parseJsonText(record.slice(5, record.indexOf('|', 5)))
  return pickText(payload, ['MS']) || pickText(payload, ['GS'])
}
