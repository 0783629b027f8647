import { createHash } from 'node:crypto'
import { buildGenesis, type GenesisPlan } from '../../../genesis/build.ts'
import type { GenesisDocument } from '../../../genesis/document.ts'
import { toBech32 } from '../../../modules/kit/address.ts'
import { utf8Encode } from '../../../modules/kit/bytes.ts'
import type {
  CheckTxResponse,
  ExecTxResult,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  QueryResponse,
} from '../../abci/application.ts'
import { type LevelDb, range } from '../../store/level.ts'
import { MultiStore } from '../../store/multistore.ts'
import { type AppOptions, StromApp } from '../app.ts'
import { storeNames, type Wiring, wireModules } from '../modules.ts'

/** Chain id of the tests. */
export const CHAIN = 'strom-app-1'
/** 2026-01-01T00:00:00Z. */
export const GENESIS_TIME = 1_767_225_600n
export const VALIDATOR_KEY = new Uint8Array(32).fill(3)
const OPERATOR = new Uint8Array(20).fill(5)

/** Genesis accounts as (address, ustrom) and what else differs from an ordinary network of one validator. */
export interface Setup {
  readonly accounts?: readonly { readonly address: string; readonly ustrom: bigint }[]
  readonly devices?: GenesisPlan['devices']
  readonly wiring?: Wiring
  readonly options?: Partial<Omit<AppOptions, 'store' | 'wiring'>>
  readonly db?: LevelDb
}

/** The genesis document of a network of one validator. */
export function genesisOf({ accounts = [], devices = [] }: Setup): GenesisDocument {
  return buildGenesis({
    chainId: CHAIN,
    genesisTime: { seconds: GENESIS_TIME, nanos: 0 },
    operators: [
      { moniker: 'one', pubKey: VALIDATOR_KEY, operator: OPERATOR, tokens: 100_000_000n },
    ],
    accounts: [{ address: toBech32(OPERATOR), ustrom: 1_000_000n }, ...accounts],
    devices,
  })
}

/** An application over real stores that tests drive as consensus does. */
export class AppChain {
  readonly app: StromApp
  readonly store: MultiStore
  time = GENESIS_TIME
  #height = 0n

  private constructor(app: StromApp, store: MultiStore) {
    this.app = app
    this.store = store
    this.#height = store.version
  }

  /** Opens the application without a genesis: as a node does that has a state already. */
  static async open(setup: Setup = {}): Promise<AppChain> {
    const wiring = setup.wiring ?? wireModules()
    const { db } = setup
    const store = await MultiStore.open({ db, stores: storeNames(wiring) })
    const app = new StromApp({
      store,
      notes: db === undefined ? undefined : range(db, 'n'),
      engine: db === undefined ? undefined : range(db, 'e'),
      wiring,
      version: '0.0.0-test',
      minGasPrices: [],
      ...setup.options,
    })
    return new AppChain(app, store)
  }

  /** Opens it and runs the genesis. */
  static async start(setup: Setup = {}): Promise<AppChain> {
    const chain = await AppChain.open(setup)
    await chain.init(genesisOf(setup).appState)
    return chain
  }

  /** Runs a genesis; `power` is what its list of validators says of the one it has. */
  async init(appState: GenesisDocument['appState'], power = 100n): Promise<void> {
    const { consensusParams } = genesisOf({})
    await this.app.initChain({
      time: { seconds: GENESIS_TIME, nanos: 0 },
      chainId: CHAIN,
      consensusParams,
      validators: [{ pubKey: VALIDATOR_KEY, power }],
      appStateBytes: utf8Encode(JSON.stringify(appState)),
      initialHeight: 1n,
    })
  }

  get height(): bigint {
    return this.#height
  }

  /** The next block, `seconds` after the last one, in the form consensus hands it over. */
  request(txs: readonly Uint8Array[], seconds = 5n): FinalizeBlockRequest {
    return {
      txs,
      decidedLastCommit: { round: 0, votes: [] },
      misbehavior: [],
      hash: new Uint8Array(32),
      height: this.#height + 1n,
      time: { seconds: this.time + seconds, nanos: 7 },
      nextValidatorsHash: new Uint8Array(32).fill(1),
      proposerAddress: new Uint8Array(20),
    }
  }

  /** Executes and commits one block. */
  async block(txs: readonly Uint8Array[] = [], seconds = 5n): Promise<FinalizeBlockResponse> {
    const request = this.request(txs, seconds)
    const response = await this.app.finalizeBlock(request)
    await this.app.commit()
    this.time = request.time.seconds
    this.#height = request.height
    return response
  }

  /** Executes and commits a block of one transaction. */
  async deliver(tx: Uint8Array): Promise<ExecTxResult> {
    const { txResults } = await this.block([tx])
    return txResults[0] as ExecTxResult
  }

  check(tx: Uint8Array, type: 'new' | 'recheck' = 'new'): Promise<CheckTxResponse> {
    return this.app.checkTx({ tx, type })
  }

  query(
    path: string,
    data: Uint8Array = new Uint8Array(),
    { height = 0n, prove = false } = {},
  ): Promise<QueryResponse> {
    return this.app.query({ path, data, height, prove })
  }
}

/** Events as `type{key=value,…}`, one line each. */
export function eventLines(result: { readonly events: ExecTxResult['events'] }): string[] {
  return result.events.map(
    ({ type, attributes }) =>
      `${type}{${attributes.map(({ key, value }) => `${key}=${value}`).join(',')}}`,
  )
}

/** Codespace, code and text of a refusal in one line. */
export function refusal(response: {
  readonly codespace: string
  readonly code: number
  readonly log: string
}): string {
  return `${response.codespace} ${response.code}: ${response.log}`
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
