/** A transaction in the pool. */
export interface Entry {
  readonly tx: Uint8Array
  /** sha256, lower-case hex. */
  readonly hash: string
  /** Peer id, or `local` for RPC. */
  readonly source: string
  readonly sender: string | undefined
  readonly sequence: bigint
  readonly gasWanted: bigint
  /** Monotonic milliseconds of acceptance. */
  readonly since: number
  /** Height of the last block when it was accepted. */
  readonly addedHeight: bigint
  /** Height, time and check state (counted by commits) of the last check. */
  checkedHeight: bigint
  checkedAt: number
  checkedEpoch: number
  /** The last check said `wrong sequence`, which may only mean that it was applied already. */
  unsure: boolean
  /** Monotonic milliseconds of the last time it was given to gossip. */
  spreadAt: number
}

/** A transaction of a block costs its bytes, a tag byte and the length as protobuf varint. */
export function blockBytes(length: number): number {
  let varint = 1
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) varint++
  return length + 1 + varint
}

/** Places in a row that may not fit before a reap gives up: the block is as full as it will get. */
const MAX_MISFITS = 100

/** The transactions of the pool in order of arrival, and of each sender in order of sequence. */
export class Entries {
  readonly #all = new Map<string, Entry>()
  readonly #bySender = new Map<string, Entry[]>()
  #bytes = 0

  get size(): number {
    return this.#all.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get(hash: string): Entry | undefined {
    return this.#all.get(hash)
  }

  /** All, oldest first. */
  values(): Iterable<Entry> {
    return this.#all.values()
  }

  /** What a sender has waiting, lowest sequence first. */
  of(sender: string): readonly Entry[] {
    return this.#bySender.get(sender) ?? []
  }

  add(entry: Entry): void {
    this.#all.set(entry.hash, entry)
    this.#bytes += entry.tx.length
    if (entry.sender === undefined) return
    const list = this.#bySender.get(entry.sender)
    if (list === undefined) {
      this.#bySender.set(entry.sender, [entry])
      return
    }
    // Nearly always the highest sequence is the newest: look from the end.
    let at = list.length
    while (at > 0 && (list[at - 1]?.sequence ?? 0n) > entry.sequence) at--
    list.splice(at, 0, entry)
  }

  delete(hash: string): Entry | undefined {
    const entry = this.#all.get(hash)
    if (entry === undefined) return undefined
    this.#all.delete(hash)
    this.#bytes -= entry.tx.length
    const list = entry.sender === undefined ? undefined : this.#bySender.get(entry.sender)
    if (entry.sender === undefined || list === undefined) return entry
    list.splice(list.indexOf(entry), 1)
    if (list.length === 0) this.#bySender.delete(entry.sender)
    return entry
  }

  /**
   * Transactions for a block, at most `maxBytes` with their framing and `maxGas` together (negative = no limit). Places
   * go by arrival, but a sender's places are filled in order of its sequences; when one does not fit, the sender's
   * later ones wait as well.
   */
  reap(maxBytes: bigint, maxGas: bigint): Uint8Array[] {
    const next = new Map<string, number>()
    const blocked = new Set<string>()
    const out: Uint8Array[] = []
    let bytes = maxBytes < 0n ? Number.POSITIVE_INFINITY : Number(maxBytes)
    let gas = 0n
    let misfits = 0
    for (const place of this.#all.values()) {
      let entry = place
      if (place.sender !== undefined) {
        if (blocked.has(place.sender)) continue
        const at = next.get(place.sender) ?? 0
        next.set(place.sender, at + 1)
        entry = this.#bySender.get(place.sender)?.[at] ?? place
      }
      const cost = blockBytes(entry.tx.length)
      if (cost > bytes || (maxGas >= 0n && gas + entry.gasWanted > maxGas)) {
        if (entry.sender !== undefined) blocked.add(entry.sender)
        if (++misfits >= MAX_MISFITS) break
        continue
      }
      bytes -= cost
      gas += entry.gasWanted
      out.push(entry.tx)
    }
    return out
  }
}
