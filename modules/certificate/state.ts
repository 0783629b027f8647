import {
  CarbonBatch,
  CarbonHolding,
  CarbonRetirement,
  Certificate,
  CertificateRange,
  Claim,
  Consumption,
  ExpirySweep,
  Lot,
  Params,
  Release,
  ResidualRow,
  StorageRecord,
  StorageSheet,
  Totals,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { boolValue, defineState, protoValue } from '../kit/collections.ts'
import { i64Key, pairKey, stringKey, tripleKey, u64Key } from '../kit/keys.ts'
import { certificateKey, directionKey, monthKey, rangeKey } from './state-keys.ts'

/** Store `certificate`; the README holds the table of prefixes. Clients prove keys of it. */
export const state = defineState('certificate', (s) => ({
  params: s.item(0x00, 'params', protoValue(Params)),
  /** 0x01 | device | interval start | part -> Certificate */
  certificates: s.table(0x01, 'certificates', certificateKey, protoValue(Certificate)),
  /** 0x02 | device | interval start | part | first -> CertificateRange */
  ranges: s.table(0x02, 'ranges', rangeKey, protoValue(CertificateRange)),
  /** 0x03 | owner | device | interval start | part | first -> 1, the same ranges by who holds them */
  holdings: s.table(0x03, 'holdings', pairKey(stringKey, rangeKey), boolValue),
  /** 0x04 -> Totals, absent before the first record */
  totals: s.item(0x04, 'totals', protoValue(Totals)),
  /** 0x05 | device | interval start -> Consumption */
  consumptions: s.table(0x05, 'consumptions', pairKey(stringKey, i64Key), protoValue(Consumption)),
  /** 0x06 | owner | device -> 1, who has consumption records of which device */
  consumers: s.table(0x06, 'consumers', pairKey(stringKey, stringKey), boolValue),
  /** 0x07 | id -> Claim */
  claims: s.table(0x07, 'claims', u64Key, protoValue(Claim)),
  /** 0x08 | beneficiary | id -> 1 */
  claimsBy: s.table(0x08, 'claimsBy', pairKey(stringKey, u64Key), boolValue),
  /** 0x09 | owner | interval start | id -> 1, claims (no cancellations) by time of generation, for scores */
  claimsAt: s.table(0x09, 'claimsAt', tripleKey(stringKey, i64Key, u64Key), boolValue),
  /** 0x0a | battery | interval start | direction -> StorageRecord */
  storage: s.table(
    0x0a,
    'storage',
    tripleKey(stringKey, i64Key, directionKey),
    protoValue(StorageRecord),
  ),
  /** 0x0b | due | battery | interval start | direction -> 1, records not booked yet */
  bookings: s.table(
    0x0b,
    'bookings',
    pairKey(i64Key, tripleKey(stringKey, i64Key, directionKey)),
    boolValue,
  ),
  /** 0x0c | battery -> StorageSheet */
  sheets: s.table(0x0c, 'sheets', stringKey, protoValue(StorageSheet)),
  /** 0x0d | id -> Lot */
  lots: s.table(0x0d, 'lots', u64Key, protoValue(Lot)),
  /** 0x0e | lot | discharge start -> Release */
  releases: s.table(0x0e, 'releases', pairKey(u64Key, i64Key), protoValue(Release)),
  /** 0x0f | zone | month | source -> ResidualRow */
  residual: s.table(
    0x0f,
    'residual',
    tripleKey(stringKey, monthKey, stringKey),
    protoValue(ResidualRow),
  ),
  /** 0x10 | id -> CarbonBatch */
  carbon: s.table(0x10, 'carbon', u64Key, protoValue(CarbonBatch)),
  /** 0x11 | owner | batch -> CarbonHolding */
  carbonHoldings: s.table(
    0x11,
    'carbonHoldings',
    pairKey(stringKey, u64Key),
    protoValue(CarbonHolding),
  ),
  /** 0x12 | id -> CarbonRetirement */
  retirements: s.table(0x12, 'retirements', u64Key, protoValue(CarbonRetirement)),
  /** 0x13 | device -> ExpirySweep */
  sweeps: s.table(0x13, 'sweeps', stringKey, protoValue(ExpirySweep)),
  /** 0x14 | due | device -> 1, when to look at a device's oldest certificates */
  expiries: s.table(0x14, 'expiries', pairKey(i64Key, stringKey), boolValue),
}))
