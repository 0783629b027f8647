import { Grant, GrantQueueItem } from '../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { defineState, protoValue } from '../kit/collections.ts'
import { bytesKey, prefixedBytesKey, stringKey, tripleKey } from '../kit/keys.ts'
import { timeKey } from '../kit/time.ts'

/** The store `authz` in the SDK's layout (x/authz/keeper/keys.go). */
export const state = defineState('authz', (s) => ({
  /** 0x01 | length, granter | length, grantee | type URL of the message -> Grant */
  grants: s.table(0x01, 'grants', tripleKey(bytesKey, bytesKey, stringKey), protoValue(Grant)),
  /** 0x02 | time of expiration, 29 bytes | length, granter | length, grantee -> type URLs, sorted, at least one */
  queue: s.table(
    0x02,
    'expirations',
    tripleKey(timeKey, bytesKey, prefixedBytesKey),
    protoValue(GrantQueueItem),
  ),
}))
