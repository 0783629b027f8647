import { type CertificateRange, RangeStatus } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { Entries } from './entries.ts'
import type { Numbers } from './facts.ts'
import { classOf, degrees, isoTime, sourceOf } from './names.ts'

/** Where the list of attributes comes from. */
const STANDARD = {
  name: 'EnergyTag granular certificate',
  source:
    'EnergyTag knowledge base, Granular Certificates guide; the binding text is the GC Scheme Standard v2 of March 2024',
  licence: 'the list of attributes is a fact; no text of the standard is reproduced',
} as const

/** A certificate with the 19 attributes EnergyTag lists, then what this chain says beyond them. JSON-ready. */
export interface EnergyTagDocument {
  readonly standard: typeof STANDARD
  readonly attributes: { readonly [name: string]: unknown }
  readonly ranges: readonly { readonly [name: string]: unknown }[]
  readonly beyond_the_standard: { readonly [name: string]: unknown }
}

/** What the document is made of: the same from stored values and from a node's answers. */
export type TagSource = Pick<Entries, 'certificate' | 'rules' | 'device'> & {
  readonly chainId: string
  readonly numbers: Numbers
  readonly ranges: readonly CertificateRange[]
}

const OPEN: readonly RangeStatus[] = [
  RangeStatus.RANGE_STATUS_ACTIVE,
  RangeStatus.RANGE_STATUS_RESERVED,
  RangeStatus.RANGE_STATUS_LOCKED,
]

/** Watt-hours are whole and rounded down since the registers were; what was taken back is no part of the face value. */
export function energyTag(source: TagSource): EnergyTagDocument {
  const { certificate: c, rules, device, chainId, numbers, ranges } = source
  const clipped = ranges.map((range) => clip(range, numbers)).filter((one) => one.last >= one.first)
  const withdrawn = clipped
    .filter(({ range }) => range.status === RangeStatus.RANGE_STATUS_WITHDRAWN)
    .reduce((sum, one) => sum + one.last - one.first + 1n, 0n)
  const { source: energy, technology } = sourceOf(c.kind)
  const fromStorage = c.part > 0
  const located = c.latE4 !== 0 || c.lonE4 !== 0
  return {
    standard: STANDARD,
    attributes: {
      energy_carrier: rules.carrier === '' ? 'electricity' : rules.carrier,
      unique_id: `${chainId}/${c.device}/${c.intervalStart}/${c.part}/${numbers.first}-${numbers.last}`,
      operational_date: c.commissioned === 0n ? null : isoTime(c.commissioned),
      interval: { start: isoTime(c.intervalStart), end: isoTime(c.intervalEnd) },
      issuance_date: isoTime(c.issuedTime),
      energy_source: energy,
      technology,
      device_name: [device.model, device.serial].filter((one) => one !== '').join(' ') || c.device,
      device_id: c.device,
      device_capacity_w: c.capacityW.toString(),
      country_or_region: c.zone,
      location: located ? { latitude: degrees(c.latE4), longitude: degrees(c.lonE4) } : null,
      base_unit: 'Wh',
      face_value_wh: (numbers.last - numbers.first + 1n - withdrawn).toString(),
      issuer: rules.issuer === '' ? chainId : rules.issuer,
      issued_from: fromStorage ? 'storage' : 'production',
      may_be_used_for_disclosure: clipped.some(({ range }) => OPEN.includes(range.status)),
      issued_after_conversion: fromStorage,
      // Which configuration of the standard applies is a matter of agreements with other registries, not of the chain.
      configuration: null,
    },
    ranges: clipped.map(({ range, first, last }) => ({
      first: first.toString(),
      last: last.toString(),
      quantity_wh: (last - first + 1n).toString(),
      status: statusName(range.status),
      owner: range.owner,
    })),
    beyond_the_standard: {
      trust_class: classOf(c.trustClass).name,
      proven_by_root: c.provenByRoot,
      quality_flags: c.flags,
      opening_reading: hex(c.opening),
      closing_reading: hex(c.closing),
      final_time: isoTime(c.finalTime),
      expires: c.expires === 0n ? null : isoTime(c.expires),
      withdrawn_wh: withdrawn.toString(),
      simulated: c.simulated,
    },
  }
}

/** `claimed` for RANGE_STATUS_CLAIMED. */
export function statusName(status: RangeStatus): string {
  const name = Object.entries(RangeStatus).find(([, value]) => value === status)?.[0]
  return name === undefined ? `status ${status}` : name.replace('RANGE_STATUS_', '').toLowerCase()
}

function clip(
  range: CertificateRange,
  numbers: Numbers,
): Numbers & { readonly range: CertificateRange } {
  return {
    range,
    first: range.first > numbers.first ? range.first : numbers.first,
    last: range.last < numbers.last ? range.last : numbers.last,
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
