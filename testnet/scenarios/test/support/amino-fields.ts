import type { AminoMsg } from '@cosmjs/amino'
import type { AminoConverter } from '@cosmjs/stargate'
import type { Any } from 'cosmjs-types/google/protobuf/any'
import type { Duration } from 'cosmjs-types/google/protobuf/duration'
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp'

/** How one field goes between protobuf and amino JSON. An empty one is left out unless `keep` says otherwise. */
export interface Field {
  readonly key: string
  readonly name: string
  readonly keep: boolean
  to(value: unknown): unknown
  from(json: unknown): unknown
}

type Pair = Pick<Field, 'to' | 'from'>
type Row = Record<string, unknown>

const field = (name: string, pair: Pair, keep: boolean): Field => ({
  key: name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  name,
  keep,
  ...pair,
})

const SAME: Pair = { to: (value) => value, from: (json) => json }
const INTEGER: Pair = { to: String, from: (json) => BigInt(json as string) }
const INSTANT: Pair = {
  to: (value) => {
    const { seconds, nanos } = value as Timestamp
    if (nanos !== 0) throw new RangeError('whole seconds only')
    return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
  },
  from: (json) => ({ seconds: BigInt(Date.parse(json as string) / 1000), nanos: 0 }),
}
const NANOSECONDS: Pair = {
  to: (value) => {
    const { seconds, nanos } = value as Duration
    return (seconds * 1_000_000_000n + BigInt(nanos)).toString()
  },
  from: (json) => {
    const total = BigInt(json as string)
    return { seconds: total / 1_000_000_000n, nanos: Number(total % 1_000_000_000n) }
  },
}
const ONE = 10n ** 18n
/** 18 digits behind the point, as a `Dec` of less than ten has them. */
const withPoint = (atomics: bigint): string =>
  `${atomics / ONE}.${(atomics % ONE).toString().padStart(18, '0')}`
const withoutPoint = (text: string): string => BigInt(text.replace('.', '')).toString()
const DECIMAL: Pair = {
  to: (value) => withPoint(BigInt(value as string)),
  from: (json) => withoutPoint(json as string),
}
const DECIMAL_BYTES: Pair = {
  to: (value) => withPoint(BigInt(Buffer.from(value as Uint8Array).toString())),
  from: (json) => Uint8Array.from(Buffer.from(withoutPoint(json as string))),
}

/** Texts, booleans, enum numbers, coins: the same on both sides. `kept` for those that are written when empty too. */
export const plain = (name: string): Field => field(name, SAME, false)
export const kept = (name: string): Field => field(name, SAME, true)
export const integer = (name: string): Field => field(name, INTEGER, false)
export const instant = (name: string): Field => field(name, INSTANT, false)
export const nanoseconds = (name: string): Field => field(name, NANOSECONDS, true)
export const decimal = (name: string): Field => field(name, DECIMAL, true)
export const decimalBytes = (name: string): Field => field(name, DECIMAL_BYTES, true)

/** A field that has another name in amino JSON. */
export const renamed = (one: Field, name: string): Field => ({ ...one, name })

/** A message within a message, or a list of such. */
export const nested = (name: string, fields: readonly Field[]): Field =>
  field(
    name,
    {
      to: (value) =>
        Array.isArray(value) ? value.map((one) => toJson(fields, one)) : toJson(fields, value),
      from: (json) =>
        Array.isArray(json) ? json.map((one) => fromJson(fields, one)) : fromJson(fields, json),
    },
    true,
  )

/** What packs and unpacks messages of any type that the client knows. */
export interface Packing {
  toAmino(any: Any): AminoMsg
  fromAmino(json: AminoMsg): Any
}

/** A packed message, or a list of such. */
export const packed = (name: string, packing: Packing): Field =>
  field(
    name,
    {
      to: (value) =>
        Array.isArray(value)
          ? (value as Any[]).map((one) => packing.toAmino(one))
          : packing.toAmino(value as Any),
      from: (json) =>
        Array.isArray(json)
          ? (json as AminoMsg[]).map((one) => packing.fromAmino(one))
          : packing.fromAmino(json as AminoMsg),
    },
    true,
  )

/** The converter of a type whose fields are listed. */
export const converter = (aminoType: string, fields: readonly Field[]): AminoConverter => ({
  aminoType,
  toAmino: (value) => toJson(fields, value),
  fromAmino: (json) => fromJson(fields, json),
})

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  value === 0 ||
  value === 0n ||
  value === false ||
  (Array.isArray(value) && value.length === 0)

function toJson(fields: readonly Field[], value: unknown): Row {
  const json: Row = {}
  for (const { key, name, keep, to } of fields) {
    const one = (value as Row)[key]
    if (one !== undefined && (keep || !isEmpty(one))) json[name] = to(one)
  }
  return json
}

function fromJson(fields: readonly Field[], json: unknown): Row {
  const value: Row = {}
  for (const { key, name, from } of fields) {
    const one = (json as Row)[name]
    if (one !== undefined) value[key] = from(one)
  }
  return value
}
