import { expect } from 'chai'
import {
  MsgAllocateToStorage,
  MsgCancelCertificate,
  MsgClaimCertificate,
  MsgIssueCarbon,
  MsgMatchCertificate,
  MsgReserveCertificate,
  MsgTransferCertificate,
} from '../../../../proto/gen/strom/certificate/v1/tx.ts'
import type { FakeChain } from '../../../kit/testing/fake-context.ts'
import { allocateToStorage } from '../../messages/allocate-to-storage.ts'
import { cancelCertificate } from '../../messages/cancel-certificate.ts'
import { claimCertificate } from '../../messages/claim-certificate.ts'
import { issueCarbon } from '../../messages/issue-carbon.ts'
import { matchCertificate } from '../../messages/match-certificate.ts'
import { reserveCertificate } from '../../messages/reserve-certificate.ts'
import { transferCertificate } from '../../messages/transfer-certificate.ts'
import { lock } from '../../record.ts'
import {
  ALICE,
  BOB,
  CAROL,
  deliver,
  issued,
  PV,
  passTo,
  START,
  slice,
  started,
} from '../fixture.ts'

type Place = ReturnType<typeof slice>

/** Every message by which a holder disposes of watt-hours, sent for one place. */
const MESSAGES: Readonly<Record<string, (chain: FakeChain, place: Place) => string>> = {
  transfer: (chain, place) =>
    deliver(
      chain,
      transferCertificate,
      MsgTransferCertificate.create({ ...place, recipient: CAROL }),
    ),
  reserve: (chain, place) =>
    deliver(
      chain,
      reserveCertificate,
      MsgReserveCertificate.create({ ...place, reservedFor: CAROL, until: chain.time + 10n }),
    ),
  claim: (chain, place) => deliver(chain, claimCertificate, MsgClaimCertificate.create(place)),
  cancel: (chain, place) => deliver(chain, cancelCertificate, MsgCancelCertificate.create(place)),
  match: (chain, place) =>
    deliver(
      chain,
      matchCertificate,
      MsgMatchCertificate.create({
        ...place,
        consumptionDevice: 'load-1',
        consumptionStart: START,
      }),
    ),
  store: (chain, place) =>
    deliver(
      chain,
      allocateToStorage,
      MsgAllocateToStorage.create({ ...place, battery: 'bess-1', chargeStart: START }),
    ),
  carbon: (chain, place) => deliver(chain, issueCarbon, MsgIssueCarbon.create(place)),
}

/** The verdict every message gives, which must be one and the same. */
function verdict(chain: FakeChain, place: Place): string {
  const said = Object.entries(MESSAGES).map(([name, sent]) => `${name}: ${sent(chain, place)}`)
  const [first] = said
  const code = first?.split(': ')[1] ?? ''
  expect(said).to.deep.equal(Object.keys(MESSAGES).map((name) => `${name}: ${code}`))
  return code
}

describe(`the ${Object.keys(MESSAGES).length} messages that dispose of watt-hours`, () => {
  it('fails when an address is malformed', () => {
    expect(verdict(started(), slice('x', 1n, 1n))).to.equal('sdk 7')
  })
  it('fails when the range is empty, ends beyond the certificate, or the part is none', () => {
    const chain = started()
    issued(chain, 10n)
    for (const [first, last] of [
      [0n, 1n],
      [2n, 1n],
      [1n, 11n],
      [11n, 11n],
    ] as const) {
      expect(verdict(chain, slice(ALICE, first, last))).to.equal('certificate 6')
    }
    const { carbon: _, ...others } = MESSAGES
    for (const sent of Object.values(others)) {
      expect(sent(chain, { ...slice(ALICE, 1n, 1n), part: 65_536 })).to.equal('certificate 6')
    }
  })
  it('fails when there is no such certificate', () => {
    expect(verdict(started(), slice(ALICE, 1n, 1n))).to.equal('certificate 4')
  })
  it('fails when the sender does not hold all of the range', () => {
    const chain = started()
    issued(chain, 10n)
    expect(verdict(chain, slice(BOB, 1n, 1n))).to.equal('certificate 5')
    MESSAGES['transfer']?.(chain, slice(ALICE, 6n, 10n))
    expect(verdict(chain, slice(ALICE, 5n, 6n))).to.equal('certificate 5')
  })
  it('fails when the sender holds all of it, but not in one state', () => {
    const chain = started()
    issued(chain, 10n)
    MESSAGES['claim']?.(chain, slice(ALICE, 6n, 10n))
    expect(verdict(chain, slice(ALICE, 5n, 6n))).to.equal('certificate 14')
  })
  it('fails when the Wh are locked, reserved, used or expired', () => {
    const chain = started()
    issued(chain, 10n)
    lock(chain.write(), 'production', PV.id, START, chain.time + 5n)
    expect(verdict(chain, slice(ALICE, 1n, 10n))).to.equal('certificate 10')
    passTo(chain, chain.time + 5n)
    deliver(
      chain,
      reserveCertificate,
      MsgReserveCertificate.create({
        ...slice(ALICE, 1n, 5n),
        reservedFor: BOB,
        until: chain.time + 10n,
      }),
    )
    MESSAGES['claim']?.(chain, slice(ALICE, 6n, 8n))
    expect(verdict(chain, slice(ALICE, 1n, 5n))).to.equal('certificate 11')
    expect(verdict(chain, slice(ALICE, 6n, 8n))).to.equal('certificate 12')
    chain.time = START + 900n + 63_072_000n
    expect(verdict(chain, slice(ALICE, 9n, 10n))).to.equal('certificate 13')
  })
})
