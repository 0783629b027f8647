import { sign as nativeSign } from 'node:crypto'
import { expect } from 'chai'
import {
  MsgClaimCertificate,
  MsgTransferCertificate,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { Kind, Status, Way } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgResumeDevice,
  MsgSetRoute,
  MsgTransferDevice,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  MsgChallengeReading,
  MsgCorrectReading,
  MsgDeclareExchange,
  MsgResolveChallenge,
  MsgSubmitReceipts,
  MsgUpdateParams,
  type ReadingResult,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { state as certificates } from '../../certificate/state.ts'
import { toHex, utf8Encode } from '../../kit/bytes.ts'
import { withheldFor } from '../account.ts'
import type { MeteringApi } from '../api.ts'
import { state } from '../state.ts'
import {
  AUTHORITY,
  GATEWAY,
  identityOf,
  keyOf,
  Meter,
  OWNER,
  plant,
  T0,
  type Town,
  town,
} from './fixture.ts'
import { arrive, type Line } from './registers.ts'

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
  it('fails when a register is beyond 2^62 mWh or its status beyond 31 bits: no exchange can stop the chain', () => {
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
  it('a leaf with a context that no key can hold is refused alone', () => {
    const t = town([plant('pv', { way: Way.WAY_ROOT, gateway: GATEWAY })])
    const metering = t.modules.find((m) => m.name === 'metering')?.api as MeteringApi
    for (const context of ['a\0b', 'x'.repeat(17)]) {
      const reading = new Meter('pv').read(0, 0n, { context })
      const reason = t.chain.atomically((ctx) =>
        metering.enterLeaf(ctx, DeviceMessage.decode(reading.message), identityOf(reading)),
      )
      expect(reason).to.equal('context')
    }
  })
  it('a dispute cannot free what a poor reputation locks', () => {
    const t = town([plant('pv')], { challengeS: 3_600n, reputationFullPpm: 1_000_000n })
    const meter = new Meter('pv')
    // The first day has one interval of 96: reputation falls a little, and the second day is locked.
    const readings = [0, 15].map((at, i) => meter.read(at, BigInt(i) * 1_000_000n))
    t.submit(...readings)
    t.at(DAY + 60)
    t.submit(...[DAY, DAY + 15].map((at, i) => meter.read(at, BigInt(i + 1) * 1_000_000n)))
    t.at(2 * DAY + 60)
    const start = T0 + BigInt(DAY) * 60n
    const locked = () => {
      const ctx = t.chain.query()
      for (const [, range] of certificates.ranges.entries(ctx)) {
        if (range.intervalStart === start) return range.lockedUntil > ctx.time
      }
      return undefined
    }
    expect(locked()).to.equal(true)
    const dispute = { challenger: OWNER, device: 'pv', context: 'F', seq: 4n, reason: 'free it' }
    t.send(MsgChallengeReading, MsgChallengeReading.create(dispute))
    t.at(2 * DAY + 150)
    expect(locked()).to.equal(true)
    t.checkInvariants()
  })
  it('a dispute about a reading within an interval that is rejected costs the interval nothing', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n), meter.read(7, 400_000n), meter.read(15, 1_000_000n))
    const { id } = t.send(
      MsgChallengeReading,
      MsgChallengeReading.create({
        challenger: OWNER,
        device: 'pv',
        context: 'F',
        seq: 2n,
        reason: 'no',
      }),
    ) as { id: bigint }
    t.at(DAY + 60)
    expect(withheldFor(t.state('pv').export, 'disputed')).to.equal(1_000n)
    t.send(MsgResolveChallenge, { authority: AUTHORITY, id, upheld: false })
    expect(t.state('pv').export.creditedWh).to.equal(1_000n)
    t.checkInvariants()
  })
  it('an interval that a leaf began is proven by root, though a verified message ends it', () => {
    const t = town([plant('pv', { way: Way.WAY_ROOT, gateway: GATEWAY })])
    const metering = t.modules.find((m) => m.name === 'metering')?.api as MeteringApi
    t.send(
      MsgSetRoute,
      MsgSetRoute.create({
        signer: OWNER,
        device: 'pv',
        way: Way.WAY_DIRECT,
        from: T0 + 510n * 60n,
      }),
    )
    t.at(525)
    const meter = new Meter('pv')
    const leaf = meter.read(495, 0n)
    t.chain.atomically((ctx) =>
      metering.enterLeaf(ctx, DeviceMessage.decode(leaf.message), identityOf(leaf)),
    )
    t.submit(meter.read(510, 1_000_000n), meter.read(525, 2_000_000n))
    t.close()
    const proven = [495n, 510n].map(
      (at) =>
        certificates.certificates.must(t.chain.query(), ['pv', T0 + at * 60n, 0]).provenByRoot,
    )
    expect(proven).to.deep.equal([true, false])
  })
  it('a correction fails when the reading ended an interval of another owner: the seller keeps what he was credited', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const readings = [0, 1, 2].map((i) => meter.read(i * 15, BigInt(i) * 1_000_000n))
    t.submit(...readings)
    t.at(DAY + 60)
    const handover = readings[2] as SignedReading
    t.send(MsgTransferDevice, { device: 'pv', owner: OWNER, newOwner: GATEWAY, handover })
    const correction = { signer: GATEWAY, device: 'pv', context: 'F', seq: 3n, reason: 'mine' }
    const correct = () => t.send(MsgCorrectReading, MsgCorrectReading.create(correction))
    expect(correct).to.throw('another owner')
    expect(t.state('pv').export.creditedWh).to.equal(2_000n)
  })
  it('a correction after the final close takes nothing from a buyer of the certificate', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    t.submit(...[0, 1, 2].map((i) => meter.read(i * 15, BigInt(i) * 1_000_000n)))
    t.close()
    const slice = { device: 'pv', intervalStart: T0, part: 0, first: 1n, last: 1_000n }
    const sale = { owner: OWNER, recipient: GATEWAY, ...slice }
    t.send(MsgTransferCertificate, MsgTransferCertificate.create(sale))
    const correction = { signer: OWNER, device: 'pv', context: 'F', seq: 2n, reason: 'too high' }
    const answer = t.send(MsgCorrectReading, MsgCorrectReading.create(correction))
    expect(answer).to.include({ withdrawnWh: 0n, debtWh: 1_000n })
    t.checkInvariants()
  })
  it('a message that is refused does not bind a device to its context', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const stale = meter.peek(-20 * DAY, 0n, { context: 'F', seq: 1n })
    expect(t.submit(stale)[0]?.reason).to.equal('window_closed')
    const readings = [0, 15].map((at, i) =>
      meter.read(at, BigInt(i) * 1_000_000n, { context: 'T' }),
    )
    expect(t.submit(...readings).map((one) => one.reason)).to.deep.equal(['', ''])
    t.close()
    t.checkInvariants()
    expect(t.state('pv')).to.include({ context: 'T', refused: 1n, accepted: 2n })
  })
  it('a hand-over at a reading that is judged already cannot stop the chain when a late one comes', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const [opening, handover, late, last] = [0, 10, 15, 17].map((at) =>
      meter.read(at, BigInt(at) * 60_000n),
    ) as [SignedReading, SignedReading, SignedReading, SignedReading]
    t.submit(opening, handover, last)
    t.at(DAY + 60)
    t.send(MsgTransferDevice, { device: 'pv', owner: OWNER, newOwner: GATEWAY, handover })
    t.submit(late)
    t.close()
    t.checkInvariants()
    expect(t.state('pv').export.creditedWh).to.equal(900n)
  })
  it('a longer final close lets earlier sessions in without stopping the chain', () => {
    const t = town([plant('evse', { kind: Kind.KIND_EVSE })])
    const receipts = (seq: bigint, ...at: number[]): Line[] =>
      at.map((minute, i) => ({
        at: minute,
        import: minute * 10,
        seq: seq + BigInt(i),
        receipt: true,
      }))
    // Signed as messages off the grid, so that the interval under way has no end.
    arrive(t, 'evse', [
      { at: 1, import: 10, seq: 1n },
      { at: 47, import: 470, seq: 100n },
    ])
    t.at(DAY + 60)
    arrive(t, 'evse', receipts(20n, 20, 30))
    t.at(7 * DAY)
    t.send(MsgUpdateParams, {
      authority: AUTHORITY,
      params: { ...state.params.must(t.chain.query()), finalCloseS: 864_000n },
    })
    arrive(t, 'evse', receipts(10n, 5, 10))
    t.at(11 * DAY)
    t.checkInvariants()
    expect(t.state('evse').import.creditedWh).to.equal(150n)
  })
})
