import { CodecError } from '../../../proto/codec.ts'
import { LeafProof } from '../../../proto/gen/strom/fleet/v1/leaf.ts'
import {
  QueryCheckLeafRequest,
  QueryCheckLeafResponse,
} from '../../../proto/gen/strom/fleet/v1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { inspect } from '../inspect.ts'
import type { FleetNeeds } from '../needs.ts'
import { isInBatch, sumLeaf } from '../proof.ts'
import { state } from '../state.ts'
import { SERVICE } from './summary.ts'

/**
 * What a challenge of this leaf would find, signatures and other leaves left out: for watchers. Throws sdk 18 when the
 * bytes are no proof, sdk 38 when the batch is unknown.
 */
export function checkLeaf(
  needs: FleetNeeds,
): QueryDef<QueryCheckLeafRequest, QueryCheckLeafResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'CheckLeaf',
    request: QueryCheckLeafRequest,
    response: QueryCheckLeafResponse,
    handle(ctx, request) {
      const batch = state.batches.must(ctx, request.batch)
      const { index, leaf, path } = decode(request.proof)
      const shown = sumLeaf(leaf)
      if (!isInBatch(ctx, batch, index, [shown], path)) {
        return QueryCheckLeafResponse.create({ detail: 'the leaf is not in the batch' })
      }
      return QueryCheckLeafResponse.create({
        inBatch: true,
        ...inspect(ctx, needs, batch, shown),
      })
    },
  })
}

function decode(bytes: Uint8Array): LeafProof {
  try {
    return LeafProof.decode(bytes)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    throw sdkErrors.invalidRequest(`proof: ${error.message}`)
  }
}
