import { equalBytes } from './bytes.ts'
import type { Hasher } from './crypto.ts'

/** A leaf of a sum tree: any bytes, and the Wh they stand for. */
export interface SumLeaf {
  readonly bytes: Uint8Array
  readonly importWh: bigint
  readonly exportWh: bigint
}

/** A subtree: its hash and the sums of its leaves. */
export interface SumNode {
  readonly hash: Uint8Array
  readonly importWh: bigint
  readonly exportWh: bigint
}

/** A whole tree with its inner nodes, as whoever proves leaves needs it. */
export interface SumTree {
  readonly count: number
  readonly root: SumNode
  /** levels[k][i] is the subtree of the leaves from i * 2^k on, at most 2^k of them. */
  readonly levels: readonly (readonly SumNode[])[]
}

const LIMIT = 1n << 64n
const HASH_BYTES = 32
/** Prefix, two hashes, and import and export of both sides. */
const NODE_BYTES = 1 + 2 * HASH_BYTES + 4 * 8

/**
 * The largest power of two below `count` (at least 2): how many leaves the left side of a tree has (RFC 6962 2.1). No
 * leaf is ever duplicated, because two lists would then have one root.
 */
export function splitPoint(count: number): number {
  let size = 1
  while (size * 2 < count) size *= 2
  return size
}

/**
 * Builds the sum tree of a list of leaves: RFC 6962 hashing with sums. A leaf hashes 0x00 | bytes | import | export, a
 * node 0x01 | left hash | right hash | left import | left export | right import | right export, sums as eight bytes
 * big-endian. The tree of no leaves has the hash of no bytes. Throws RangeError when a value is negative or a sum does
 * not fit 64 bits.
 */
export function buildTree(hasher: Hasher, leaves: readonly SumLeaf[]): SumTree {
  const join = nodeHashing(hasher)
  const bottom = leaves.map((leaf) => leafNode(hasher, leaf))
  const levels: SumNode[][] = [bottom]
  // Pairing level by level, an odd last node moving up as it is, gives the very splits of splitPoint.
  for (let level = bottom; level.length > 1; ) {
    const above: SumNode[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as SumNode, level[i + 1]]
      const node = right === undefined ? left : join(left, right)
      if (node === undefined) throw new RangeError('the sum of the leaves exceeds 64 bits')
      above.push(node)
    }
    levels.push(above)
    level = above
  }
  const top = levels[levels.length - 1]?.[0]
  return { count: leaves.length, root: top ?? emptyRoot(hasher), levels }
}

/**
 * The subtrees beside the leaves [from, to), in the order of their leaves: with them anyone computes the root again. For
 * one leaf they are its audit path. Throws RangeError when the range is empty or leaves the tree.
 */
export function proveRange(tree: SumTree, from: number, to: number): SumNode[] {
  if (!(from >= 0 && from < to && to <= tree.count)) {
    throw new RangeError(`no leaves ${from} to ${to} in a tree of ${tree.count}`)
  }
  const path: SumNode[] = []
  const visit = (low: number, high: number): void => {
    if (high <= from || low >= to) {
      path.push(subtree(tree, low, high))
      return
    }
    if (low >= from && high <= to) return
    const middle = low + splitPoint(high - low)
    visit(low, middle)
    visit(middle, high)
  }
  visit(0, tree.count)
  return path
}

/**
 * The root of a tree of `count` leaves in which `leaves` stand from index `from` on and `path` are the subtrees beside
 * them. Undefined when range and path do not fit the shape, or sums exceed 64 bits: nothing of it may be trusted.
 */
export function foldRange(
  hasher: Hasher,
  count: number,
  from: number,
  leaves: readonly SumLeaf[],
  path: readonly SumNode[],
): SumNode | undefined {
  const to = from + leaves.length
  if (!(from >= 0 && from < to && to <= count)) return undefined
  if (![...leaves, ...path].every(fits) || path.some((node) => node.hash.length !== HASH_BYTES)) {
    return undefined
  }
  const join = nodeHashing(hasher)
  let used = 0
  const visit = (low: number, high: number): SumNode | undefined => {
    if (high <= from || low >= to) return path[used++]
    if (high - low === 1) return leafNode(hasher, leaves[low - from] as SumLeaf)
    const middle = low + splitPoint(high - low)
    const left = visit(low, middle)
    const right = left && visit(middle, high)
    return left && right && join(left, right)
  }
  const root = visit(0, count)
  return used === path.length ? root : undefined
}

/** Whether two subtrees are the same: hash and both sums. */
export function sameNode(a: SumNode, b: SumNode): boolean {
  return a.importWh === b.importWh && a.exportWh === b.exportWh && equalBytes(a.hash, b.hash)
}

function emptyRoot(hasher: Hasher): SumNode {
  return { hash: hasher.sha256(new Uint8Array()), importWh: 0n, exportWh: 0n }
}

function fits({ importWh, exportWh }: { readonly importWh: bigint; readonly exportWh: bigint }) {
  return importWh >= 0n && importWh < LIMIT && exportWh >= 0n && exportWh < LIMIT
}

function leafNode(hasher: Hasher, leaf: SumLeaf): SumNode {
  const { bytes, importWh, exportWh } = leaf
  if (!fits(leaf)) throw new RangeError(`leaf of ${importWh} and ${exportWh} Wh: not 64 bits`)
  const input = new Uint8Array(1 + bytes.length + 16)
  input.set(bytes, 1)
  const view = new DataView(input.buffer)
  view.setBigUint64(1 + bytes.length, importWh)
  view.setBigUint64(9 + bytes.length, exportWh)
  return { hash: hasher.sha256(input), importWh, exportWh }
}

/** Joins two subtrees; undefined when a sum leaves 64 bits. One buffer serves all nodes of a tree. */
function nodeHashing(hasher: Hasher): (left: SumNode, right: SumNode) => SumNode | undefined {
  const input = new Uint8Array(NODE_BYTES)
  const view = new DataView(input.buffer)
  input[0] = 1
  return (left, right) => {
    const importWh = left.importWh + right.importWh
    const exportWh = left.exportWh + right.exportWh
    if (importWh >= LIMIT || exportWh >= LIMIT) return undefined
    input.set(left.hash, 1)
    input.set(right.hash, 1 + HASH_BYTES)
    view.setBigUint64(65, left.importWh)
    view.setBigUint64(73, left.exportWh)
    view.setBigUint64(81, right.importWh)
    view.setBigUint64(89, right.exportWh)
    return { hash: hasher.sha256(input), importWh, exportWh }
  }
}

/** The node over the leaves [low, high) of a split: its level is the number of halvings down to a single leaf. */
function subtree(tree: SumTree, low: number, high: number): SumNode {
  let level = 0
  while (2 ** level < high - low) level += 1
  return tree.levels[level]?.[low >>> level] as SumNode
}
