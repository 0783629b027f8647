import type { Pair } from '../../modules/kit/kv.ts'
import type { Nodes } from './nodes.ts'

/** Walks the leaves below one root in key order, either way. Valid while the root's slots are neither freed nor changed. */
export class TreeCursor {
  private readonly nodes: Nodes
  private readonly reverse: boolean
  /** Subtrees still to visit, the nearest last. */
  private readonly stack: number[] = []

  constructor(nodes: Nodes, reverse: boolean) {
    this.nodes = nodes
    this.reverse = reverse
  }

  /**
   * Stands before the first leaf of the walk. Ascending: keys >= bound, or > bound when `after`. Descending: keys <
   * bound, whatever `after` is. No bound: all keys.
   */
  seek(root: number, bound: Uint8Array | undefined, after = false): void {
    const { nodes, stack, reverse } = this
    stack.length = 0
    if (root === 0) return
    if (bound === undefined) {
      stack.push(root)
      return
    }
    const { arena } = nodes
    let slot = root
    while (nodes.height[slot] !== 0) {
      const order = arena.compare(bound, nodes.key[slot] as number)
      const left = nodes.left[slot] as number
      const right = nodes.right[slot] as number
      if (reverse ? order <= 0 : order < 0) {
        if (!reverse) stack.push(right)
        slot = left
      } else {
        if (reverse) stack.push(left)
        slot = right
      }
    }
    const order = arena.compare(bound, nodes.key[slot] as number)
    if (reverse ? order > 0 : order < 0 || (order === 0 && !after)) stack.push(slot)
  }

  /** The next leaf's slot, 0 at the end. */
  next(): number {
    const { nodes, stack, reverse } = this
    let slot = stack.pop()
    if (slot === undefined) return 0
    while (nodes.height[slot] !== 0) {
      stack.push((reverse ? nodes.left[slot] : nodes.right[slot]) as number)
      slot = (reverse ? nodes.right[slot] : nodes.left[slot]) as number
    }
    return slot
  }
}

/** Where a scan reads: `root` is asked again when `changes` moved, and may throw when the version is gone. */
export interface ScanSource {
  root(): number
  changes(): number
}

/**
 * Ordered pairs of a tree that may change meanwhile: each step yields the next key after the last one in the tree as
 * it then is, so deleting or adding keys during a walk is well defined. Keys and values are copies.
 */
export function* scan(
  nodes: Nodes,
  source: ScanSource,
  start: Uint8Array | undefined,
  end: Uint8Array | undefined,
  reverse: boolean,
): Generator<Pair, void, undefined> {
  const cursor = new TreeCursor(nodes, reverse)
  let changes = source.changes()
  cursor.seek(source.root(), reverse ? end : start)
  const limit = reverse ? start : end
  for (;;) {
    const slot = cursor.next()
    if (slot === 0) return
    const pointer = nodes.key[slot] as number
    if (limit !== undefined) {
      const order = nodes.arena.compare(limit, pointer)
      if (reverse ? order > 0 : order <= 0) return
    }
    const key = nodes.arena.copy(pointer)
    yield [key, nodes.arena.copy(nodes.left[slot] as number)]
    const root = source.root()
    if (source.changes() !== changes) {
      changes = source.changes()
      cursor.seek(root, key, true)
    }
  }
}
