import { expect } from 'chai'
import type { Certificate } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { type Device, Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { Verdict } from '../../../proto/gen/strom/metering/v1/state.ts'
import { MsgDeclareExchange } from '../../../proto/gen/strom/metering/v1/tx.ts'
import { withheldFor } from '../account.ts'
import { FLAG } from '../flags.ts'
import type { WithheldReason } from '../reasons.ts'
import { Meter, OWNER, plant, T0, type Town, town } from './fixture.ts'

type Row = readonly [minute: number, mwh: bigint, status?: number]

function certificates(t: Town, device: string): Certificate[] {
  const answer = t.query('strom.certificate.v1.Query', 'CertificatesByDevice', { device })
  return (answer as { certificates: Certificate[] }).certificates
}

/** A town in which one device exported these registers and everything is judged. */
function judged(device: Device, rows: readonly Row[]): Town {
  const t = town([device])
  const meter = new Meter(device.id)
  t.submit(...rows.map(([minute, mwh, status]) => meter.read(minute, mwh, { status: status ?? 1 })))
  t.close()
  t.checkInvariants()
  return t
}

const wh = (t: Town, device: string): bigint[] => certificates(t, device).map((c) => c.quantityWh)
const held = (t: Town, device: string, reason: WithheldReason): bigint =>
  withheldFor(t.state(device).export, reason)

describe('judging what is due', () => {
  it('nothing is judged before the settlement close, everything due after it', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(15, 1_500_000n))
    t.at(24 * 60 - 15)
    expect(t.state('pv')).to.include({ pending: 2n, accepted: 0n })
    t.at(24 * 60)
    expect(t.state('pv')).to.include({ pending: 1n, accepted: 1n })
    t.at(24 * 60 + 15)
    expect(t.state('pv')).to.include({ pending: 0n, accepted: 2n })
    const [certificate] = certificates(t, 'pv')
    expect(certificate).to.include({ quantityWh: 1_500n, intervalStart: T0, owner: OWNER })
    t.checkInvariants()
  })
  it('registers 62500127100 to 62500133400 mWh certify 2, 3 and 1 Wh', () => {
    const rows: Row[] = [
      [0, 62_500_127_100n],
      [15, 62_500_129_700n],
      [30, 62_500_132_900n],
      [45, 62_500_133_400n],
    ]
    const t = judged(plant('pv'), rows)
    expect(wh(t, 'pv')).to.deep.equal([2n, 3n, 1n])
    expect(t.state('pv').export.creditedWh).to.equal(6n)
  })
  it('readings inside an interval change nothing, a missing boundary makes a gap', () => {
    const inside: Row[] = [
      [0, 0n],
      [5, 400_000n],
      [15, 1_500_000n],
      [30, 2_000_000n],
    ]
    expect(wh(judged(plant('pv'), inside), 'pv')).to.deep.equal([1_500n, 500n])
    const t = judged(plant('pv'), [
      [0, 0n],
      [15, 1_000_000n],
      [45, 3_000_000n],
      [60, 3_500_000n],
    ])
    expect(wh(t, 'pv')).to.deep.equal([1_000n, 500n])
    expect(held(t, 'pv', 'gap')).to.equal(2_000n)
    expect(t.reading('pv', 3n).reason).to.equal('gap')
  })
  it('an hourly device is certified by whole hours', () => {
    const t = judged(plant('pv', { intervalS: 3600 }), [
      [0, 0n],
      [15, 900_000n],
      [60, 2_000_000n],
      [120, 2_500_000n],
    ])
    expect(wh(t, 'pv')).to.deep.equal([2_000n, 500n])
  })
  it('loads make consumption records, batteries charges and discharges, meters none', () => {
    const t = town([
      plant('load', { kind: Kind.KIND_LOAD }),
      plant('bess', { kind: Kind.KIND_BESS }),
      plant('grid', { kind: Kind.KIND_METER }),
    ])
    const [load, bess, grid] = [new Meter('load'), new Meter('bess'), new Meter('grid')]
    t.submit(
      load.read(0, 0n),
      load.read(15, 7_000n, { importMwh: 500_000n }),
      bess.read(0, 0n, { socMwh: 0n }),
      bess.read(15, 0n, { importMwh: 1_000_000n, socMwh: 950_000n }),
      bess.read(30, 500_000n, { importMwh: 1_000_000n, socMwh: 400_000n }),
      grid.read(0, 0n),
      grid.read(15, 3_000n, { importMwh: 4_000n }),
    )
    t.close()
    t.checkInvariants()
    expect(t.state('load').import.creditedWh).to.equal(500n)
    expect(held(t, 'load', 'no_record')).to.equal(7n)
    expect(t.state('bess').import.creditedWh).to.equal(1_000n)
    expect(t.state('bess').export.creditedWh).to.equal(500n)
    expect(t.state('grid').import.creditedWh).to.equal(0n)
    expect(held(t, 'grid', 'no_record')).to.equal(3n)
  })
  it('energy between readings that are estimated or in doubt is withheld by name', () => {
    for (const flag of [FLAG.edited, FLAG.referenceDay, FLAG.interpolated, FLAG.projected]) {
      const t = judged(plant('pv'), [
        [0, 0n],
        [15, 1_000_000n, FLAG.measured | flag],
        [30, 2_000_000n],
        [45, 3_000_000n],
      ])
      expect(wh(t, 'pv')).to.deep.equal([1_000n])
      expect(held(t, 'pv', 'not_measured')).to.equal(2_000n)
    }
    const t = judged(plant('pv'), [
      [0, 0n],
      [15, 1_000_000n, FLAG.measured | FLAG.questionable],
    ])
    expect(held(t, 'pv', 'questionable')).to.equal(1_000n)
  })
  it('fails when the plate cannot have moved so much: 50 kW take 12,750 Wh in a quarter hour, not 12,751', () => {
    const plate = plant('pv', { nameplateW: 50_000n })
    expect(
      wh(
        judged(plate, [
          [0, 0n],
          [15, 12_750_000n],
        ]),
        'pv',
      ),
    ).to.deep.equal([12_750n])
    const t = judged(plate, [
      [0, 0n],
      [15, 12_751_000n],
      [30, 13_000_000n],
    ])
    expect(t.reading('pv', 2n)).to.include({
      verdict: Verdict.VERDICT_REFUSED,
      reason: 'over_nameplate',
    })
    expect(held(t, 'pv', 'gap')).to.equal(13_000n)
  })
  it('fails when a register fell without roll-over or declared exchange, or its time is not after the reading before it', () => {
    const t = judged(plant('pv'), [
      [0, 5_000_000n],
      [15, 4_000_000n],
      [15, 5_500_000n],
      [10, 5_600_000n],
      [30, 6_000_000n],
    ])
    expect(t.reading('pv', 2n).reason).to.equal('register_fell')
    expect(t.reading('pv', 4n).reason).to.equal('clock')
    expect(wh(t, 'pv')).to.deep.equal([500n, 500n])
    expect(t.state('pv').refused).to.equal(2n)
  })
  it('fails when the message before has another identity', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const [a, b] = [meter.read(0, 0n), meter.read(15, 1_000_000n)]
    const c = meter.read(30, 2_000_000n, { prevHash: new Uint8Array(32).fill(3) })
    t.submit(c, b, a)
    t.close()
    expect(t.reading('pv', 3n).reason).to.equal('chain_break')
    expect(wh(t, 'pv')).to.deep.equal([1_000n])
    t.checkInvariants()
  })
  it('a register of modulus 1,000,000,000 mWh goes from 999,999,900 to 150: 250 mWh', () => {
    const device = plant('pv', { registerModulusMwh: 1_000_000_000n })
    const t = judged(device, [
      [0, 999_000_000n],
      [15, 999_999_900n],
      [30, 150n],
      [45, 1_000_150n],
    ])
    expect(wh(t, 'pv')).to.deep.equal([999n, 1n, 1_000n])
    expect(t.state('pv').rollovers).to.equal(1)
    expect(t.state('pv').settled?.totalExportMwh).to.equal(1_001_000_150n)
  })
  it('far from its modulus a lower register is a reset and refused', () => {
    const device = plant('pv', { registerModulusMwh: 1_000_000_000n })
    const t = judged(device, [
      [0, 500_000_000n],
      [15, 150n],
    ])
    expect(t.reading('pv', 2n).reason).to.equal('register_fell')
  })
  it('a declared exchange begins the registers anew, the energy in between is nobody\u2019s', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 700_000_000n), meter.read(15, 701_000_000n), meter.read(30, 5_000n))
    t.submit(meter.read(45, 1_005_000n), meter.read(60, 2_005_000n))
    const reason = 'meter changed'
    const fields = { device: 'pv', context: 'F', openingSeq: 3n, reason }
    t.send(MsgDeclareExchange, { signer: OWNER, ...fields })
    t.close()
    t.checkInvariants()
    expect(wh(t, 'pv')).to.deep.equal([1_000n, 1_000n, 1_000n])
    expect(t.state('pv')).to.include({ exchanges: 1, refused: 0n })
    expect(() => t.send(MsgDeclareExchange, { signer: OWNER, ...fields })).to.throw('judged')
  })
  it('fails when a battery stores more than it was given: over 20 % refused, over 2 % in doubt', () => {
    const t = town([plant('bess', { kind: Kind.KIND_BESS, nameplateW: 100_000n })])
    const bess = new Meter('bess')
    t.submit(
      bess.read(0, 0n, { socMwh: 40_000_000n }),
      bess.read(15, 0n, { importMwh: 10_000_000n, socMwh: 55_000_000n }),
      bess.read(30, 0n, { importMwh: 10_000_000n, socMwh: 90_000_000n }),
    )
    t.close()
    t.checkInvariants()
    expect(withheldFor(t.state('bess').import, 'questionable')).to.equal(10_000n)
    expect(t.reading('bess', 3n).reason).to.equal('battery_balance')
  })
  it('work is bounded a block and goes on in the next: every device is judged once', () => {
    const ids = Array.from({ length: 7 }, (_, i) => `pv-${i}`)
    const t = town(
      ids.map((id) => plant(id)),
      { sweepDevices: 2, sweepReadings: 3 },
    )
    for (const id of ids) {
      const meter = new Meter(id)
      t.submit(meter.read(0, 0n), meter.read(15, 1_000n), meter.read(30, 3_000n))
    }
    const height = t.chain.height
    t.close()
    expect(t.chain.height - height > 7n).to.equal(true)
    for (const id of ids) expect(wh(t, id)).to.deep.equal([1n, 2n])
    t.checkInvariants()
  })
  it('PV that feeds in at night is in doubt where the zone has a daylight table', () => {
    const months = (minute: number): number[] => Array.from({ length: 12 }, () => minute)
    const daylight = [{ zone: 'DE-LU', sunrise: months(7 * 60), sunset: months(17 * 60) }]
    const t = town([plant('pv')], { daylight })
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(15, 1_000_000n), meter.read(30, 1_001_000n))
    t.submit(meter.read(7 * 60, 1_002_000n), meter.read(7 * 60 + 15, 1_500_000n))
    t.close()
    expect(held(t, 'pv', 'questionable')).to.equal(1_000n)
    expect(wh(t, 'pv')).to.deep.equal([1n, 498n])
    t.checkInvariants()
  })
  it('old readings are dropped after keep_s, and the books still balance', () => {
    const t = town([plant('pv')], { keepS: 432_000n })
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(15, 1_000n))
    t.at(12 * 24 * 60)
    t.submit(meter.read(12 * 24 * 60, 2_000n))
    t.at(14 * 24 * 60)
    t.checkInvariants()
    expect(t.state('pv')).to.include({ prunedSeq: 2n, accepted: 3n })
    expect(t.submit(new Meter('pv').read(0, 0n))[0]?.reason).to.equal('window_closed')
  })
})
