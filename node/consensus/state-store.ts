import type { EnginePair, FinalizeBlockResponse } from '../abci/application.ts'
import { concat, utf8 } from '../chain/bytes.ts'
import { encodeBlockId, encodeTime, readBlockId, readTime } from '../chain/codec.ts'
import { decodeConsensusParams, encodeConsensusParams } from '../chain/params.ts'
import type { ConsensusParams, ValidatorSet } from '../chain/types.ts'
import { decodeValidatorSet, encodeValidatorSet } from '../chain/validators.ts'
import { ByteReader, ByteWriter, heightKey } from './bytes.ts'
import { decodeResults, encodeResults } from './results-codec.ts'
import { type ChainState, nextHeight } from './state.ts'
import { type Range, StorageError } from './storage.ts'

const KEY = {
  tip: utf8('T'),
  validators: utf8('v'),
  params: utf8('p'),
  results: utf8('r'),
} as const

/**
 * Consensus state. It is written by the application, inside the one synced batch that commits a height, so state machine
 * and consensus can never be at different heights; this class makes the pairs and reads them back.
 */
export class StateStore {
  readonly #range: Range

  constructor(range: Range) {
    this.#range = range
  }

  /** The pairs of a new height: `state` is the state after it, `response` what executing it gave. */
  pairs(state: ChainState, response: FinalizeBlockResponse): EnginePair[] {
    const next = nextHeight(state)
    const pairs: EnginePair[] = [
      { key: KEY.tip, value: encodeTip(state) },
      pair(KEY.validators, next + 1n, encodeValidatorSet(state.nextValidators)),
      pair(KEY.params, next, encodeConsensusParams(state.params)),
      pair(KEY.results, state.lastHeight, encodeResults(response)),
    ]
    if (state.lastHeight === state.initialHeight && state.lastValidators !== undefined) {
      const first = state.initialHeight
      pairs.push(pair(KEY.validators, first, encodeValidatorSet(state.lastValidators)))
      pairs.push(pair(KEY.validators, first + 1n, encodeValidatorSet(state.validators)))
    }
    return pairs
  }

  /** The state after the last committed height; undefined before the first. */
  load(): ChainState | undefined {
    const bytes = this.#range.getSync(KEY.tip)
    if (bytes === undefined) return undefined
    const tip = decodeTip(bytes)
    const next = tip.lastHeight + 1n
    return {
      ...tip,
      lastValidators: this.#need(tip.lastHeight),
      validators: this.#need(next),
      nextValidators: this.#need(next + 1n),
      params: this.paramsAt(next) ?? missing('consensus params', next),
    }
  }

  /** The validators of a height, up to two above the last committed one. */
  validatorsAt(height: bigint): ValidatorSet | undefined {
    const bytes = this.#range.getSync(concat(KEY.validators, heightKey(height)))
    return bytes === undefined ? undefined : decodeValidatorSet(bytes)
  }

  /** The params in force at a height, up to one above the last committed one. */
  paramsAt(height: bigint): ConsensusParams | undefined {
    const bytes = this.#range.getSync(concat(KEY.params, heightKey(height)))
    return bytes === undefined ? undefined : decodeConsensusParams(bytes)
  }

  /** What executing a height gave. */
  resultsAt(height: bigint): FinalizeBlockResponse | undefined {
    const bytes = this.#range.getSync(concat(KEY.results, heightKey(height)))
    return bytes === undefined ? undefined : decodeResults(bytes)
  }

  /** Removes what only heights in [from, to) needed. */
  async prune(from: bigint, to: bigint): Promise<void> {
    const ops = []
    for (let height = from; height < to; height++) {
      for (const prefix of [KEY.validators, KEY.params, KEY.results]) {
        ops.push(this.#range.del(concat(prefix, heightKey(height))))
      }
    }
    if (ops.length > 0) await this.#range.batch(ops, { sync: false })
  }

  #need(height: bigint): ValidatorSet {
    return this.validatorsAt(height) ?? missing('validators', height)
  }
}

function missing(what: string, height: bigint): never {
  throw new StorageError(
    `the ${what} of height ${height} are missing from the state database; restore the data directory or sync anew`,
  )
}

function pair(prefix: Uint8Array, height: bigint, value: Uint8Array): EnginePair {
  return { key: concat(prefix, heightKey(height)), value }
}

type Tip = Omit<ChainState, 'lastValidators' | 'validators' | 'nextValidators' | 'params'>

function encodeTip(state: ChainState): Uint8Array {
  return new ByteWriter()
    .text(state.chainId)
    .i64(state.initialHeight)
    .i64(state.lastHeight)
    .bytes(encodeBlockId(state.lastBlockId))
    .bytes(encodeTime(state.lastBlockTime))
    .bytes(state.lastResultsHash)
    .bytes(state.appHash)
    .finish()
}

function decodeTip(bytes: Uint8Array): Tip {
  const r = new ByteReader(bytes)
  const tip = {
    chainId: r.text(),
    initialHeight: r.i64(),
    lastHeight: r.i64(),
    lastBlockId: readBlockId('ChainState.lastBlockId', r.bytes()),
    lastBlockTime: readTime('ChainState.lastBlockTime', r.bytes()),
    lastResultsHash: r.bytes(),
    appHash: r.bytes(),
  }
  r.end()
  return tip
}
