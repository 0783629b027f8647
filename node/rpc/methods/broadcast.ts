import { hash } from 'node:crypto'
import type { JsonValue } from '../../../proto/codec.ts'
import type { CheckTxResponse, ExecTxResult } from '../../abci/application.ts'
import type { CommittedBlock, RpcBackend } from '../backend.ts'
import { internal } from '../errors.ts'
import { b64, eventShape, hex, txResultShape } from '../shapes.ts'
import type { Method } from './method.ts'

const COMMIT_TIMEOUT_MS = 10_000
/** Callers of broadcast_tx_commit at one time: each costs a look at every block. */
const MAX_WAITING = 100

async function submit(backend: RpcBackend, tx: Uint8Array): Promise<CheckTxResponse> {
  try {
    return await backend.mempool.submit(tx)
  } catch (error) {
    // The mempool's own refusals are texts clients match on; anything else is the node's trouble.
    throw error instanceof Error && error.name === 'MempoolError' ? internal(error.message) : error
  }
}

let waitingCalls = 0

function checkShape(result: CheckTxResponse): JsonValue {
  return {
    code: result.code,
    data: result.data.length === 0 ? null : b64(result.data),
    log: result.log,
    info: result.info,
    gas_wanted: result.gasWanted.toString(),
    gas_used: result.gasUsed.toString(),
    events: result.events.map(eventShape),
    codespace: result.codespace,
  }
}

/** Waits for the block that holds the transaction. */
function included(
  backend: RpcBackend,
  tx: Uint8Array,
): { promise: Promise<{ height: bigint; result: ExecTxResult }>; cancel: () => void } {
  if (waitingCalls >= MAX_WAITING) {
    throw internal(`${MAX_WAITING} calls wait for a block already: use broadcast_tx_sync`)
  }
  waitingCalls++
  let cancel = (): void => {}
  const promise = new Promise<{ height: bigint; result: ExecTxResult }>((resolve, reject) => {
    const stop = backend.onBlock(({ block, results }: CommittedBlock) => {
      const at = block.txs.findIndex((one) => Buffer.compare(one, tx) === 0)
      const result = results.txResults[at]
      if (at < 0 || result === undefined) return
      cancel()
      resolve({ height: block.header.height, result })
    })
    const timer = setTimeout(() => {
      cancel()
      reject(internal('timed out waiting for tx to be included in a block'))
    }, COMMIT_TIMEOUT_MS)
    let done = false
    cancel = () => {
      if (done) return
      done = true
      waitingCalls--
      stop()
      clearTimeout(timer)
    }
  })
  return { promise, cancel }
}

export const broadcastMethods: { readonly [name: string]: Method } = {
  broadcast_tx_async: {
    params: ['tx'],
    call: (backend, params) => {
      const tx = params.bytes('tx')
      // Not awaited by the meaning of async; a refusal shows only in the mempool's metrics.
      submit(backend, tx).catch(() => undefined)
      return { code: 0, data: '', log: '', codespace: '', hash: hex(hash('sha256', tx, 'buffer')) }
    },
  },
  broadcast_tx_sync: {
    params: ['tx'],
    call: async (backend, params) => {
      const tx = params.bytes('tx')
      const result = await submit(backend, tx)
      return {
        code: result.code,
        data: hex(result.data),
        log: result.log,
        codespace: result.codespace,
        hash: hex(hash('sha256', tx, 'buffer')),
      }
    },
  },
  broadcast_tx_commit: {
    params: ['tx'],
    call: async (backend, params) => {
      const tx = params.bytes('tx')
      const waiting = included(backend, tx)
      // Handled now so that a refused check leaves no unhandled rejection behind.
      waiting.promise.catch(() => undefined)
      const id = hex(hash('sha256', tx, 'buffer'))
      let check: CheckTxResponse
      try {
        check = await submit(backend, tx)
      } catch (error) {
        waiting.cancel()
        throw error
      }
      if (check.code !== 0) {
        waiting.cancel()
        return {
          check_tx: checkShape(check),
          tx_result: txResultShape(NO_RESULT),
          hash: id,
          height: '0',
        }
      }
      const { height, result } = await waiting.promise
      return {
        check_tx: checkShape(check),
        tx_result: txResultShape(result),
        hash: id,
        height: height.toString(),
      }
    },
  },
  check_tx: {
    params: ['tx'],
    call: async (backend, params) =>
      checkShape(await backend.app.checkTx({ tx: params.bytes('tx'), type: 'new' })),
  },
  num_unconfirmed_txs: {
    params: [],
    call: (backend) => {
      const size = backend.mempool.size().toString()
      return {
        n_txs: size,
        total: size,
        total_bytes: backend.mempool.bytes().toString(),
        txs: null,
      }
    },
  },
  unconfirmed_txs: {
    params: ['limit'],
    call: (backend, params) => {
      const asked = Number(params.int('limit') ?? 30n)
      const txs = backend.mempool.txs(Math.min(100, asked > 0 ? asked : 30))
      return {
        n_txs: txs.length.toString(),
        total: backend.mempool.size().toString(),
        total_bytes: backend.mempool.bytes().toString(),
        txs: txs.map(b64),
      }
    },
  },
}

const NO_RESULT: ExecTxResult = {
  code: 0,
  data: new Uint8Array(),
  log: '',
  info: '',
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
  codespace: '',
}
