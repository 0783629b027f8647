import {
  Capacity,
  Device,
  Epoch,
  Gateway,
  Maker,
  OperatorGrant,
  Params,
  Release,
  Site,
} from '../../proto/gen/strom/device/v1/state.ts'
import { bytesValue, defineState, protoValue, stringValue } from '../kit/collections.ts'
import { bytesKey, pairKey, stringKey, u64Key } from '../kit/keys.ts'

/** Store `device`; the README holds the table of prefixes. */
export const state = defineState('device', (s) => ({
  params: s.item(0x00, 'params', protoValue(Params)),
  /** 0x01 | id -> Device */
  devices: s.table(0x01, 'devices', stringKey, protoValue(Device)),
  /** 0x02 | public key -> id, or `maker:` and its id: every key that ever served, so that none serves twice */
  keys: s.table(0x02, 'keys', bytesKey, stringValue),
  /** 0x03 | id | from -> Epoch; nothing for a device that never changed */
  epochs: s.table(0x03, 'epochs', pairKey(stringKey, u64Key), protoValue(Epoch)),
  /** 0x04 | id -> Maker */
  makers: s.table(0x04, 'makers', stringKey, protoValue(Maker)),
  /** 0x05 | maker | serial -> id */
  serials: s.table(0x05, 'serials', pairKey(stringKey, stringKey), stringValue),
  /** 0x06 | address -> Gateway */
  gateways: s.table(0x06, 'gateways', stringKey, protoValue(Gateway)),
  /** 0x07 | id | operator -> OperatorGrant */
  operators: s.table(0x07, 'operators', pairKey(stringKey, stringKey), protoValue(OperatorGrant)),
  /** 0x08 | site -> Site */
  sites: s.table(0x08, 'sites', stringKey, protoValue(Site)),
  /** 0x09 | site | id -> 1 */
  bySite: s.table(0x09, 'devices_by_site', pairKey(stringKey, stringKey), bytesValue),
  /** 0x0a | length, owner's address | id -> 1 */
  byOwner: s.table(0x0a, 'devices_by_owner', pairKey(bytesKey, stringKey), bytesValue),
  /** 0x0b | zone | kind -> Capacity */
  capacities: s.table(0x0b, 'capacities', pairKey(stringKey, u64Key), protoValue(Capacity)),
  /** 0x0c | due | `d/` id or `g/` address -> Release */
  releases: s.table(0x0c, 'releases', pairKey(u64Key, stringKey), protoValue(Release)),
  /** 0x0d | height | address -> 1: gateways whose revocation lies ahead */
  leaving: s.table(0x0d, 'leaving', pairKey(u64Key, stringKey), bytesValue),
}))

/** Value of a row that says by its key alone what it has to say. */
export const PRESENT = Uint8Array.of(1)

/** What the table of keys holds for a maker's key; no device id has a colon. */
export function makerHolder(id: string): string {
  return `maker:${id}`
}

/** Key of a release in its queue, after the time. */
export function releaseSubject(release: Pick<Release, 'subject' | 'gateway'>): string {
  return `${release.gateway ? 'g' : 'd'}/${release.subject}`
}
