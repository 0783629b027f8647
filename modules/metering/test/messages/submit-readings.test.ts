import { expect } from 'chai'
import { Kind, Status } from '../../../../proto/gen/strom/device/v1/state.ts'
import { DeviceMessage } from '../../../../proto/gen/strom/metering/v1/reading.ts'
import { concatBytes } from '../../../kit/bytes.ts'
import { FLAG } from '../../flags.ts'
import { totalsOf } from '../../tally.ts'
import { GATEWAY, Meter, plant, signBytes, signed, T0, town } from '../fixture.ts'
import { code, counts, PV, readingAt, running } from './running.ts'

describe('MsgSubmitReadings: the message', () => {
  it('fails when the gateway is no address', () => {
    const [, , metering] = town([PV]).modules
    const handler = metering?.messages[0]
    expect(code(() => handler?.validate({ gateway: 'x', readings: [] }))).to.equal('sdk 7')
  })
  it('fails when it carries no reading', () => {
    expect(code(() => town([PV]).submit())).to.equal('metering 2')
  })
  it('fails when it carries more than max_batch readings', () => {
    const t = town([PV], { maxBatch: 2 })
    const meter = new Meter('pv')
    const three = [meter.read(0, 0n), meter.read(15, 1n), meter.read(30, 2n)]
    expect(code(() => t.submit(...three))).to.equal('metering 3')
    expect(t.submit(...three.slice(0, 2)).every((r) => r.accepted)).to.equal(true)
  })
  it('declares the device signatures for verification ahead, those that can be read', () => {
    const t = town([PV])
    const handler = t.modules[2]?.messages[0]
    const reading = new Meter('pv').read(0, 0n)
    const garbage = { message: Uint8Array.of(1, 2, 3), signature: new Uint8Array(64) }
    const unknown = new Meter('nobody').read(0, 0n)
    const message = { gateway: GATEWAY, readings: [garbage, reading, unknown] }
    const declared = handler?.signatures?.(t.chain.query(), message)
    expect(declared).to.deep.equal([
      { scheme: 'p256', key: PV.pubkey, bytes: reading.message, signature: reading.signature },
    ])
  })
})

describe('MsgSubmitReadings: what it does', () => {
  it('the opening reading sets the registers and credits nothing', () => {
    const t = town([PV])
    const [result] = t.submit(new Meter('pv').read(0, 123_456_789n))
    expect(result).to.include({ accepted: true, creditedExportWh: 0n, creditedImportWh: 0n })
    expect(t.state('pv')).to.include({ lastExportMwh: 123_456_789n, creditedExportWh: 0n })
    t.checkInvariants()
  })
  it('registers 62500127100, …129700, …132900, …133400 mWh credit 2, 3, 1 Wh', () => {
    const t = town([PV])
    const meter = new Meter('pv')
    const registers = [62_500_127_100n, 62_500_129_700n, 62_500_132_900n, 62_500_133_400n]
    const results = t.submit(...registers.map((mwh, i) => meter.read(15 * i, mwh)))
    expect(results.map((r) => r.creditedExportWh)).to.deep.equal([0n, 2n, 3n, 1n])
    expect(t.state('pv').creditedExportWh).to.equal(6n)
    t.checkInvariants()
  })
  it('a batch with one bad reading keeps the good ones and records why the bad one was refused', () => {
    const t = town([PV, plant('wind', { kind: Kind.KIND_WIND })])
    const [pv, wind, nobody] = [new Meter('pv'), new Meter('wind'), new Meter('nobody')]
    const bad = nobody.read(0, 0n)
    const results = t.submit(pv.read(0, 0n), bad, wind.read(0, 0n), pv.read(15, 500_000n))
    expect(results.map((r) => r.accepted)).to.deep.equal([true, false, true, true])
    expect(results[1]).to.include({ reason: 'unknown_device' })
    expect(counts(t)).to.deep.equal({ unknown_device: 1n })
    expect(t.query('strom.metering.v1.Query', 'Unattributed', {})).to.have.nested.property(
      'refusals[0].reason',
      'unknown_device',
    )
    t.checkInvariants()
  })
  it('a reading refused for good lets the device go on, and later energy telescopes over it', () => {
    const { t, meter } = running()
    const [fell] = t.submit(meter.read(30, 999_000n))
    expect(fell).to.include({ accepted: false, reason: 'register_fell' })
    const [next] = t.submit(meter.read(45, 4_000_000n))
    expect(next).to.include({ accepted: true, creditedExportWh: 3_000n })
    expect(readingAt(t, 'pv', 3n)).to.include({ reason: 'register_fell', creditedExportWh: 0n })
    expect(t.state('pv')).to.include({ lastSeq: 4n, accepted: 3n, refused: 1n })
    t.checkInvariants()
  })
  it('emits one compact event for each reading', () => {
    const t = town([PV])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(30, 1_500_000n))
    const skipped = new Meter('nobody').read(0, 0n)
    t.submit(skipped)
    const events = t.chain.takeEvents().map((e) => [e.type, Object.fromEntries(e.attributes)])
    expect(events.map(([type]) => type)).to.deep.equal([
      'reading_accepted',
      'reading_accepted',
      'reading_rejected',
    ])
    expect(events[1]?.[1]).to.deep.equal({
      device: 'pv',
      seq: '2',
      old_time: T0.toString(),
      new_time: (T0 + 1800n).toString(),
      import_wh: '0',
      export_wh: '1500',
    })
    expect(events[2]?.[1]).to.include({ device: 'nobody', reason: 'unknown_device' })
  })
  it('totals of a kind add up imports, exports and what batteries store', () => {
    const t = town([plant('bess', { kind: Kind.KIND_BESS, nameplateW: 100_000n })])
    const meter = new Meter('bess')
    t.submit(
      meter.read(0, 0n, { socMwh: 40_000_000n }),
      meter.read(15, 0n, { importMwh: 10_000_000n, socMwh: 49_500_000n }),
      meter.read(30, 20_000_999n, { importMwh: 10_000_000n, socMwh: 27_400_000n }),
    )
    expect(totalsOf(t.chain.query()).byKind).to.deep.equal([
      {
        kind: Kind.KIND_BESS,
        importWh: 10_000n,
        exportWh: 20_000n,
        readings: 3n,
        storedWh: -12_600n,
      },
    ])
    t.checkInvariants()
  })
})

describe('MsgSubmitReadings: a reading fails when', () => {
  it('unknown_device: no such device is registered', () => {
    const [result] = town([PV]).submit(new Meter('nobody').read(0, 0n))
    expect(result).to.include({ accepted: false, reason: 'unknown_device' })
  })
  it('unknown_device: the device is suspended or retired', () => {
    for (const status of [Status.STATUS_SUSPENDED, Status.STATUS_RETIRED]) {
      const [result] = town([plant('pv', { status })]).submit(new Meter('pv').read(0, 0n))
      expect(result).to.include({ accepted: false, reason: 'unknown_device' })
    }
  })
  it('unknown_device: the device reports under another context', () => {
    const { t } = running()
    const other = new Meter('pv').read(0, 0n, { context: 'T' })
    expect(t.submit(other)[0]).to.include({ accepted: false, reason: 'unknown_device' })
    const strange = town([PV]).submit(new Meter('pv').read(0, 0n, { context: 'a b' }))
    expect(strange[0]).to.include({ accepted: false, reason: 'unknown_device' })
  })
  it('bad_signature: another key signed, a byte changed, or the signature has a wrong length', () => {
    const t = town([PV])
    const reading = new Meter('pv').read(0, 0n)
    const alien = signBytes(reading.message, 'other key')
    const cut = { ...reading, signature: reading.signature.subarray(0, 63) }
    const touched = { ...reading, message: reading.message.slice() }
    const last = touched.message.length - 1
    touched.message[last] = (touched.message[last] as number) ^ 2
    for (const bad of [alien, cut, touched]) {
      expect(t.submit(bad)[0]).to.include({ accepted: false, reason: 'bad_signature' })
    }
    t.checkInvariants()
    expect(t.submit(reading)[0]).to.include({ accepted: true })
    expect(counts(t), 'the message itself was accepted after all').to.deep.equal({
      bad_signature: 1n,
    })
    t.checkInvariants()
  })
  it('bad_signature: it is signed for another chain', () => {
    const [result] = town([PV]).submit(new Meter('pv', 'strom-other-1').read(0, 0n))
    expect(result).to.include({ reason: 'bad_signature', detail: 'signed for another chain' })
  })
  it('bad_signature: the sign bytes are garbage, not canonical or too long', () => {
    const t = town([PV])
    const good = new Meter('pv').read(0, 1n).message
    // An explicit zero of import_mwh (field 6) says the same as its absence in other bytes.
    const padded = signBytes(concatBytes(good, Uint8Array.of(0x30, 0)), 'pv')
    const reordered = signBytes(concatBytes(good.subarray(14), good.subarray(0, 14)), 'pv')
    const garbage = signBytes(Uint8Array.of(0xff, 0xff, 0xff), 'pv')
    const long = signed({ device: 'pv', prevHash: new Uint8Array(2000) }, 'pv')
    for (const bad of [padded, reordered, garbage, long]) {
      expect(t.submit(bad)[0]).to.include({ accepted: false, reason: 'bad_signature' })
    }
    expect(DeviceMessage.decode(reordered.message).exportMwh, 'only the order differs').to.equal(1n)
    t.checkInvariants()
  })
  it('sequence: its number leaves a gap or is zero', () => {
    const { t, meter } = running()
    meter.seq += 1n
    const late = meter.read(45, 3_000_000n)
    expect(t.submit(late)[0]).to.include({ accepted: false, reason: 'sequence' })
    const zero = meter.peek(45, 3_000_000n, { seq: 0n })
    expect(t.submit(zero)[0]).to.include({ accepted: false, reason: 'sequence' })
    expect(t.state('pv')).to.include({ lastSeq: 2n, refused: 2n })
    t.checkInvariants()
  })
  it('equivocation: another message of the same number is settled', () => {
    const { t, meter } = running()
    const twin = meter.peek(15, 1_200_000n, { prevHash: readingAt(t, 'pv', 1n).identity })
    expect(t.submit(twin)[0]).to.include({ accepted: false, reason: 'equivocation' })
    expect(t.state('pv')).to.include({ lastSeq: 2n, lastExportMwh: 1_000_000n })
    t.checkInvariants()
  })
  it('chain_break: prev_hash is not the identity of the message before', () => {
    const { t, meter } = running()
    const good = meter.last
    meter.last = new Uint8Array(32)
    const broken = meter.read(30, 2_000_000n)
    expect(t.submit(broken)[0]).to.include({ accepted: false, reason: 'chain_break' })
    const first = new Meter('pv').read(0, 0n, { prevHash: new Uint8Array(32) })
    expect(town([PV]).submit(first)[0]).to.include({ accepted: false, reason: 'chain_break' })
    meter.seq -= 1n
    meter.last = good
    expect(t.submit(meter.read(30, 2_000_000n))[0]).to.include({ accepted: true })
  })
  it('clock: its time is further ahead of block time than max_ahead', () => {
    const { t, meter } = running()
    const now = Number(t.chain.time - T0) / 60
    const ahead = meter.read(now + 2, 2_000_000n)
    expect(t.submit(ahead)[0]).to.include({ accepted: false, reason: 'clock' })
    expect(t.state('pv')).to.include({ lastSeq: 2n, refused: 1n })
    t.chain.nextBlock(60n)
    expect(t.submit(ahead)[0], 'sent again after time has passed').to.include({ accepted: true })
    expect(t.state('pv')).to.include({ lastSeq: 3n, refused: 0n })
    expect(counts(t)).to.deep.equal({})
    t.checkInvariants()
  })
  it('clock: it is older than max_age', () => {
    const t = town([PV])
    const meter = new Meter('pv')
    const week = 7 * 1440
    t.chain.time = T0 + BigInt(week * 60) + 1n
    expect(t.submit(meter.read(0, 0n))[0]).to.include({ accepted: false, reason: 'clock' })
    const [next] = t.submit(meter.read(15, 5_000n))
    expect(next, 'the first accepted one opens').to.include({
      accepted: true,
      creditedExportWh: 0n,
    })
    t.checkInvariants()
  })
  it('clock: its time is not after that of the last accepted reading', () => {
    const { t, meter } = running()
    expect(t.submit(meter.read(15, 1_100_000n))[0]).to.include({ reason: 'clock' })
    expect(t.submit(meter.read(10, 1_200_000n))[0]).to.include({ reason: 'clock' })
    expect(t.state('pv')).to.include({ lastSeq: 4n, lastTime: T0 + 900n, refused: 2n })
    expect(t.submit(meter.read(30, 1_300_000n))[0]).to.include({ creditedExportWh: 300n })
    t.checkInvariants()
  })
  it('register_fell: import or export is lower than at the last accepted reading', () => {
    for (const fields of [{ exportMwh: 999_999n }, { importMwh: 4_999n }]) {
      const t = town([PV])
      const meter = new Meter('pv')
      t.submit(meter.read(0, 1_000_000n, { importMwh: 5_000n }))
      const bad = meter.read(15, 1_000_000n, { importMwh: 5_000n, ...fields })
      expect(t.submit(bad)[0]).to.include({ accepted: false, reason: 'register_fell' })
    }
  })
  it('over_nameplate: 50 kW in a quarter hour take 12,750 Wh and refuse 12,751 Wh', () => {
    const big = plant('pv', { nameplateW: 50_000n })
    const verdict = (fields: { exportMwh: bigint; importMwh?: bigint }) => {
      const t = town([big])
      const meter = new Meter('pv')
      t.submit(meter.read(0, 0n))
      return t.submit(meter.read(15, 0n, fields))[0]
    }
    expect(verdict({ exportMwh: 12_750_000n })).to.include({ creditedExportWh: 12_750n })
    expect(verdict({ exportMwh: 12_751_000n })).to.include({ reason: 'over_nameplate' })
    expect(verdict({ exportMwh: 0n, importMwh: 12_750_999n })).to.include({ accepted: true })
    expect(verdict({ exportMwh: 0n, importMwh: 12_751_000n })).to.include({
      reason: 'over_nameplate',
    })
  })
  it('over_nameplate: the bound covers the whole time since the last accepted reading', () => {
    const t = town([plant('pv', { nameplateW: 50_000n })])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(15, 20_000_000n), meter.read(30, 25_500_000n))
    expect(t.state('pv')).to.include({ creditedExportWh: 25_500n, accepted: 2n, refused: 1n })
    t.checkInvariants()
  })
  it('battery_balance: over 20 % unexplained refuses, over 2 % flags, less passes', () => {
    const verdict = (socMwh: bigint) => {
      const t = town([plant('bess', { kind: Kind.KIND_BESS, nameplateW: 100_000n })])
      const meter = new Meter('bess')
      t.submit(meter.read(0, 0n, { socMwh: 40_000_000n }))
      const [result] = t.submit(meter.read(15, 0n, { importMwh: 10_000_000n, socMwh }))
      t.checkInvariants()
      const flags = readingAt(t, 'bess', 2n).flags & FLAG.questionable
      return result?.accepted ? (flags === 0 ? 'passes' : 'flagged') : result?.reason
    }
    expect(verdict(49_500_000n)).to.equal('passes')
    expect(verdict(51_500_000n)).to.equal('passes')
    expect(verdict(51_500_001n)).to.equal('flagged')
    expect(verdict(55_000_000n)).to.equal('flagged')
    expect(verdict(69_500_000n)).to.equal('flagged')
    expect(verdict(69_500_001n)).to.equal('battery_balance')
    expect(verdict(0n), 'energy may be lost').to.equal('passes')
  })
  it('battery_balance: more is stored than the capacity and 2 % hold', () => {
    const open = (socMwh: bigint) => {
      const t = town([plant('bess', { kind: Kind.KIND_BESS })])
      return t.submit(new Meter('bess').read(0, 0n, { socMwh }))[0]
    }
    expect(open(102_000_000n)).to.include({ accepted: true })
    expect(open(102_000_001n)).to.include({ accepted: false, reason: 'battery_balance' })
  })
})
