import type { Certificate, CertificateRange } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ModuleEvent } from '../kit/context.ts'

/** A certificate came into being. */
export function certificateIssued(certificate: Certificate): ModuleEvent {
  return {
    type: 'certificate_issued',
    attributes: [
      ['device', certificate.device],
      ['interval_start', certificate.intervalStart.toString()],
      ['interval_end', certificate.intervalEnd.toString()],
      ['quantity_wh', certificate.quantityWh.toString()],
      ['owner', certificate.owner],
    ],
  }
}

/** Watt-hours changed hands: `before` is the range they were cut from. */
export function certificateTransferred(
  before: CertificateRange,
  first: bigint,
  last: bigint,
  recipient: string,
): ModuleEvent {
  return {
    type: 'certificate_transferred',
    attributes: [
      ['device', before.device],
      ['interval_start', before.intervalStart.toString()],
      ['first', first.toString()],
      ['last', last.toString()],
      ['quantity_wh', (last - first + 1n).toString()],
      ['old_owner', before.owner],
      ['new_owner', recipient],
      ['old_range', `${before.first}-${before.last}`],
    ],
  }
}
