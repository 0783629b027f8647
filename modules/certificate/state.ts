import {
  Certificate,
  CertificateRange,
  Params,
  Totals,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { defineState, protoValue } from '../kit/collections.ts'
import { i64Key, pairKey, stringKey, tripleKey, u64Key } from '../kit/keys.ts'

/** Store `certificate`; the README holds the table of prefixes. Clients prove keys of it. */
export const state = defineState('certificate', (s) => ({
  params: s.item(0x00, 'params', protoValue(Params)),
  /** 0x01 | device | interval start -> Certificate */
  certificates: s.table(0x01, 'certificates', pairKey(stringKey, i64Key), protoValue(Certificate)),
  /** 0x02 | device | interval start | first -> CertificateRange */
  ranges: s.table(
    0x02,
    'ranges',
    tripleKey(stringKey, i64Key, u64Key),
    protoValue(CertificateRange),
  ),
  /** 0x03 | owner | device | interval start | first -> CertificateRange, the same ranges by who holds them */
  holdings: s.table(
    0x03,
    'holdings',
    pairKey(stringKey, tripleKey(stringKey, i64Key, u64Key)),
    protoValue(CertificateRange),
  ),
  /** 0x04 -> Totals, absent before the first certificate */
  totals: s.item(0x04, 'totals', protoValue(Totals)),
}))

/** Encoded leading key parts of one certificate's ranges. */
export function ofCertificate(device: string, intervalStart: bigint): Uint8Array {
  return pairKey(stringKey, i64Key).encodePart([device, intervalStart])
}
