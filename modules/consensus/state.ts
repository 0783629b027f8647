import { ConsensusParams } from '../../proto/gen/tendermint/types/params.ts'
import { utf8Encode } from '../kit/bytes.ts'
import { defineState, protoValue, u64Value } from '../kit/collections.ts'
import type { ReadContext } from '../kit/context.ts'
import type { EngineParams } from './api.ts'
import { complete } from './rules.ts'

/** The store `consensus`; the SDK keeps the params at the key "Consensus" as well. */
export const state = defineState('consensus', (s) => ({
  /** "Consensus" -> tendermint.types.ConsensusParams */
  params: s.item('Consensus', 'params', protoValue(ConsensusParams)),
  /** "Changed" -> height of the last change by a message, eight bytes big-endian */
  changed: s.item('Changed', 'changed', u64Value),
}))

/** Key of the height of the last change, which genesis leaves out: an imported chain starts with what it is given. */
export const CHANGED_KEY = utf8Encode('Changed')

/** The stored params with every part present. Throws sdk 38 before genesis. */
export function readParams(ctx: ReadContext): EngineParams {
  return complete(state.params.must(ctx))
}
