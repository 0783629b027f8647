import { decodeBlock } from '../chain/block.ts'
import { decodeCommit, encodeCommit } from '../chain/codec.ts'
import { MAX_BLOCK_BYTES } from '../chain/params.ts'
import type { Block, Commit } from '../chain/types.ts'
import type { BlockStore } from './block-store.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { MonotonicClock } from './clock.ts'
import { BLOCK_PROTOCOL, type Transport } from './transport.ts'

/** Heights asked for ahead of the one that is needed next. */
const WINDOW = 16n
/** Bytes fetched and not yet applied; beyond it only the next height is asked for. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024
const MAX_REQUESTS_PER_PEER = 4
const REQUEST_MS = 10_000
/** The height that holds everything up is asked of a second peer after this long, then of a third. */
const HEDGE_MS = 1500
/** How long a peer that lied or stalled is not asked again. */
const BENCH_MS = 30_000
/** A node one height behind usually decides by itself within this time. */
const GRACE_MS = 300

/** A block with a commit for it, as a peer sent them: decoded, not verified. */
export interface FetchedBlock {
  readonly peer: string
  readonly block: Block
  readonly bytes: Uint8Array
  readonly commit: Commit
}

interface SyncPeer {
  readonly id: string
  base: bigint
  height: bigint
  requests: number
  benchedUntil: number
}

/** The open requests for one height. */
interface Asked {
  readonly peers: Set<string>
  lastAt: number
}

/** What block sync needs. `onBlock` is called when the height that is needed next has arrived. */
export interface SyncParts {
  readonly transport: Transport
  readonly blocks: BlockStore
  readonly clock: MonotonicClock
  readonly onBlock: () => void
}

/**
 * Fetches blocks and commits from peers that are ahead, some heights in parallel and from several peers. It neither
 * verifies nor applies: the engine takes heights in order, and tells when one was bad. Serves the same to others.
 */
export class BlockSync {
  readonly #parts: SyncParts
  readonly #peers = new Map<string, SyncPeer>()
  readonly #fetched = new Map<bigint, FetchedBlock>()
  readonly #asked = new Map<bigint, Asked>()
  #next = 0n
  #bufferedBytes = 0
  #grace: (() => void) | undefined
  #stopped = false

  constructor(parts: SyncParts) {
    this.#parts = parts
    parts.transport.handle(BLOCK_PROTOCOL, async (_peer, request) => this.#serve(request))
  }

  /** The engine now needs `height` next. */
  need(height: bigint): void {
    this.#next = height
    for (const [at, fetched] of this.#fetched) {
      if (at < height) this.#drop(at, fetched)
    }
    this.#hedge()
    this.#consider()
  }

  /** A peer told which heights it holds. */
  status(id: string, base: bigint, height: bigint): void {
    const peer = this.#peers.get(id)
    if (peer === undefined) {
      this.#peers.set(id, { id, base, height, requests: 0, benchedUntil: 0 })
    } else {
      peer.base = base
      peer.height = height
    }
    this.#consider()
  }

  gone(id: string): void {
    this.#peers.delete(id)
  }

  /** How many heights the best peer in good standing is ahead of the one needed next; 0 when none is. */
  behind(): bigint {
    let best = this.#next - 1n
    for (const peer of this.#usable()) if (peer.height > best) best = peer.height
    return best - this.#next + 1n
  }

  /** The fetched block of a height, if it is here. */
  peek(height: bigint): FetchedBlock | undefined {
    return this.#fetched.get(height)
  }

  /** The block of a height did not verify: its sender is not asked again for a while, another one is. */
  bad(height: bigint, reason: string): void {
    const fetched = this.#fetched.get(height)
    if (fetched === undefined) return
    this.#bench(fetched.peer, `block ${height}: ${reason}`)
    // Everything else from this peer is suspect as well.
    for (const [at, other] of this.#fetched) if (other.peer === fetched.peer) this.#drop(at, other)
    this.#fill()
  }

  stop(): void {
    this.#stopped = true
    this.#grace?.()
  }

  #consider(): void {
    if (this.#stopped || this.behind() <= 0n) return
    if (this.behind() > 2n) {
      this.#fill()
      return
    }
    if (this.#grace !== undefined) return
    const height = this.#next
    this.#grace = this.#parts.clock.after(GRACE_MS, () => {
      this.#grace = undefined
      if (this.#next === height) this.#fill()
      else this.#consider()
    })
  }

  #fill(): void {
    if (this.#stopped) return
    for (let height = this.#next; height < this.#next + WINDOW; height++) {
      if (height > this.#next && this.#bufferedBytes > MAX_BUFFERED_BYTES) return
      if (this.#fetched.has(height) || this.#asked.has(height)) continue
      const peer = this.#choose(height)
      if (peer !== undefined) void this.#ask(peer, height)
    }
  }

  /** One stalling or dripping peer must not hold up the height that is needed next. */
  #hedge(): void {
    const asked = this.#asked.get(this.#next)
    if (asked === undefined || asked.lastAt + HEDGE_MS > this.#parts.clock.now()) return
    const peer = this.#choose(this.#next, asked.peers)
    if (peer !== undefined) void this.#ask(peer, this.#next)
  }

  #usable(): SyncPeer[] {
    const now = this.#parts.clock.now()
    return [...this.#peers.values()].filter((peer) => peer.benchedUntil <= now)
  }

  #choose(height: bigint, except?: ReadonlySet<string>): SyncPeer | undefined {
    let best: SyncPeer | undefined
    for (const peer of this.#usable()) {
      if (peer.base > height || peer.height < height) continue
      if (peer.requests >= MAX_REQUESTS_PER_PEER || except?.has(peer.id) === true) continue
      if (best === undefined || peer.requests < best.requests) best = peer
    }
    return best
  }

  async #ask(peer: SyncPeer, height: bigint): Promise<void> {
    const asked = this.#asked.get(height) ?? { peers: new Set<string>(), lastAt: 0 }
    asked.peers.add(peer.id)
    asked.lastAt = this.#parts.clock.now()
    this.#asked.set(height, asked)
    peer.requests++
    try {
      const request = new ByteWriter().i64(height).finish()
      const answer = this.#parts.transport.request(peer.id, BLOCK_PROTOCOL, request)
      this.#accept(peer, height, await this.#withDeadline(answer))
    } catch (error) {
      if (!this.#stopped)
        this.#bench(peer.id, error instanceof Error ? error.message : String(error))
    } finally {
      peer.requests--
      asked.peers.delete(peer.id)
      if (asked.peers.size === 0) this.#asked.delete(height)
    }
    if (this.#stopped) return
    if (this.#fetched.has(this.#next)) this.#parts.onBlock()
    this.#fill()
  }

  #accept(peer: SyncPeer, height: bigint, answer: Uint8Array): void {
    if (height < this.#next || this.#fetched.has(height) || this.#stopped) return
    const r = new ByteReader(answer)
    const bytes = r.bytes()
    const commit = decodeCommit(r.bytes())
    r.end()
    const block = decodeBlock(bytes, MAX_BLOCK_BYTES)
    if (block.header.height !== height || commit.height !== height) {
      throw new Error(`asked for block ${height}, got ${block.header.height}/${commit.height}`)
    }
    this.#fetched.set(height, { peer: peer.id, block, bytes, commit })
    this.#bufferedBytes += bytes.length
  }

  async #withDeadline(answer: Promise<Uint8Array>): Promise<Uint8Array> {
    let cancel = () => {}
    const deadline = new Promise<never>((_, reject) => {
      cancel = this.#parts.clock.after(REQUEST_MS, () =>
        reject(new Error('block request timed out')),
      )
    })
    try {
      return await Promise.race([answer, deadline])
    } finally {
      cancel()
    }
  }

  #bench(id: string, reason: string): void {
    const peer = this.#peers.get(id)
    if (peer !== undefined) peer.benchedUntil = this.#parts.clock.now() + BENCH_MS
    this.#parts.transport.report(id, `sync: ${reason}`)
  }

  #drop(height: bigint, fetched: FetchedBlock): void {
    this.#fetched.delete(height)
    this.#bufferedBytes -= fetched.bytes.length
  }

  #serve(request: Uint8Array): Uint8Array | undefined {
    if (request.length !== 8) return undefined
    const height = new ByteReader(request).i64()
    const { blocks } = this.#parts
    const bytes = blocks.bytesAt(height)
    const commit = blocks.commitAt(height) ?? blocks.seenCommit(height)
    if (bytes === undefined || commit === undefined) return undefined
    return new ByteWriter().bytes(bytes).bytes(encodeCommit(commit)).finish()
  }
}
