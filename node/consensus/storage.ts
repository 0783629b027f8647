/** One write of a batch, with its full database key. */
export type RangeOp =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** Synchronous reads of one key range. */
export interface RangeReader {
  getSync(key: Uint8Array): Uint8Array | undefined
}

/** A key range of the node's database: keys are relative to it, batches are atomic and durable with `sync`. */
export interface Range extends RangeReader {
  put(key: Uint8Array, value: Uint8Array): RangeOp
  del(key: Uint8Array): RangeOp
  batch(ops: readonly RangeOp[], options: { readonly sync: boolean }): Promise<void>
}

/** The stores contradict each other or themselves; the node must not go on. */
export class StorageError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'StorageError'
  }
}
