import type { Codec } from '../../proto/codec.ts'
import { concatBytes, equalBytes, prefixEnd, utf8Decode, utf8Encode } from './bytes.ts'
import type { ReadContext, WriteContext } from './context.ts'
import { sdkErrors } from './errors.ts'
import { type KeyCodec, u64Key } from './keys.ts'

/** Bytes of a stored value. Never empty: ICS-23 cannot prove an empty value. */
export interface ValueCodec<V> {
  encode(value: V): Uint8Array
  decode(bytes: Uint8Array): V
}

/** A stored single value. */
export interface Item<V> {
  get(ctx: ReadContext): V | undefined
  /** Throws sdk 38 when absent. */
  must(ctx: ReadContext): V
  set(ctx: WriteContext, value: V): void
  delete(ctx: WriteContext): void
}

/**
 * Bounds of a scan: by key part (`prefix` = encoded leading key parts), by key range [from, to), or by encoded keys
 * [start, end) where a page goes on at bytes it gave out before.
 */
export interface Scan<K> {
  readonly prefix?: Uint8Array
  readonly from?: K
  readonly to?: K
  readonly start?: Uint8Array
  readonly end?: Uint8Array
  readonly reverse?: boolean
}

/** A table of values by key, in key order. */
export interface Table<K, V> {
  readonly name: string
  readonly key: KeyCodec<K>
  get(ctx: ReadContext, key: K): V | undefined
  /** Throws sdk 38 naming table and key when absent. */
  must(ctx: ReadContext, key: K): V
  has(ctx: ReadContext, key: K): boolean
  set(ctx: WriteContext, key: K, value: V): void
  delete(ctx: WriteContext, key: K): void
  entries(ctx: ReadContext, scan?: Scan<K>): Iterable<readonly [K, V]>
  /** The same without keys, for rows that say themselves whose they are: no key is decoded. */
  values(ctx: ReadContext, scan?: Scan<K>): Iterable<V>
  /** Store name and raw key, for proofs and pagination. */
  readonly store: string
  rawKey(key: K): Uint8Array
  readonly rawPrefix: Uint8Array
}

/** A set of keys in key order. */
export interface KeySet<K> {
  has(ctx: ReadContext, key: K): boolean
  add(ctx: WriteContext, key: K): void
  delete(ctx: WriteContext, key: K): void
  keys(ctx: ReadContext, scan?: Scan<K>): Iterable<K>
}

/** A table with secondary keys kept in step by every write. */
export interface IndexedTable<K, V, I extends string> extends Table<K, V> {
  /** Primary keys whose secondary key starts with `prefix` (encoded parts), in secondary-key order. */
  by(ctx: ReadContext, index: I, prefix: Uint8Array, reverse?: boolean): Iterable<K>
}

/** A counter that names things: next() returns 1, 2, 3, … */
export interface Sequence {
  peek(ctx: ReadContext): bigint
  next(ctx: WriteContext): bigint
  set(ctx: WriteContext, next: bigint): void
}

/**
 * What the keys of one collection start with: a byte, or a text (its UTF-8 bytes) where the Cosmos SDK names a
 * collection by a word. No prefix of a store may begin another one.
 */
export type Prefix = number | string

/** Declares collections of one store; a prefix used twice throws at start. */
export interface StateSchema {
  item<V>(prefix: Prefix, name: string, value: ValueCodec<V>): Item<V>
  table<K, V>(prefix: Prefix, name: string, key: KeyCodec<K>, value: ValueCodec<V>): Table<K, V>
  set<K>(prefix: Prefix, name: string, key: KeyCodec<K>): KeySet<K>
  sequence(prefix: Prefix, name: string): Sequence
  /** Each index names a prefix and gives the encoded secondary key of a value, or undefined for none. */
  indexed<K, V, I extends string>(
    prefix: Prefix,
    name: string,
    key: KeyCodec<K>,
    value: ValueCodec<V>,
    indexes: {
      readonly [N in I]: { prefix: Prefix; of: (key: K, value: V) => Uint8Array | undefined }
    },
  ): IndexedTable<K, V, I>
}

const PRESENT = Uint8Array.of(1)

/** A protobuf message as stored value. A message of only defaults encodes to no bytes, which is refused on write. */
export function protoValue<V>(codec: Codec<V>): ValueCodec<V> {
  return { encode: (value) => codec.encode(value), decode: (bytes) => codec.decode(bytes) }
}

/**
 * The same codec for a value that is read again and again: while the stored bytes are those decoded last, so is the value,
 * which receivers must not change. A pure function of the bytes, so nodes cannot differ by it.
 */
export function rememberLast<V>(codec: ValueCodec<V>): ValueCodec<V> {
  let last: { readonly bytes: Uint8Array; readonly value: V } | undefined
  return {
    encode: (value) => codec.encode(value),
    decode(bytes) {
      if (last === undefined || !equalBytes(last.bytes, bytes))
        last = { bytes, value: codec.decode(bytes) }
      return last.value
    },
  }
}

/** A bigint as decimal text (the SDK's math.Int form). */
export const intValue: ValueCodec<bigint> = {
  encode: (value) => utf8Encode(value.toString()),
  decode: (bytes) => BigInt(utf8Decode(bytes)),
}

/** An unsigned 64-bit integer as eight bytes big-endian (the SDK's sequences). */
export const u64Value: ValueCodec<bigint> = u64Key

/** True as 1, false as 0, one byte. */
export const boolValue: ValueCodec<boolean> = {
  encode: (value) => Uint8Array.of(value ? 1 : 0),
  decode: (bytes) => bytes[0] === 1,
}

/** UTF-8 text, not empty. */
export const stringValue: ValueCodec<string> = { encode: utf8Encode, decode: utf8Decode }

/** Raw bytes, not empty. */
export const bytesValue: ValueCodec<Uint8Array> = {
  encode: (value) => value,
  decode: (bytes) => bytes.slice(),
}

/** Builds the typed state of a module over the store `store`. */
export function defineState<T>(store: string, build: (schema: StateSchema) => T): T {
  const taken: { readonly bytes: Uint8Array; readonly name: string }[] = []
  const claim = (prefix: Prefix, name: string): Uint8Array => {
    const bytes = prefixBytes(store, prefix)
    for (const other of taken) {
      const shared = Math.min(bytes.length, other.bytes.length)
      if (equalBytes(bytes.subarray(0, shared), other.bytes.subarray(0, shared))) {
        throw new RangeError(`${store}: prefix ${prefix} of ${name} belongs to ${other.name}`)
      }
    }
    taken.push({ bytes, name })
    return bytes
  }
  return build({
    item: (prefix, name, value) => makeItem(store, name, claim(prefix, name), value),
    table: (prefix, name, key, value) => makeTable(store, name, claim(prefix, name), key, value),
    set: (prefix, name, key) =>
      makeSet(makeTable(store, name, claim(prefix, name), key, bytesValue)),
    sequence: (prefix, name) => makeSequence(makeItem(store, name, claim(prefix, name), intValue)),
    indexed: (prefix, name, key, value, indexes) =>
      makeIndexed(makeTable(store, name, claim(prefix, name), key, value), store, indexes, claim),
  })
}

function prefixBytes(store: string, prefix: Prefix): Uint8Array {
  if (typeof prefix === 'string' && prefix.length > 0) return utf8Encode(prefix)
  if (typeof prefix === 'number' && Number.isInteger(prefix) && prefix >= 0 && prefix <= 255) {
    return Uint8Array.of(prefix)
  }
  throw new RangeError(`${store}: prefix ${prefix}: one byte or a text is needed`)
}

function makeItem<V>(store: string, name: string, at: Uint8Array, value: ValueCodec<V>): Item<V> {
  const get = (ctx: ReadContext): V | undefined => {
    const bytes = ctx.reader(store).get(at)
    return bytes === undefined ? undefined : value.decode(bytes)
  }
  return {
    get,
    must(ctx) {
      const found = get(ctx)
      if (found === undefined) throw sdkErrors.notFound(`${store}/${name} is not set`)
      return found
    },
    set: (ctx, next) => ctx.store(store).set(at, filled(value.encode(next), store, name)),
    delete: (ctx) => ctx.store(store).delete(at),
  }
}

function makeTable<K, V>(
  store: string,
  name: string,
  at: Uint8Array,
  key: KeyCodec<K>,
  value: ValueCodec<V>,
): Table<K, V> {
  const raw = (k: K): Uint8Array => concatBytes(at, key.encode(k))
  const get = (ctx: ReadContext, k: K): V | undefined => {
    const bytes = ctx.reader(store).get(raw(k))
    return bytes === undefined ? undefined : value.decode(bytes)
  }
  return {
    name,
    key,
    store,
    rawKey: raw,
    rawPrefix: at,
    get,
    must(ctx, k) {
      const found = get(ctx, k)
      if (found === undefined)
        throw sdkErrors.notFound(`${store}/${name}: no entry for ${showKey(k)}`)
      return found
    },
    has: (ctx, k) => ctx.reader(store).has(raw(k)),
    set: (ctx, k, v) => ctx.store(store).set(raw(k), filled(value.encode(v), store, name)),
    delete: (ctx, k) => ctx.store(store).delete(raw(k)),
    *entries(ctx, scan = {}) {
      const [start, end] = bounds(at, key, scan)
      for (const [k, v] of ctx.reader(store).iterate(start, end, scan.reverse ?? false)) {
        yield [key.decode(k.subarray(at.length)), value.decode(v)] as const
      }
    },
    *values(ctx, scan = {}) {
      const [start, end] = bounds(at, key, scan)
      for (const [, v] of ctx.reader(store).iterate(start, end, scan.reverse ?? false)) {
        yield value.decode(v)
      }
    },
  }
}

function makeSet<K>(table: Table<K, Uint8Array>): KeySet<K> {
  return {
    has: (ctx, key) => table.has(ctx, key),
    add: (ctx, key) => table.set(ctx, key, PRESENT),
    delete: (ctx, key) => table.delete(ctx, key),
    *keys(ctx, scan) {
      for (const [key] of table.entries(ctx, scan)) yield key
    },
  }
}

function makeSequence(item: Item<bigint>): Sequence {
  const peek = (ctx: ReadContext): bigint => item.get(ctx) ?? 1n
  return {
    peek,
    next(ctx) {
      const value = peek(ctx)
      item.set(ctx, value + 1n)
      return value
    },
    set: (ctx, next) => item.set(ctx, next),
  }
}

function makeIndexed<K, V, I extends string>(
  table: Table<K, V>,
  store: string,
  indexes: {
    readonly [N in I]: { prefix: Prefix; of: (key: K, value: V) => Uint8Array | undefined }
  },
  claim: (prefix: Prefix, name: string) => Uint8Array,
): IndexedTable<K, V, I> {
  const rows = (Object.keys(indexes) as I[]).map((name) => ({
    name,
    at: claim(indexes[name].prefix, `${table.name}.${name}`),
    of: indexes[name].of,
  }))
  const secondary = (at: Uint8Array, part: Uint8Array, key: K): Uint8Array =>
    concatBytes(at, part, table.key.encode(key))
  const unlink = (ctx: WriteContext, key: K): void => {
    const old = table.get(ctx, key)
    if (old === undefined) return
    for (const row of rows) {
      const part = row.of(key, old)
      if (part !== undefined) ctx.store(store).delete(secondary(row.at, part, key))
    }
  }
  return {
    ...table,
    set(ctx, key, value) {
      unlink(ctx, key)
      table.set(ctx, key, value)
      for (const row of rows) {
        const part = row.of(key, value)
        // The row's value is the primary key, so that a scan needs no parsing of the secondary key.
        if (part !== undefined)
          ctx.store(store).set(secondary(row.at, part, key), table.rawKey(key))
      }
    },
    delete(ctx, key) {
      unlink(ctx, key)
      table.delete(ctx, key)
    },
    *by(ctx, index, prefix, reverse = false) {
      const row = rows.find((r) => r.name === index)
      if (row === undefined) throw new RangeError(`${store}: no index ${index}`)
      const start = concatBytes(row.at, prefix)
      for (const [, primary] of ctx.reader(store).iterate(start, prefixEnd(start), reverse)) {
        yield table.key.decode(primary.subarray(table.rawPrefix.length))
      }
    },
  }
}

function bounds<K>(
  at: Uint8Array,
  key: KeyCodec<K>,
  scan: Scan<K>,
): [Uint8Array, Uint8Array | undefined] {
  const base = scan.prefix === undefined ? at : concatBytes(at, scan.prefix)
  const from = scan.start ?? (scan.from === undefined ? undefined : key.encode(scan.from))
  const to = scan.end ?? (scan.to === undefined ? undefined : key.encode(scan.to))
  const start = from === undefined ? base : concatBytes(at, from)
  const end = to === undefined ? prefixEnd(base) : concatBytes(at, to)
  return [start, end]
}

function filled(bytes: Uint8Array, store: string, name: string): Uint8Array {
  if (bytes.length === 0)
    throw new RangeError(`${store}/${name}: an empty value cannot be proven, so it is never stored`)
  return bytes
}

function showKey(key: unknown): string {
  if (key instanceof Uint8Array)
    return Array.from(key, (b) => b.toString(16).padStart(2, '0')).join('')
  return Array.isArray(key) ? key.map(showKey).join('/') : String(key)
}
