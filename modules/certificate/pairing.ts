import { type Certificate, MatchPolicy } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'
import { certificateErrors } from './errors.ts'
import { zoneOf } from './params.ts'
import { sameTime } from './rules.ts'
import { state } from './state.ts'

/** A record that a certificate is to be used for: consumption, or the charge of a battery. */
export interface Use {
  readonly device: string
  readonly intervalStart: bigint
  readonly intervalEnd: bigint
  readonly zone: string
}

/** Throws certificate 20 unless the certificate is of the time of its use, 21 unless its zone may serve that of the use. */
export function checkPairing(ctx: ReadContext, certificate: Certificate, use: Use): void {
  const rules = zoneOf(state.params.must(ctx), use.zone)
  const enclosing = rules.matchPolicy === MatchPolicy.MATCH_POLICY_ENCLOSING
  const generation = { start: certificate.intervalStart, end: certificate.intervalEnd }
  const used = { start: use.intervalStart, end: use.intervalEnd }
  if (!sameTime(generation, used, enclosing)) {
    throw certificateErrors.periodMismatch(
      `generated ${generation.start}-${generation.end}, used ${used.start}-${used.end}`,
    )
  }
  if (certificate.zone !== use.zone && !rules.partners.includes(certificate.zone)) {
    throw certificateErrors.zoneMismatch(`generated in ${certificate.zone}, used in ${use.zone}`)
  }
}
