import type { KVReader, KVStore } from '../../modules/kit/kv.ts'
import type { MultiStore } from '../store/multistore.ts'
import { Layer } from './context.ts'

/**
 * Blocks after which everything checked is forgotten. A transaction that leaves the mempool without a block (too old,
 * no longer valid) leaves its sender's sequence ahead here; until the sender sees a block or this many pass, its next
 * transaction would be refused.
 */
export const FORGET_EVERY = 50n

/**
 * The state new transactions are checked against: the last committed one plus what checked transactions changed
 * (sequences, fees). After a block only the keys that block wrote are forgotten, so pending transactions of untouched
 * accounts need no recheck. The mempool shows a sender's waiting transactions again when a new one does not fit.
 */
export class CheckState {
  readonly #store: MultiStore
  #layer: Layer

  constructor(store: MultiStore) {
    this.#store = store
    this.#layer = this.#fresh()
  }

  get layer(): Layer {
    return this.#layer
  }

  /** Forgets the keys that the block of this height wrote: they are read from the committed state again. */
  committed(height: bigint, written: ReadonlyMap<string, readonly Uint8Array[]>): void {
    if (height % FORGET_EVERY === 0n) {
      this.reset()
      return
    }
    for (const [name, keys] of written) {
      const checked = this.#layer.touched().get(name)
      if (checked === undefined) continue
      for (const key of keys) checked.forget(key)
    }
  }

  /** Forgets everything. */
  reset(): void {
    this.#layer = this.#fresh()
  }

  #fresh(): Layer {
    return new Layer((name) => committedStore(this.#store, name))
  }
}

function committedStore(store: MultiStore, name: string): KVStore {
  // One view a version: a check reads a dozen keys.
  let version = -1n
  let view: KVReader = store.store(name)
  const reader = (): KVReader => {
    if (store.version !== version) {
      version = store.version
      view = version === 0n ? store.store(name) : store.at(version).store(name)
    }
    return view
  }
  const refuse = (): never => {
    throw new Error('the check state is never written to the committed state')
  }
  return {
    get: (key) => reader().get(key),
    has: (key) => reader().has(key),
    iterate: (start, end, reverse) => reader().iterate(start, end, reverse),
    set: refuse,
    delete: refuse,
  }
}
