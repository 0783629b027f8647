import { expect } from 'chai'
import { FLAG } from '../../flags.ts'
import { identityOf, MEASURED, Meter, otherS, plant, T0, town } from '../fixture.ts'
import { counts, PV, readingAt, running } from './running.ts'

describe('MsgSubmitReadings: sending again', () => {
  it('a byte-identical repeat is a no-op, accepted or refused for good', () => {
    const { t, meter } = running()
    const fell = meter.read(30, 0n)
    t.submit(fell)
    const before = t.chain.contentHash('metering')
    const first = new Meter('pv').read(0, 0n)
    const results = t.submit(first, fell)
    expect(results[0]).to.include({ accepted: true, duplicate: true, creditedExportWh: 0n })
    expect(results[1]).to.include({ accepted: false, duplicate: true, reason: 'register_fell' })
    expect(t.chain.contentHash('metering')).to.equal(before)
    expect(t.chain.takeEvents().filter((e) => e.type !== 'reading_accepted')).to.have.length(2)
  })
  it('the high-S variant of a settled message is a repeat, and either S opens', () => {
    const t = town([PV])
    const reading = new Meter('pv').read(0, 7n)
    const other = otherS(reading)
    expect(other.signature).not.to.deep.equal(reading.signature)
    expect(t.submit(other)[0]).to.include({ accepted: true, duplicate: false })
    expect(t.submit(reading)[0]).to.include({ accepted: true, duplicate: true })
    expect(identityOf(other)).to.deep.equal(identityOf(reading))
  })
  it('a settled message under a spoilt signature is refused and changes nothing', () => {
    const { t } = running()
    const before = t.chain.contentHash('metering')
    const first = new Meter('pv').read(0, 0n)
    const spoilt = { message: first.message, signature: new Uint8Array(64) }
    expect(t.submit(spoilt)[0]).to.include({ accepted: false, reason: 'bad_signature' })
    expect(t.chain.contentHash('metering')).to.equal(before)
  })
  it('a message refused for a gap is accepted once the gap is filled, and its refusal goes away', () => {
    const { t, meter } = running()
    const [third, fourth] = [meter.read(30, 2_000_000n), meter.read(45, 3_000_000n)]
    expect(t.submit(fourth)[0]).to.include({ reason: 'sequence' })
    expect(counts(t)).to.deep.equal({ sequence: 1n })
    expect(t.submit(third, fourth).map((r) => r.accepted)).to.deep.equal([true, true])
    expect(counts(t)).to.deep.equal({})
    expect(t.query('strom.metering.v1.Query', 'Refusals', { device: 'pv' })).to.have.deep.property(
      'refusals',
      [],
    )
    t.checkInvariants()
  })
  it('the same refusal twice is counted once and writes nothing the second time', () => {
    const { t, meter } = running()
    meter.seq += 5n
    const far = meter.read(90, 2_000_000n)
    const nobody = new Meter('nobody').read(0, 0n)
    t.submit(far, nobody)
    const before = t.chain.contentHash('metering')
    t.submit(far, nobody)
    expect(counts(t)).to.deep.equal({ sequence: 1n, unknown_device: 1n })
    expect(t.chain.contentHash('metering')).to.equal(before)
  })
  it('ledgers keep the newest refusals only, counts stay exact', () => {
    const t = town([PV], { maxRefusals: 3 })
    const meter = new Meter('pv')
    meter.seq = 10n
    for (let i = 0; i < 8; i++) t.submit(meter.read(15 * i, 0n), new Meter(`x${i}`).read(0, 0n))
    expect(counts(t)).to.deep.equal({ sequence: 8n, unknown_device: 8n })
    const kept = t.query('strom.metering.v1.Query', 'Refusals', { device: 'pv' })
    expect((kept as { refusals: { index: bigint }[] }).refusals.map((r) => r.index)).to.deep.equal([
      6n,
      7n,
      8n,
    ])
    expect(t.query('strom.metering.v1.Query', 'Unattributed', {})).to.have.nested.property(
      'refusals.length',
      3,
    )
    t.checkInvariants()
  })
  it('status flags outside the known ones are kept as signed', () => {
    const t = town([PV])
    t.submit(new Meter('pv').read(0, 0n, { status: 0xffff_ffff }))
    expect(readingAt(t, 'pv', 1n)).to.include({ status: 0xffff_ffff, flags: 0xffff_ffff })
    expect(MEASURED).to.equal(FLAG.measured)
  })
})

describe('MsgSubmitReadings: the attack matrix credits nothing', () => {
  const { t, meter } = running()
  const link = { seq: 3n, prevHash: meter.last }
  const first = new Meter('pv').read(0, 0n)
  const attacks = [
    ['replay of a settled message', first, ''],
    ['replay under the other S', otherS(first), ''],
    ['the same window twice', meter.peek(15, 2_000_000n, link), 'clock'],
    ['a counter gap', meter.peek(30, 2_000_000n, { ...link, seq: 9n }), 'sequence'],
    ['a rewritten past', meter.peek(15, 1_900_000n, { ...link, seq: 2n }), 'equivocation'],
    [
      'a forked chain of hashes',
      meter.peek(30, 2_000_000n, { seq: 3n, prevHash: first.message }),
      'chain_break',
    ],
    ['a back-dated reading', meter.peek(-11_000, 2_000_000n, link), 'clock'],
    ['a reading from the future', meter.peek(9_999, 2_000_000n, link), 'clock'],
    ['more than the plate', meter.peek(30, 900_000_000n, link), 'over_nameplate'],
    ['a register turned back', meter.peek(30, 500n, link), 'register_fell'],
    [
      'a message of another chain',
      meter.peek(30, 2_000_000n, { ...link, chainId: 'x-1' }),
      'bad_signature',
    ],
    ['an unregistered device', new Meter('ghost').read(30, 2_000_000n), 'unknown_device'],
  ] as const
  for (const [name, reading, reason] of attacks) {
    it(`${name}: ${reason === '' ? 'a no-op' : reason}`, () => {
      const fresh = running().t
      const before = fresh.state('pv')
      const [result] = fresh.submit(reading)
      expect(result).to.include({ reason, duplicate: reason === '', creditedExportWh: 0n })
      const { lastExportMwh, creditedExportWh, accepted } = fresh.state('pv')
      expect({ lastExportMwh, creditedExportWh, accepted }).to.deep.equal({
        lastExportMwh: before.lastExportMwh,
        creditedExportWh: before.creditedExportWh,
        accepted: before.accepted,
      })
      fresh.checkInvariants()
    })
  }
  it('a revoked key', () => {
    const revoked = town([plant('pv', { status: 3 })])
    expect(revoked.submit(first)[0]).to.include({ reason: 'unknown_device', accepted: false })
    expect(t.state('pv').lastTime).to.equal(T0 + 900n)
  })
})
