import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const root = new URL('../testdata/', import.meta.url)

/** Parses a JSON file of testdata, `.gz` ones after unpacking. */
export function readVectors<T>(path: string): T {
  const bytes = readFileSync(new URL(path, root))
  const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return JSON.parse(text.toString('utf8')) as T
}

/** Bytes of a hexadecimal string. */
export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

/** Bytes of a base64 string; none for null. */
export function unbase64(text: string | null | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? '', 'base64'))
}

/** Bytes of an ASCII string. */
export function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
