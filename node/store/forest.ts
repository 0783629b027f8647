import { InvariantError } from '../../modules/kit/errors.ts'
import { PrunedError } from './errors.ts'
import { simpleMapRoot, sortedNames } from './merkle.ts'
import { Nodes } from './nodes.ts'
import type { CommitInfo } from './records.ts'
import { Tree } from './tree.ts'

/** A committed version that is still kept: its hashes and the root slot of every store that existed. */
export interface KeptVersion extends CommitInfo {
  readonly roots: ReadonlyMap<string, number>
}

/**
 * All trees of one state in memory, over one pool of nodes: the working version and the last `keep` committed ones.
 * Knows nothing of disks.
 */
export class Forest {
  readonly names: readonly string[]
  readonly nodes = new Nodes()
  readonly keep: number
  private readonly trees = new Map<string, Tree>()
  private readonly kept = new Map<number, KeptVersion>()
  /** Slots that a version stopped reaching: free once every older version is dropped. */
  private readonly orphans = new Map<number, number[]>()
  private lowestKept = 0
  private latestVersion = 0
  private working: number
  private pin: number | undefined

  constructor(names: readonly string[], keep: number, initialVersion: number) {
    this.names = sortedNames(names)
    if (this.names.length !== names.length) throw new RangeError('a store name is given twice')
    this.keep = keep
    this.working = initialVersion
    for (const name of this.names) this.trees.set(name, new Tree(this.nodes, 0, this.working))
  }

  /** The last committed version, 0 before the first. */
  get latest(): number {
    return this.latestVersion
  }

  /** The oldest version that can be read, 0 before the first commit. */
  get lowest(): number {
    return this.lowestKept
  }

  /** The version the next commit will have. */
  get next(): number {
    return this.working
  }

  tree(name: string): Tree {
    const tree = this.trees.get(name)
    if (tree === undefined) throw new InvariantError(`there is no store "${name}"`)
    return tree
  }

  /** Changes the first version; only before anything was written. */
  startAt(version: number): void {
    if (this.latestVersion !== 0 || this.names.some((name) => this.tree(name).root !== 0)) {
      throw new InvariantError('the initial version can only be set on an empty state')
    }
    this.working = version
    for (const name of this.names) this.tree(name).advance(version)
  }

  /** Hashes of the working version: what `commit` would record now. */
  workingInfo(): CommitInfo {
    const storeHashes = new Map(this.names.map((name) => [name, this.tree(name).hash()]))
    return { version: this.working, appHash: simpleMapRoot(storeHashes), storeHashes }
  }

  /** Makes the working version a committed one. `info` is what workingInfo returned, or a part of it on replay. */
  commit(info: CommitInfo): void {
    const roots = new Map<string, number>()
    for (const name of info.storeHashes.keys()) roots.set(name, this.tree(name).root)
    const gone: number[] = []
    for (const name of this.names) {
      for (const slot of this.tree(name).advance(this.working + 1)) gone.push(slot)
    }
    if (gone.length > 0) this.orphans.set(this.working, gone)
    this.publish({ ...info, roots })
    this.working += 1
    this.prune()
  }

  /** Takes a version that a checkpoint holds as the first kept one. The trees must be empty. */
  adopt(version: KeptVersion): void {
    this.working = version.version + 1
    for (const name of this.names) {
      const tree = this.tree(name)
      tree.root = version.roots.get(name) ?? 0
      tree.advance(this.working)
    }
    this.publish(version)
  }

  /** Drops the changes since the last commit. */
  rollback(): void {
    const roots = this.kept.get(this.latestVersion)?.roots
    for (const name of this.names) this.tree(name).rollback(roots?.get(name) ?? 0)
  }

  /** A kept version. Throws PrunedError naming the lowest one. */
  version(version: number): KeptVersion {
    const kept = version < this.lowestKept ? undefined : this.kept.get(version)
    if (kept !== undefined) return kept
    throw new PrunedError(BigInt(version), BigInt(this.lowestKept), BigInt(this.latestVersion))
  }

  /** Keeps a version and all later ones until `unpin`, whatever `keep` says. */
  pinVersion(version: number): void {
    this.version(version)
    this.pin = version
  }

  unpin(): void {
    this.pin = undefined
    this.prune()
  }

  /** Applies one logged operation to the working version: a set, or a delete without a value. */
  apply(name: string, key: Uint8Array, value: Uint8Array | undefined): void {
    if (value === undefined) this.tree(name).remove(key)
    else this.tree(name).set(key, value)
  }

  private publish(version: KeptVersion): void {
    this.kept.set(version.version, version)
    this.latestVersion = version.version
    if (this.lowestKept === 0) this.lowestKept = version.version
  }

  private prune(): void {
    const wanted = this.latestVersion - this.keep + 1
    const floor = this.pin === undefined ? wanted : Math.min(wanted, this.pin)
    while (this.lowestKept < floor) {
      this.kept.delete(this.lowestKept)
      this.lowestKept += 1
      for (const slot of this.orphans.get(this.lowestKept) ?? []) this.nodes.drop(slot)
      this.orphans.delete(this.lowestKept)
    }
  }
}
