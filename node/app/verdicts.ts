import type { DeclaredSignature, Scheme, Verifier } from '../../modules/kit/crypto.ts'

interface Verdict {
  readonly scheme: Scheme
  readonly key: Uint8Array
  readonly bytes: Uint8Array
  readonly valid: boolean
}

/**
 * Signature verdicts, so that a signature is computed once between its first sight in the mempool and its execution. They
 * hang on the signature's array: the decoded transaction is kept meanwhile, and the verdict goes when it goes. One counts
 * only for the same scheme, key and bytes, so it is a pure function of its inputs and cannot change a result.
 */
export class Verdicts implements Verifier {
  readonly #inner: Verifier
  readonly #known = new WeakMap<Uint8Array, Verdict>()
  computed = 0

  constructor(inner: Verifier) {
    this.#inner = inner
  }

  verify(scheme: Scheme, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
    const known = this.#of(scheme, key, bytes, signature)
    if (known !== undefined) return known
    const valid = this.#inner.verify(scheme, key, bytes, signature)
    this.learn({ scheme, key, bytes, signature }, valid)
    return valid
  }

  /** Which of these have no verdict yet. */
  unknown(signatures: readonly DeclaredSignature[]): DeclaredSignature[] {
    return signatures.filter(
      ({ scheme, key, bytes, signature }) => this.#of(scheme, key, bytes, signature) === undefined,
    )
  }

  /** Takes a verdict a worker computed. */
  learn({ scheme, key, bytes, signature }: DeclaredSignature, valid: boolean): void {
    this.computed++
    this.#known.set(signature, { scheme, key, bytes, valid })
  }

  #of(
    scheme: Scheme,
    key: Uint8Array,
    bytes: Uint8Array,
    signature: Uint8Array,
  ): boolean | undefined {
    const known = this.#known.get(signature)
    if (known === undefined || known.scheme !== scheme) return undefined
    if (Buffer.compare(known.key, key) !== 0) return undefined
    return Buffer.compare(known.bytes, bytes) === 0 ? known.valid : undefined
  }
}
