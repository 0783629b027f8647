import { decodeBlock } from '../chain/block.ts'
import { concat, utf8 } from '../chain/bytes.ts'
import { decodeCommit, encodeBlockId, encodeCommit, readBlockId } from '../chain/codec.ts'
import { decodeHeader, encodeHeader } from '../chain/header.ts'
import type { Block, BlockId, Commit, Header } from '../chain/types.ts'
import { ByteReader, ByteWriter, heightKey } from './bytes.ts'
import { type Range, type RangeOp, StorageError } from './storage.ts'

/** What `/blockchain` and `/block` tell about a block beside its contents. */
export interface BlockMeta {
  readonly blockId: BlockId
  /** Bytes of the encoded block. */
  readonly size: number
  readonly header: Header
  readonly numTxs: number
}

/** A decided block as it goes into the store. */
export interface DecidedBlock {
  readonly block: Block
  readonly blockId: BlockId
  /** The encoded block: the bytes the part set was cut from. */
  readonly bytes: Uint8Array
  /** The precommits this node saw; not necessarily those the next block will carry. */
  readonly seenCommit: Commit
}

const KEY = {
  range: utf8('H'),
  block: utf8('b'),
  meta: utf8('m'),
  commit: utf8('c'),
  seen: utf8('s'),
  hash: utf8('x'),
} as const

/** Blocks, commits and their index by hash. Reads are synchronous and see only whole heights. */
export class BlockStore {
  readonly #range: Range
  #base = 0n
  #height = 0n

  constructor(range: Range) {
    this.#range = range
    const stored = range.getSync(KEY.range)
    if (stored === undefined) return
    const r = new ByteReader(stored)
    this.#base = r.i64()
    this.#height = r.i64()
    r.end()
  }

  /** Lowest stored height; 0 when empty. */
  get base(): bigint {
    return this.#base
  }

  /** Highest stored height; 0 when empty. */
  get height(): bigint {
    return this.#height
  }

  /**
   * Stores one height in ONE synced batch: block, meta, the commit of the height below that it carries, the seen commit
   * and `more`. `beforeWrite` is a kill point.
   */
  async save(
    decided: DecidedBlock,
    more: readonly RangeOp[],
    beforeWrite: () => void = () => {},
  ): Promise<void> {
    const { block, blockId, bytes } = decided
    const height = block.header.height
    if (this.#height !== 0n && height !== this.#height + 1n) {
      throw new StorageError(`block ${height} does not follow the stored height ${this.#height}`)
    }
    const base = this.#base === 0n ? height : this.#base
    const put = (prefix: Uint8Array, value: Uint8Array, at = height) =>
      this.#range.put(concat(prefix, heightKey(at)), value)
    const ops: RangeOp[] = [
      put(KEY.block, bytes),
      put(KEY.meta, encodeMeta(block, blockId, bytes.length)),
      put(KEY.seen, encodeCommit(decided.seenCommit)),
      this.#range.put(concat(KEY.hash, blockId.hash), heightKey(height)),
      this.#range.put(KEY.range, new ByteWriter().i64(base).i64(height).finish()),
      ...more,
    ]
    if (block.lastCommit.height > 0n) {
      ops.push(put(KEY.commit, encodeCommit(block.lastCommit), height - 1n))
    }
    // The commit of a height with a successor is canonical, so the seen one is needed only at the tip.
    if (height > 2n) ops.push(this.#range.del(concat(KEY.seen, heightKey(height - 2n))))
    beforeWrite()
    await this.#range.batch(ops, { sync: true })
    this.#base = base
    this.#height = height
  }

  /** The encoded block of a height. */
  bytesAt(height: bigint): Uint8Array | undefined {
    return this.#get(KEY.block, height)
  }

  blockAt(height: bigint): Block | undefined {
    const bytes = this.bytesAt(height)
    return bytes === undefined ? undefined : decodeBlock(bytes)
  }

  metaAt(height: bigint): BlockMeta | undefined {
    const bytes = this.#get(KEY.meta, height)
    return bytes === undefined ? undefined : decodeMeta(bytes)
  }

  /** The commit of `height` as block height+1 carries it; undefined at the tip. */
  commitAt(height: bigint): Commit | undefined {
    const bytes = this.#get(KEY.commit, height)
    return bytes === undefined ? undefined : decodeCommit(bytes)
  }

  /** The precommits this node saw for `height`; kept for the last two heights. */
  seenCommit(height: bigint): Commit | undefined {
    const bytes = this.#get(KEY.seen, height)
    return bytes === undefined ? undefined : decodeCommit(bytes)
  }

  /** The height of the block with this header hash. */
  heightOfHash(hash: Uint8Array): bigint | undefined {
    const bytes = this.#range.getSync(concat(KEY.hash, hash))
    return bytes === undefined ? undefined : new ByteReader(bytes).i64()
  }

  /** Removes heights below `retainHeight`; returns how many went. At most 1,000 a call, so that no height waits for it. */
  async prune(retainHeight: bigint): Promise<bigint> {
    if (this.#base === 0n || retainHeight <= this.#base) return 0n
    if (retainHeight > this.#height) {
      throw new StorageError(`cannot prune to ${retainHeight}: the height is ${this.#height}`)
    }
    const to = retainHeight - this.#base > 1000n ? this.#base + 1000n : retainHeight
    const ops: RangeOp[] = []
    for (let height = this.#base; height < to; height++) {
      const meta = this.metaAt(height)
      if (meta !== undefined) ops.push(this.#range.del(concat(KEY.hash, meta.blockId.hash)))
      for (const prefix of [KEY.block, KEY.meta, KEY.commit, KEY.seen]) {
        ops.push(this.#range.del(concat(prefix, heightKey(height))))
      }
    }
    ops.push(this.#range.put(KEY.range, new ByteWriter().i64(to).i64(this.#height).finish()))
    await this.#range.batch(ops, { sync: false })
    const removed = to - this.#base
    this.#base = to
    return removed
  }

  #get(prefix: Uint8Array, height: bigint): Uint8Array | undefined {
    return this.#range.getSync(concat(prefix, heightKey(height)))
  }
}

function encodeMeta(block: Block, blockId: BlockId, size: number): Uint8Array {
  return new ByteWriter()
    .bytes(encodeBlockId(blockId))
    .u32(size)
    .bytes(encodeHeader(block.header))
    .u32(block.txs.length)
    .finish()
}

function decodeMeta(bytes: Uint8Array): BlockMeta {
  const r = new ByteReader(bytes)
  const blockId = readBlockId('BlockMeta.blockId', r.bytes())
  const size = r.u32()
  const header = decodeHeader(r.bytes())
  const numTxs = r.u32()
  r.end()
  return { blockId, size, header, numTxs }
}
