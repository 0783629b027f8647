import { sign as nativeSign } from 'node:crypto'
import { expect } from 'chai'
import { MsgClaimCertificate } from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { Kind, Status } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgResumeDevice } from '../../../proto/gen/strom/device/v1/tx.ts'
import {
  MsgCorrectReading,
  MsgDeclareExchange,
  MsgSubmitReceipts,
  type ReadingResult,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { toHex, utf8Encode } from '../../kit/bytes.ts'
import { AUTHORITY, GATEWAY, keyOf, Meter, OWNER, plant, T0, type Town, town } from './fixture.ts'

const DAY = 24 * 60
const MOST = (1n << 64n) - 1n

/** A receipt over an export register from one time to another, signed by a test device's key. */
function receipt(device: string, from: string, to: string, number = 'T1'): Uint8Array {
  const at = (TX: string, time: string, RV: number) => ({
    TM: `2026-01-01T${time}:00,000+0000 S`,
    TX,
    RV,
    RI: '1-b:2.8.0',
    RU: 'kWh',
    ST: 'G',
    EF: '',
  })
  const data = { FV: '1.0', GI: 'box', GS: '1', PG: number, IS: false, IF: [], IT: 'NONE', ID: '' }
  const payload = JSON.stringify({ ...data, RD: [at('B', from, 0), at('E', to, 1)] })
  const signature = nativeSign('sha256', utf8Encode(payload), keyOf(device).secret)
  return utf8Encode(`OCMF|${payload}|{"SD":"${toHex(new Uint8Array(signature))}"}`)
}

function charge(t: Town, device: string, ...records: Uint8Array[]): ReadingResult[] {
  const receipts = records.map((record) => ({ device, record }))
  return (t.send(MsgSubmitReceipts, { gateway: GATEWAY, receipts }) as { results: ReadingResult[] })
    .results
}

describe('attacks on metering', () => {
  it('a plant cannot stop the chain with a receipt over more than an hour', () => {
    for (const kind of [Kind.KIND_PV, Kind.KIND_BESS]) {
      const t = town([plant('pv', { kind })])
      const [result] = charge(t, 'pv', receipt('pv', '02:00', '05:00'))
      t.close()
      t.checkInvariants()
      expect(result?.reason).to.equal('receipt')
    }
  })
  it('registers at the end of 64 bits cannot stop the chain by an exchange', () => {
    for (const [before, after] of [
      [MOST, 0n],
      [0n, MOST],
    ] as const) {
      const t = town([plant('pv')])
      const meter = new Meter('pv')
      const declared = { device: 'pv', context: 'F', openingSeq: 2n, reason: 'new meter' }
      t.send(MsgDeclareExchange, MsgDeclareExchange.create({ signer: OWNER, ...declared }))
      const results = t.submit(meter.read(0, before), meter.read(15, after))
      expect(results.map((one) => one.reason)).to.include('out_of_range')
      t.close()
      t.checkInvariants()
    }
  })
  it('a battery cannot begin with more than it holds', () => {
    const t = town([plant('bess', { kind: Kind.KIND_BESS })])
    const meter = new Meter('bess')
    t.submit(meter.read(0, 0n, { socMwh: 1n << 61n }), meter.read(15, 0n, { socMwh: 0n }))
    t.close()
    t.checkInvariants()
    expect(t.reading('bess', 1n).reason).to.equal('battery_balance')
  })
  it('a status of 32 bits cannot stop the chain when a dispute ends', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const reading = meter.read(15, 0n, { status: 0x8000_0001 })
    expect(t.submit(meter.peek(0, 0n, { seq: 9n }), reading)[1]?.reason).to.equal('out_of_range')
    t.close()
    t.checkInvariants()
  })
  it('an old proof shown again does not jail a device that was set free', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const first = meter.read(0, 0n)
    t.submit(first)
    const twin = meter.peek(0, 5n, { prevHash: new Uint8Array(32) })
    t.submit(twin)
    t.send(MsgResumeDevice, { device: 'pv', signer: AUTHORITY })
    t.at(530)
    t.submit(...[495, 510, 525].map((at, i) => meter.read(at, BigInt(i) * 1_000_000n)))
    // One of the two stands for both; the other is the proof.
    expect(t.submit(first, twin).map((one) => one.reason)).to.include('equivocation')
    expect(t.devices.get(t.chain.query(), 'pv')?.status).to.equal(Status.STATUS_ACTIVE)
    t.close()
    t.checkInvariants()
    expect(t.state('pv').export.creditedWh).to.equal(2_000n)
  })
  it('what is spent is owed once, however often it is taken back', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    t.submit(...[0, 1, 2].map((i) => meter.read(i * 15, BigInt(i) * 1_000_000n)))
    t.at(DAY + 60)
    const slice = { device: 'pv', intervalStart: T0, part: 0, first: 1n, last: 1_000n }
    t.send(MsgClaimCertificate, MsgClaimCertificate.create({ owner: OWNER, ...slice }))
    const correction = { signer: OWNER, device: 'pv', context: 'F', seq: 2n, reason: 'too high' }
    for (let i = 0; i < 3; i += 1) {
      t.send(MsgCorrectReading, MsgCorrectReading.create({ ...correction, exportMwh: 400_000n }))
    }
    expect(t.state('pv').debtWh).to.equal(1_000n)
    meter.seq = 3n
    t.submit(meter.peek(30, 7n))
    meter.seq = 2n
    t.submit(meter.peek(15, 7n))
    expect(t.state('pv').debtWh).to.equal(1_000n)
    t.checkInvariants()
  })
})
