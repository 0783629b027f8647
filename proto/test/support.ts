import { readFileSync } from 'node:fs'

/** Parsed JSON of a file in `proto/testdata`. */
export function testdata<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../testdata/${path}`, import.meta.url), 'utf8')) as T
}

/** Bytes of hex text. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Lower-case hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
