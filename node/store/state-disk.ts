import { InvariantError } from '../../modules/kit/errors.ts'
import { hex, sameBytes } from './bytes.ts'
import { readChanges } from './changelog.ts'
import type { CheckpointState } from './checkpoint.ts'
import { loadCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { Forest } from './forest.ts'
import type { BatchOp, LevelDb, LevelRange } from './level.ts'
import { RANGES, range } from './level.ts'
import { simpleMapRoot } from './merkle.ts'
import type { CommitInfo } from './records.ts'
import { decodeInfo, decodeNumber, encodeInfo, encodeNumber, keys } from './records.ts'

/** This many bytes of changelog make a checkpoint due before its number of commits is reached. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024

/** The durable side of a forest: changelog and commit info per version, and checkpoints of whole trees. */
export class StateDisk {
  private readonly range: LevelRange
  private readonly forest: Forest
  private readonly every: number
  private checkpoint: CheckpointState | undefined
  private running: Promise<void> | undefined
  private failure: unknown
  private bytesSince = 0

  constructor(db: LevelDb, forest: Forest, every: number) {
    this.range = range(db, RANGES.state)
    this.forest = forest
    this.every = every
  }

  /** Brings the forest to the last committed version. Throws InvariantError on any contradiction. */
  async load(): Promise<void> {
    const { range: state, forest } = this
    this.checkpoint = await loadCheckpoint(state, forest)
    const latestRecord = state.getSync(keys.latest)
    const latest = latestRecord === undefined ? 0 : decodeNumber(latestRecord)
    const known = state.getSync(keys.info(latest))
    if (known !== undefined) this.refuseUnknownStores(decodeInfo(known))
    if (latest < forest.latest) {
      throw new InvariantError(
        `the checkpoint ${forest.latest} is newer than the last commit ${latest}`,
      )
    }
    if (latest === 0) return
    if (forest.latest === 0) forest.startAt(await this.firstVersion())
    for (let version = forest.next; version <= latest; version += 1) this.replay(version)
  }

  /** Writes one version and `extra` in one synced batch. */
  async append(info: CommitInfo, changes: Uint8Array, extra: readonly BatchOp[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    const { range: state } = this
    await state.batch(
      [
        state.put(keys.changelog(info.version), changes),
        state.put(keys.info(info.version), encodeInfo(info)),
        state.put(keys.latest, encodeNumber(info.version)),
        ...extra,
      ],
      { sync: true },
    )
    this.bytesSince += changes.length
  }

  /** Starts a checkpoint in the background when one is due. Its failure fails the next commit. */
  committed(): void {
    if (this.running !== undefined || this.failure !== undefined) return
    const behind = this.forest.lowest - (this.checkpoint?.version ?? 0)
    const due = behind >= this.every || (behind > 0 && this.bytesSince >= CHECKPOINT_BYTES)
    if (!due) return
    this.running = this.makeCheckpoint().then(
      () => {
        this.running = undefined
      },
      (error: unknown) => {
        this.failure = error
        this.running = undefined
      },
    )
  }

  /** Waits for a running checkpoint and makes one of the oldest kept version. */
  async close(): Promise<void> {
    await this.running
    if (this.failure !== undefined) throw this.failure
    if (this.forest.lowest > (this.checkpoint?.version ?? 0)) await this.makeCheckpoint()
  }

  /** The oldest kept version is the one saved: replaying what follows restores all kept versions at start. */
  private async makeCheckpoint(): Promise<void> {
    const { forest } = this
    const version = forest.version(forest.lowest)
    this.bytesSince = 0
    forest.pinVersion(version.version)
    try {
      this.checkpoint = await writeCheckpoint(this.range, forest.nodes, version, this.checkpoint)
    } finally {
      forest.unpin()
    }
  }

  private replay(version: number): void {
    const { range: state, forest } = this
    const changes = state.getSync(keys.changelog(version))
    const record = state.getSync(keys.info(version))
    if (changes === undefined || record === undefined) {
      throw new InvariantError(`the state of version ${version} is missing from the database`)
    }
    try {
      for (const { store, key, value } of readChanges(changes)) forest.apply(store, key, value)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new InvariantError(`the changelog of version ${version} is damaged: ${error.message}`)
    }
    this.bytesSince += changes.length
    const info = decodeInfo(record)
    verifyRoots(info, (name) => forest.tree(name).hash())
    forest.commit(info)
  }

  private async firstVersion(): Promise<number> {
    for await (const [, record] of this.range.iterate(keys.info(0), undefined, { limit: 1 })) {
      return decodeInfo(record).version
    }
    throw new InvariantError('the database names a last version but holds none')
  }

  private refuseUnknownStores(info: CommitInfo): void {
    for (const name of info.storeHashes.keys()) {
      if (!this.forest.names.includes(name)) {
        throw new InvariantError(
          `the database holds the store "${name}", which this program does not know`,
        )
      }
    }
  }
}

/** Compares recomputed store hashes and their root with what a commit recorded. */
export function verifyRoots(info: CommitInfo, hashOf: (name: string) => Uint8Array): void {
  for (const [name, recorded] of info.storeHashes) {
    const found = hashOf(name)
    if (!sameBytes(found, recorded)) {
      throw new InvariantError(
        `store "${name}" has the root ${hex(found)} at version ${info.version}, ` +
          `but ${hex(recorded)} was committed: the database is damaged`,
      )
    }
  }
  if (!sameBytes(simpleMapRoot(info.storeHashes), info.appHash)) {
    throw new InvariantError(`the app hash of version ${info.version} does not match its stores`)
  }
}
