import { expect } from 'chai'
import { RangeStatus, ZoneParams } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgClaimCertificate,
  MsgMatchCertificate,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { claimCertificate } from '../messages/claim-certificate.ts'
import { matchCertificate } from '../messages/match-certificate.ts'
import { lock, record, recordedWh, withdraw } from '../record.ts'
import { state } from '../state.ts'
import { totalsOf } from '../totals.ts'
import {
  ALICE,
  attempt,
  BESS,
  BOB,
  checkInvariants,
  deliver,
  interval,
  issued,
  LOAD,
  PV,
  passTo,
  START,
  send,
  setParams,
  slice,
  started,
  states,
  transfer,
  WIND,
} from './fixture.ts'

const take = (chain: FakeChain, wh: bigint) =>
  withdraw(chain.write(), 'production', PV.id, START, wh, 'overstated')

const claim = (chain: FakeChain, first: bigint, last: bigint): string =>
  deliver(chain, claimCertificate, MsgClaimCertificate.create(slice(ALICE, first, last)))

describe('CertificateApi.record', () => {
  it('enters each kind of record once per device and interval', () => {
    const chain = started()
    const devices = { production: PV, consumption: LOAD, charge: BESS, discharge: BESS } as const
    for (const kind of ['production', 'consumption', 'charge', 'discharge'] as const) {
      const enter = (): string =>
        attempt(() => record(chain.write(), kind, interval(devices[kind], 7n)))
      expect(enter()).to.equal('done')
      expect(enter()).to.equal('certificate 2')
      expect(recordedWh(chain.query(), kind, devices[kind].id)).to.equal(7n)
    }
    expect(recordedWh(chain.query(), 'production', BESS.id)).to.equal(0n)
    checkInvariants(chain)
  })
  it('writes three keys for generation besides counters, and one for consumption after the first', () => {
    const chain = started()
    issued(chain, 10n)
    record(chain.write(), 'consumption', interval(LOAD, 10n))
    const size = (): number => chain.store('certificate').size
    const before = size()
    issued(chain, 10n, START + 900n)
    expect(size() - before).to.equal(3)
    record(chain.write(), 'consumption', interval(LOAD, 10n, START + 900n))
    expect(size() - before).to.equal(4)
  })
  it('fails when there is no energy, no time, or a certificate would be longer than an hour', () => {
    const chain = started()
    const enter = (change: object): string =>
      attempt(() => record(chain.write(), 'production', interval(PV, 7n, START, change)))
    expect(enter({ quantityWh: 0n })).to.equal('certificate 3')
    expect(enter({ end: START })).to.equal('certificate 3')
    expect(enter({ end: START + 3_601n })).to.equal('certificate 29')
    expect(enter({ end: START + 3_600n })).to.equal('done')
  })
})

describe('CertificateApi.withdraw', () => {
  it('takes the highest free numbers first, whoever holds them; what is used stays and is owed', () => {
    const chain = started()
    issued(chain, 10n)
    send(chain, transfer(ALICE, 9n, 10n, BOB))
    claim(chain, 5n, 6n)
    expect(take(chain, 3n)).to.deep.equal({ withdrawnWh: 3n, spentWh: 0n })
    expect(states(chain)).to.deep.equal([
      '1-4 alice',
      '5-6 alice claimed',
      '7-7 alice',
      '8-8 alice withdrawn',
      '9-10 bob withdrawn',
    ])
    checkInvariants(chain)
    expect(take(chain, 9n)).to.deep.equal({ withdrawnWh: 5n, spentWh: 2n })
    expect(take(chain, 9n)).to.deep.equal({ withdrawnWh: 0n, spentWh: 2n })
    expect(recordedWh(chain.query(), 'production', PV.id)).to.equal(2n)
    checkInvariants(chain)
  })
  it('a second record of the interval is refused even after all of it was withdrawn', () => {
    const chain = started()
    issued(chain, 10n)
    take(chain, 10n)
    expect(attempt(() => issued(chain, 10n))).to.equal('certificate 2')
    expect(totalsOf(chain.query())).to.include({ issuedWh: 10n, withdrawnWh: 10n, freeWh: 0n })
    expect(claim(chain, 1n, 1n)).to.equal('certificate 12')
    checkInvariants(chain)
  })
  it('locked and expired Wh are taken too, and nothing happens without a record or a quantity', () => {
    const chain = started()
    issued(chain, 10n)
    lock(chain.write(), 'production', PV.id, START, START + 10_000n)
    expect(take(chain, 2n)).to.deep.equal({ withdrawnWh: 2n, spentWh: 0n })
    chain.time = START + 900n + 63_072_000n
    passTo(chain, chain.time)
    expect(take(chain, 2n)).to.deep.equal({ withdrawnWh: 2n, spentWh: 0n })
    checkInvariants(chain)
    expect(take(chain, 0n)).to.deep.equal({ withdrawnWh: 0n, spentWh: 0n })
    for (const kind of ['production', 'consumption', 'charge', 'discharge'] as const) {
      const none = withdraw(chain.write(), kind, 'nobody', START, 5n, 'x')
      expect(none).to.deep.equal({ withdrawnWh: 0n, spentWh: 0n })
      expect(attempt(() => lock(chain.write(), kind, 'nobody', START, 5n))).to.equal('done')
    }
  })
  it('consumption gives back what is not matched', () => {
    const chain = started()
    issued(chain, 10n)
    record(chain.write(), 'consumption', interval(LOAD, 8n))
    const match = MsgMatchCertificate.create({
      ...slice(ALICE, 1n, 5n),
      consumptionDevice: LOAD.id,
      consumptionStart: START,
    })
    expect(deliver(chain, matchCertificate, match)).to.equal('done')
    const back = withdraw(chain.write(), 'consumption', LOAD.id, START, 4n, 'x')
    expect(back).to.deep.equal({ withdrawnWh: 3n, spentWh: 1n })
    expect(recordedWh(chain.query(), 'consumption', LOAD.id)).to.equal(5n)
    checkInvariants(chain)
    const alone = started()
    record(alone.write(), 'consumption', interval(LOAD, 8n))
    withdraw(alone.write(), 'consumption', LOAD.id, START, 8n, 'x')
    checkInvariants(alone)
  })
})

describe('CertificateApi.lock', () => {
  it('locks what is free and leaves what is used; 0 unlocks and ranges are one again', () => {
    const chain = started()
    issued(chain, 10n)
    claim(chain, 4n, 5n)
    lock(chain.write(), 'production', PV.id, START, START + 10_000n)
    expect(states(chain)).to.deep.equal([
      '1-3 alice locked',
      '4-5 alice claimed',
      '6-10 alice locked',
    ])
    lock(chain.write(), 'production', PV.id, START, 0n)
    expect(claim(chain, 6n, 10n)).to.equal('done')
    checkInvariants(chain)
  })
  it('an interval may be recorded under a lock', () => {
    const chain = started()
    const until = START + 604_800n
    record(chain.write(), 'production', interval(PV, 10n, START, { lockedUntil: until }))
    expect(claim(chain, 1n, 1n)).to.equal('certificate 10')
    passTo(chain, until)
    expect(claim(chain, 1n, 1n)).to.equal('done')
    checkInvariants(chain)
  })
})

describe('expiry', () => {
  it('is bounded per block, oldest first, and does not touch what is used', () => {
    const chain = started()
    setParams(chain, { expiryS: 10_000n, expirePerBlock: 2 })
    for (let i = 0n; i < 5n; i++) issued(chain, 10n, START + i * 900n)
    record(chain.write(), 'production', interval(WIND, 10n))
    claim(chain, 1n, 4n)
    const expired = (): bigint => totalsOf(chain.query()).expiredWh
    const steps: bigint[] = []
    for (let i = 0n; i < 4n; i++) {
      passTo(chain, START + 50_000n + i)
      steps.push(expired())
      checkInvariants(chain)
    }
    expect(steps).to.deep.equal([16n, 36n, 56n, 56n])
    expect(states(chain)).to.deep.equal(['1-4 alice claimed', '5-10 alice expired'])
    expect(chain.takeEvents().filter(({ type }) => type === 'certificate_expired')).to.have.length(
      6,
    )
    expect(state.sweeps.has(chain.query(), PV.id)).to.equal(false)
    issued(chain, 10n, START + 900_000n)
    expect(state.sweeps.must(chain.query(), PV.id).next).to.equal(START + 900_000n)
    checkInvariants(chain)
  })
  it('a zone may have a time of its own; a certificate keeps the one it was issued with', () => {
    const chain = started()
    setParams(chain, { zones: [ZoneParams.create({ zone: PV.zone, expiryS: 5_000n })] })
    issued(chain, 10n)
    setParams(chain, { zones: [] })
    issued(chain, 10n, START + 900n)
    passTo(chain, START + 900n + 4_999n)
    expect(totalsOf(chain.query()).expiredWh).to.equal(0n)
    passTo(chain, START + 900n + 5_000n)
    expect(totalsOf(chain.query()).expiredWh).to.equal(10n)
    checkInvariants(chain)
  })
  it('a late certificate comes before those already waiting', () => {
    const chain = started()
    issued(chain, 10n, START + 9_000n)
    issued(chain, 10n)
    expect(state.sweeps.must(chain.query(), PV.id).next).to.equal(START)
    passTo(chain, START + 900n + 63_072_000n)
    expect(totalsOf(chain.query()).expiredWh).to.equal(10n)
    const range = state.ranges.must(chain.query(), [PV.id, START, 0, 1n])
    expect(range.status).to.equal(RangeStatus.RANGE_STATUS_EXPIRED)
    checkInvariants(chain)
  })
})
