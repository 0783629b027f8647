import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type SignatureVerifier, verifyZip215 } from '../chain/verify.ts'
import { SPKI_PREFIX } from './key-file.ts'

const MAX_KEYS = 4096
const MAX_VERDICTS = 16_384

/**
 * Ed25519 under ZIP-215, the rule of CometBFT. Everything OpenSSL accepts is valid under ZIP-215, so its answer is final
 * when it accepts; a refusal is decided again in JavaScript (about 2 ms, so callers charge the peer for it).
 * Parsed keys are kept, least recently used first out: parsing costs as much as verifying. Accepted signatures are kept
 * too: a vote comes again in the next block's last commit and in resends.
 */
export class Ed25519Verifier {
  readonly #keys = new Map<string, KeyObject>()
  readonly #accepted = new Set<string>()

  /** True when the signature is valid; the same answer on every node. Never throws. */
  readonly verify: SignatureVerifier = (pubKey, message, signature) => {
    if (pubKey.length !== 32 || signature.length !== 64) return false
    const id = Buffer.concat([pubKey, signature, message]).toString('latin1')
    if (this.#accepted.has(id)) return true
    const key = this.#key(pubKey)
    const valid =
      (key !== undefined && verify(null, message, key, signature)) ||
      verifyZip215(pubKey, message, signature)
    if (valid) this.#remember(id)
    return valid
  }

  #remember(id: string): void {
    if (this.#accepted.size >= MAX_VERDICTS) {
      const oldest = this.#accepted.values().next().value
      if (oldest !== undefined) this.#accepted.delete(oldest)
    }
    this.#accepted.add(id)
  }

  #key(pubKey: Uint8Array): KeyObject | undefined {
    const id = Buffer.from(pubKey).toString('latin1')
    const known = this.#keys.get(id)
    if (known !== undefined) {
      this.#keys.delete(id)
      this.#keys.set(id, known)
      return known
    }
    let key: KeyObject
    try {
      key = createPublicKey({
        key: Buffer.concat([SPKI_PREFIX, pubKey]),
        format: 'der',
        type: 'spki',
      })
    } catch {
      return undefined // not a key to OpenSSL; ZIP-215 knows encodings it does not
    }
    if (this.#keys.size >= MAX_KEYS) {
      const oldest = this.#keys.keys().next().value
      if (oldest !== undefined) this.#keys.delete(oldest)
    }
    this.#keys.set(id, key)
    return key
  }
}
