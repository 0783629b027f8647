import { equalBytes } from '../../node/chain/bytes.ts'
import type { Codec } from '../../proto/codec.ts'
import {
  CarbonBatch,
  Certificate,
  CertificateRange,
  Claim,
  Lot,
  Params,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { StoredReading } from '../../proto/gen/strom/metering/v1/state.ts'
import { storeKeys } from './keys.ts'
import type { Proven } from './proven.ts'
import { need } from './report.ts'

/** One kind of stored value in a proof file: where it lies, and the key its own content names. */
interface Kind<T> {
  readonly store: string
  readonly codec: Codec<T>
  key(value: T): Uint8Array
}

function kind<T>(store: string, codec: Codec<T>, key: (value: T) => Uint8Array): Kind<T> {
  return { store, codec, key }
}

const KINDS = {
  certificate: kind('certificate', Certificate, (v) =>
    storeKeys.certificate(v.device, v.intervalStart, v.part),
  ),
  range: kind('certificate', CertificateRange, (v) =>
    storeKeys.range(v.device, v.intervalStart, v.part, v.first),
  ),
  claim: kind('certificate', Claim, (v) => storeKeys.claim(v.id)),
  lot: kind('certificate', Lot, (v) => storeKeys.lot(v.id)),
  carbon: kind('certificate', CarbonBatch, (v) => storeKeys.carbon(v.id)),
  rules: kind('certificate', Params, () => storeKeys.params()),
  device: kind('device', Device, (v) => storeKeys.device(v.id)),
  'opening reading': kind('metering', StoredReading, (v) =>
    storeKeys.reading(v.device, v.context, v.seq),
  ),
  'closing reading': kind('metering', StoredReading, (v) =>
    storeKeys.reading(v.device, v.context, v.seq),
  ),
}

/** What an entry may be. */
export type EntryKind = keyof typeof KINDS
type ValueOf<K extends EntryKind> = (typeof KINDS)[K] extends Kind<infer T> ? T : never

/** The stored values of a proof file, decoded. */
export interface Entries {
  readonly certificate: Certificate
  readonly ranges: readonly CertificateRange[]
  readonly claims: readonly Claim[]
  readonly lots: readonly Lot[]
  readonly carbon: readonly CarbonBatch[]
  readonly rules: Params
  readonly device: Device
  readonly opening: StoredReading | undefined
  readonly closing: StoredReading | undefined
}

/** The store of a kind, for asking a node. */
export function storeOf(what: EntryKind): string {
  return KINDS[what].store
}

/**
 * Decodes the entries. Throws an error with a sentence when an entry lies in another store or under another key than its
 * content names, or when one is missing or there twice.
 */
export function decodeEntries(list: readonly Proven[]): Entries {
  for (const { what } of list) need(Object.hasOwn(KINDS, what), `nobody knows what "${what}" is`)
  const certificate = one(list, 'certificate')
  need(certificate !== undefined, 'the certificate itself is not in the file')
  const rules = one(list, 'rules')
  need(rules !== undefined, 'the rules of certificates are not in the file')
  const device = one(list, 'device')
  need(device !== undefined, "the device's entry in the registry is not in the file")
  return {
    certificate,
    rules,
    device,
    ranges: all(list, 'range'),
    claims: all(list, 'claim'),
    lots: all(list, 'lot'),
    carbon: all(list, 'carbon'),
    opening: one(list, 'opening reading'),
    closing: one(list, 'closing reading'),
  }
}

function one<K extends EntryKind>(list: readonly Proven[], what: K): ValueOf<K> | undefined {
  const found = all(list, what)
  need(found.length <= 1, `the ${what} is in the file more than once`)
  return found[0]
}

function all<K extends EntryKind>(list: readonly Proven[], what: K): ValueOf<K>[] {
  return list.filter((proven) => proven.what === what).map((proven) => decodeOne(what, proven))
}

function decodeOne<K extends EntryKind>(what: K, { store, key, value }: Proven): ValueOf<K> {
  const { codec, store: home, key: keyOf } = KINDS[what] as unknown as Kind<ValueOf<K>>
  need(store === home, `the ${what} comes from store ${store}, not ${home}`)
  let decoded: ValueOf<K>
  try {
    decoded = codec.decode(value)
  } catch (error) {
    throw new Error(`the stored bytes of the ${what} cannot be read: ${(error as Error).message}`)
  }
  need(equalBytes(keyOf(decoded), key), `the ${what} lies under the key of something else`)
  return decoded
}
