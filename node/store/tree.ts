import type { Nodes } from './nodes.ts'
import { sha256 } from './nodes.ts'

/** The root hash of a tree without keys. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0))

/** Finds the leaf of `key` below `root`; 0 when absent. */
export function findLeaf(nodes: Nodes, root: number, key: Uint8Array): number {
  if (root === 0) return 0
  const { arena } = nodes
  let slot = root
  while (nodes.height[slot] !== 0) {
    const before = arena.compare(key, nodes.key[slot] as number) < 0
    slot = (before ? nodes.left[slot] : nodes.right[slot]) as number
  }
  return arena.compare(key, nodes.key[slot] as number) === 0 ? slot : 0
}

/**
 * The uncommitted root of one IAVL tree, with cosmos/iavl's shape rules. Changes go to slots of the working version:
 * a slot of an older version on the path is copied once and reported as an orphan, never written.
 */
export class Tree {
  root = 0
  /** Slots of older versions this working version no longer reaches; free once no older root is kept. */
  orphans: number[] = []
  /** Counts changes, so that iterators notice them. */
  changes = 0
  private readonly nodes: Nodes
  private working: number
  private updated = false
  /** While a removal unwinds: pointer of the separator's new key, 0 when it stays. */
  private separator = 0
  private removedLeaf = 0

  constructor(nodes: Nodes, root: number, working: number) {
    this.nodes = nodes
    this.root = root
    this.working = working
  }

  /** Starts the next working version on top of the present root. Returns the orphans of the one that ends. */
  advance(working: number): number[] {
    const { orphans } = this
    this.orphans = []
    this.working = working
    return orphans
  }

  /** Root hash after hashing whatever changed. A copy. */
  hash(): Uint8Array {
    if (this.root === 0) return EMPTY_ROOT
    this.nodes.hash(this.root)
    return this.nodes.hashView(this.root).slice()
  }

  /** Drops every change since the last commit, whose root is `committed`. */
  rollback(committed: number): void {
    this.dropFresh(this.root)
    this.root = committed
    this.orphans = []
    this.changes += 1
  }

  /** Stores a pair. An equal value rewrites the path as well, as cosmos/iavl does. */
  set(key: Uint8Array, value: Uint8Array): void {
    this.changes += 1
    const valuePointer = this.nodes.arena.alloc(value)
    if (this.root === 0) {
      this.root = this.nodes.leaf(this.working, this.nodes.arena.alloc(key), valuePointer)
      return
    }
    this.root = this.insert(this.root, key, valuePointer)
  }

  /** Removes a key; false when it was absent, and then nothing changed. */
  remove(key: Uint8Array): boolean {
    if (findLeaf(this.nodes, this.root, key) === 0) return false
    this.changes += 1
    this.separator = 0
    this.root = this.take(this.root, key)
    this.discard(this.removedLeaf)
    return true
  }

  private insert(slot: number, key: Uint8Array, value: number): number {
    const { nodes } = this
    const order = nodes.arena.compare(key, nodes.key[slot] as number)
    if (nodes.height[slot] === 0) return this.insertAtLeaf(slot, order, key, value)
    const self = this.own(slot)
    const below = (order < 0 ? nodes.left[self] : nodes.right[self]) as number
    // First the call, then the assignment: the call may replace the arrays by wider ones.
    const child = this.insert(below, key, value)
    if (order < 0) nodes.left[self] = child
    else nodes.right[self] = child
    if (this.updated) return self
    nodes.measure(self)
    return this.balance(self)
  }

  private insertAtLeaf(slot: number, order: number, key: Uint8Array, value: number): number {
    const { nodes, working } = this
    this.updated = order === 0
    if (order === 0) {
      const keyPointer = nodes.key[slot] as number
      nodes.arena.retain(keyPointer)
      this.discard(slot)
      return nodes.leaf(working, keyPointer, value)
    }
    const keyPointer = nodes.arena.alloc(key)
    const leaf = nodes.leaf(working, keyPointer, value)
    return order < 0
      ? nodes.inner(working, nodes.key[slot] as number, leaf, slot)
      : nodes.inner(working, keyPointer, slot, leaf)
  }

  /** Removes the leaf of a key known to be below `slot`; returns what stands in its place, 0 for nothing. */
  private take(slot: number, key: Uint8Array): number {
    const { nodes } = this
    if (nodes.height[slot] === 0) {
      this.removedLeaf = slot
      return 0
    }
    const goesLeft = nodes.arena.compare(key, nodes.key[slot] as number) < 0
    const child = (goesLeft ? nodes.left[slot] : nodes.right[slot]) as number
    const rest = this.take(child, key)
    if (rest === 0) {
      const other = (goesLeft ? nodes.right[slot] : nodes.left[slot]) as number
      if (goesLeft) this.separator = nodes.key[slot] as number
      this.discard(slot)
      return other
    }
    const self = this.own(slot)
    if (goesLeft) {
      nodes.left[self] = rest
    } else {
      nodes.right[self] = rest
      // The smallest key of the right side went away: the separator becomes the next smallest.
      if (this.separator !== 0) {
        nodes.key[self] = this.separator
        this.separator = 0
      }
    }
    nodes.measure(self)
    return this.balance(self)
  }

  private balance(slot: number): number {
    const { nodes } = this
    const lean = this.lean(slot)
    if (lean > 1) {
      const left = nodes.left[slot] as number
      if (this.lean(left) < 0) {
        const child = this.rotateLeft(this.own(left))
        nodes.left[slot] = child
      }
      return this.rotateRight(slot)
    }
    if (lean < -1) {
      const right = nodes.right[slot] as number
      if (this.lean(right) > 0) {
        const child = this.rotateRight(this.own(right))
        nodes.right[slot] = child
      }
      return this.rotateLeft(slot)
    }
    return slot
  }

  private lean(slot: number): number {
    const { height, left, right } = this.nodes
    return (height[left[slot] as number] as number) - (height[right[slot] as number] as number)
  }

  private rotateRight(slot: number): number {
    const { nodes } = this
    const top = this.own(nodes.left[slot] as number)
    nodes.left[slot] = nodes.right[top] as number
    nodes.right[top] = slot
    nodes.measure(slot)
    nodes.measure(top)
    return top
  }

  private rotateLeft(slot: number): number {
    const { nodes } = this
    const top = this.own(nodes.right[slot] as number)
    nodes.right[slot] = nodes.left[top] as number
    nodes.left[top] = slot
    nodes.measure(slot)
    nodes.measure(top)
    return top
  }

  /** The slot itself when it belongs to the working version, else a copy that does. Inner nodes only. */
  private own(slot: number): number {
    const { nodes } = this
    if (nodes.version[slot] === this.working) {
      nodes.hashed[slot] = 0
      return slot
    }
    this.orphans.push(slot)
    return nodes.inner(
      this.working,
      nodes.key[slot] as number,
      nodes.left[slot] as number,
      nodes.right[slot] as number,
    )
  }

  private discard(slot: number): void {
    if (this.nodes.version[slot] === this.working) this.nodes.drop(slot)
    else this.orphans.push(slot)
  }

  private dropFresh(slot: number): void {
    const { nodes } = this
    if (slot === 0 || nodes.version[slot] !== this.working) return
    if (nodes.height[slot] !== 0) {
      this.dropFresh(nodes.left[slot] as number)
      this.dropFresh(nodes.right[slot] as number)
    }
    nodes.drop(slot)
  }
}
