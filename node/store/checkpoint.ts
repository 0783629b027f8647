import { setImmediate } from 'node:timers/promises'
import { InvariantError } from '../../modules/kit/errors.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Forest, KeptVersion } from './forest.ts'
import type { BatchOp, LevelRange } from './level.ts'
import type { Nodes } from './nodes.ts'
import { decodeInfo, encodeInfo, idOfKey, keys } from './records.ts'

/** Subtrees up to this height are stored as one page: 34 to 128 leaves. */
const PAGE_HEIGHT = 7
/** Pages are written in batches of about this size, with a turn of the event loop between two. */
const SLICE_BYTES = 256 * 1024
const HASH_SIZE = 32
/** In the top record: the tags of a tree without keys and of a page; an inner node's tag is 1 + its height. */
const EMPTY = 0
const PAGE = 1

/** The last checkpoint: which page holds the subtree of which slot, so that unchanged ones are not written again. */
export interface CheckpointState {
  readonly version: number
  readonly pages: ReadonlyMap<number, number>
  readonly nextPage: number
}

/** State of one checkpoint being written. */
interface Job {
  readonly nodes: Nodes
  readonly range: LevelRange
  readonly previous: CheckpointState | undefined
  readonly pages: Map<number, number>
  readonly top: ByteWriter
  readonly page: ByteWriter
  ops: BatchOp[]
  bytes: number
  nextPage: number
}

/**
 * Writes shape, versions, hashes and pairs of `version` under new page numbers, then makes them the checkpoint with one
 * synced batch that also removes the pages and changelogs no longer needed. A crash before that batch leaves the old
 * checkpoint whole. The caller keeps the version pinned meanwhile.
 */
export async function writeCheckpoint(
  range: LevelRange,
  nodes: Nodes,
  version: KeptVersion,
  previous: CheckpointState | undefined,
): Promise<CheckpointState> {
  const job: Job = {
    nodes,
    range,
    previous,
    pages: new Map(),
    top: new ByteWriter(),
    page: new ByteWriter(),
    ops: [],
    bytes: 0,
    nextPage: previous?.nextPage ?? 1,
  }
  for (const [name, root] of version.roots) {
    job.top.text(name)
    if (root === 0) job.top.uvarint(EMPTY)
    for (const _ of root === 0 ? [] : writeUpper(job, root)) await flush(job)
  }
  await flush(job)
  const { nextPage, pages } = job
  const record = new ByteWriter().uvarint(nextPage).bytes(encodeInfo(version))
  record.uvarint(version.roots.size).raw(job.top.finish())
  const obsolete = await obsoleteOps(range, version.version, previous, pages)
  await range.batch([range.put(keys.checkpoint, record.finish()), ...obsolete], { sync: true })
  return { version: version.version, pages, nextPage }
}

/** Synced, although nothing refers to the pages yet: LevelDB may lose an unsynced batch and keep a later synced one. */
async function flush(job: Job): Promise<void> {
  const { ops } = job
  job.ops = []
  job.bytes = 0
  if (ops.length > 0) await job.range.batch(ops, { sync: true })
  await setImmediate()
}

async function obsoleteOps(
  range: LevelRange,
  version: number,
  previous: CheckpointState | undefined,
  pages: ReadonlyMap<number, number>,
): Promise<BatchOp[]> {
  const used = new Set(pages.values())
  const ops: BatchOp[] = []
  for (const id of previous?.pages.values() ?? []) {
    if (!used.has(id)) ops.push(range.del(keys.page(id)))
  }
  const first = previous?.version ?? 0
  for await (const [key] of range.iterate(keys.changelog(first), keys.changelog(version + 1))) {
    ops.push(range.del(key))
  }
  for await (const [key] of range.iterate(keys.info(first), keys.info(version))) {
    ops.push(range.del(key))
  }
  return ops
}

/** Writes the nodes above the pages, depth first; yields whenever enough bytes wait to be flushed. */
function* writeUpper(job: Job, slot: number): Generator<void, void, undefined> {
  const { nodes, previous, top } = job
  const height = nodes.height[slot] as number
  const version = nodes.version[slot] as number
  if (height > PAGE_HEIGHT) {
    top
      .uvarint(1 + height)
      .uvarint(version)
      .raw(nodes.hashView(slot))
    yield* writeUpper(job, nodes.left[slot] as number)
    yield* writeUpper(job, nodes.right[slot] as number)
    return
  }
  const known =
    previous !== undefined && version <= previous.version ? previous.pages.get(slot) : undefined
  const id = known ?? job.nextPage++
  job.pages.set(slot, id)
  top.uvarint(PAGE).uvarint(id)
  if (known !== undefined) return
  job.page.clear()
  writePage(nodes, job.page, slot)
  job.bytes += job.page.size
  job.ops.push(job.range.put(keys.page(id), job.page.finish()))
  if (job.bytes >= SLICE_BYTES) yield
}

function writePage(nodes: Nodes, page: ByteWriter, slot: number): void {
  const height = nodes.height[slot] as number
  page
    .uvarint(height)
    .uvarint(nodes.version[slot] as number)
    .raw(nodes.hashView(slot))
  if (height === 0) {
    page.bytes(nodes.arena.view(nodes.key[slot] as number))
    page.bytes(nodes.arena.view(nodes.left[slot] as number))
    return
  }
  writePage(nodes, page, nodes.left[slot] as number)
  writePage(nodes, page, nodes.right[slot] as number)
}

/** A loaded subtree: its slot and the key pointer of its smallest leaf. */
type Loaded = readonly [slot: number, smallest: number]

/** Fills the empty forest from the last checkpoint and clears what an unfinished one left; undefined when none exists. */
export async function loadCheckpoint(
  range: LevelRange,
  forest: Forest,
): Promise<CheckpointState | undefined> {
  const record = range.getSync(keys.checkpoint)
  const reader = new ByteReader(record ?? new Uint8Array(0))
  const nextPage = record === undefined ? 1 : reader.uvarint()
  await removeUnfinished(range, nextPage)
  if (record === undefined) return undefined
  const info = decodeInfo(reader.bytes())
  const roots = new Map<string, number>()
  const pages = new Map<number, number>()
  for (let left = reader.uvarint(); left > 0; left -= 1) {
    const name = reader.text()
    const tag = reader.uvarint()
    roots.set(name, tag === EMPTY ? 0 : readUpper(range, forest.nodes, pages, reader, tag)[0])
  }
  forest.adopt({ ...info, roots })
  return { version: info.version, pages, nextPage }
}

async function removeUnfinished(range: LevelRange, nextPage: number): Promise<void> {
  const ops: BatchOp[] = []
  const end = keys.page(Number.MAX_SAFE_INTEGER)
  for await (const [key] of range.iterate(keys.page(nextPage), end)) {
    ops.push(range.del(keys.page(idOfKey(key))))
  }
  if (ops.length > 0) await range.batch(ops, { sync: true })
}

function readUpper(
  range: LevelRange,
  nodes: Nodes,
  pages: Map<number, number>,
  top: ByteReader,
  tag: number,
): Loaded {
  if (tag === PAGE) {
    const id = top.uvarint()
    const page = range.getSync(keys.page(id))
    if (page === undefined) throw new InvariantError(`page ${id} of the checkpoint is missing`)
    const loaded = readPage(nodes, new ByteReader(page))
    pages.set(loaded[0], id)
    return loaded
  }
  const version = top.uvarint()
  const hash = top.raw(HASH_SIZE)
  const left = readUpper(range, nodes, pages, top, top.uvarint())
  const right = readUpper(range, nodes, pages, top, top.uvarint())
  return join(nodes, version, hash, left, right)
}

function readPage(nodes: Nodes, page: ByteReader): Loaded {
  const height = page.uvarint()
  const version = page.uvarint()
  const hash = page.raw(HASH_SIZE)
  if (height === 0) {
    const key = nodes.arena.alloc(page.bytes())
    const leaf = nodes.leaf(version, key, nodes.arena.alloc(page.bytes()))
    nodes.setHash(leaf, hash)
    return [leaf, key]
  }
  const left = readPage(nodes, page)
  return join(nodes, version, hash, left, readPage(nodes, page))
}

function join(
  nodes: Nodes,
  version: number,
  hash: Uint8Array,
  left: Loaded,
  right: Loaded,
): Loaded {
  const slot = nodes.inner(version, right[1], left[0], right[0])
  nodes.setHash(slot, hash)
  return [slot, left[1]]
}
