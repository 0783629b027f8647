import {
  QueryAllEvidenceRequest,
  QueryAllEvidenceResponse,
  QueryEvidenceRequest,
  QueryEvidenceResponse,
} from '../../../proto/gen/cosmos/evidence/v1beta1/query.ts'
import { fromHex } from '../../kit/bytes.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { state } from '../state.ts'

const service = 'cosmos.evidence.v1beta1.Query'

/** One evidence by its hash in hex. Throws sdk 18 for no hash, sdk 38 when there is no such evidence. */
export const evidence = defineQuery({
  service,
  method: 'Evidence',
  request: QueryEvidenceRequest,
  response: QueryEvidenceResponse,
  handle(ctx, { hash }) {
    if (hash === '') throw sdkErrors.invalidRequest('invalid request; hash is empty')
    const found = state.evidence.get(ctx, hashBytes(hash))
    if (found === undefined) throw sdkErrors.notFound(`evidence ${hash} not found`)
    return { evidence: found }
  },
})

/** All evidence in order of hash. */
export const allEvidence = listQuery({
  service,
  method: 'AllEvidence',
  request: QueryAllEvidenceRequest,
  response: QueryAllEvidenceResponse,
  table: state.evidence,
  answer: (rows, pagination) => ({ evidence: rows, pagination }),
})

function hashBytes(hash: string): Uint8Array {
  try {
    return fromHex(hash)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw sdkErrors.invalidRequest(`invalid evidence hash: ${error.message}`)
  }
}
