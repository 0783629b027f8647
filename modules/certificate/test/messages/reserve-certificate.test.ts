import { expect } from 'chai'
import {
  MsgReleaseCertificate,
  MsgReserveCertificate,
} from '../../../../proto/gen/strom/certificate/v1/tx.ts'
import type { FakeChain } from '../../../kit/testing/fake-context.ts'
import { releaseCertificate } from '../../messages/release-certificate.ts'
import { reserveCertificate } from '../../messages/reserve-certificate.ts'
import {
  ALICE,
  BOB,
  CAROL,
  checkInvariants,
  deliver,
  issued,
  passTo,
  START,
  send,
  slice,
  started,
  states,
  transfer,
} from '../fixture.ts'

const reserve = (
  chain: FakeChain,
  first: bigint,
  last: bigint,
  change: Partial<MsgReserveCertificate> = {},
): string =>
  deliver(
    chain,
    reserveCertificate,
    MsgReserveCertificate.create({
      ...slice(ALICE, first, last),
      reservedFor: BOB,
      until: START + 1_000n,
      ...change,
    }),
  )

const release = (chain: FakeChain, reservedFor: string, first: bigint, last: bigint): string => {
  const { owner: _, ...place } = slice(ALICE, first, last)
  return deliver(chain, releaseCertificate, MsgReleaseCertificate.create({ ...place, reservedFor }))
}

describe('MsgReserveCertificate', () => {
  it('keeps Wh for one account: only it may receive them, and then they are free again', () => {
    const chain = started()
    issued(chain, 10n)
    expect(reserve(chain, 3n, 6n)).to.equal('done')
    expect(states(chain)).to.deep.equal(['1-2 alice', '3-6 alice reserved', '7-10 alice'])
    checkInvariants(chain)
    expect(send(chain, transfer(ALICE, 3n, 6n, CAROL))).to.equal('certificate 11')
    expect(send(chain, transfer(ALICE, 3n, 4n, BOB))).to.equal('done')
    expect(states(chain)).to.deep.equal([
      '1-2 alice',
      '3-4 bob',
      '5-6 alice reserved',
      '7-10 alice',
    ])
    expect(chain.takeEvents().map((event) => event.type)).to.include('certificate_reserved')
    checkInvariants(chain)
  })
  it('lapses at its time without a write, and merges away with the next change', () => {
    const chain = started()
    issued(chain, 10n)
    reserve(chain, 3n, 6n)
    passTo(chain, START + 999n)
    expect(send(chain, transfer(ALICE, 3n, 6n, CAROL))).to.equal('certificate 11')
    passTo(chain, START + 1_000n)
    expect(states(chain)).to.deep.equal(['1-2 alice', '3-6 alice', '7-10 alice'])
    expect(send(chain, transfer(ALICE, 3n, 6n, CAROL))).to.equal('done')
    expect(send(chain, transfer(CAROL, 3n, 6n, ALICE))).to.equal('done')
    expect(states(chain)).to.deep.equal(['1-10 alice'])
    checkInvariants(chain)
  })
  it('fails when an address is malformed', () => {
    expect(reserve(started(), 1n, 1n, { reservedFor: 'x' })).to.equal('sdk 7')
  })
  it('fails when the range is empty, beyond the certificate or of another holder', () => {
    const chain = started()
    issued(chain, 10n)
    expect(reserve(chain, 2n, 1n)).to.equal('certificate 6')
    expect(reserve(chain, 1n, 11n)).to.equal('certificate 6')
    expect(reserve(chain, 1n, 1n, { owner: BOB })).to.equal('certificate 5')
    expect(reserve(chain, 1n, 1n, { part: 1 })).to.equal('certificate 4')
    expect(reserve(chain, 1n, 1n, { part: 70_000 })).to.equal('certificate 6')
  })
  it('fails when the time is not ahead or beyond the expiry', () => {
    const chain = started()
    issued(chain, 10n)
    expect(reserve(chain, 1n, 1n, { until: chain.time })).to.equal('certificate 17')
    expect(reserve(chain, 1n, 1n, { until: START + 900n + 63_072_001n })).to.equal('certificate 17')
    expect(reserve(chain, 1n, 1n, { until: START + 900n + 63_072_000n })).to.equal('done')
  })
  it('fails when the Wh are reserved already, or partly so', () => {
    const chain = started()
    issued(chain, 10n)
    reserve(chain, 3n, 6n)
    expect(reserve(chain, 4n, 5n)).to.equal('certificate 11')
    expect(reserve(chain, 2n, 3n)).to.equal('certificate 14')
  })
})

describe('MsgReleaseCertificate', () => {
  it('gives a part of the reservation up', () => {
    const chain = started()
    issued(chain, 10n)
    reserve(chain, 3n, 6n)
    expect(release(chain, BOB, 3n, 4n)).to.equal('done')
    expect(states(chain)).to.deep.equal(['1-4 alice', '5-6 alice reserved', '7-10 alice'])
    checkInvariants(chain)
  })
  it('fails when the Wh are not reserved for the sender, or no longer', () => {
    const chain = started()
    issued(chain, 10n)
    reserve(chain, 3n, 6n)
    expect(release(chain, ALICE, 3n, 6n)).to.equal('certificate 15')
    expect(release(chain, BOB, 1n, 2n)).to.equal('certificate 15')
    passTo(chain, START + 1_000n)
    expect(release(chain, BOB, 3n, 6n)).to.equal('certificate 15')
  })
  it('fails when the range is empty, in several states, or there is no certificate', () => {
    const chain = started()
    expect(release(chain, BOB, 3n, 4n)).to.equal('certificate 4')
    issued(chain, 10n)
    reserve(chain, 3n, 6n)
    expect(release(chain, BOB, 4n, 3n)).to.equal('certificate 6')
    expect(release(chain, BOB, 6n, 7n)).to.equal('certificate 14')
    expect(release(chain, 'x', 3n, 4n)).to.equal('sdk 7')
  })
})
