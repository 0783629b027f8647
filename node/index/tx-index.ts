import { hash } from 'node:crypto'
import type { AbciEvent } from '../abci/application.ts'
import { type Condition, type EventQuery, satisfies } from './query-language.ts'
import {
  attributeRows,
  clip,
  heightBytes,
  packIndexes,
  packPlace,
  rowHeight,
  rowKey,
  rowText,
  type TxPlace,
  unpackIndexes,
  unpackPlace,
} from './rows.ts'

/** One write of a batch with its full database key. */
export type IndexOp =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** The index's key range of the node's database. */
export interface IndexRange {
  getSync(key: Uint8Array): Uint8Array | undefined
  put(key: Uint8Array, value: Uint8Array): IndexOp
  del(key: Uint8Array): IndexOp
  batch(ops: readonly IndexOp[], options: { readonly sync: boolean }): Promise<void>
  iterate(
    start?: Uint8Array,
    end?: Uint8Array,
    options?: { readonly reverse?: boolean; readonly limit?: number },
  ): AsyncIterable<[key: Uint8Array, value: Uint8Array]>
}

/** What the index reads of a committed height; it can always be rebuilt from it. */
export interface IndexedHeight {
  readonly height: bigint
  readonly txs: readonly Uint8Array[]
  readonly txEvents: readonly (readonly AbciEvent[])[]
  readonly blockEvents: readonly AbciEvent[]
}

/** A search met more than 100,000 candidates: holding them would cost the node its memory. */
export class TooManyMatches extends Error {
  constructor() {
    super(`more than ${MAX_RESULTS} matches: narrow the query, for example by height`)
    this.name = 'TooManyMatches'
  }
}

const CURSOR = Uint8Array.of(0x63)
const TX = 0x74
const TX_EVENT = 0x65
const BLOCK_EVENT = 0x62
const TX_PLACE = 0x70
const BLOCK_PLACE = 0x71
const MAX_RESULTS = 100_000
const HEIGHT_BYTES = 8
const LAST_HEIGHT = 2n ** 64n - 1n

/** Finds transactions by hash and by the attributes of their events, and blocks by theirs. Behind the chain, never ahead. */
export class TxIndex {
  readonly #range: IndexRange

  constructor(range: IndexRange) {
    this.#range = range
  }

  /** The last height indexed; 0 for none. */
  get height(): bigint {
    const stored = this.#range.getSync(CURSOR)
    return stored === undefined
      ? 0n
      : new DataView(stored.buffer, stored.byteOffset, 8).getBigUint64(0)
  }

  /** Indexes one height and moves the cursor in the same batch; doing a height again changes nothing. */
  async add(block: IndexedHeight): Promise<void> {
    const { height } = block
    const range = this.#range
    const ops: IndexOp[] = block.txs.map((tx, index) =>
      range.put(prefixed(TX, hash('sha256', tx, 'buffer')), packPlace({ height, index })),
    )
    ops.push(range.put(rowKey(TX_PLACE, '', height), packIndexes([...block.txs.keys()])))
    ops.push(range.put(rowKey(BLOCK_PLACE, '', height), packIndexes([0])))
    for (const [text, indexes] of attributeRows(block.txEvents))
      ops.push(range.put(rowKey(TX_EVENT, text, height), packIndexes(indexes)))
    for (const [text, indexes] of attributeRows([block.blockEvents]))
      ops.push(range.put(rowKey(BLOCK_EVENT, text, height), packIndexes(indexes)))
    ops.push(range.put(CURSOR, heightBytes(height)))
    await this.#range.batch(ops, { sync: false })
  }

  /** Where the transaction with this sha256 stands, undefined when it is not indexed. */
  place(txHash: Uint8Array): TxPlace | undefined {
    const stored = this.#range.getSync(prefixed(TX, txHash))
    return stored === undefined ? undefined : unpackPlace(stored)
  }

  /** Places of all transactions that satisfy the query, in chain order. Throws TooManyMatches. */
  async searchTxs(query: EventQuery): Promise<TxPlace[]> {
    const byHash = query.conditions.find((one) => one.key === 'tx.hash' && one.op === '=')
    if (byHash !== undefined) {
      const found = this.place(Buffer.from(byHash.value, 'hex'))
      return found === undefined ? [] : [found]
    }
    return await this.#search(TX_EVENT, query, 'tx.height')
  }

  /** Heights of all blocks whose own events (begin and end of block) satisfy the query, ascending. */
  async searchBlocks(query: EventQuery): Promise<bigint[]> {
    const places = await this.#search(BLOCK_EVENT, query, 'block.height')
    return places.map((place) => place.height)
  }

  async #search(kind: number, query: EventQuery, heightKey: string): Promise<TxPlace[]> {
    const wanted = query.conditions.filter((one) => one.key !== heightKey && one.key !== 'tm.event')
    const heights = boundsOf(query.conditions.filter((one) => one.key === heightKey))
    // Equality reads only what it returns, so it goes first: a common condition then meets a small set.
    const [first, ...rest] = [...wanted].sort((a, b) => rank(a) - rank(b))
    let found =
      first === undefined
        ? await this.#byHeight(kind === TX_EVENT ? TX_PLACE : BLOCK_PLACE, heights)
        : await this.#scan(kind, first, heights)
    for (const condition of rest) {
      if (found.size === 0) break
      const other = await this.#scan(kind, condition, heights)
      found = new Map([...found].filter(([id]) => other.has(id)))
    }
    return [...found.values()].sort((a, b) =>
      a.height === b.height ? a.index - b.index : a.height < b.height ? -1 : 1,
    )
  }

  async #scan(kind: number, condition: Condition, heights: Heights): Promise<Found> {
    const exact = condition.op === '=' && condition.kind === 'text'
    const found: Found = new Map()
    if (exact) {
      const prefix = prefixed(kind, Buffer.from(`${condition.key}\0${clip(condition.value)}\0`))
      for await (const [key, value] of this.#between(prefix, heights)) {
        // A longer key belongs to a value that itself holds a zero byte.
        if (key.length === prefix.length + HEIGHT_BYTES) collect(found, key, value, heights)
      }
      return found
    }
    const start = prefixed(kind, Buffer.from(`${condition.key}\0`))
    for await (const [key, value] of this.#range.iterate(start, after(start))) {
      if (satisfies(rowText(key, start.length), condition)) collect(found, key, value, heights)
    }
    return found
  }

  async #byHeight(kind: number, heights: Heights): Promise<Found> {
    const found: Found = new Map()
    for await (const [key, value] of this.#between(Uint8Array.of(kind), heights)) {
      collect(found, key, value, heights)
    }
    return found
  }

  /** Rows under a prefix that is followed by a height, within the heights. */
  #between(prefix: Uint8Array, { least, most }: Heights) {
    const start = Buffer.concat([prefix, heightBytes(least)])
    const end =
      most >= LAST_HEIGHT ? after(prefix) : Buffer.concat([prefix, heightBytes(most + 1n)])
    return this.#range.iterate(start, end)
  }
}

type Found = Map<string, TxPlace>

/** The heights a query allows. */
interface Heights {
  readonly least: bigint
  readonly most: bigint
  readonly conditions: readonly Condition[]
}

/** Narrows the scan to what integer conditions on the height leave; `collect` still checks every condition. */
function boundsOf(conditions: readonly Condition[]): Heights {
  let least = 0n
  let most = LAST_HEIGHT
  for (const { op, value } of conditions) {
    if (!/^\d{1,19}$/.test(value)) continue
    const height = BigInt(value)
    if ((op === '=' || op === '>=' || op === '>') && height > least) least = height
    if ((op === '=' || op === '<=' || op === '<') && height < most) most = height
  }
  return { least, most, conditions }
}

function collect(found: Found, key: Uint8Array, value: Uint8Array, { conditions }: Heights): void {
  const height = rowHeight(key)
  const text = height.toString()
  if (!conditions.every((one) => satisfies(text, one))) return
  for (const index of unpackIndexes(value)) {
    found.set(`${text}/${index}`, { height, index })
    if (found.size > MAX_RESULTS) throw new TooManyMatches()
  }
}

/** Attribute name to all its values, as subscriptions match them and their frames show them. */
export function eventMap(events: readonly AbciEvent[]): Map<string, string[]> {
  const map = new Map<string, string[]>()
  for (const event of events) {
    if (event.type === '') continue
    for (const { key, value } of event.attributes) {
      // Clients refuse nameless attributes, and no query can name them.
      if (key === '') continue
      const name = `${event.type}.${key}`
      const known = map.get(name)
      if (known === undefined) map.set(name, [value])
      else known.push(value)
    }
  }
  return map
}

function rank(condition: Condition): number {
  return condition.op === '=' && condition.kind === 'text' ? 0 : 1
}

function prefixed(kind: number, key: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(kind), key])
}

function after(prefix: Uint8Array): Uint8Array {
  const end = Buffer.from(prefix)
  // Prefixes end in 0x00 or are a single low byte: adding one never carries.
  const last = end.length - 1
  end[last] = (end[last] as number) + 1
  return end
}
