import { expect } from 'chai'
import { Kind, Status, TrustClass, Way } from '../../../proto/gen/strom/device/v1/state.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  MsgChallengeReading,
  MsgCorrectReading,
  MsgReportEquivocation,
  MsgResolveChallenge,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { withheldFor } from '../account.ts'
import type { MeteringApi } from '../api.ts'
import { reputationOf } from '../reputation.ts'
import {
  AUTHORITY,
  GATEWAY,
  identityOf,
  Meter,
  OWNER,
  plant,
  T0,
  type Town,
  town,
} from './fixture.ts'

const DAY = 24 * 60
const issued = (t: Town): bigint => t.state('pv').export.creditedWh

/** Four quarter hours of 1,000 Wh each. */
function running(
  fields: Parameters<typeof plant>[1] = {},
  params: Parameters<typeof town>[1] = {},
) {
  const t = town([plant('pv', fields)], params)
  const meter = new Meter('pv')
  t.submit(...[0, 1, 2, 3, 4].map((i) => meter.read(i * 15, BigInt(i) * 1_000_000n)))
  return { t, meter }
}

describe('faults and disputes', () => {
  it('fails when another message of the same number is stored: both are void and the device is jailed, whichever came first', () => {
    const hashes = [false, true].map((swapped) => {
      const { t, meter } = running()
      meter.seq = 3n
      const twin = meter.peek(30, 1_900_000n, { prevHash: new Uint8Array(32) })
      if (swapped) {
        // The same messages, the forged one first.
        const other = town([plant('pv')])
        const fresh = new Meter('pv')
        const honest = [0, 1, 2, 3, 4].map((i) => fresh.read(i * 15, BigInt(i) * 1_000_000n))
        other.submit(twin, ...honest)
        other.close()
        other.checkInvariants()
        expect(issued(other)).to.equal(1_000n)
        return other.reading('pv', 3n).identity
      }
      expect(t.submit(twin)[0]?.reason).to.equal('equivocation')
      t.close()
      t.checkInvariants()
      expect(issued(t)).to.equal(1_000n)
      const device = t.devices.get(t.chain.query(), 'pv')
      expect(device?.status).to.equal(Status.STATUS_JAILED)
      expect(withheldFor(t.state('pv').export, 'tampered')).to.equal(1_000n)
      return t.reading('pv', 3n).identity
    })
    expect(hashes[0]).to.deep.equal(hashes[1])
  })
  it('records that are not final yet are taken back from the time of the fault on', () => {
    const { t, meter } = running()
    t.at(DAY + 60)
    expect(issued(t)).to.equal(4_000n)
    meter.seq = 4n
    t.submit(meter.peek(45, 2_900_000n))
    expect(issued(t)).to.equal(2_000n)
    expect(withheldFor(t.state('pv').export, 'tampered')).to.equal(2_000n)
    t.checkInvariants()
  })
  it('a refused reading of an old time does not hide records that must be taken back', () => {
    const { t, meter } = running()
    t.at(DAY + 60)
    // Its clock is wrong by hours; it waits and is refused, and then it is older than the final close.
    t.submit(meter.read(-300, 4_500_000n))
    t.at(2 * DAY)
    expect(t.reading('pv', 6n).reason).to.equal('clock')
    t.at(5 * DAY - 60)
    meter.seq = 3n
    t.submit(meter.peek(30, 2_900_000n))
    expect(withheldFor(t.state('pv').export, 'tampered')).to.equal(3_000n)
    t.checkInvariants()
  })
  it('a leaf that its gateway forged never costs the device anything', () => {
    const t = town([plant('pv', { way: Way.WAY_ROOT, gateway: GATEWAY })])
    const metering = t.modules.find((m) => m.name === 'metering')?.api as MeteringApi
    const [forged, genuine] = [new Meter('pv').read(0, 9n), new Meter('pv').read(0, 5n)]
    const enter = (reading: SignedReading) =>
      t.chain.atomically((ctx) =>
        metering.enterLeaf(ctx, DeviceMessage.decode(reading.message), identityOf(reading)),
      )
    expect(enter(forged)).to.equal(undefined)
    expect(enter(forged)).to.equal(undefined)
    expect(enter(genuine)).to.equal('equivocation')
    expect(t.submit(genuine)[0]?.reason).to.equal('equivocation')
    expect(t.devices.get(t.chain.query(), 'pv')?.status).to.equal(Status.STATUS_ACTIVE)
    expect(t.submit(new Meter('pv').read(15, 5n, { seq: 2n }))[0]?.reason).to.equal('other_way')
    t.checkInvariants()
  })
  it('anybody may report two messages of one number; it fails when two messages prove nothing', () => {
    const { t, meter } = running()
    meter.seq = 7n
    const [first, second] = [meter.peek(90, 5_000_000n), meter.peek(105, 5_000_000n)]
    expect(() =>
      t.send(MsgReportEquivocation, { reporter: GATEWAY, first, second: first }),
    ).to.throw('the same')
    t.send(MsgReportEquivocation, { reporter: GATEWAY, first, second })
    expect(t.devices.get(t.chain.query(), 'pv')?.status).to.equal(Status.STATUS_JAILED)
    expect(() => t.send(MsgReportEquivocation, { reporter: GATEWAY, first, second })).to.throw(
      'proven already',
    )
    t.checkInvariants()
  })
  it('a correction takes back what an interval was overstated, never more', () => {
    const { t } = running()
    t.at(DAY + 60)
    const correction = { signer: OWNER, device: 'pv', context: 'F', seq: 3n, importMwh: 0n }
    const answer = t.send(MsgCorrectReading, {
      ...correction,
      exportMwh: 1_700_000n,
      reason: 'misread',
    })
    expect(answer).to.include({ withdrawnWh: 300n, debtWh: 0n })
    expect(issued(t)).to.equal(3_700n)
    expect(withheldFor(t.state('pv').export, 'withdrawn')).to.equal(300n)
    // Too low a register overstates the interval that follows.
    t.send(MsgCorrectReading, { ...correction, exportMwh: 2_100_000n, reason: 'misread' })
    expect(issued(t)).to.equal(3_600n)
    expect(t.reading('pv', 3n).exportMwh).to.equal(2_000_000n)
    t.checkInvariants()
  })
  it('a correction fails when the signer is neither owner nor operator, or not the authority; when the reading is not accepted or not kept', () => {
    const { t } = running()
    const correction = { device: 'pv', context: 'F', importMwh: 0n, exportMwh: 0n, reason: 'x' }
    const send = (signer: string, seq: bigint) => () =>
      t.send(MsgCorrectReading, { ...correction, signer, seq })
    expect(send(OWNER, 2n)).to.throw('only accepted')
    t.at(DAY + 60)
    expect(send(GATEWAY, 2n)).to.throw('neither owner nor operator')
    expect(send(OWNER, 9n)).to.throw('only accepted')
  })
  it('a challenge locks and, upheld, takes back; rejected, it leaves all as it was', () => {
    for (const upheld of [true, false]) {
      const { t } = running()
      t.at(DAY + 60)
      const fields = {
        device: 'pv',
        context: 'F',
        seq: 2n,
        reason: 'shaded',
        evidence: new Uint8Array(),
      }
      t.send(MsgChallengeReading, { challenger: GATEWAY, ...fields })
      expect(() => t.send(MsgChallengeReading, { challenger: GATEWAY, ...fields })).to.throw(
        'already',
      )
      const resolve = (authority: string) =>
        t.send(MsgResolveChallenge, { authority, id: 1n, upheld })
      expect(() => resolve(OWNER)).to.throw('authority')
      resolve(AUTHORITY)
      expect(() => resolve(AUTHORITY)).to.throw('no such open')
      expect(issued(t)).to.equal(upheld ? 3_000n : 4_000n)
      t.checkInvariants()
    }
  })
  it('a reading disputed before it is judged is withheld, and credited when the dispute fails', () => {
    const { t } = running({}, { challengeS: 2n * 86_400n })
    const fields = {
      device: 'pv',
      context: 'F',
      seq: 2n,
      reason: 'shaded',
      evidence: new Uint8Array(),
    }
    t.send(MsgChallengeReading, { challenger: GATEWAY, ...fields })
    t.at(DAY + 60)
    expect(issued(t)).to.equal(3_000n)
    expect(withheldFor(t.state('pv').export, 'disputed')).to.equal(1_000n)
    t.at(3 * DAY)
    expect(issued(t)).to.equal(4_000n)
    expect(withheldFor(t.state('pv').export, 'disputed')).to.equal(0n)
    t.checkInvariants()
  })
  it('class C is credited up to the daily cap of its gateway, class N never', () => {
    const c = { trustClass: TrustClass.TRUST_CLASS_C, gateway: GATEWAY }
    const { t } = running(c, { gatewayDailyCapWh: 2_500n })
    t.close()
    expect(issued(t)).to.equal(2_500n)
    expect(withheldFor(t.state('pv').export, 'gateway_cap')).to.equal(1_500n)
    t.checkInvariants()
    const n = running({ trustClass: TrustClass.TRUST_CLASS_N, gateway: GATEWAY }).t
    n.close()
    expect(issued(n)).to.equal(0n)
    expect(withheldFor(n.state('pv').export, 'notary')).to.equal(4_000n)
    n.checkInvariants()
  })
  it('a device that misses days loses reputation: its records are locked, later there are none', () => {
    const t = town([plant('pv', { kind: Kind.KIND_PV })])
    const meter = new Meter('pv')
    let wh = 0n
    const hour = (day: number): void => {
      t.at(day * DAY + 30)
      t.submit(meter.read(day * DAY, wh), meter.read(day * DAY + 15, (wh += 1_000_000n)))
      t.at((day + 1) * DAY + 30)
    }
    hour(1)
    expect(reputationOf(t.state('pv'))).to.equal(1_000_000n)
    hour(9)
    const worn = reputationOf(t.state('pv'))
    expect(worn < 900_000n && worn > 600_000n).to.equal(true)
    hour(40)
    expect(reputationOf(t.state('pv')) < 600_000n).to.equal(true)
    expect(withheldFor(t.state('pv').export, 'reputation')).to.equal(1_000n)
    expect(issued(t)).to.equal(2_000n)
    t.checkInvariants()
    expect(T0).to.equal(1_767_225_600n)
  })
})
