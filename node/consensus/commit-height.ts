import type { Application } from '../abci/application.ts'
import type { Block, BlockId, Commit, DuplicateVoteEvidence } from '../chain/types.ts'
import type { BlockStore } from './block-store.ts'
import type { EvidencePool } from './evidence.ts'
import type { Executed, Executor } from './executor.ts'
import type { FailPoint } from './fail-points.ts'
import type { ChainState } from './state.ts'
import type { StateStore } from './state-store.ts'
import type { Wal } from './wal.ts'
import { logEndHeight } from './wal-records.ts'

/** A decided block: nothing about it is durable yet. */
export interface Decision {
  readonly block: Block
  readonly blockId: BlockId
  readonly bytes: Uint8Array
  readonly commit: Commit
}

/** A durable height, and the evidence it brought to light. */
export interface Committed extends Executed {
  readonly accused: readonly DuplicateVoteEvidence[]
}

/** What committing a height touches. */
export interface CommitParts {
  readonly app: Application
  readonly blocks: BlockStore
  readonly states: StateStore
  readonly evidence: EvidencePool
  readonly executor: Executor
  readonly wal: Wal
  readonly failPoint: FailPoint
}

/**
 * The durable order of a height: one synced batch with the block (while it is executed in memory), EndHeight in the log,
 * one synced batch with all state. A crash between any two steps is healed by the handshake. EndHeight is not synced by itself:
 * recovery reads the height from the block store and only finds the start of the next one faster with it.
 */
export async function commitHeight(
  state: ChainState,
  decision: Decision,
  parts: CommitParts,
): Promise<Committed> {
  const { app, blocks, evidence, executor, failPoint, wal } = parts
  const { block, blockId, bytes, commit } = decision
  failPoint('K11')
  const accused = evidence.decided(block, state)
  const saving = blocks.save({ block, blockId, bytes, seenCommit: commit }, accused.ops, () =>
    failPoint('K12'),
  )
  // Executing writes nothing, so it need not wait for the disk.
  const execution = executor.execute(state, block, blockId)
  await during(execution, () => saving)
  const fresh = accused.apply()
  await during(execution, () => {
    failPoint('K13')
    failPoint('K14')
    logEndHeight(wal, block.header.height)
    failPoint('K15')
    failPoint('K16')
  })
  const executed = await execution
  failPoint('K17')
  failPoint('K18')
  const committing = app.commit(executed.pairs)
  await during(committing, () => failPoint('K19'))
  const { retainHeight } = await committing
  failPoint('K20')
  await prune(parts, retainHeight)
  return { ...executed, accused: fresh }
}

/** Does a step while `work` is under way. When the step fails, the work is left to end by itself before the node dies. */
async function during(work: Promise<unknown>, step: () => void | Promise<void>): Promise<void> {
  work.catch(() => {}) // the caller awaits it after this step; until then its failure must not count as unhandled
  try {
    await step()
  } catch (error) {
    await work.catch(() => {}) // the node is dying of `error`; what became of the work is for recovery to find out
    throw error
  }
}

async function prune({ blocks, states }: CommitParts, retainHeight: bigint): Promise<void> {
  if (retainHeight <= blocks.base || retainHeight > blocks.height) return
  const from = blocks.base
  const removed = await blocks.prune(retainHeight)
  await states.prune(from, from + removed)
}
