import { ChainError, InvariantError } from '../../modules/kit/errors.ts'
import type { KVReader, KVStore } from '../../modules/kit/kv.ts'
import { ChangeLog } from './changelog.ts'
import type { KeptVersion } from './forest.ts'
import { Forest } from './forest.ts'
import type { BatchOp, LevelDb } from './level.ts'
import type { ProofOp } from './prove.ts'
import { proveIavl, proveStore } from './prove.ts'
import type { CommitInfo } from './records.ts'
import { StateDisk } from './state-disk.ts'
import { contentHash, TreeReader, TreeStore } from './views.ts'

/** How to open a state. */
export interface MultiStoreOptions {
  /** The home's database; undefined keeps everything in memory only. */
  readonly db?: LevelDb | undefined
  /** Names of the provable stores, in any order. Adding one changes the app hash of the next commit. */
  readonly stores: readonly string[]
  /** Versions kept for queries and proofs; default 100. */
  readonly keepVersions?: number
  /** Commits between two checkpoints; default 1,000. Much data since the last one makes the next come earlier. */
  readonly checkpointEvery?: number
  /** Version of the first commit; default 1. */
  readonly initialVersion?: bigint
}

/** A value, or its absence, with the two proof operators `abci_query` returns. */
export interface StoreProof {
  readonly value?: Uint8Array
  readonly ops: readonly ProofOp[]
}

/** A committed version that is still kept. Every call throws PrunedError once the version is dropped. */
export interface ReadonlyView {
  readonly version: bigint
  readonly appHash: Uint8Array
  store(name: string): KVReader
  /** Proves presence or absence of `key` against this version's app hash (the header of the next height holds it). */
  prove(name: string, key: Uint8Array): StoreProof
}

/**
 * The versioned state of the chain: one IAVL tree per store under one simple-map root. Reads and writes are
 * synchronous and go to the working version; `commit` makes it durable with one synced batch.
 */
export class MultiStore {
  private readonly forest: Forest
  private readonly disk: StateDisk | undefined
  private readonly log: ChangeLog
  private readonly stores = new Map<string, KVStore>()
  private cached: CommitInfo | undefined
  private busy = false

  private constructor(forest: Forest, disk: StateDisk | undefined) {
    this.forest = forest
    this.disk = disk
    this.log = new ChangeLog(forest.names)
    for (const name of forest.names) this.stores.set(name, this.workingStore(name))
  }

  /** Loads the last checkpoint and replays the changelog after it. Throws InvariantError when a root differs. */
  static async open(options: MultiStoreOptions): Promise<MultiStore> {
    const keep = options.keepVersions ?? 100
    if (!Number.isSafeInteger(keep) || keep < 1)
      throw new RangeError('keepVersions must be at least 1')
    const forest = new Forest(options.stores, keep, versionNumber(options.initialVersion ?? 1n))
    if (options.db === undefined) return new MultiStore(forest, undefined)
    const disk = new StateDisk(options.db, forest, options.checkpointEvery ?? 1000)
    await disk.load()
    return new MultiStore(forest, disk)
  }

  /** The last committed version, 0 before the first commit. */
  get version(): bigint {
    return BigInt(this.forest.latest)
  }

  /** The oldest version `at` answers for, 0 before the first commit. */
  get lowestVersion(): bigint {
    return BigInt(this.forest.lowest)
  }

  /** The app hash of the last commit; undefined before the first. */
  get appHash(): Uint8Array | undefined {
    return this.forest.latest === 0 ? undefined : this.forest.version(this.forest.latest).appHash
  }

  /** Names of the stores in the order of the simple map. */
  get storeNames(): readonly string[] {
    return this.forest.names
  }

  /** Stores that the last commit did not have: they are part of the next one. Empty before the first commit. */
  get newStores(): readonly string[] {
    const { latest, names } = this.forest
    if (latest === 0) return []
    const { storeHashes } = this.forest.version(latest)
    return names.filter((name) => !storeHashes.has(name))
  }

  /** Slots in use and bytes held in memory, for metrics. */
  get usage(): { slots: number; slotBytes: number; arenaBytes: number } {
    return this.forest.nodes.usage
  }

  /** Sets the version of the first commit, for a genesis that starts above height 1. Only on an empty state. */
  setInitialVersion(version: bigint): void {
    this.forest.startAt(versionNumber(version))
    this.cached = undefined
  }

  /** The working view of a store. */
  store(name: string): KVStore {
    const store = this.stores.get(name)
    if (store === undefined) throw new InvariantError(`there is no store "${name}"`)
    return store
  }

  /** The app hash the next commit will have if nothing changes until then. */
  workingHash(): Uint8Array {
    return this.workingInfo().appHash
  }

  /** Root hash of one store in the working version. */
  storeHash(name: string): Uint8Array {
    return this.forest.tree(name).hash()
  }

  /** One hash over the sorted pairs of a store in the working version, whatever its history. */
  contentHash(name: string): Uint8Array {
    return contentHash(this.store(name))
  }

  /**
   * Commits the working version. All changes, the commit info and `extra` go to disk in one synced batch; when that
   * fails the error is thrown and the process must stop, since the batch may or may not have reached the disk.
   */
  async commit(extra: readonly BatchOp[] = []): Promise<{ version: bigint; appHash: Uint8Array }> {
    this.assertIdle()
    const info = this.workingInfo()
    if (this.disk !== undefined) {
      this.busy = true
      await this.disk.append(info, this.log.finish(), extra)
      this.busy = false
    }
    this.forest.commit(info)
    this.log.clear()
    this.cached = undefined
    this.disk?.committed()
    return { version: BigInt(info.version), appHash: info.appHash }
  }

  /** Drops all changes since the last commit. */
  rollbackWorking(): void {
    this.assertIdle()
    this.forest.rollback()
    this.log.clear()
    this.cached = undefined
  }

  /** A kept version. Throws PrunedError with the lowest available one. */
  at(version: bigint): ReadonlyView {
    const { forest } = this
    const number = versionNumber(version)
    const { appHash } = forest.version(number)
    return {
      version,
      appHash,
      store: (name) => {
        storeRoot(forest.version(number), name)
        const root = (): number => storeRoot(forest.version(number), name)
        return new TreeReader(forest.nodes, { root, changes: () => 0 })
      },
      prove: (name, key) => {
        const kept = forest.version(number)
        const { value, op } = proveIavl(forest.nodes, storeRoot(kept, name), key)
        const ops = [op, proveStore(kept.storeHashes, name)]
        return value === undefined ? { ops } : { value, ops }
      },
    }
  }

  /** Finishes or makes a checkpoint, so that the next start replays little. The database stays open. */
  async close(): Promise<void> {
    this.assertIdle()
    await this.disk?.close()
  }

  private workingInfo(): CommitInfo {
    this.cached ??= this.forest.workingInfo()
    return this.cached
  }

  private workingStore(name: string): KVStore {
    const { forest, log } = this
    const tree = forest.tree(name)
    const source = { root: () => tree.root, changes: () => tree.changes }
    const index = forest.names.indexOf(name)
    const logged = this.disk !== undefined
    return new TreeStore(forest.nodes, source, (key, value) => {
      this.assertIdle()
      if (value !== undefined) {
        tree.set(key, value)
        if (logged) log.set(index, key, value)
      } else if (tree.remove(key)) {
        if (logged) log.delete(index, key)
      } else {
        return
      }
      this.cached = undefined
    })
  }

  private assertIdle(): void {
    if (this.busy) throw new InvariantError('the state is being committed, or a commit failed')
  }
}

function storeRoot(kept: KeptVersion, name: string): number {
  const root = kept.roots.get(name)
  if (root === undefined) {
    // A store that an upgrade brought, asked for at a height before: a question of a client, not a fault.
    throw new ChainError(
      'sdk',
      18,
      `there is no store "${name}" at height ${kept.version}: invalid request`,
    )
  }
  return root
}

function versionNumber(version: bigint): number {
  const number = Number(version)
  if (version < 0n || !Number.isSafeInteger(number)) {
    throw new RangeError(`version ${version} is out of range`)
  }
  return number
}
