import { expect } from 'chai'
import {
  QueryLineageRequest,
  QueryStorageRecordsRequest,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { MsgAllocateToStorage } from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { Device } from '../../../proto/gen/strom/device/v1/state.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { draw } from '../booking.ts'
import { allocateToStorage } from '../messages/allocate-to-storage.ts'
import { lineage } from '../queries/lineage.ts'
import { storageRecords, storageSheet } from '../queries/storage.ts'
import { lock, record, recordedWh, withdraw } from '../record.ts'
import { efficiencyPpm, measuredPpm } from '../sheet.ts'
import { state } from '../state.ts'
import {
  ALICE,
  BESS,
  BOB,
  checkInvariants,
  deliver,
  interval,
  issued,
  PV,
  passTo,
  START,
  setParams,
  slice,
  started,
  states,
  WIND,
} from './fixture.ts'

const TICK = 900n
const LATER = START + 100_000n

const charge = (chain: FakeChain, wh: bigint, start = START, battery = BESS): void =>
  record(chain.write(), 'charge', interval(battery, wh, start))
const discharge = (chain: FakeChain, wh: bigint, start = START + 2n * TICK, battery = BESS): void =>
  record(chain.write(), 'discharge', interval(battery, wh, start))

const allocate = (
  chain: FakeChain,
  wh: bigint,
  change: Partial<MsgAllocateToStorage> = {},
): string =>
  deliver(
    chain,
    allocateToStorage,
    MsgAllocateToStorage.create({
      ...slice(ALICE, 1n, wh),
      battery: BESS.id,
      chargeStart: START,
      ...change,
    }),
  )

const sheet = (chain: FakeChain, device = BESS.id) => storageSheet.handle(chain.query(), { device })

const rows = (chain: FakeChain): (string | bigint)[][] =>
  sheet(chain)
    .sheet.sources.filter(({ chargedWh }) => chargedWh > 0n)
    .map((row) => [row.source, row.chargedWh, row.releasedWh, row.lostWh, row.storedWh])

/** 1,000 Wh of solar and 800 Wh of wind in two quarter hours of charge. */
function solarAndWind(chain: FakeChain): void {
  issued(chain, 1_000n)
  record(chain.write(), 'production', interval(WIND, 800n, START + TICK))
  charge(chain, 1_000n)
  charge(chain, 800n, START + TICK)
  expect(allocate(chain, 1_000n)).to.equal('done')
  const wind = { device: WIND.id, intervalStart: START + TICK, chargeStart: START + TICK }
  expect(allocate(chain, 800n, wind)).to.equal('done')
}

describe('storage', () => {
  it('1,000 solar then 800 wind, 1,200 out at 90 %: uses 1,000 + 334, issues 900 + 300, loses 134, keeps 466', () => {
    const chain = started()
    solarAndWind(chain)
    discharge(chain, 1_200n)
    passTo(chain, LATER)
    expect(rows(chain)).to.deep.equal([
      ['solar', 1_000n, 900n, 100n, 0n],
      ['wind', 800n, 300n, 34n, 466n],
    ])
    expect(sheet(chain).total).to.include({
      chargedWh: 1_800n,
      releasedWh: 1_200n,
      lostWh: 134n,
      storedWh: 466n,
    })
    const at = START + 2n * TICK
    expect(states(chain, [BESS.id, at, 1])).to.deep.equal(['1-900 alice'])
    expect(states(chain, [BESS.id, at, 2])).to.deep.equal(['1-300 alice'])
    expect(states(chain)).to.deep.equal(['1-1000 alice stored'])
    checkInvariants(chain)
  })
  it('a certificate from storage carries what was charged, marked as stored, and its lineage', () => {
    const chain = started()
    solarAndWind(chain)
    discharge(chain, 1_200n)
    passTo(chain, LATER)
    const at = START + 2n * TICK
    const found = lineage.handle(
      chain.query(),
      QueryLineageRequest.create({ device: BESS.id, intervalStart: at, part: 2 }),
    )
    expect(found.certificate).to.include({
      kind: WIND.kind,
      originDevice: WIND.id,
      capacityW: 50_000n,
      lot: 2n,
      quantityWh: 300n,
    })
    expect(found.origin).to.include({
      device: WIND.id,
      battery: BESS.id,
      chargeStart: START + TICK,
    })
    expect(found.release).to.include({ usedWh: 334n, releasedWh: 300n, part: 2 })
    expect(found.originCertificate?.device).to.equal(WIND.id)
    const above = lineage.handle(
      chain.query(),
      QueryLineageRequest.create({ device: PV.id, intervalStart: START }),
    )
    expect(above.descendants.map(({ releases }) => releases.length)).to.deep.equal([1])
    expect(above.origin).to.equal(undefined)
    expect(chain.takeEvents().filter(({ type }) => type === 'sdgc_issued')).to.have.length(2)
  })
  it('charge without certificates comes back as nothing, and is lost and kept like any other', () => {
    const chain = started()
    charge(chain, 1_000n)
    discharge(chain, 450n)
    passTo(chain, LATER)
    expect(rows(chain)).to.deep.equal([['grid', 1_000n, 450n, 50n, 500n]])
    expect(state.certificates.has(chain.query(), [BESS.id, START + 2n * TICK, 1])).to.equal(false)
    checkInvariants(chain)
  })
  it('what no recorded charge stands behind is unbacked, also what was charged only afterwards', () => {
    const chain = started()
    charge(chain, 100n)
    discharge(chain, 1_000n)
    charge(chain, 5_000n, START + 3n * TICK)
    passTo(chain, LATER)
    expect(sheet(chain).sheet).to.include({ dischargedWh: 1_000n, unbackedWh: 910n })
    expect(rows(chain)).to.deep.equal([['grid', 5_100n, 90n, 10n, 5_000n]])
    checkInvariants(chain)
  })
  it('5,000 MWh charged at 85 % give back 4,250 MWh and no more', () => {
    const chain = started()
    const MWH = 1_000_000n
    const big = Device.create({ ...BESS, etaCPpm: 850_000n, storageWh: 6_000n * MWH })
    record(chain.write(), 'production', interval(PV, 5_000n * MWH))
    charge(chain, 5_000n * MWH, START, big)
    allocate(chain, 5_000n * MWH)
    discharge(chain, 4_251n * MWH, START + TICK, big)
    passTo(chain, LATER)
    expect(rows(chain)).to.deep.equal([['solar', 5_000n * MWH, 4_250n * MWH, 750n * MWH, 0n]])
    expect(sheet(chain).sheet.unbackedWh).to.equal(MWH)
    checkInvariants(chain)
  })
  it('1,200,000 in and 1,040,000 out are 866,666 ppm: 100,000 give 86,666, and 95,000 need 109,616', () => {
    expect(measuredPpm(1_200_000n, 1_040_000n)).to.equal(866_666n)
    expect(draw(100_000n, 1_000_000n, 866_666n)).to.deep.equal({ usedWh: 100_000n, outWh: 86_666n })
    expect(draw(200_000n, 95_000n, 866_666n)).to.deep.equal({ usedWh: 109_616n, outWh: 95_000n })
  })
  it('the measured round trip holds where it is below the declared one, with what may still be inside granted', () => {
    expect(efficiencyPpm(900_000n, 0n, 1_200_000n, 1_040_000n)).to.equal(866_666n)
    expect(efficiencyPpm(800_000n, 0n, 1_200_000n, 1_040_000n)).to.equal(800_000n)
    expect(efficiencyPpm(900_000n, 40_000n, 1_200_000n, 1_040_000n)).to.equal(900_000n)
    expect(efficiencyPpm(900_000n, 100n, 0n, 0n)).to.equal(900_000n)
    const chain = started()
    const flat = Device.create({ ...BESS, storageWh: 0n })
    charge(chain, 1_200_000n, START, flat)
    discharge(chain, 1_040_000n, START + TICK, flat)
    passTo(chain, LATER)
    expect(sheet(chain).efficiencyPpm).to.equal(866_666n)
    expect(rows(chain)).to.deep.equal([['grid', 1_200_000n, 1_039_999n, 160_001n, 0n]])
    expect(sheet(chain).sheet.unbackedWh).to.equal(1n)
    checkInvariants(chain)
  })
  it('is booked when it is final and free of locks, not before, in a bounded number of steps a block', () => {
    const chain = started()
    solarAndWind(chain)
    discharge(chain, 1_200n)
    passTo(chain, START + 4_500n + 899n)
    expect(sheet(chain)).to.include({ pendingChargeWh: 1_800n, pendingDischargeWh: 1_200n })
    setParams(chain, { storageStepsPerBlock: 1 })
    for (const expected of [3, 2, 1, 0]) {
      const pending = storageRecords
        .handle(chain.query(), QueryStorageRecordsRequest.create({ device: BESS.id }))
        .records.filter(({ booked }) => !booked).length
      expect(pending).to.equal(expected)
      passTo(chain, LATER + chain.height)
      checkInvariants(chain)
    }
    // Four steps: two charges, and the discharge draws on both of them.
    expect(sheet(chain).total).to.include({ releasedWh: 1_200n, lostWh: 134n, storedWh: 466n })
    checkInvariants(chain)
  })
  it('a lock puts the booking off', () => {
    const chain = started()
    charge(chain, 1_000n)
    lock(chain.write(), 'charge', BESS.id, START, LATER + 10n)
    passTo(chain, LATER)
    expect(sheet(chain).pendingChargeWh).to.equal(1_000n)
    passTo(chain, LATER + 10n)
    expect(sheet(chain).pendingChargeWh).to.equal(0n)
    lock(chain.write(), 'charge', BESS.id, START, LATER + 900n)
    checkInvariants(chain)
  })
  it('allocation after booking moves stock from grid to its source', () => {
    const chain = started()
    charge(chain, 1_000n)
    issued(chain, 400n)
    passTo(chain, LATER)
    expect(allocate(chain, 400n)).to.equal('done')
    expect(rows(chain)).to.deep.equal([
      ['grid', 600n, 0n, 0n, 600n],
      ['solar', 400n, 0n, 0n, 400n],
    ])
    checkInvariants(chain)
  })
  it('a charge gives back what is neither covered nor used, a discharge all of it until it is booked', () => {
    const chain = started()
    issued(chain, 400n)
    charge(chain, 1_000n)
    allocate(chain, 400n)
    discharge(chain, 300n)
    const take = (kind: 'charge' | 'discharge', start: bigint, wh: bigint) =>
      withdraw(chain.write(), kind, BESS.id, start, wh, 'test')
    expect(take('charge', START, 100n)).to.deep.equal({ withdrawnWh: 100n, spentWh: 0n })
    expect(take('discharge', START + 2n * TICK, 100n)).to.deep.equal({
      withdrawnWh: 100n,
      spentWh: 0n,
    })
    expect(recordedWh(chain.query(), 'charge', BESS.id)).to.equal(900n)
    expect(recordedWh(chain.query(), 'discharge', BESS.id)).to.equal(200n)
    passTo(chain, LATER)
    checkInvariants(chain)
    expect(take('charge', START, 700n)).to.deep.equal({ withdrawnWh: 500n, spentWh: 200n })
    expect(take('discharge', START + 2n * TICK, 70n)).to.deep.equal({
      withdrawnWh: 0n,
      spentWh: 70n,
    })
    expect(sheet(chain).total.chargedWh).to.equal(400n)
    checkInvariants(chain)
  })
  it('the same interval is recorded once in each direction', () => {
    const chain = started()
    charge(chain, 1n)
    expect(() => charge(chain, 1n)).to.throw('already has its record')
    discharge(chain, 1n, START)
    checkInvariants(chain)
  })
})

describe('MsgAllocateToStorage', () => {
  it('fails when the charge is unknown, of another account or locked', () => {
    const chain = started()
    issued(chain, 1_000n)
    expect(allocate(chain, 1n)).to.equal('certificate 22')
    record(chain.write(), 'charge', interval(BESS, 10n, START, { owner: BOB }))
    expect(allocate(chain, 1n)).to.equal('certificate 22')
    lock(chain.write(), 'charge', BESS.id, START, LATER)
    expect(allocate(chain, 1n, { owner: BOB })).to.equal('certificate 5')
    const locked = started()
    issued(locked, 1_000n)
    charge(locked, 10n)
    lock(locked.write(), 'charge', BESS.id, START, LATER)
    expect(allocate(locked, 1n)).to.equal('certificate 10')
  })
  it('fails when the charge is covered, has all its allocations, or is of another time or zone', () => {
    const chain = started()
    issued(chain, 1_000n)
    record(chain.write(), 'production', interval(PV, 10n, START + TICK))
    charge(chain, 500n)
    expect(allocate(chain, 501n)).to.equal('certificate 23')
    expect(allocate(chain, 10n, { intervalStart: START + TICK })).to.equal('certificate 20')
    setParams(chain, { maxLots: 1 })
    expect(allocate(chain, 100n)).to.equal('done')
    expect(allocate(chain, 200n, { first: 101n })).to.equal('certificate 24')
    charge(chain, 10n, START, Device.create({ ...BESS, id: 'bess-2', zone: 'FR' }))
    expect(allocate(chain, 102n, { first: 101n, battery: 'bess-2' })).to.equal('certificate 21')
  })
  it('fails when the Wh are used, unknown, of another holder or no range', () => {
    const chain = started()
    charge(chain, 500n)
    expect(allocate(chain, 1n)).to.equal('certificate 4')
    issued(chain, 1_000n)
    expect(allocate(chain, 100n)).to.equal('done')
    expect(allocate(chain, 100n)).to.equal('certificate 12')
    expect(allocate(chain, 0n)).to.equal('certificate 6')
    expect(allocate(chain, 1n, { owner: 'x' })).to.equal('sdk 7')
  })
})
