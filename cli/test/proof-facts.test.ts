import { expect } from 'chai'
import {
  CarbonBatch,
  Certificate,
  CertificateRange,
  Claim,
  Lot,
  Params,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { Device, Kind } from '../../proto/gen/strom/device/v1/state.ts'
import { StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { energyTag } from '../proof/energy-tag.ts'
import type { Entries } from '../proof/entries.ts'
import { factsOf } from '../proof/facts.ts'
import { sentences } from '../proof/words.ts'
import { freshSigners, signBlock } from './proof-chain.ts'

const ID = { device: 'pack', intervalStart: 7200n, part: 1 }
const ALL = { first: 1n, last: 900n }
const { header } = signBlock({ height: 9n, appHash: new Uint8Array(32) }, freshSigners(1))

/** 900 Wh of solar energy a battery released: one range of each kind of use, 150 Wh each. */
function entries(change: Partial<Entries> = {}): Entries {
  const uses: [RangeStatus, bigint][] = [
    [RangeStatus.RANGE_STATUS_CANCELLED, 4n],
    [RangeStatus.RANGE_STATUS_STORED, 8n],
    [RangeStatus.RANGE_STATUS_CARBON, 2n],
    [RangeStatus.RANGE_STATUS_EXPIRED, 0n],
    [RangeStatus.RANGE_STATUS_WITHDRAWN, 0n],
    [RangeStatus.RANGE_STATUS_ACTIVE, 0n],
  ]
  const ranges = uses.map(([status, ref], i) => {
    const first = 150n * BigInt(i) + 1n
    return CertificateRange.create({ ...ID, first, last: first + 149n, status, ref, owner: 'me' })
  })
  const certificate = Certificate.create({
    ...ID,
    intervalEnd: 8100n,
    firstId: 1n,
    quantityWh: 900n,
    kind: Kind.KIND_PV,
    zone: 'DE',
    lot: 7n,
  })
  const { status } = ranges[0] as CertificateRange
  return {
    certificate,
    ranges,
    claims: [
      Claim.create({ ...ID, id: 4n, first: 1n, last: 150n, status, owner: 'me', purpose: 'moved' }),
    ],
    lots: [
      Lot.create({ id: 8n, battery: 'other-pack', chargeStart: 9000n }),
      Lot.create({ id: 7n, battery: 'pack', device: 'roof', first: 1n, last: 1000n }),
    ],
    carbon: [CarbonBatch.create({ id: 2n, grams: 108n, efGPerKwh: 725n })],
    rules: Params.create({ carrier: 'electricity', issuer: 'Example Registry' }),
    device: Device.create({ id: 'pack' }),
    opening: undefined,
    closing: undefined,
    ...change,
  }
}

describe('facts of a proof', () => {
  it('say of every use what became of the Wh, and where stored energy came from', () => {
    const words = sentences(factsOf(entries(), ALL), header).join('\n')
    expect(words).to.contain('900 Wh of solar energy, released from storage by device pack')
    for (const part of [
      '150 Wh (1 to 150) were cancelled by me, reason "moved"',
      '150 Wh (151 to 300) of me charged a battery (lot 8)',
      '150 Wh (301 to 450) of me back carbon batch 2',
      '150 Wh (451 to 600) expired unused',
      '150 Wh (601 to 750) were withdrawn by the chain',
      '150 Wh (751 to 900) are free and held by me',
      'The energy charged the battery pack from roof, watt-hours 1 to 1000',
      'a credit of 108 g at 725 g/kWh',
      'The readings it rests on are no longer kept by the chain',
    ])
      expect(words).to.contain(part)
  })

  it('state the face value without what was withdrawn, and the release from storage', () => {
    const tag = energyTag({ ...entries(), chainId: 'strom-1', numbers: ALL })
    expect(tag.attributes).to.include({
      face_value_wh: '750',
      issued_from: 'storage',
      issued_after_conversion: true,
      may_be_used_for_disclosure: true,
      issuer: 'Example Registry',
      operational_date: null,
    })
    const gone = { first: 1n, last: 750n }
    const used = energyTag({ ...entries(), chainId: 'strom-1', numbers: gone })
    expect(used.attributes['may_be_used_for_disclosure']).to.equal(false)
  })

  it('refuse what does not belong together, each with its own sentence', () => {
    const { certificate, ranges, claims, lots } = entries()
    const reading = (time: bigint, exportMwh: bigint, identity: number): StoredReading =>
      StoredReading.create({
        device: 'pack',
        time,
        exportMwh,
        identity: new Uint8Array(32).fill(identity),
        verdict: Verdict.VERDICT_ACCEPTED,
      })
    const named = {
      ...certificate,
      opening: new Uint8Array(32).fill(1),
      closing: new Uint8Array(32).fill(2),
    }
    const read = (to: bigint, change: Partial<StoredReading> = {}): Partial<Entries> => ({
      certificate: named,
      opening: reading(7200n, 500n, 1),
      closing: { ...reading(8100n, to, 2), ...change },
    })
    const cases: [Partial<Entries>, string][] = [
      [{ device: Device.create({ id: 'roof' }) }, 'the entry of the registry of roof'],
      [{ ranges: ranges.slice(1) }, 'no range in the file for watt-hour 1'],
      [{ ranges: ranges.slice(0, 5) }, 'no range in the file for watt-hour 751'],
      [{ ranges: ranges.map((one) => ({ ...one, part: 2 })) }, 'another certificate'],
      [{ claims: [] }, 'the claim 4 of the range'],
      [{ claims: [...claims, Claim.create({ ...ID, id: 5n })] }, 'belongs to no range'],
      [{ lots: lots.slice(1) }, 'the lot 8 of the range'],
      [{ carbon: [] }, 'the carbon batch 2'],
      [{ certificate: { ...certificate, intervalEnd: 10_801n } }, 'at most an hour'],
      [read(899_999n), 'the registers of the device 899 Wh only'],
      [read(900_500n, { identity: new Uint8Array(32) }), 'not the one the certificate names'],
      [read(900_500n, { time: 8000n }), 'not of the end of the interval'],
      [read(900_500n, { verdict: Verdict.VERDICT_REFUSED }), 'was not accepted'],
      [{ ...read(900_500n), opening: undefined }, 'one of the two readings'],
    ]
    for (const [change, sentence] of cases)
      expect(() => factsOf(entries(change), ALL), sentence).to.throw(sentence)
    expect(factsOf(entries(read(900_500n)), ALL).measured?.exportWh).to.equal(900n)
  })
})
