import { Grant } from '../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import { bytesValue, defineState, protoValue } from '../kit/collections.ts'
import { bytesKey, pairKey, prefixedBytesKey, tripleKey } from '../kit/keys.ts'
import { timeKey } from '../kit/time.ts'

/** The store `feegrant` in the SDK's layout (x/feegrant/key.go of the 0.50 line). */
export const state = defineState('feegrant', (s) => ({
  /** 0x00 | length, grantee | length, granter -> Grant */
  allowances: s.table(0x00, 'allowances', pairKey(bytesKey, prefixedBytesKey), protoValue(Grant)),
  /** 0x01 | time of expiration, 29 bytes | length, grantee | length, granter -> 1 (the SDK stores nothing) */
  queue: s.table(0x01, 'expirations', tripleKey(timeKey, bytesKey, prefixedBytesKey), bytesValue),
}))

/** Stands for a row without content: an empty value cannot be proven. */
export const PRESENT = Uint8Array.of(1)
