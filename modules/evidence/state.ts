import { Any } from '../../proto/gen/google/protobuf/any.ts'
import { defineState, protoValue } from '../kit/collections.ts'
import { bytesKey } from '../kit/keys.ts'

/** The store `evidence` in the SDK's layout (x/evidence/types/keys.go). */
export const state = defineState('evidence', (s) => ({
  /** 0x00 | hash of the evidence -> Any(Equivocation) */
  evidence: s.table(0x00, 'evidences', bytesKey, protoValue(Any)),
}))
