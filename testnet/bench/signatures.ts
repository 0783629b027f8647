import { createHash } from 'node:crypto'
import { accountOf, signAccount } from '../../cli/gateway/account.ts'
import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { DeviceSigner } from '../../cli/gateway/device-signer.ts'
import { nativeVerifier } from '../../node/app/native-crypto.ts'

const KEYS = 64

interface Signed {
  readonly key: Uint8Array
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

/** Verifications a second on one core, nothing else running in the process: what no chain on this core can pass. */
export interface SignatureRates {
  readonly secp256k1: number
  readonly p256: number
}

/** Verifies for `milliseconds` each, in turn over 64 keys. Throws when a signature is not valid. */
export function signatureRates(milliseconds: number): SignatureRates {
  const verifier = nativeVerifier()
  const accounts = Array.from({ length: KEYS }, (_, i) => {
    const account = accountOf(createHash('sha256').update(`bench account ${i}`).digest())
    const bytes = createHash('sha512').update(`bench text ${i}`).digest()
    return { key: account.pubkey, bytes, signature: signAccount(account, bytes) }
  })
  const meters = Array.from({ length: KEYS }, (_, i) => {
    const device = `bench-${i}`
    const signer = new DeviceSigner({ chainId: 'bench', device, key: deriveDeviceKey('0', device) })
    const reading = signer.sign({ time: 900n, importMwh: 0n, exportMwh: 1n, status: 1n })
    return { key: signer.publicKey, bytes: reading.message, signature: reading.signature }
  })
  const rate = (scheme: 'secp256k1' | 'p256', items: readonly Signed[]): number => {
    let done = 0
    const run = (until: number): void => {
      while (performance.now() < until) {
        for (const { key, bytes, signature } of items) {
          if (!verifier.verify(scheme, key, bytes, signature))
            throw new Error(`${scheme}: a signature of the benchmark is not valid`)
        }
        done += items.length
      }
    }
    // Keys are parsed once; that is not what is measured.
    run(performance.now() + milliseconds / 5)
    done = 0
    const started = performance.now()
    run(started + milliseconds)
    return (done * 1000) / (performance.now() - started)
  }
  return { secp256k1: rate('secp256k1', accounts), p256: rate('p256', meters) }
}
