/** mulberry32: a small seeded generator; the simulation may not depend on the platform's. */
export function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Events by time, then by order of scheduling: a binary heap. */
export class Queue {
  private readonly heap: Event[] = []
  private count = 0
  now = 0

  private before(a: number, b: number): boolean {
    const [x, y] = [this.heap[a] as Event, this.heap[b] as Event]
    return x.at < y.at || (x.at === y.at && x.order < y.order)
  }

  private swap(a: number, b: number): void {
    const held = this.heap[a] as Event
    this.heap[a] = this.heap[b] as Event
    this.heap[b] = held
  }

  add(delay: number, run: () => void): void {
    this.heap.push({ at: this.now + delay, order: this.count++, run })
    for (let i = this.heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!this.before(i, parent)) return
      this.swap(i, parent)
      i = parent
    }
  }

  next(): boolean {
    const first = this.heap[0]
    if (first === undefined) return false
    const last = this.heap.pop() as Event
    if (this.heap.length > 0) {
      this.heap[0] = last
      for (let i = 0; ; ) {
        let least = i
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < this.heap.length && this.before(child, least)) least = child
        }
        if (least === i) break
        this.swap(i, least)
        i = least
      }
    }
    this.now = first.at
    first.run()
    return true
  }
}
