import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** A gzipped JSON file of `cli/testdata`. */
export function readVectors<T>(name: string): T {
  const path = fileURLToPath(new URL(`../testdata/${name}.gz`, import.meta.url))
  return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as T
}
