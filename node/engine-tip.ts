import type { ConsensusParams, Time } from './chain/types.ts'
import { StateStore } from './consensus/state-store.ts'
import { type LevelDb, RANGES, range } from './store/level.ts'

/** Where the engine of a stopped node stands. */
export interface EngineTip {
  readonly height: bigint
  /** Of the block of that height. */
  readonly time: Time
  /** In force from the next height on. */
  readonly params: ConsensusParams
}

/** The last height that was executed; undefined before the first. */
export function engineTip(db: LevelDb): EngineTip | undefined {
  const state = new StateStore(range(db, RANGES.engine)).load()
  if (state === undefined) return undefined
  return { height: state.lastHeight, time: state.lastBlockTime, params: state.params }
}
