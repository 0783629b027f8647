import { createHash } from 'node:crypto'
import { RpcClient } from '../../../cli/gateway/rpc-client.ts'
import type { ExecTxResult } from '../../../node/abci/application.ts'
import { StromApp } from '../../../node/app/app.ts'
import { storeNames, wireModules } from '../../../node/app/modules.ts'
import { DEFAULT_PARAMS } from '../../../node/chain/params.ts'
import { MultiStore } from '../../../node/store/multistore.ts'
import { TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { MsgDeclareExchange, MsgSubmitReadings } from '../../../proto/gen/strom/metering/v1/tx.ts'
import { type AppState, VALIDATOR_KEY } from '../chain/genesis.ts'
import type { Entry } from '../input.ts'

/** Blocks between two checks of every invariant. */
const INVARIANTS_EVERY = 96

interface Landed {
  readonly height: bigint
  readonly result: ExecTxResult
}

/**
 * The chain of one node without its network: the whole application, a mempool, blocks whenever they are asked for, and a
 * log of everything that entered them, as raw files have it.
 */
export class LocalChain {
  readonly app: StromApp
  readonly log: Entry[] = []
  readonly chainId: string
  height = 0n
  time: bigint
  readonly #mempool: Uint8Array[] = []
  readonly #landed = new Map<string, Landed>()

  private constructor(app: StromApp, chainId: string, time: bigint) {
    this.app = app
    this.chainId = chainId
    this.time = time
  }

  /** Runs the genesis. */
  static async start(chainId: string, time: bigint, state: AppState): Promise<LocalChain> {
    const wiring = wireModules()
    const store = await MultiStore.open({ db: undefined, stores: storeNames(wiring) })
    const app = new StromApp({
      store,
      notes: undefined,
      engine: undefined,
      wiring,
      version: 'audit',
      minGasPrices: [],
      invariantsEvery: INVARIANTS_EVERY,
    })
    await app.initChain({
      time: { seconds: time, nanos: 0 },
      chainId,
      consensusParams: DEFAULT_PARAMS,
      validators: [{ pubKey: VALIDATOR_KEY, power: 100n }],
      appStateBytes: Buffer.from(JSON.stringify(state)),
      initialHeight: 1n,
    })
    return new LocalChain(app, chainId, time)
  }

  /** What `broadcast_tx_sync` does. */
  async broadcast(tx: Uint8Array): Promise<{ code: number; codespace: string; log: string }> {
    const { code, codespace, log } = await this.app.checkTx({ tx, type: 'new' })
    if (code === 0) this.#mempool.push(tx)
    return { code, codespace, log }
  }

  /** Makes a block of everything that waits. */
  async block(time: bigint): Promise<void> {
    const txs = this.#mempool.splice(0)
    const height = this.height + 1n
    const { txResults } = await this.app.finalizeBlock({
      txs,
      decidedLastCommit: { round: 0, votes: [] },
      misbehavior: [],
      hash: new Uint8Array(32),
      height,
      time: { seconds: time, nanos: 0 },
      nextValidatorsHash: new Uint8Array(32),
      proposerAddress: new Uint8Array(20),
    })
    await this.app.commit()
    this.height = height
    this.time = time
    this.log.push({ type: 'block', height, time })
    for (const [i, tx] of txs.entries()) {
      const result = txResults[i]
      if (result === undefined) throw new Error('a transaction without a result')
      this.#landed.set(hashOf(tx), { height, result })
      // A transaction that failed as a whole left nothing behind.
      if (result.code === 0) this.log.push(...entriesOf(tx))
    }
  }

  /** A committed transaction by the hex of its hash. */
  landed(hash: string): Landed | undefined {
    return this.#landed.get(hash)
  }
}

function hashOf(tx: Uint8Array): string {
  return createHash('sha256').update(tx).digest('hex')
}

function entriesOf(tx: Uint8Array): Entry[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return TxBody.decode(TxRaw.decode(tx).bodyBytes).messages.flatMap(
    ({ typeUrl, value }): Entry[] => {
      if (typeUrl === MsgDeclareExchange.typeUrl) {
        const { device, openingSeq } = MsgDeclareExchange.decode(value)
        return [{ type: 'exchange', device, openingSeq }]
      }
      if (typeUrl !== MsgSubmitReadings.typeUrl) throw new Error(`the log has no ${typeUrl}`)
      const { gateway, readings } = MsgSubmitReadings.decode(value)
      return readings.map(({ message, signature }) => ({
        type: 'reading',
        gateway,
        message: hex(message),
        signature: hex(signature),
      }))
    },
  )
}

/** The few calls gateways make of a node, answered by a chain in this process. */
export class LocalRpc extends RpcClient {
  readonly #chain: LocalChain

  constructor(chain: LocalChain) {
    super(['http://in-process'])
    this.#chain = chain
  }

  override async call(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const chain = this.#chain
    if (method === 'status') {
      return {
        node_info: { network: chain.chainId },
        sync_info: {
          latest_block_height: chain.height.toString(),
          latest_block_time: new Date(Number(chain.time) * 1000).toISOString(),
          catching_up: false,
        },
      }
    }
    if (method === 'broadcast_tx_sync')
      return await chain.broadcast(Buffer.from(String(params['tx']), 'base64'))
    if (method === 'abci_query') {
      const { code, codespace, log, value } = await chain.app.query({
        path: String(params['path']),
        data: Buffer.from(String(params['data']), 'hex'),
        height: 0n,
        prove: false,
      })
      return { response: { code, codespace, log, value: Buffer.from(value).toString('base64') } }
    }
    if (method === 'tx') {
      const found = chain.landed(Buffer.from(String(params['hash']), 'base64').toString('hex'))
      if (found === undefined) return undefined
      const { code, log, data } = found.result
      return {
        height: found.height.toString(),
        tx_result: { code, log, data: Buffer.from(data).toString('base64') },
      }
    }
    throw new Error(`a gateway calls ${method}`)
  }
}
