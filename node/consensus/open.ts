import { BlockStore } from './block-store.ts'
import { Engine } from './engine.ts'
import type { EngineOptions } from './engine-types.ts'
import { EvidencePool } from './evidence.ts'
import { Executor } from './executor.ts'
import { noFailPoint } from './fail-points.ts'
import { handshake } from './handshake.ts'
import { nextHeight } from './state.ts'
import { StateStore } from './state-store.ts'
import { Ed25519Verifier } from './verify-ed25519.ts'
import { Wal } from './wal.ts'
import { logEndHeight, recordsAfter } from './wal-records.ts'

/**
 * Opens a node's consensus: stores, handshake with the application (executing again what a crash cut off), log, sign guard.
 * Call `start` on the result. Throws StorageError, WalError or KeyFileError with what to do about it.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { app, genesis, log, txs } = options
  const { verify } = new Ed25519Verifier()
  const blocks = new BlockStore(options.blockRange)
  const states = new StateStore(options.stateRange)
  const history = {
    validatorsAt: (height: bigint) => states.validatorsAt(height),
    timeAt: (height: bigint) => blocks.metaAt(height)?.header.time,
  }
  const evidence = new EvidencePool(options.blockRange, history, verify)
  const executor = new Executor({ app, states, evidence, txs, verify })
  const signer = options.openSigner(blocks.height)
  const replayed = (height: bigint) => log.info('executed a stored block again', { height })
  const chain = await handshake({ genesis, app, blocks, states, executor, replayed })
  const opened = Wal.open(options.walDirectory, nextHeight(chain))
  const { wal, cutBytes } = opened
  if (cutBytes > 0) log.warn('cut a torn record off the consensus log', { bytes: cutBytes })
  const { records, marked } = recordsAfter(opened.records, chain.lastHeight)
  if (!marked && chain.lastHeight > 0n) logEndHeight(wal, chain.lastHeight)
  const failPoint = options.failPoint ?? noFailPoint
  return new Engine({
    options,
    app,
    blocks,
    states,
    evidence,
    executor,
    wal,
    signer,
    verify,
    chain,
    records,
    failPoint,
  })
}
