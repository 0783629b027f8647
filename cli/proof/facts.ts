import { equalBytes } from '../../node/chain/bytes.ts'
import {
  type Certificate,
  type CertificateRange,
  type Claim,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { type StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import type { Entries } from './entries.ts'
import { need } from './report.ts'

/** Numbers first..last of the watt-hours of a certificate. */
export interface Numbers {
  readonly first: bigint
  readonly last: bigint
}

/** A range as far as the file is about it. */
export interface Part extends Numbers {
  readonly range: CertificateRange
  readonly claim: Claim | undefined
}

/** What the device's registers say of the interval. */
export interface Measured {
  readonly opening: StoredReading
  readonly closing: StoredReading
  /** Whole Wh exported in the interval: floor at both ends. */
  readonly exportWh: bigint
}

/** Everything a proof file states, read from its stored values. */
export interface Facts {
  readonly entries: Entries
  readonly numbers: Numbers
  readonly parts: readonly Part[]
  /** Undefined when the chain no longer keeps the readings; the certificate then names their identities only. */
  readonly measured: Measured | undefined
}

/**
 * Puts the entries together and checks that they speak of the same thing. Throws an error with a sentence naming what
 * does not fit. `numbers` are the watt-hours the file is about.
 */
export function factsOf(entries: Entries, numbers: Numbers): Facts {
  const { certificate, device } = entries
  checkCertificate(certificate, numbers)
  need(
    device.id === certificate.device,
    `the certificate is of ${certificate.device}, the entry of the registry of ${device.id}`,
  )
  const parts = partsOf(entries, numbers)
  return { entries, numbers, parts, measured: measuredOf(entries) }
}

function checkCertificate(certificate: Certificate, { first, last }: Numbers): void {
  const { intervalStart, intervalEnd, quantityWh, firstId } = certificate
  const length = intervalEnd - intervalStart
  need(
    length > 0n && length <= 3600n,
    `the interval of ${length} s is not one of at most an hour, as a certificate needs`,
  )
  need(
    first >= firstId && first <= last && last <= firstId + quantityWh - 1n,
    `the watt-hours ${first} to ${last} are not among the ${quantityWh} of the certificate`,
  )
}

/** The ranges must cover the numbers without a hole and without an overlap: then none is left out. */
function partsOf({ certificate, ranges, claims, lots, carbon }: Entries, numbers: Numbers): Part[] {
  let next = numbers.first
  const parts = ranges.map((range): Part => {
    need(
      range.device === certificate.device &&
        range.intervalStart === certificate.intervalStart &&
        range.part === certificate.part,
      'a range belongs to another certificate',
    )
    const first = range.first > numbers.first ? range.first : numbers.first
    const last = range.last < numbers.last ? range.last : numbers.last
    need(first === next, `there is no range in the file for watt-hour ${next}`)
    need(first <= last, `the range ${range.first} to ${range.last} has nothing to do with the file`)
    next = last + 1n
    return { first, last, range, claim: claims.find((one) => isClaimOf(range, one)) }
  })
  need(next === numbers.last + 1n, `there is no range in the file for watt-hour ${next}`)
  for (const { range, claim } of parts) {
    if (isUsed(range))
      need(claim !== undefined, `the claim ${range.ref} of the range is not in the file`)
    if (range.status === RangeStatus.RANGE_STATUS_STORED)
      need(
        lots.some(({ id }) => id === range.ref),
        `the lot ${range.ref} of the range is not in the file`,
      )
    if (range.status === RangeStatus.RANGE_STATUS_CARBON)
      need(
        carbon.some(({ id }) => id === range.ref),
        `the carbon batch ${range.ref} of the range is not in the file`,
      )
  }
  const named = (status: RangeStatus, id: bigint): boolean =>
    parts.some(({ range }) => range.status === status && range.ref === id)
  need(
    claims.every((one) => parts.some(({ claim }) => claim === one)),
    'a claim in the file belongs to no range of it',
  )
  need(
    lots.every(({ id }) => named(RangeStatus.RANGE_STATUS_STORED, id) || certificate.lot === id),
    'a lot in the file belongs to no range of it',
  )
  need(
    carbon.every(({ id }) => named(RangeStatus.RANGE_STATUS_CARBON, id)),
    'a carbon batch in the file belongs to no range of it',
  )
  return parts
}

function isUsed(range: CertificateRange): boolean {
  return (
    range.status === RangeStatus.RANGE_STATUS_CLAIMED ||
    range.status === RangeStatus.RANGE_STATUS_CANCELLED
  )
}

function isClaimOf(range: CertificateRange, claim: Claim): boolean {
  return (
    isUsed(range) &&
    claim.id === range.ref &&
    claim.device === range.device &&
    claim.intervalStart === range.intervalStart &&
    claim.part === range.part &&
    claim.first <= range.first &&
    claim.last >= range.last
  )
}

function measuredOf({ certificate, opening, closing }: Entries): Measured | undefined {
  need(
    (opening === undefined) === (closing === undefined),
    'one of the two readings is not in the file',
  )
  if (opening === undefined || closing === undefined) return undefined
  checkReading('opening', opening, certificate, certificate.opening, certificate.intervalStart)
  checkReading('closing', closing, certificate, certificate.closing, certificate.intervalEnd)
  const exportWh = wholeWh(closing) - wholeWh(opening)
  need(
    certificate.quantityWh <= exportWh,
    `the certificate states ${certificate.quantityWh} Wh, the registers of the device ${exportWh} Wh only`,
  )
  return { opening, closing, exportWh }
}

function checkReading(
  name: string,
  reading: StoredReading,
  certificate: Certificate,
  identity: Uint8Array,
  time: bigint,
): void {
  need(reading.device === certificate.device, `the ${name} reading is of ${reading.device}`)
  need(
    equalBytes(reading.identity, identity),
    `the ${name} reading is not the one the certificate names`,
  )
  need(reading.time === time, `the ${name} reading is not of the end of the interval`)
  need(reading.verdict === Verdict.VERDICT_ACCEPTED, `the ${name} reading was not accepted`)
}

/** Carried-over export register in whole Wh, rounded down. */
function wholeWh(reading: StoredReading): bigint {
  const total = reading.exportMwh + reading.baseExportMwh
  return (total - (((total % 1000n) + 1000n) % 1000n)) / 1000n
}
