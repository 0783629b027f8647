import { parentPort } from 'node:worker_threads'
import type { DeclaredSignature } from '../../modules/kit/crypto.ts'
import { nativeVerifier } from './native-crypto.ts'

/** A batch of signatures for a worker. */
export interface VerifyJob {
  readonly id: number
  readonly items: readonly DeclaredSignature[]
}

/** Its verdicts, 1 = valid, in the order of the items. */
export interface VerifyReply {
  readonly id: number
  readonly good: Uint8Array
}

const verifier = nativeVerifier()

parentPort?.on('message', (job: VerifyJob) => {
  const good = Uint8Array.from(job.items, ({ scheme, key, bytes, signature }) =>
    verifier.verify(scheme, key, bytes, signature) ? 1 : 0,
  )
  const reply: VerifyReply = { id: job.id, good }
  parentPort?.postMessage(reply, [good.buffer as ArrayBuffer])
})
