import { hash } from 'node:crypto'
import type { AbciEvent } from '../abci/application.ts'
import { type Condition, type EventQuery, satisfies } from './query-language.ts'

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

/** Where a transaction stands. */
export interface TxPlace {
  readonly height: bigint
  readonly index: number
}

const CURSOR = Uint8Array.of(0x63)
const TX = 0x74
const TX_EVENT = 0x65
const BLOCK_EVENT = 0x62
const MAX_RESULTS = 10_000
const MAX_VALUE = 256

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
    const ops: IndexOp[] = []
    block.txs.forEach((tx, index) => {
      const place = placeBytes(block.height, index)
      ops.push(this.#range.put(prefixed(TX, hash('sha256', tx, 'buffer')), place))
      for (const key of attributeKeys(block.txEvents[index] ?? [])) {
        ops.push(this.#range.put(eventKey(TX_EVENT, key, place), place))
      }
    })
    const place = placeBytes(block.height, 0)
    for (const key of attributeKeys(block.blockEvents)) {
      ops.push(this.#range.put(eventKey(BLOCK_EVENT, key, place), place))
    }
    ops.push(this.#range.put(CURSOR, place.subarray(0, 8)))
    await this.#range.batch(ops, { sync: false })
  }

  /** Where the transaction with this sha256 stands, undefined when it is not indexed. */
  place(txHash: Uint8Array): TxPlace | undefined {
    const stored = this.#range.getSync(prefixed(TX, txHash))
    return stored === undefined ? undefined : readPlace(stored)
  }

  /** Places of all transactions that satisfy the query, in chain order. Throws RangeError past 10,000 candidates. */
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
    const bounds = query.conditions.filter((one) => one.key === heightKey)
    const wanted = query.conditions.filter((one) => one.key !== heightKey && one.key !== 'tm.event')
    const inBounds = (place: TxPlace): boolean =>
      bounds.every((one) => satisfies(place.height.toString(), one))
    // The first condition scans the index; equality is the narrowest, so it goes first.
    const ordered = [...wanted].sort((a, b) => rank(a) - rank(b))
    const first = ordered.shift()
    let found =
      first === undefined
        ? await this.#byHeight(kind, inBounds)
        : await this.#scan(kind, first, inBounds)
    for (const condition of ordered) {
      const other = await this.#scan(kind, condition, inBounds)
      found = new Map([...found].filter(([id]) => other.has(id)))
    }
    return [...found.values()].sort((a, b) =>
      a.height === b.height ? a.index - b.index : a.height < b.height ? -1 : 1,
    )
  }

  async #scan(
    kind: number,
    condition: Condition,
    keep: (place: TxPlace) => boolean,
  ): Promise<Map<string, TxPlace>> {
    const exact = condition.op === '=' && condition.kind === 'text'
    const text = exact ? `${condition.key}\0${clip(condition.value)}\0` : `${condition.key}\0`
    const start = prefixed(kind, Buffer.from(text))
    const found = new Map<string, TxPlace>()
    for await (const [key, value] of this.#range.iterate(start, after(start))) {
      if (!exact) {
        const written = Buffer.from(key.subarray(start.length, key.length - 13)).toString()
        if (!satisfies(written, condition)) continue
      }
      collect(found, value, keep)
    }
    return found
  }

  // Only height conditions: every transaction has an entry under its hash, but in no order; scan them all.
  async #byHeight(kind: number, keep: (place: TxPlace) => boolean): Promise<Map<string, TxPlace>> {
    const found = new Map<string, TxPlace>()
    const start = Uint8Array.of(kind === TX_EVENT ? TX : BLOCK_EVENT)
    for await (const [, value] of this.#range.iterate(start, after(start)))
      collect(found, value, keep)
    return found
  }
}

function collect(
  found: Map<string, TxPlace>,
  value: Uint8Array,
  keep: (place: TxPlace) => boolean,
): void {
  const place = readPlace(value)
  if (!keep(place)) return
  found.set(`${place.height}/${place.index}`, place)
  if (found.size > MAX_RESULTS) {
    throw new RangeError(
      `more than ${MAX_RESULTS} matches: narrow the query, for example by height`,
    )
  }
}

/** Attribute name to all its values, as subscriptions match them and their frames show them. */
export function eventMap(events: readonly AbciEvent[]): Map<string, string[]> {
  const map = new Map<string, string[]>()
  for (const event of events) {
    for (const { key, value } of event.attributes) {
      const name = `${event.type}.${key}`
      const known = map.get(name)
      if (known === undefined) map.set(name, [value])
      else known.push(value)
    }
  }
  return map
}

function attributeKeys(events: readonly AbciEvent[]): Set<string> {
  const keys = new Set<string>()
  for (const event of events) {
    for (const { key, value, index } of event.attributes) {
      if (index) keys.add(`${event.type}.${key}\0${clip(value)}\0`)
    }
  }
  return keys
}

// Long values (signatures, memos) are cut in the index; equality on them compares the cut forms.
function clip(value: string): string {
  return value.length > MAX_VALUE ? value.slice(0, MAX_VALUE) : value
}

function rank(condition: Condition): number {
  return condition.op === '=' && condition.kind === 'text' ? 0 : 1
}

function eventKey(kind: number, key: string, place: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(kind), Buffer.from(key), place])
}

function prefixed(kind: number, key: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(kind), key])
}

function after(prefix: Uint8Array): Uint8Array {
  const end = Buffer.from(prefix)
  // Prefixes end in 0x00 or are a single low byte, so adding one never carries.
  const last = end.length - 1
  end[last] = (end[last] as number) + 1
  return end
}

function placeBytes(height: bigint, index: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, height)
  view.setUint32(8, index)
  return bytes
}

function readPlace(bytes: Uint8Array): TxPlace {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { height: view.getBigUint64(0), index: view.getUint32(8) }
}
