import { hash } from 'node:crypto'
import { ChainError } from '../../modules/kit/errors.ts'
import type { Router } from './router.ts'
import { decodeTx, type Tx } from './tx.ts'

const LIMIT = 30_000

/** Decoded transactions by hash, so that one is decoded once between its check and its execution. */
export class TxCache {
  readonly #known = new Map<string, Tx>()
  /** The same by the array they were decoded from: mempool and block hand the same one in several times. */
  readonly #seen = new WeakMap<Uint8Array, Tx>()

  /** Decodes or recalls. Throws what `decodeTx` throws. */
  decode(bytes: Uint8Array, router: Router): Tx {
    const seen = this.#seen.get(bytes)
    if (seen !== undefined) return seen
    const id = hash('sha256', bytes, 'base64')
    const tx = this.#known.get(id) ?? this.#decodeNew(id, bytes, router)
    this.#seen.set(bytes, tx)
    return tx
  }

  #decodeNew(id: string, bytes: Uint8Array, router: Router): Tx {
    const tx = decodeTx(bytes, router)
    if (this.#known.size >= LIMIT) this.#known.delete(this.#known.keys().next().value as string)
    this.#known.set(id, tx)
    return tx
  }

  /** The transaction, or undefined when it does not decode. */
  peek(bytes: Uint8Array, router: Router): Tx | undefined {
    try {
      return this.decode(bytes, router)
    } catch (error) {
      // The caller gives the transaction its failing result when it runs it.
      if (error instanceof ChainError) return undefined
      throw error
    }
  }

  /** Gas the transaction asks for, undefined when it does not decode. */
  gasWanted(bytes: Uint8Array, router: Router): bigint | undefined {
    const tx = this.peek(bytes, router)
    return tx === undefined ? undefined : (tx.authInfo.fee?.gasLimit ?? 0n)
  }

  forget(bytes: Uint8Array): void {
    this.#known.delete(hash('sha256', bytes, 'base64'))
  }
}
