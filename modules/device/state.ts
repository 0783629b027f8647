import { Device, Params } from '../../proto/gen/strom/device/v1/state.ts'
import { defineState, protoValue, stringValue } from '../kit/collections.ts'
import { bytesKey, stringKey } from '../kit/keys.ts'

/** Store `device`; the README holds the table of prefixes. */
export const state = defineState('device', (s) => ({
  params: s.item(0x00, 'params', protoValue(Params)),
  /** 0x01 | id -> Device */
  devices: s.table(0x01, 'devices', stringKey, protoValue(Device)),
  /** 0x02 | public key -> id, so that no key serves two devices */
  keys: s.table(0x02, 'keys', bytesKey, stringValue),
}))
