import {
  DeviceState,
  Params,
  Refusal,
  StoredReading,
  Totals,
} from '../../proto/gen/strom/metering/v1/state.ts'
import { defineState, protoValue, u64Value } from '../kit/collections.ts'
import type { ReadContext } from '../kit/context.ts'
import { bytesKey, pairKey, stringKey, tripleKey, u64Key } from '../kit/keys.ts'

/** Store `metering`; the README holds the table of prefixes. */
export const state = defineState('metering', (s) => ({
  params: s.item(0x00, 'params', protoValue(Params)),
  /** 0x01 | device | context -> DeviceState */
  states: s.table(0x01, 'states', pairKey(stringKey, stringKey), protoValue(DeviceState)),
  /** 0x02 | device | context | seq -> StoredReading: every settled message, accepted or refused for good */
  readings: s.table(
    0x02,
    'readings',
    tripleKey(stringKey, stringKey, u64Key),
    protoValue(StoredReading),
  ),
  /** 0x03 | device | index -> Refusal, the newest of each device */
  refusals: s.table(0x03, 'refusals', pairKey(stringKey, u64Key), protoValue(Refusal)),
  /** 0x04 | device | identity -> index in refusals */
  refusalsByIdentity: s.table(0x04, 'refusalsByIdentity', pairKey(stringKey, bytesKey), u64Value),
  /** 0x05 | index -> Refusal, the newest whose device no signature proves */
  unattributed: s.table(0x05, 'unattributed', u64Key, protoValue(Refusal)),
  /** 0x06 | identity -> index in unattributed */
  unattributedByIdentity: s.table(0x06, 'unattributedByIdentity', bytesKey, u64Value),
  /** 0x07 -> Totals, absent before the first reading */
  totals: s.item(0x07, 'totals', protoValue(Totals)),
}))

/** The state of a device under whatever context it reports; a device has one. */
export function stateOf(ctx: ReadContext, device: string): DeviceState | undefined {
  for (const [, found] of state.states.entries(ctx, { prefix: stringKey.encodePart(device) })) {
    return found
  }
  return undefined
}
