import type { BatchOp, LevelRange } from '../store/level.ts'
import type { HeightInfo } from './context.ts'

interface BlockTime {
  readonly seconds: bigint
  readonly nanos: number
}

const KEEP = 1_000

/** Block times of recent heights and the chain id, kept beside the state so that queries of a height know its time. */
export class HeightLog {
  readonly #range: LevelRange | undefined
  readonly #times = new Map<bigint, BlockTime>()
  chainId: string

  constructor(range: LevelRange | undefined, height: bigint) {
    this.#range = range
    const last = this.timeOf(height)
    if (last !== undefined) this.#times.set(height, last)
    const id = range?.getSync(CHAIN_ID)
    this.chainId = id === undefined ? '' : new TextDecoder().decode(id)
  }

  /** Remembers a height; the writes belong into the state's batch. */
  record(info: HeightInfo): BatchOp[] {
    this.#times.set(info.height, { seconds: info.time, nanos: info.timeNanos })
    if (this.#times.size > KEEP) this.#times.delete(this.#times.keys().next().value as bigint)
    if (this.#range === undefined) return []
    const value = new Uint8Array(12)
    const view = new DataView(value.buffer)
    view.setBigInt64(0, info.time)
    view.setUint32(8, info.timeNanos)
    const ops = [this.#range.put(timeKey(info.height), value)]
    if (this.chainId === '')
      ops.push(this.#range.put(CHAIN_ID, new TextEncoder().encode(info.chainId)))
    this.chainId = info.chainId
    return ops
  }

  timeOf(height: bigint): BlockTime | undefined {
    const known = this.#times.get(height)
    if (known !== undefined) return known
    const stored = this.#range?.getSync(timeKey(height))
    if (stored === undefined) return undefined
    const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
    return { seconds: view.getBigInt64(0), nanos: view.getUint32(8) }
  }
}

const CHAIN_ID = new TextEncoder().encode('chain')

function timeKey(height: bigint): Uint8Array {
  const key = new Uint8Array(9)
  key[0] = 0x74
  new DataView(key.buffer).setBigUint64(1, height)
  return key
}
