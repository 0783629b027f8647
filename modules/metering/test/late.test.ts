import { expect } from 'chai'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { withheldFor } from '../account.ts'
import { Meter, plant, type Town, town } from './fixture.ts'

const DAY = 24 * 60

function quantities(t: Town): bigint[] {
  const answer = t.query('strom.certificate.v1.Query', 'CertificatesByDevice', { device: 'pv' })
  return (answer as { certificates: { quantityWh: bigint }[] }).certificates.map(
    (c) => c.quantityWh,
  )
}

/** A device of four quarter hours whose second and third reading come after the others are judged. */
function withLate(...late: readonly (readonly [number, bigint])[]) {
  const t = town([plant('pv')])
  const meter = new Meter('pv')
  const first = meter.read(0, 0n)
  const missing = late.map(([minute, mwh]) => meter.read(minute, mwh))
  const rest = [meter.read(45, 2_000_000n), meter.read(60, 3_000_000n)]
  t.submit(first, ...rest)
  t.at(DAY + 60)
  return { t, missing }
}

describe('readings after the settlement close', () => {
  it('fill the gap at the final close, checked against their neighbours on both sides', () => {
    const { t, missing } = withLate([15, 1_200_000n], [30, 1_600_000n])
    expect(quantities(t)).to.deep.equal([1_000n])
    expect(withheldFor(t.state('pv').export, 'gap')).to.equal(2_000n)
    expect(t.state('pv')).to.include({ lastSeq: 5n, skipped: 2n })
    t.submit(...[...missing].reverse())
    expect(t.state('pv')).to.include({ skipped: 0n, late: 2n })
    t.at(5 * DAY + 60)
    expect(quantities(t)).to.deep.equal([1_200n, 400n, 400n, 1_000n])
    expect(withheldFor(t.state('pv').export, 'gap')).to.equal(0n)
    t.checkInvariants()
  })
  it('one fails when it is late and exceeds the reading after it, or its time does', () => {
    for (const [minute, mwh, reason] of [
      [15, 2_500_000n, 'register_fell'],
      [50, 1_000_000n, 'clock'],
    ] as const) {
      const { t, missing } = withLate([minute, mwh])
      t.submit(...missing)
      t.at(5 * DAY + 75)
      expect(t.reading('pv', 2n).reason).to.equal(reason)
      expect(withheldFor(t.state('pv').export, 'gap')).to.equal(2_000n)
      t.checkInvariants()
    }
  })
  it('end the interval that is under way, whatever closes it afterwards', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const first = meter.read(0, 0n)
    const boundary = meter.read(15, 1_000_000n)
    t.submit(first, meter.read(20, 1_300_000n))
    t.at(DAY + 60)
    t.submit(boundary)
    t.at(5 * DAY + 15)
    expect(quantities(t)).to.deep.equal([1_000n])
    expect(t.state('pv').export.openWh).to.equal(300n)
    t.checkInvariants()
    t.submit(meter.read(30, 1_500_000n))
    t.at(5 * DAY + 45)
    expect(quantities(t)).to.deep.equal([1_000n, 500n])
    t.checkInvariants()
  })
  it('leave in the gap what of the interval under way is no whole interval', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const first = meter.read(5, 0n)
    const boundary = meter.read(15, 400_000n)
    t.submit(first, meter.read(20, 700_000n))
    t.at(DAY + 60)
    t.submit(boundary, meter.read(30, 1_000_000n))
    t.at(5 * DAY + 45)
    expect(quantities(t)).to.deep.equal([600n])
    expect(withheldFor(t.state('pv').export, 'gap')).to.equal(400n)
    t.checkInvariants()
  })
  it('do not take the doubt about a battery away', () => {
    const t = town([plant('bess', { kind: Kind.KIND_BESS })])
    const meter = new Meter('bess')
    const soc = (wh: bigint) => ({ socMwh: wh * 1000n })
    const first = meter.read(0, 0n, soc(50_000n))
    const boundary = meter.read(15, 100_000n, soc(49_800n))
    // Five parts of a hundred more than discharge explains: in doubt, not refused.
    t.submit(first, meter.read(30, 300_000n, soc(54_600n)))
    t.at(DAY + 60)
    t.submit(boundary)
    t.at(5 * DAY + 45)
    const account = t.state('bess').export
    expect(account.creditedWh).to.equal(100n)
    expect(withheldFor(account, 'questionable')).to.equal(200n)
    expect(withheldFor(account, 'gap')).to.equal(0n)
    t.checkInvariants()
  })
  it('one fails when it is late and before the opening reading', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const [first, second] = [meter.read(0, 0n), meter.read(15, 1_000n)]
    t.submit(second)
    t.at(DAY + 30)
    t.submit(first)
    t.at(5 * DAY + 30)
    expect(t.reading('pv', 1n).reason).to.equal('before_opening')
    t.checkInvariants()
  })
  it('are refused on arrival once the final close is over', () => {
    const { t, missing } = withLate([15, 1_000_000n])
    t.at(5 * DAY + 30)
    expect(t.submit(...missing)[0]?.reason).to.equal('window_closed')
    t.checkInvariants()
  })
})
