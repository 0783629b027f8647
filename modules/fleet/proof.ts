import type { LeafProof, SummedLeaf } from '../../proto/gen/strom/fleet/v1/leaf.ts'
import type { Batch } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { MsgContext, ReadContext } from '../kit/context.ts'
import { foldRange, type SumLeaf, type SumNode, sameNode } from '../kit/sum-tree.ts'
import { fleetErrors } from './errors.ts'
import { HASH_GAS } from './needs.ts'

/** A leaf of a message as the tree has it. */
export function sumLeaf({ leaf, importWh, exportWh }: SummedLeaf): SumLeaf {
  return { bytes: leaf, importWh, exportWh }
}

/** Whether these leaves stand in the batch from index `first` on. */
export function isInBatch(
  ctx: ReadContext,
  batch: Pick<Batch, 'count' | 'root' | 'stated'>,
  first: number,
  leaves: readonly SumLeaf[],
  path: readonly SumNode[],
): boolean {
  const root = foldRange(ctx.hasher, batch.count, first, leaves, path)
  return root !== undefined && sameNode(root, { hash: batch.root, ...batch.stated })
}

/** The same for a message, paying for the hashes. Throws fleet 15. */
export function requireInBatch(
  ctx: MsgContext,
  batch: Batch,
  first: number,
  leaves: readonly SumLeaf[],
  path: readonly SumNode[],
): void {
  ctx.gas.consume(HASH_GAS * BigInt(2 * leaves.length + path.length), 'sum tree')
  if (isInBatch(ctx, batch, first, leaves, path)) return
  throw fleetErrors.proof(
    `batch ${batch.id} of ${batch.count} leaves, ${leaves.length} from index ${first}`,
  )
}

/** The leaf of a proof, once it is shown to stand in the batch. Throws fleet 15. */
export function provenLeaf(ctx: MsgContext, batch: Batch, proof: LeafProof): SumLeaf {
  const leaf = sumLeaf(proof.leaf)
  requireInBatch(ctx, batch, proof.index, [leaf], proof.path)
  return leaf
}
