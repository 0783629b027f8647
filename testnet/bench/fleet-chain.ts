import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildGenesis } from '../../genesis/build.ts'
import type { GenesisDocument } from '../../genesis/document.ts'
import { toBech32 } from '../../modules/kit/address.ts'
import type { FinalizeBlockResponse, QueryResponse } from '../../node/abci/application.ts'
import { StromApp } from '../../node/app/app.ts'
import { storeNames, type Wiring, wireModules } from '../../node/app/modules.ts'
import { nativeVerifier } from '../../node/app/native-crypto.ts'
import { type LevelDb, openLevel, range } from '../../node/store/level.ts'
import { MultiStore } from '../../node/store/multistore.ts'
import { carriers } from './fleet-genesis.ts'
import { FLEET } from './fleet-settings.ts'
import type { Sender } from './transfers.ts'

const OPERATOR = new Uint8Array(20).fill(5)
const VALIDATOR = new Uint8Array(32).fill(3)
const TOKENS = 100_000_000n
const FUNDS = 1_000_000_000_000n

interface Parts {
  readonly wiring: Wiring
  readonly db: LevelDb
  readonly store: MultiStore
  readonly verifyKeys: number
}

/** What one block took, milliseconds. */
export interface BlockTimes {
  readonly response: FinalizeBlockResponse
  readonly executeMs: number
  readonly commitMs: number
}

/** The genesis of one validator and the carriers, without devices. */
export function insideDocument(start: bigint): GenesisDocument {
  const accounts = carriers().map(({ address }) => ({ address, ustrom: FUNDS }))
  return buildGenesis({
    chainId: FLEET.chainId,
    genesisTime: { seconds: start, nanos: 0 },
    operators: [{ moniker: 'one', pubKey: VALIDATOR, operator: OPERATOR, tokens: TOKENS }],
    accounts: [...accounts, { address: toBech32(OPERATOR), ustrom: TOKENS }],
    devices: [],
  })
}

/** The whole application over a real database, driven as consensus does; no network, no consensus. */
export class InsideChain {
  readonly location: string
  readonly wiring: Wiring
  readonly app: StromApp
  readonly store: MultiStore
  readonly senders: readonly Sender[]
  /** Time of the last block, unix seconds. */
  time: bigint
  readonly #db: LevelDb
  #height: bigint

  private constructor(location: string, parts: Parts) {
    const { wiring, db, store, verifyKeys } = parts
    this.location = location
    this.wiring = wiring
    this.#db = db
    this.store = store
    this.time = 0n
    this.#height = store.version
    this.senders = carriers().map((account, i) => ({
      account,
      accountNumber: BigInt(i),
      sequence: 0n,
    }))
    this.app = new StromApp({
      store,
      notes: range(db, 'n'),
      engine: range(db, 'e'),
      wiring,
      version: 'bench',
      minGasPrices: [],
      verifier: nativeVerifier(verifyKeys),
      // Checked on their own below.
      invariantsEvery: 0,
    })
  }

  /** Opens the state in a folder; a new one is empty. */
  static async open(location: string, verifyKeys: number): Promise<InsideChain> {
    const wiring = wireModules()
    const db = await openLevel(location)
    const store = await MultiStore.open({ db, stores: storeNames(wiring), keepVersions: 3 })
    return new InsideChain(location, { wiring, db, store, verifyKeys })
  }

  /** Runs the genesis. */
  async init(document: GenesisDocument, appStateBytes: Uint8Array): Promise<void> {
    await this.app.initChain({
      time: document.genesisTime,
      chainId: document.chainId,
      consensusParams: document.consensusParams,
      validators: [{ pubKey: VALIDATOR, power: TOKENS / 1_000_000n }],
      appStateBytes,
      initialHeight: 1n,
    })
    this.time = document.genesisTime.seconds
  }

  /** Executes and commits one block at `time`. Throws when a transaction fails. */
  async block(txs: readonly Uint8Array[], time = this.time + 1n): Promise<BlockTimes> {
    const began = performance.now()
    const response = await this.app.finalizeBlock({
      txs,
      decidedLastCommit: { round: 0, votes: [] },
      misbehavior: [],
      hash: new Uint8Array(32),
      height: this.#height + 1n,
      time: { seconds: time, nanos: 0 },
      nextValidatorsHash: new Uint8Array(32).fill(1),
      proposerAddress: new Uint8Array(20),
    })
    const executed = performance.now()
    await this.app.commit()
    const commitMs = performance.now() - executed
    const failed = response.txResults.find(({ code }) => code !== 0)
    if (failed !== undefined) throw new Error(`a transaction of the bench failed: ${failed.log}`)
    this.#height += 1n
    this.time = time
    return { response, executeMs: executed - began, commitMs }
  }

  /** The check of the mempool. Throws when it refuses. */
  async check(tx: Uint8Array): Promise<void> {
    const { code, log } = await this.app.checkTx({ tx, type: 'new' })
    if (code !== 0) throw new Error(`a transaction of the bench was refused: ${log}`)
  }

  /** An ABCI query at the latest height. Throws when it fails. */
  async query(path: string, data: Uint8Array): Promise<QueryResponse> {
    const answer = await this.app.query({ path, data, height: 0n, prove: false })
    if (answer.code !== 0) throw new Error(`${path}: ${answer.log}`)
    return answer
  }

  /** Number of keys of a store; walks all of them. */
  keys(store: string): number {
    let count = 0
    for (const _ of this.store.store(store).iterate()) count += 1
    return count
  }

  /** Bytes of the database's files. */
  diskBytes(): number {
    return readdirSync(this.location)
      .map((name) => statSync(join(this.location, name)).size)
      .reduce((sum, size) => sum + size, 0)
  }

  /** Makes the checkpoint of the state and closes everything. */
  async close(): Promise<void> {
    await this.app.close()
    await this.#db.close()
  }
}
