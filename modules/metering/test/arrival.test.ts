import { expect } from 'chai'
import { Status, TrustClass, Way } from '../../../proto/gen/strom/device/v1/state.ts'
import { Verdict } from '../../../proto/gen/strom/metering/v1/state.ts'
import { MsgSubmitReadings } from '../../../proto/gen/strom/metering/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { totalsOf } from '../tally.ts'
import {
  GATEWAY,
  identityOf,
  Meter,
  OWNER,
  otherS,
  plant,
  signBytes,
  signed,
  T0,
  town,
} from './fixture.ts'

describe('arrival of a reading', () => {
  it('an authentic reading is stored and waits; a repeat under either S is a no-op', () => {
    const t = town([plant('pv')])
    const reading = new Meter('pv').read(0, 5n)
    expect(t.submit(reading)[0]).to.include({ accepted: true, duplicate: false })
    const before = t.chain.contentHash('metering')
    expect(t.submit(otherS(reading))[0]).to.include({ accepted: true, duplicate: true })
    expect(t.chain.contentHash('metering')).to.equal(before)
    expect(t.reading('pv', 1n).verdict).to.equal(Verdict.VERDICT_PENDING)
    expect(t.state('pv')).to.include({ pending: 1n, lastSeq: 1n, newestSeq: 1n, accepted: 0n })
  })
  it('numbers may come in any order; last_seq follows when the gap is filled', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    const [a, b, c] = [meter.read(0, 0n), meter.read(15, 1n), meter.read(30, 2n)]
    t.submit(c)
    expect(t.state('pv')).to.include({ lastSeq: 0n, newestSeq: 3n })
    t.submit(a)
    expect(t.state('pv').lastSeq).to.equal(1n)
    t.submit(b)
    expect(t.state('pv').lastSeq).to.equal(3n)
    expect(t.state('pv').lastHash).to.deep.equal(identityOf(c))
    t.checkInvariants()
  })
  const reasons: readonly [string, string, () => string | undefined][] = [
    ['unknown_device', 'no such device is registered', () => one([], new Meter('pv').read(0, 0n))],
    [
      'bad_signature',
      'another key signed',
      () => one([plant('pv')], signBytes(new Meter('pv').read(0, 0n).message, 'thief')),
    ],
    [
      'bad_signature',
      'it is signed for another chain',
      () => one([plant('pv')], new Meter('pv', 'other-1').read(0, 0n)),
    ],
    [
      'bad_signature',
      'the sign bytes are garbage or not canonical',
      () => one([plant('pv')], signBytes(Uint8Array.of(1, 2, 3), 'pv')),
    ],
    [
      'not_active',
      'the device is suspended at its time',
      () => one([plant('pv', { status: Status.STATUS_SUSPENDED })], new Meter('pv').read(0, 0n)),
    ],
    [
      'foreign_gateway',
      'a device of class C comes through another account than its gateway',
      () =>
        one(
          [plant('pv', { trustClass: TrustClass.TRUST_CLASS_C, gateway: GATEWAY })],
          new Meter('pv').read(0, 0n),
          OWNER,
        ),
    ],
    [
      'other_way',
      'it comes the other way than the device reports',
      () =>
        one([plant('pv', { way: Way.WAY_ROOT, gateway: GATEWAY })], new Meter('pv').read(0, 0n)),
    ],
    [
      'gateway_revoked',
      'the gateway of a device of class C is revoked',
      () => {
        const t = town([plant('pv', { trustClass: TrustClass.TRUST_CLASS_C, gateway: GATEWAY })])
        t.devices.revokeGateway(t.chain.write(), GATEWAY, 'byzantine')
        return t.submit(new Meter('pv').read(0, 0n))[0]?.reason
      },
    ],
    [
      'context',
      'the context is longer than 16 characters',
      () => one([plant('pv')], new Meter('pv').read(0, 0n, { context: 'x'.repeat(17) })),
    ],
    [
      'sequence',
      'its number is zero',
      () => one([plant('pv')], new Meter('pv').read(0, 0n, { seq: 0n })),
    ],
    [
      'clock_ahead',
      'its time is further ahead of block time than max_ahead',
      () => one([plant('pv')], new Meter('pv').read(8 * 60 + 2, 0n)),
    ],
    [
      'window_closed',
      'its final close is over',
      () => one([plant('pv')], new Meter('pv').read(8 * 60 - 5 * 24 * 60 - 1, 0n)),
    ],
  ]
  for (const [reason, when, run] of reasons) {
    it(`${reason}: fails when ${when}`, () => {
      expect(run()).to.equal(reason)
    })
  }
  it('context: fails when the device reports under another context, its first', () => {
    const t = town([plant('pv')])
    const meter = new Meter('pv')
    t.submit(meter.read(0, 0n))
    const [result] = t.submit(meter.read(15, 5n, { context: 'G' }))
    expect(result?.reason).to.equal('context')
    t.checkInvariants()
  })
  it('a reading far ahead is taken when its time has come, and its refusal goes away', () => {
    const t = town([plant('pv')])
    const reading = new Meter('pv').read(8 * 60 + 5, 0n)
    expect(t.submit(reading)[0]?.reason).to.equal('clock_ahead')
    expect(totalsOf(t.chain.query()).refused).to.equal(1n)
    t.at(8 * 60 + 5)
    expect(t.submit(reading)[0]?.accepted).to.equal(true)
    expect(totalsOf(t.chain.query()).refused).to.equal(0n)
    expect(t.state('pv').refused).to.equal(0n)
    t.checkInvariants()
  })
  it('the message fails when the gateway is no address, it carries no reading or it carries more than max_batch readings', () => {
    const t = town([plant('pv')], { maxBatch: 1 })
    const meter = new Meter('pv')
    const code = (gateway: string, n: number): number | undefined => {
      const readings = Array.from({ length: n }, () => meter.read(0, 0n))
      try {
        t.send(MsgSubmitReadings, { gateway, readings })
      } catch (error) {
        if (error instanceof ChainError) return error.code
        throw error
      }
      return undefined
    }
    expect(code('nobody', 1)).to.equal(7)
    expect(code(GATEWAY, 0)).to.equal(2)
    expect(code(GATEWAY, 2)).to.equal(3)
  })
  it('sign bytes with a field in another order are not canonical', () => {
    const reading = signed({ chainId: 'strom-test-1', device: 'pv', seq: 1n, time: T0 }, 'pv')
    const spoilt = signBytes(Uint8Array.of(...reading.message, 0x20, 0), 'pv')
    expect(one([plant('pv')], spoilt)).to.equal('bad_signature')
  })
})

function one(
  devices: Parameters<typeof town>[0],
  reading: ReturnType<typeof signBytes>,
  gateway = GATEWAY,
): string | undefined {
  const t = town(devices)
  const answer = t.send(MsgSubmitReadings, { gateway, readings: [reading] })
  t.checkInvariants()
  return (answer as { results: { reason: string }[] }).results[0]?.reason
}
