/** One stored pair. Neither side may be changed by the receiver. */
export type Pair = readonly [key: Uint8Array, value: Uint8Array]

/** Synchronous read access to one ordered key space. Keys compare as unsigned bytes. */
export interface KVReader {
  get(key: Uint8Array): Uint8Array | undefined
  has(key: Uint8Array): boolean
  /** Pairs with start <= key < end (either side open when undefined), ascending, or descending when `reverse`. */
  iterate(start?: Uint8Array, end?: Uint8Array, reverse?: boolean): Iterable<Pair>
}

/** Read and write access. Values must not be empty: ICS-23 cannot prove an empty value. */
export interface KVStore extends KVReader {
  set(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): void
}
