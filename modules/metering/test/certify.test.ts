import { expect } from 'chai'
import type { Certificate } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { type Device, Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { certificateModule } from '../../certificate/module.ts'
import { ChainError } from '../../kit/errors.ts'
import { FLAG } from '../flags.ts'
import { Meter, OWNER, plant, T0, type Town, town } from './fixture.ts'

function certificates(t: Town, device: string): Certificate[] {
  const answer = t.query('strom.certificate.v1.Query', 'CertificatesByDevice', { device })
  return (answer as { certificates: Certificate[] }).certificates
}

/** Certified Wh after these [minute, Wh, status] readings of one device. */
function certified(
  device: Device,
  rows: readonly (readonly [number, bigint, number?])[],
): bigint[] {
  const t = town([device])
  const meter = new Meter(device.id)
  t.submit(
    ...rows.map(([minute, wh, status]) => meter.read(minute, wh * 1000n, { status: status ?? 1 })),
  )
  t.checkInvariants()
  return certificates(t, device.id).map((c) => c.quantityWh)
}

describe('closing an interval', () => {
  it('two accepted consecutive readings one aligned interval apart certify PV and WIND export', () => {
    for (const kind of [Kind.KIND_PV, Kind.KIND_WIND]) {
      const t = town([plant('gen', { kind })])
      const meter = new Meter('gen')
      t.submit(meter.read(0, 0n), meter.read(15, 1_500_000n))
      expect(certificates(t, 'gen')).to.deep.equal([
        {
          device: 'gen',
          intervalStart: T0,
          intervalEnd: T0 + 900n,
          firstId: 1n,
          quantityWh: 1_500n,
          kind,
          zone: 'DE-LU',
          owner: OWNER,
          flags: FLAG.measured,
          issuedHeight: 1n,
        },
      ])
    }
  })
  it('hourly devices certify whole hours only', () => {
    const hourly = plant('pv', { intervalS: 3600 })
    expect(
      certified(hourly, [
        [0, 0n],
        [60, 900n],
        [120, 2_000n],
      ]),
    ).to.deep.equal([900n, 1_100n])
    expect(
      certified(hourly, [
        [0, 0n],
        [15, 900n],
        [60, 2_000n],
      ]),
    ).to.deep.equal([])
    expect(
      certified(hourly, [
        [30, 0n],
        [90, 900n],
      ]),
    ).to.deep.equal([])
  })
  it('loads, chargers, meters and batteries never certify', () => {
    for (const kind of [Kind.KIND_LOAD, Kind.KIND_EVSE, Kind.KIND_METER, Kind.KIND_BESS]) {
      expect(
        certified(plant('d', { kind }), [
          [0, 0n],
          [15, 1_000n],
        ]),
      ).to.deep.equal([])
    }
  })
  it('an interval without whole watt-hours gets no certificate', () => {
    expect(
      certified(plant('pv'), [
        [0, 0n],
        [15, 0n],
        [30, 1n],
      ]),
    ).to.deep.equal([1n])
  })
  it('a missing or refused reading in between leaves both intervals uncertified', () => {
    expect(
      certified(plant('pv'), [
        [0, 0n],
        [30, 2_000n],
        [45, 3_000n],
      ]),
    ).to.deep.equal([1_000n])
    const between = certified(plant('pv'), [
      [0, 0n],
      [5, 9_000n],
      [15, 1_000n],
      [30, 2_000n],
    ])
    expect(between, 'seq 2 is over nameplate').to.deep.equal([1_000n])
  })
  it('an interpolated reading counts for the register and spoils both intervals it bounds', () => {
    const rows = [
      [0, 0n],
      [15, 1_000n, FLAG.interpolated],
      [30, 2_000n],
      [45, 3_000n],
    ] as const
    expect(certified(plant('pv'), rows)).to.deep.equal([1_000n])
    const marked = FLAG.measured | FLAG.interpolated
    expect(
      certified(plant('pv'), [
        [0, 0n],
        [15, 1_000n, marked],
      ]),
    ).to.deep.equal([])
  })
  it('questionable or disputed quality at either end certifies nothing', () => {
    for (const flag of [FLAG.questionable, FLAG.disputed]) {
      const bad = FLAG.measured | flag
      expect(
        certified(plant('pv'), [
          [0, 0n],
          [15, 1_000n, bad],
        ]),
      ).to.deep.equal([])
      expect(
        certified(plant('pv'), [
          [0, 0n, bad],
          [15, 1_000n],
        ]),
      ).to.deep.equal([])
    }
  })
  it('the same interval twice is refused by state, with a coded error', () => {
    const pv = plant('pv')
    const t = town([pv])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(15, 1_000_000n))
    const again = { device: pv, start: T0, end: T0 + 900n, quantityWh: 1n, flags: 1 }
    const { issue } = certificateModule().api
    expect(() => issue(t.chain.write(), again)).to.throw(ChainError, 'already has its certificate')
  })
})

describe('the balance of a battery over a rolling day', () => {
  const bess = plant('bess', {
    kind: Kind.KIND_BESS,
    nameplateW: 100_000n,
    etaCPpm: 1_000_000n,
    etaDPpm: 1_000_000n,
  })
  it('small gains that no tick shows add up and lose the balance, and recover a day later', () => {
    const t = town([bess])
    t.chain.time = T0 + 3n * 86_400n
    const meter = new Meter('bess')
    const balanced: boolean[] = []
    // 0.5 % of capacity appears out of nothing each hour for six hours, then none.
    for (let hour = 0; hour <= 40; hour++) {
      const gained = BigInt(Math.min(hour, 6)) * 500_000n
      t.submit(meter.read(60 * hour, 0n, { socMwh: 40_000_000n + gained }))
      balanced.push(t.state('bess').window?.balanced === true)
      t.checkInvariants()
    }
    expect(balanced.slice(0, 5)).to.deep.equal([true, true, true, true, true])
    expect(balanced.slice(5, 26).every((ok) => !ok)).to.equal(true)
    expect(balanced.slice(26).every((ok) => ok)).to.equal(true)
    expect(t.state('bess').window).to.include({ start: T0 + 16n * 3600n, startSeq: 17n })
  })
  it('a reading without stored energy ends the window, the next one begins another', () => {
    const t = town([bess])
    const meter = new Meter('bess')
    t.submit(meter.read(0, 0n, { socMwh: 40_000_000n }), meter.read(15, 0n))
    expect(t.state('bess').window).to.equal(undefined)
    t.submit(meter.read(30, 0n, { socMwh: 90_000_000n }))
    expect(t.state('bess')).to.deep.include({ lastSocMwh: 90_000_000n, openingSocMwh: 40_000_000n })
    expect(t.state('bess').window).to.include({ start: T0 + 1800n, balanced: true })
    t.checkInvariants()
  })
})
