import { formatTime } from '../../node/chain/time.ts'
import type { Header } from '../../node/chain/types.ts'
import { RangeStatus } from '../../proto/gen/strom/certificate/v1/state.ts'
import { flagWords } from '../query/format.ts'
import { statusName } from './energy-tag.ts'
import type { Facts, Part } from './facts.ts'
import { classOf, grouped, isoTime, sourceOf } from './names.ts'

/** What a proof file states, in sentences for people. The same facts always give the same sentences. */
export function sentences(facts: Facts, header: Header): string[] {
  const { certificate: c, device } = facts.entries
  const { first, last } = facts.numbers
  const { source } = sourceOf(c.kind)
  const count = last - first + 1n
  const whole = count === c.quantityWh
  const share = whole
    ? `all ${grouped(c.quantityWh)} Wh of the certificate`
    : `watt-hours ${grouped(first)} to ${grouped(last)} of the ${grouped(c.quantityWh)} of the certificate`
  const did = c.part > 0 ? 'released from storage' : 'generated'
  const plate = device.nameplateW === 0n ? '' : `, ${grouped(device.nameplateW)} W`
  const maker = device.maker === '' ? '' : `, attested by maker ${device.maker}`
  const serial = device.serial === '' ? '' : `, serial number ${device.serial}`
  return [
    `${grouped(count)} Wh of ${source} energy, ${did} by device ${c.device} in zone ${c.zone} from ${isoTime(c.intervalStart)} to ${isoTime(c.intervalEnd)} (${share}).`,
    ...(c.simulated
      ? ['The device is simulated: this is recorded or generated data, no real energy.']
      : []),
    `The device belongs to ${device.owner}${plate}${maker}${serial}.`,
    `Trust class ${classOf(c.trustClass).name}: ${classOf(c.trustClass).words}${c.provenByRoot ? '; the readings were proven by the root of a batch, not one by one' : ''}.`,
    measuredSentence(facts),
    ...(c.flags === 0 || c.flags === 1 ? [] : [`Quality of the interval: ${flagWords(c.flags)}.`]),
    ...facts.parts.map((part) => partSentence(part)),
    ...lotSentences(facts),
    `Issued on ${isoTime(c.issuedTime)} to ${c.owner}; the chain may take watt-hours back until ${isoTime(c.finalTime)}${c.expires === 0n ? '' : `; unused ones expire on ${isoTime(c.expires)}`}.`,
    `All this stood in the state of chain ${header.chainId} after block ${header.height - 1n}, as block ${header.height} of ${formatTime(header.time)} states.`,
  ]
}

function measuredSentence({ measured, entries }: Facts): string {
  const { certificate: c } = entries
  if (measured === undefined) {
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    return `The readings it rests on are no longer kept by the chain; their identities are ${hex(c.opening)} and ${hex(c.closing)}.`
  }
  const { opening, closing, exportWh } = measured
  return `The device's export register stood at ${mwh(opening.exportMwh)} in message ${opening.seq} and at ${mwh(closing.exportMwh)} in message ${closing.seq}: ${grouped(exportWh)} whole Wh between.`
}

function mwh(value: bigint): string {
  return `${grouped(value)} mWh`
}

function partSentence({ first, last, range, claim }: Part): string {
  const wh = `${grouped(last - first + 1n)} Wh (${grouped(first)} to ${grouped(last)})`
  const locked = range.lockedUntil === 0n ? '' : `, locked until ${isoTime(range.lockedUntil)}`
  switch (range.status) {
    case RangeStatus.RANGE_STATUS_ACTIVE:
      return `${wh} are free and held by ${range.owner}${locked}.`
    case RangeStatus.RANGE_STATUS_RESERVED:
      return `${wh} are held by ${range.owner} and reserved for ${range.reservedFor} until ${isoTime(range.until)}${locked}.`
    case RangeStatus.RANGE_STATUS_CLAIMED:
      return `${wh} were claimed by ${claim?.owner} in favour of ${quoted(claim?.beneficiary)}, purpose ${quoted(claim?.purpose)}, on ${isoTime(claim?.time ?? 0n)}${consumption(claim)}.`
    case RangeStatus.RANGE_STATUS_CANCELLED:
      return `${wh} were cancelled by ${claim?.owner}, reason ${quoted(claim?.purpose)}, on ${isoTime(claim?.time ?? 0n)}.`
    case RangeStatus.RANGE_STATUS_STORED:
      return `${wh} of ${range.owner} charged a battery (lot ${range.ref}) and cannot be used here any more.`
    case RangeStatus.RANGE_STATUS_CARBON:
      return `${wh} of ${range.owner} back carbon batch ${range.ref} and are no certificate any more.`
    case RangeStatus.RANGE_STATUS_EXPIRED:
      return `${wh} expired unused.`
    case RangeStatus.RANGE_STATUS_WITHDRAWN:
      return `${wh} were withdrawn by the chain: they count for nothing.`
    default:
      return `${wh} are ${statusName(range.status)}, held by ${range.owner}.`
  }
}

function consumption(claim: Part['claim']): string {
  if (claim === undefined || claim.consumptionDevice === '') return ''
  return `, matched with watt-hours ${claim.consumptionFirst} to ${claim.consumptionLast} that ${claim.consumptionDevice} consumed from ${isoTime(claim.consumptionStart)}`
}

function lotSentences({ entries }: Facts): string[] {
  const { certificate, lots, carbon } = entries
  return [
    ...lots.map((lot) =>
      certificate.lot === lot.id
        ? `The energy charged the battery ${lot.battery} from ${lot.device}, watt-hours ${lot.first} to ${lot.last} of ${isoTime(lot.intervalStart)} (lot ${lot.id}).`
        : `Lot ${lot.id} charged battery ${lot.battery} in the interval from ${isoTime(lot.chargeStart)}.`,
    ),
    ...carbon.map(
      (batch) =>
        `Carbon batch ${batch.id} is a credit of ${grouped(batch.grams)} g at ${batch.efGPerKwh} g/kWh; ${grouped(batch.retiredGrams)} g of it are retired.`,
    ),
  ]
}

/** Text that somebody chose, on one line and in quotes, so that it cannot pass for a sentence of ours. */
function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? '')
}
