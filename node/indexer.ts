import type { Engine } from './consensus/engine.ts'
import type { NewBlock } from './consensus/engine-types.ts'
import type { TxIndex } from './index/tx-index.ts'
import type { CommittedBlock } from './rpc/backend.ts'
import type { Logger } from './telemetry/log.ts'

/** Follows the engine: indexes each committed height, then tells subscribers, one height after the other. */
export class Indexer {
  readonly #index: TxIndex | undefined
  readonly #engine: Engine
  readonly #listeners = new Set<(block: CommittedBlock) => void>()
  #work: Promise<void> = Promise.resolve()

  constructor(index: TxIndex | undefined, engine: Engine, onFatal: (error: unknown) => void) {
    this.#index = index
    this.#engine = engine
    engine.onNewBlock((event) => {
      this.#work = this.#work.then(() => this.#add(event)).catch(onFatal)
    })
  }

  /** Indexes what was committed while no index ran, or all of it when the index was deleted. */
  async catchUp(log: Logger): Promise<void> {
    if (this.#index === undefined) return
    const { blocks, states, chain } = this.#engine
    const from = this.#index.height + 1n
    const first = from > blocks.base ? from : blocks.base
    if (first > chain.lastHeight) return
    if (chain.lastHeight > 0n) log.info('indexing', { from: first, to: chain.lastHeight })
    for (let height = first; height <= chain.lastHeight; height++) {
      const block = blocks.blockAt(height)
      const results = states.resultsAt(height)
      if (block === undefined || results === undefined) continue
      await this.#index.add(indexed({ block, results }))
    }
  }

  /** Calls back when a height is queryable and indexed; the returned function ends that. */
  onBlock(callback: (block: CommittedBlock) => void): () => void {
    this.#listeners.add(callback)
    return () => this.#listeners.delete(callback)
  }

  /** Resolves when everything committed so far is indexed. */
  async settled(): Promise<void> {
    await this.#work
  }

  async #add(event: NewBlock): Promise<void> {
    await this.#index?.add(indexed(event))
    for (const listener of this.#listeners) listener(event)
  }
}

function indexed({ block, results }: Pick<CommittedBlock, 'block' | 'results'>) {
  return {
    height: block.header.height,
    txs: block.txs,
    txEvents: results.txResults.map((result) => result.events),
    blockEvents: results.events,
  }
}
