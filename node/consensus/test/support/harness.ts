import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Level } from 'level'
import { toHex } from '../../../chain/bytes.ts'
import { encodeCommit } from '../../../chain/codec.ts'
import { blockIdKey } from '../../../chain/commit.ts'
import { DEFAULT_PARAMS } from '../../../chain/params.ts'
import type { Time } from '../../../chain/types.ts'
import { createLogger, nullLogger } from '../../../telemetry/log.ts'
import { Metrics } from '../../../telemetry/metrics.ts'
import { ByteWriter } from '../../bytes.ts'
import { systemCalendar, systemMonotonic } from '../../clock.ts'
import type { Engine } from '../../engine.ts'
import type { FailPoint } from '../../fail-points.ts'
import { consensusKeyFromSeed } from '../../key-file.ts'
import type { TxSource } from '../../mempool.ts'
import { decodePeerMessage } from '../../messages.ts'
import { openEngine } from '../../open.ts'
import { openFileSigner } from '../../signer.ts'
import type { EngineGenesis } from '../../state.ts'
import type { Range } from '../../storage.ts'
import { DEFAULT_TIMEOUTS, type Timeouts } from '../../timers.ts'
import type { Transport } from '../../transport.ts'
import { CounterApp } from './counter-app.ts'
import { MemoryNet } from './memory-net.ts'

export const CHAIN = 'strom-test-1'

/** Timeouts for tests: no pause between heights, short steps. */
export const FAST: Timeouts = {
  ...DEFAULT_TIMEOUTS,
  propose: 400,
  proposeDelta: 100,
  prevote: 200,
  prevoteDelta: 100,
  precommit: 200,
  precommitDelta: 100,
  commit: 0,
}

/**
 * Memory-backed files where there is room: these tests kill processes, not power, so what a disk does with fsync is not
 * their subject, and a busy disk would make them slow.
 */
export function temporaryRoot(): string {
  const memory = '/dev/shm'
  if (!fs.existsSync(memory)) return os.tmpdir()
  const { bavail, bsize } = fs.statfsSync(memory)
  return bavail * bsize > 512 * 1024 * 1024 ? memory : os.tmpdir()
}

/** A range of a LevelDB database by prefix. */
export function rangeOf(db: Level<Uint8Array, Uint8Array>, prefix: string): Range {
  const full = (key: Uint8Array) => Buffer.concat([Buffer.from(prefix), key])
  return {
    getSync: (key) => db.getSync(full(key)),
    put: (key, value) => ({ type: 'put', key: full(key), value }),
    del: (key) => ({ type: 'del', key: full(key) }),
    batch: (ops, options) => db.batch([...ops], options),
  }
}

/** A mempool that is a list. */
export class ListTxs implements TxSource {
  txs: Uint8Array[] = []
  #available = () => {}

  add(text: string): void {
    this.txs.push(new Uint8Array(Buffer.from(text)))
    this.#available()
  }

  reap(): readonly Uint8Array[] {
    return this.txs
  }

  size(): number {
    return this.txs.length
  }

  committed(_height: bigint, txs: readonly Uint8Array[]): void {
    const gone = new Set(txs.map(toHex))
    this.txs = this.txs.filter((tx) => !gone.has(toHex(tx)))
  }

  onAvailable(callback: () => void): void {
    this.#available = callback
  }
}

/** How a node reaches the others: opened before its engine, started after it. */
export interface Link {
  readonly transport: Transport
  start(): Promise<void>
  stop(): Promise<void>
}

function memoryLink(net: MemoryNet, id: string): Link {
  const transport = net.join(id)
  return { transport, start: async () => {}, stop: async () => net.leave(id) }
}

/** One node on real files: a LevelDB, a log, a key and a sign state. */
export class TestNode {
  readonly cluster: Cluster
  readonly id: string
  readonly index: number
  readonly directory: string
  readonly txs = new ListTxs()
  readonly metrics = new Metrics()
  db: Level<Uint8Array, Uint8Array> | undefined
  engine: Engine | undefined
  app: CounterApp | undefined
  link: Link | undefined
  fatal: unknown

  constructor(cluster: Cluster, index: number) {
    this.cluster = cluster
    this.index = index
    this.id = `node${index}`
    this.directory = path.join(cluster.directory, this.id)
    fs.mkdirSync(this.directory, { recursive: true })
  }

  get height(): bigint {
    return this.engine?.chain.lastHeight ?? 0n
  }

  /** This node's answer to a block request, for peers that lie with true material. */
  net(height: bigint): Uint8Array {
    const { blocks } = this.engine ?? {}
    const bytes = blocks?.bytesAt(height)
    const commit = blocks?.commitAt(height) ?? blocks?.seenCommit(height)
    if (bytes === undefined || commit === undefined) return new Uint8Array(0)
    return new ByteWriter().bytes(bytes).bytes(encodeCommit(commit)).finish()
  }

  async start(failPoint?: FailPoint): Promise<Engine> {
    const { cluster, index } = this
    this.fatal = undefined
    this.link = (await cluster.connect?.(this)) ?? memoryLink(cluster.net, this.id)
    const { link } = this
    const db = new Level<Uint8Array, Uint8Array>(path.join(this.directory, 'db'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    })
    await db.open()
    this.db = db
    const state = rangeOf(db, 'e')
    this.app = new CounterApp(rangeOf(db, 'a'), state)
    cluster.configureApp(this.app)
    const key = consensusKeyFromSeed(cluster.seeds[index] as Uint8Array)
    const stateFile = path.join(this.directory, 'priv_validator_state.json')
    const guard = failPoint === undefined ? {} : { failPoint }
    this.engine = await openEngine({
      genesis: cluster.genesis,
      app: this.app,
      blockRange: rangeOf(db, 'b'),
      stateRange: state,
      walDirectory: path.join(this.directory, 'wal'),
      openSigner: (chainHeight) =>
        openFileSigner({ key, chainId: CHAIN, stateFile, chainHeight, ...guard }),
      transport: link.transport,
      txs: this.txs,
      timeouts: cluster.timeouts,
      calendar: cluster.calendar,
      monotonic: systemMonotonic,
      log:
        process.env['CONSENSUS_LOG'] === undefined
          ? nullLogger
          : createLogger(this.id, { format: 'text' }),
      metrics: this.metrics,
      onFatal: (error) => {
        this.fatal = error
        void link.stop()
      },
      ...guard,
    })
    this.engine.onNewBlock(({ block, blockId }) => {
      cluster.sawBlock(
        this.id,
        block.header.height,
        toHex(blockId.hash),
        toHex(block.header.appHash),
      )
    })
    this.engine.start()
    await link.start()
    return this.engine
  }

  /** Leaves everything as a dead process would, but for the operating system's cache. */
  async stop(): Promise<void> {
    await this.link?.stop()
    this.link = undefined
    await this.engine?.stop()
    await this.db?.close()
    this.engine = undefined
    this.db = undefined
  }
}

/** Some nodes with one genesis on a memory network, and an observer of every vote and block. */
export class Cluster {
  readonly directory = fs.mkdtempSync(path.join(temporaryRoot(), 'strom-consensus-'))
  readonly net = new MemoryNet()
  readonly nodes: TestNode[] = []
  readonly seeds: Uint8Array[]
  genesis: EngineGenesis
  readonly timeouts: Timeouts
  calendar: { now(): Time } = systemCalendar
  configureApp: (app: CounterApp) => void = () => {}
  /** Another network than the one in memory. */
  connect: ((node: TestNode) => Promise<Link>) | undefined
  /** Conflicts an observer found: two blocks at a height, two votes of one validator. Must stay empty. */
  readonly conflicts: string[] = []
  readonly #blocks = new Map<bigint, string>()
  readonly #signed = new Map<string, string>()

  constructor(count: number, timeouts: Timeouts = FAST, powers: readonly bigint[] = []) {
    this.timeouts = timeouts
    this.seeds = Array.from({ length: count + 2 }, (_, i) => new Uint8Array(32).fill(i + 1))
    const all = this.seeds.slice(0, count).map((seed, i) => ({
      pubKey: consensusKeyFromSeed(seed).pubKey,
      power: powers[i] ?? 10n,
    }))
    // A node of power 0 only follows at first.
    const validators = all.filter(({ power }) => power > 0n)
    this.genesis = {
      chainId: CHAIN,
      genesisTime: { seconds: 1_700_000_000n, nanos: 0 },
      initialHeight: 1n,
      params: { ...DEFAULT_PARAMS, version: { app: 1n } },
      validators,
      appStateBytes: new Uint8Array(Buffer.from('{}')),
    }
    for (let i = 0; i < count; i++) this.nodes.push(new TestNode(this, i))
    this.net.observe = (_from, bytes) => this.#observe(bytes)
  }

  node(index: number): TestNode {
    const node = this.nodes[index]
    if (node === undefined) throw new Error(`no node ${index}`)
    return node
  }

  /** The nodes' heights, ascending. */
  heights(): bigint[] {
    return this.nodes.map((node) => node.height).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  async start(): Promise<void> {
    for (const node of this.nodes) await node.start()
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.stop()
    fs.rmSync(this.directory, { recursive: true })
  }

  /** Waits until the condition holds; throws with every node's height when it takes too long. */
  async until(what: string, condition: () => boolean, ms = 15_000): Promise<void> {
    const end = performance.now() + ms
    while (!condition()) {
      if (performance.now() > end) {
        const heights = this.nodes.map((node) => {
          const core = node.engine?.roundState
          const fatal = node.fatal instanceof Error ? ` ${node.fatal.stack}` : ''
          return `${node.id} ${node.height} ${core?.height}/${core?.round}/${core?.step}${fatal}`
        })
        throw new Error(`${what} did not happen in ${ms} ms: ${heights.join(', ')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  /** Waits until every running node committed `height`. */
  async reach(height: bigint, nodes: readonly TestNode[] = this.nodes, ms?: number): Promise<void> {
    await this.until(`height ${height}`, () => nodes.every((node) => node.height >= height), ms)
  }

  sawBlock(node: string, height: bigint, hash: string, appHash: string): void {
    const seen = `${hash} ${appHash}`
    const first = this.#blocks.get(height)
    if (first === undefined) this.#blocks.set(height, seen)
    else if (first !== seen) this.conflicts.push(`${node} committed another block at ${height}`)
  }

  #observe(bytes: Uint8Array): void {
    const message = decodePeerMessage(bytes)
    if (message.type !== 'consensus' || message.message.type === 'blockPart') return
    const inner = message.message
    const [key, value] =
      inner.type === 'vote'
        ? [
            `vote ${inner.vote.height}/${inner.vote.round}/${inner.vote.type} ${toHex(inner.vote.validatorAddress)}`,
            `${blockIdKey(inner.vote.blockId)} ${toHex(inner.vote.signature)}`,
          ]
        : [
            `proposal ${inner.proposal.height}/${inner.proposal.round}`,
            `${blockIdKey(inner.proposal.blockId)} ${toHex(inner.proposal.signature)}`,
          ]
    const first = this.#signed.get(key)
    if (first === undefined) this.#signed.set(key, value)
    else if (first !== value) this.conflicts.push(`conflicting ${key}`)
  }
}
