/** Half of the times, and all but a twentieth, are not above these milliseconds. */
export interface Times {
  readonly p50: number
  readonly p95: number
}

/** The figures of a list of times; zeros of an empty one. */
export function times(list: readonly number[]): Times {
  const sorted = [...list].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p95: at(0.95) }
}

/** Sum of a list. */
export function total(list: readonly number[]): number {
  return list.reduce((sum, one) => sum + one, 0)
}

/** How fast something came in, without network: transactions checked as the mempool does, then executed and committed. */
export interface Inflow {
  readonly count: number
  readonly txs: number
  readonly txBytes: number
  readonly checkMs: number
  readonly executeMs: number
  readonly commitMs: number
  /** By execution and commit; what a validator adds by checking is told apart. */
  readonly perSecond: number
}

/** Registration of the whole fleet, and what state it makes. */
export interface RegistrationFigures {
  readonly devices: number
  readonly genesisMb: number
  readonly initSeconds: number
  readonly firstBlockMs: number
  readonly keys: { readonly [store: string]: number }
  readonly memoryMb: number
  /** Of it the tree: nodes and their keys and values. */
  readonly treeMb: number
  readonly diskMb: number
  readonly checkpointSeconds: number
  readonly reopenSeconds: number
  readonly byTransaction: Inflow | undefined
}

/** Sweeps of the settlement. */
export interface SettleFigures {
  readonly devices: number
  readonly idleBlocks: number
  readonly idleMs: Times
  readonly judged: number
  readonly dueBlocks: number
  readonly dueMs: Times
  readonly judgedPerSecond: number
  readonly judgedPerBlock: number
  /** One check of all laws of all modules over this state. */
  readonly lawsSeconds: number
  readonly certifiedWh: number
}

/** The same readings as leaves of root batches. */
export interface RootFigures {
  readonly leaves: number
  readonly leafBytes: number
  readonly treeMs: number
  /** Leaves published in the block of their batch. */
  readonly published: Inflow
  /** One batch of all leaves, nothing published. */
  readonly bareMs: number
  readonly entered: Inflow
  readonly enteredWithProof: Inflow
}

/** Devices of which a day of readings waits. */
export interface DeepFigures {
  readonly devices: number
  readonly waiting: number
  readonly arrived: Inflow
  readonly judged: number
  /** Milliseconds of a block for each reading it judges. */
  readonly judgedMs: number
}

/** Everything measured without network. */
export interface InsideFigures {
  readonly registration: RegistrationFigures
  readonly lookups: { readonly [name: string]: Times }
  readonly opening: Inflow
  readonly second: Inflow
  readonly settle: SettleFigures
  readonly roots: RootFigures | undefined
  readonly deep: DeepFigures | undefined
  /** Bytes of the tree for one device that reported, and for each stored reading that waits. */
  readonly readingBytes: number
  readonly peakMb: number
}
