import { expect } from 'chai'
import {
  QueryClaimsByRequest,
  QueryHoldingsRequest,
} from '../../../../proto/gen/strom/certificate/v1/query.ts'
import { RangeStatus } from '../../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgCancelCertificate,
  MsgClaimCertificate,
} from '../../../../proto/gen/strom/certificate/v1/tx.ts'
import type { FakeChain } from '../../../kit/testing/fake-context.ts'
import { cancelCertificate } from '../../messages/cancel-certificate.ts'
import { claimCertificate } from '../../messages/claim-certificate.ts'
import { claim, claimsBy } from '../../queries/claims.ts'
import { holdings } from '../../queries/holdings.ts'
import { lock } from '../../record.ts'
import { totalsOf } from '../../totals.ts'
import {
  ALICE,
  BOB,
  checkInvariants,
  deliver,
  issued,
  PV,
  passTo,
  START,
  send,
  slice,
  started,
  states,
  transfer,
} from '../fixture.ts'

const claims = (
  chain: FakeChain,
  first: bigint,
  last: bigint,
  change: Partial<MsgClaimCertificate> = {},
): string =>
  deliver(
    chain,
    claimCertificate,
    MsgClaimCertificate.create({ ...slice(ALICE, first, last), ...change }),
  )

const cancels = (
  chain: FakeChain,
  first: bigint,
  last: bigint,
  change: Partial<MsgCancelCertificate> = {},
): string =>
  deliver(
    chain,
    cancelCertificate,
    MsgCancelCertificate.create({ ...slice(ALICE, first, last), ...change }),
  )

describe('MsgClaimCertificate', () => {
  it('uses Wh for good: they never move, and are never used again', () => {
    const chain = started()
    issued(chain, 10n)
    expect(claims(chain, 1n, 4n, { beneficiary: 'Bakery Sun', purpose: 'ovens' })).to.equal('done')
    expect(states(chain)).to.deep.equal(['1-4 alice claimed', '5-10 alice'])
    checkInvariants(chain)
    expect(send(chain, transfer(ALICE, 1n, 4n, BOB))).to.equal('certificate 12')
    expect(claims(chain, 2n, 3n)).to.equal('certificate 12')
    expect(cancels(chain, 2n, 3n)).to.equal('certificate 12')
    expect(claims(chain, 4n, 5n)).to.equal('certificate 14')
  })
  it('is found by id and by beneficiary, who is the owner when nobody is named', () => {
    const chain = started()
    issued(chain, 10n)
    claims(chain, 1n, 4n, { beneficiary: 'Bakery Sun', purpose: 'ovens' })
    claims(chain, 5n, 6n)
    const by = (beneficiary: string) =>
      claimsBy.handle(chain.query(), QueryClaimsByRequest.create({ beneficiary })).claims
    expect(by('Bakery Sun').map(({ id, first, last }) => [id, first, last])).to.deep.equal([
      [1n, 1n, 4n],
    ])
    expect(by(ALICE).map(({ id }) => id)).to.deep.equal([2n])
    expect(by('Bakery')).to.deep.equal([])
    expect(claim.handle(chain.query(), { id: 1n }).claim).to.include({
      owner: ALICE,
      purpose: 'ovens',
      device: PV.id,
    })
  })
  it('neighbouring claims stay apart, because each has its own proof', () => {
    const chain = started()
    issued(chain, 10n)
    claims(chain, 1n, 4n)
    claims(chain, 5n, 10n)
    expect(states(chain)).to.deep.equal(['1-4 alice claimed', '5-10 alice claimed'])
    checkInvariants(chain)
  })
  it('holdings can be asked for by state', () => {
    const chain = started()
    issued(chain, 10n)
    claims(chain, 1n, 4n)
    const held = (status: number) =>
      holdings
        .handle(chain.query(), QueryHoldingsRequest.create({ owner: ALICE, status }))
        .ranges.map(({ first, last }) => `${first}-${last}`)
    expect(held(RangeStatus.RANGE_STATUS_CLAIMED)).to.deep.equal(['1-4'])
    expect(held(RangeStatus.RANGE_STATUS_ACTIVE)).to.deep.equal(['5-10'])
    expect(held(RangeStatus.RANGE_STATUS_UNSPECIFIED)).to.deep.equal(['1-4', '5-10'])
  })
  it('fails when the Wh are of another holder, unknown or no range', () => {
    const chain = started()
    expect(claims(chain, 1n, 1n)).to.equal('certificate 4')
    issued(chain, 10n)
    expect(claims(chain, 1n, 1n, { owner: BOB })).to.equal('certificate 5')
    expect(claims(chain, 0n, 1n)).to.equal('certificate 6')
    expect(claims(chain, 1n, 1n, { owner: 'x' })).to.equal('sdk 7')
  })
  it('fails when the chain holds the Wh back, until the lock lapses', () => {
    const chain = started()
    issued(chain, 10n)
    lock(chain.write(), 'production', PV.id, START, START + 500n)
    expect(states(chain)).to.deep.equal(['1-10 alice locked'])
    expect(claims(chain, 1n, 4n)).to.equal('certificate 10')
    expect(send(chain, transfer(ALICE, 1n, 4n, BOB))).to.equal('certificate 10')
    passTo(chain, START + 500n)
    expect(claims(chain, 1n, 4n)).to.equal('done')
    checkInvariants(chain)
  })
  it('fails when the certificate has expired, before and after the sweep', () => {
    const chain = started()
    issued(chain, 10n)
    chain.time = START + 900n + 63_072_000n
    expect(states(chain)).to.deep.equal(['1-10 alice expired'])
    expect(claims(chain, 1n, 4n)).to.equal('certificate 13')
    passTo(chain, chain.time)
    expect(claims(chain, 1n, 4n)).to.equal('certificate 13')
    expect(totalsOf(chain.query()).expiredWh).to.equal(10n)
    checkInvariants(chain)
  })
  it('fails when a text is too long or has control characters', () => {
    const chain = started()
    issued(chain, 10n)
    expect(claims(chain, 1n, 1n, { beneficiary: 'x'.repeat(201) })).to.equal('certificate 16')
    expect(claims(chain, 1n, 1n, { beneficiary: 'a\u0000b' })).to.equal('certificate 16')
    expect(claims(chain, 1n, 1n, { purpose: 'a\nb' })).to.equal('certificate 16')
    expect(claims(chain, 1n, 1n, { beneficiary: 'ü'.repeat(100) })).to.equal('done')
  })
})

describe('MsgCancelCertificate', () => {
  it('takes Wh out of the market for nobody', () => {
    const chain = started()
    issued(chain, 10n)
    expect(cancels(chain, 1n, 4n, { reason: 'double reporting' })).to.equal('done')
    expect(states(chain)).to.deep.equal(['1-4 alice cancelled', '5-10 alice'])
    expect(totalsOf(chain.query())).to.include({ cancelledWh: 4n, freeWh: 6n, claimedWh: 0n })
    expect(claim.handle(chain.query(), { id: 1n }).claim.purpose).to.equal('double reporting')
    checkInvariants(chain)
  })
  it('fails when the Wh are used, of another holder or no range, or the reason is no text', () => {
    const chain = started()
    issued(chain, 10n)
    expect(cancels(chain, 1n, 4n)).to.equal('done')
    expect(cancels(chain, 1n, 4n)).to.equal('certificate 12')
    expect(cancels(chain, 5n, 5n, { owner: BOB })).to.equal('certificate 5')
    expect(cancels(chain, 6n, 5n)).to.equal('certificate 6')
    expect(cancels(chain, 5n, 5n, { reason: '\u0007' })).to.equal('certificate 16')
  })
})
