import { concatBytes, equalBytes } from './bytes.ts'
import type { Scan, Table } from './collections.ts'
import type { ReadContext } from './context.ts'
import { sdkErrors } from './errors.ts'

/** `cosmos.base.query.v1beta1.PageRequest`. */
export interface PageRequest {
  readonly key: Uint8Array
  readonly offset: bigint
  readonly limit: bigint
  readonly countTotal: boolean
  readonly reverse: boolean
}

/** `cosmos.base.query.v1beta1.PageResponse`. */
export interface PageResponse {
  nextKey: Uint8Array
  total: bigint
}

const DEFAULT_LIMIT = 100n
const MAX_LIMIT = 1000n

/**
 * One page of a table in key order. `key` continues after a previous page, `offset` skips; both together are an error
 * (sdk 18). Limit 0 means 100, at most 1,000; the total is counted when asked or when no limit is
 * given, on a first page only.
 */
export function paginate<K, V, T>(
  ctx: ReadContext,
  table: Table<K, V>,
  request: PageRequest | undefined,
  scan: Scan<K>,
  map: (key: K, value: V) => T | undefined,
): { readonly items: T[]; readonly pagination: PageResponse } {
  const asked = request ?? {
    key: new Uint8Array(),
    offset: 0n,
    limit: 0n,
    countTotal: false,
    reverse: false,
  }
  if (asked.key.length > 0 && asked.offset > 0n) {
    throw sdkErrors.invalidRequest('invalid request, either offset or key is expected, got both')
  }
  const limit =
    asked.limit === 0n ? DEFAULT_LIMIT : asked.limit > MAX_LIMIT ? MAX_LIMIT : asked.limit
  const count = asked.key.length === 0 && (asked.countTotal || asked.limit === 0n)
  const items: T[] = []
  let seen = 0n
  let nextKey: Uint8Array = new Uint8Array()
  for (const [key, value] of table.entries(ctx, {
    ...scan,
    ...resume(asked, scan),
    reverse: asked.reverse,
  })) {
    const item = map(key, value)
    if (item === undefined) continue
    seen += 1n
    if (seen <= asked.offset) continue
    if (BigInt(items.length) < limit) items.push(item)
    else {
      if (nextKey.length === 0) nextKey = table.key.encode(key)
      if (!count) break
    }
  }
  return { items, pagination: { nextKey, total: count ? seen : 0n } }
}

/** Pages a list that is already in memory, by offset only. */
export function paginateList<T>(
  all: readonly T[],
  request: PageRequest | undefined,
): { readonly items: T[]; readonly pagination: PageResponse } {
  const ordered = request?.reverse ? [...all].reverse() : [...all]
  const offset = Number(
    request === undefined ? 0n : request.key.length > 0 ? readKey(request.key) : request.offset,
  )
  const limit = request === undefined || request.limit === 0n ? DEFAULT_LIMIT : request.limit
  const end = offset + Number(limit > MAX_LIMIT ? MAX_LIMIT : limit)
  const nextKey = end < ordered.length ? writeKey(end) : new Uint8Array()
  return {
    items: ordered.slice(offset, end),
    pagination: { nextKey, total: BigInt(ordered.length) },
  }
}

/** Where a page that carries a key goes on: at the key itself, which the page before had no room for. */
function resume<K>(asked: PageRequest, scan: Scan<K>): Scan<K> {
  if (asked.key.length === 0) return {}
  const prefix = scan.prefix ?? new Uint8Array()
  if (!equalBytes(asked.key.subarray(0, prefix.length), prefix)) {
    throw sdkErrors.invalidRequest('the pagination key belongs to another list')
  }
  // The smallest key above `key` is `key` and a zero byte: the upper bound of a descending page.
  return asked.reverse ? { end: concatBytes(asked.key, Uint8Array.of(0)) } : { start: asked.key }
}

function writeKey(offset: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, offset)
  return bytes
}

function readKey(key: Uint8Array): bigint {
  if (key.length !== 4) throw sdkErrors.invalidRequest('invalid pagination key')
  return BigInt(new DataView(key.buffer, key.byteOffset, 4).getUint32(0))
}
