import { hash } from 'node:crypto'
import type { DeclaredSignature, Scheme, Verifier } from '../../modules/kit/crypto.ts'

const DEFAULT_LIMIT = 200_000

/**
 * Signature verdicts by sha256(scheme | key | signature | bytes), so that a signature is computed once between its
 * first sight in the mempool and its execution. A verdict is a pure function of its inputs: the cache cannot change a result.
 */
export class Verdicts implements Verifier {
  readonly #inner: Verifier
  readonly #limit: number
  #fresh = new Map<string, boolean>()
  #old = new Map<string, boolean>()
  computed = 0

  constructor(inner: Verifier, limit: number = DEFAULT_LIMIT) {
    this.#inner = inner
    this.#limit = limit
  }

  verify(scheme: Scheme, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
    const id = identify(scheme, key, bytes, signature)
    const known = this.#fresh.get(id) ?? this.#old.get(id)
    if (known !== undefined) return known
    const verdict = this.#inner.verify(scheme, key, bytes, signature)
    this.computed++
    this.#keep(id, verdict)
    return verdict
  }

  /** Which of these have no verdict yet, with the ids under which to `learn` them. */
  unknown(signatures: readonly DeclaredSignature[]): { id: string; item: DeclaredSignature }[] {
    const open: { id: string; item: DeclaredSignature }[] = []
    for (const item of signatures) {
      const id = identify(item.scheme, item.key, item.bytes, item.signature)
      if (!this.#fresh.has(id) && !this.#old.has(id)) open.push({ id, item })
    }
    return open
  }

  /** Takes a verdict a worker computed. */
  learn(id: string, verdict: boolean): void {
    this.computed++
    this.#keep(id, verdict)
  }

  // Two generations instead of a true LRU: dropping the older half costs nothing a signature.
  #keep(id: string, verdict: boolean): void {
    if (this.#fresh.size >= this.#limit / 2) {
      this.#old = this.#fresh
      this.#fresh = new Map()
    }
    this.#fresh.set(id, verdict)
  }
}

function identify(
  scheme: Scheme,
  key: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): string {
  const all = new Uint8Array(3 + key.length + signature.length + bytes.length)
  // Lengths make the join unambiguous: a key one byte longer must not borrow another signature's verdict.
  all[0] = scheme.charCodeAt(0)
  all[1] = Math.min(key.length, 255)
  all[2] = Math.min(signature.length, 255)
  all.set(key, 3)
  all.set(signature, 3 + key.length)
  all.set(bytes, 3 + key.length + signature.length)
  return hash('sha256', all, 'base64')
}
