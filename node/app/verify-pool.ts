import { Worker } from 'node:worker_threads'
import type { AuthApi } from '../../modules/auth/api.ts'
import type { ReadContext } from '../../modules/kit/context.ts'
import type { DeclaredSignature } from '../../modules/kit/crypto.ts'
import type { Tx } from './tx.ts'
import type { Verdicts } from './verdicts.ts'
import { type AheadVerifier, deviceSignatures, signaturesOf } from './verify-ahead.ts'
import type { VerifyJob, VerifyReply } from './verify-worker.ts'

/** Below this many signatures a worker costs more than it saves. */
const MIN_BATCH = 32
const MAX_BATCH = 256

/** Verifies in `workers` threads, in batches; for nodes that have cores to spare. */
export function poolAhead(workers: number): (verdicts: Verdicts) => AheadVerifier {
  return (verdicts) => {
    const pool = new VerifyPool(workers)
    let waiting: { items: DeclaredSignature[]; done: Promise<void> } | undefined
    const learn = async (items: readonly DeclaredSignature[]): Promise<void> => {
      const jobs: Promise<void>[] = []
      for (let at = 0; at < items.length; at += MAX_BATCH) {
        const batch = items.slice(at, at + MAX_BATCH)
        jobs.push(
          pool.verify(batch).then((good) =>
            batch.forEach((item, i) => {
              verdicts.learn(item, good[i] === 1)
            }),
          ),
        )
      }
      await Promise.all(jobs)
    }
    // Signatures of checks made in one turn of the event loop go to the workers together.
    const gather = (signatures: readonly DeclaredSignature[]): Promise<void> => {
      const open = verdicts.unknown(signatures)
      if (open.length === 0) return Promise.resolve()
      if (waiting === undefined) {
        const items: DeclaredSignature[] = []
        const done = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
          waiting = undefined
          if (items.length >= MIN_BATCH) await learn(items)
        })
        waiting = { items, done }
      }
      waiting.items.push(...open)
      return waiting.done
    }
    // In the order of the calls, whichever worker is done first: a sender's later transaction must not overtake.
    let earlier: Promise<unknown> = Promise.resolve()
    const inOrder = async (done: Promise<void>): Promise<void> => {
      const mine = Promise.all([earlier, done])
      earlier = mine.catch(() => undefined)
      await mine
    }
    return {
      account: (txs, auth, ctx) =>
        inOrder(gather(txs.flatMap((tx) => signaturesOf(tx, auth, ctx)))),
      devices: (tx, ctx) => {
        // Nobody waits for these: what a dead worker leaves open is verified when it is asked for.
        gather(deviceSignatures(tx, ctx)).catch(() => undefined)
      },
      block: async (txs, auth, ctx) => {
        const open = verdicts.unknown(blockSignatures(txs, auth, ctx))
        if (open.length >= MIN_BATCH) await learn(open)
      },
      close: () => pool.close(),
    }
  }
}

function blockSignatures(
  txs: readonly (Tx | undefined)[],
  auth: AuthApi,
  ctx: ReadContext,
): DeclaredSignature[] {
  return txs.flatMap((tx) => (tx === undefined ? [] : signaturesOf(tx, auth, ctx)))
}

interface Open {
  readonly resolve: (good: Uint8Array) => void
  readonly reject: (error: Error) => void
}

class VerifyPool {
  readonly #workers: Worker[]
  readonly #open = new Map<number, Open>()
  #next = 0

  constructor(count: number) {
    // A worker thread cannot load TypeScript on every Node: from the sources it is the built one that runs.
    const built = import.meta.url.endsWith('.ts') ? '../../dist/node/app/' : './'
    const url = new URL(`${built}verify-worker.js`, import.meta.url)
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(url)
      worker.unref()
      worker.on('message', (reply: VerifyReply) => {
        this.#open.get(reply.id)?.resolve(reply.good)
        this.#open.delete(reply.id)
      })
      worker.on('error', (error) => this.#failed(error))
      return worker
    })
  }

  /** 1 for each valid signature. Rejects when a worker dies. */
  async verify(items: readonly DeclaredSignature[]): Promise<Uint8Array> {
    const id = this.#next++
    const worker = this.#workers[id % this.#workers.length]
    if (worker === undefined) throw new Error('no verification worker')
    const job: VerifyJob = {
      id,
      items: items.map(({ scheme, key, bytes, signature }) => ({
        scheme,
        key: key.slice(),
        bytes: bytes.slice(),
        signature: signature.slice(),
      })),
    }
    return await new Promise<Uint8Array>((resolve, reject) => {
      this.#open.set(id, { resolve, reject })
      worker.postMessage(job)
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  #failed(error: Error): void {
    for (const { reject } of this.#open.values()) reject(error)
    this.#open.clear()
  }
}
