/** Why the pool did not even ask the application. RPC maps these to sdk codes 19, 20 and 21. */
export type MempoolReason = 'exists' | 'full' | 'too_large'

/** A transaction the pool refused by itself. The messages are CometBFT's: clients match on them. */
export class MempoolError extends Error {
  readonly reason: MempoolReason

  constructor(reason: MempoolReason, message: string) {
    super(message)
    this.name = 'MempoolError'
    this.reason = reason
  }
}

/** The transaction is in the pool, was committed lately, or is being checked. */
export function alreadyExists(): MempoolError {
  return new MempoolError('exists', 'tx already exists in cache')
}

/** A limit in number or bytes is reached; sending again later may succeed. */
export function isFull(
  count: number,
  maxCount: number,
  bytes: number,
  maxBytes: number,
): MempoolError {
  const detail = `number of txs ${count} (max: ${maxCount}), total txs bytes ${bytes} (max: ${maxBytes})`
  return new MempoolError('full', `mempool is full: ${detail}`)
}

/** The transaction is larger than any may be, or empty. */
export function isTooLarge(max: number, bytes: number): MempoolError {
  return new MempoolError('too_large', `tx too large. Max size is ${max}, but got ${bytes}`)
}
