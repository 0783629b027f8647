import type { Metrics } from '../telemetry/metrics.ts'
import type { NewBlock, RoundStep } from './engine-types.ts'
import type { ChainState } from './state.ts'

/** Who wants to know of blocks and steps, and the numbers about them. */
export class Observers {
  readonly #metrics: Metrics
  readonly #newBlock = new Set<(event: NewBlock) => void>()
  readonly #roundStep = new Set<(event: RoundStep) => void>()

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  onNewBlock(callback: (event: NewBlock) => void): () => void {
    this.#newBlock.add(callback)
    return () => this.#newBlock.delete(callback)
  }

  onRoundStep(callback: (event: RoundStep) => void): () => void {
    this.#roundStep.add(callback)
    return () => this.#roundStep.delete(callback)
  }

  /** A height is durable. `commitMs` it took to store and execute, `heightMs` since it began. */
  block(event: NewBlock, chain: ChainState, commitMs: number, heightMs: number): void {
    const { block, size, seenCommit } = event
    const metrics = this.#metrics
    metrics.set('consensus_latest_block_height', Number(block.header.height))
    metrics.set('consensus_num_txs', block.txs.length)
    metrics.inc('consensus_total_txs', block.txs.length)
    metrics.set('consensus_block_size_bytes', size)
    metrics.set('consensus_validators', chain.validators.validators.length)
    metrics.set('consensus_validators_power', Number(chain.validators.totalPower))
    const missing = seenCommit.signatures.filter((signature) => signature.flag === 1).length
    metrics.set('consensus_missing_validators', missing)
    metrics.set('consensus_byzantine_validators', block.evidence.length)
    metrics.observe('state_block_processing_time', commitMs / 1000)
    metrics.observe('consensus_block_interval_seconds', heightMs / 1000)
    for (const callback of this.#newBlock) callback(event)
  }

  step(event: RoundStep): void {
    this.#metrics.set('consensus_height', Number(event.height))
    this.#metrics.set('consensus_rounds', event.round)
    for (const callback of this.#roundStep) callback(event)
  }

  syncing(on: boolean): void {
    this.#metrics.set('blocksync_syncing', on ? 1 : 0)
  }
}
