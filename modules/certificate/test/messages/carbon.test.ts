import { expect } from 'chai'
import {
  QueryCarbonHoldingsRequest,
  QueryCarbonRetirementsRequest,
} from '../../../../proto/gen/strom/certificate/v1/query.ts'
import { ZoneParams } from '../../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgClaimCertificate,
  MsgIssueCarbon,
  MsgRetireCarbon,
  MsgTransferCarbon,
} from '../../../../proto/gen/strom/certificate/v1/tx.ts'
import { TrustClass } from '../../../../proto/gen/strom/device/v1/state.ts'
import type { FakeChain } from '../../../kit/testing/fake-context.ts'
import { emissionFactor, gramsOf } from '../../carbon.ts'
import { claimCertificate } from '../../messages/claim-certificate.ts'
import { issueCarbon } from '../../messages/issue-carbon.ts'
import { retireCarbon } from '../../messages/retire-carbon.ts'
import { transferCarbon } from '../../messages/transfer-carbon.ts'
import { carbonBatch, carbonHoldings, carbonRetirements } from '../../queries/carbon.ts'
import { record } from '../../record.ts'
import {
  ALICE,
  BOB,
  checkInvariants,
  deliver,
  interval,
  issued,
  PV,
  send,
  setParams,
  slice,
  started,
  states,
  transfer,
} from '../fixture.ts'

const RULES = ZoneParams.create({ zone: 'DE-LU', omGPerKwh: 850n, bmGPerKwh: 350n })

function chainOf(wh: bigint): FakeChain {
  const chain = started()
  setParams(chain, { zones: [RULES] })
  issued(chain, wh)
  return chain
}

const issue = (
  chain: FakeChain,
  first: bigint,
  last: bigint,
  change: Partial<MsgIssueCarbon> = {},
): string =>
  deliver(chain, issueCarbon, MsgIssueCarbon.create({ ...slice(ALICE, first, last), ...change }))

const move = (chain: FakeChain, change: Partial<MsgTransferCarbon>): string =>
  deliver(
    chain,
    transferCarbon,
    MsgTransferCarbon.create({ owner: ALICE, batch: 1n, grams: 1n, recipient: BOB, ...change }),
  )

const retire = (chain: FakeChain, change: Partial<MsgRetireCarbon>): string =>
  deliver(
    chain,
    retireCarbon,
    MsgRetireCarbon.create({ owner: ALICE, batch: 1n, grams: 1n, ...change }),
  )

const held = (chain: FakeChain, owner: string): bigint[] =>
  carbonHoldings
    .handle(chain.query(), QueryCarbonHoldingsRequest.create({ owner }))
    .holdings.map(({ grams }) => grams)

describe('MsgIssueCarbon', () => {
  it('operating margin 850 and build margin 350 at 0.75/0.25 are 725 g/kWh, and 1,234,567 Wh avoid 895,061 g', () => {
    expect(emissionFactor(RULES, 'solar')).to.equal(725n)
    expect(emissionFactor(RULES, 'wind')).to.equal(725n)
    expect(emissionFactor(RULES, 'hydro')).to.equal(600n)
    const own = { ...RULES, omWeights: [{ source: 'solar', omPpm: 0n }] }
    expect(emissionFactor(own, 'solar')).to.equal(350n)
    expect(gramsOf(1_234_567n, 725n)).to.equal(895_061n)
    const chain = chainOf(1_234_567n)
    expect(issue(chain, 1n, 1_234_567n)).to.equal('done')
    expect(carbonBatch.handle(chain.query(), { id: 1n }).batch).to.include({
      grams: 895_061n,
      efGPerKwh: 725n,
      source: 'solar',
    })
    expect(held(chain, ALICE)).to.deep.equal([895_061n])
    checkInvariants(chain)
  })
  it('a Wh backs a certificate or a credit, never both', () => {
    const chain = chainOf(10_000n)
    issue(chain, 1n, 4_000n)
    const claim = (first: bigint, last: bigint): string =>
      deliver(chain, claimCertificate, MsgClaimCertificate.create(slice(ALICE, first, last)))
    expect(claim(1n, 4_000n)).to.equal('certificate 12')
    expect(send(chain, transfer(ALICE, 1n, 1n, BOB))).to.equal('certificate 12')
    expect(issue(chain, 1n, 4_000n)).to.equal('certificate 12')
    expect(claim(4_001n, 10_000n)).to.equal('done')
    expect(issue(chain, 4_001n, 10_000n)).to.equal('certificate 12')
    expect(states(chain)).to.deep.equal(['1-4000 alice carbon', '4001-10000 alice claimed'])
    checkInvariants(chain)
  })
  it('fails when the energy is from storage, the zone has no factor, or no whole gram is avoided', () => {
    const chain = chainOf(10_000n)
    expect(issue(chain, 1n, 1_000n, { part: 1 })).to.equal('certificate 25')
    expect(issue(chain, 1n, 1n)).to.equal('certificate 25')
    expect(issue(chain, 1n, 2n)).to.equal('done')
    setParams(chain, { zones: [] })
    expect(issue(chain, 3n, 1_000n)).to.equal('certificate 25')
  })
  it('fails when the meter is of a class that proves nothing else', () => {
    const classes = [
      [TrustClass.TRUST_CLASS_UNSPECIFIED, 'certificate 25'],
      [TrustClass.TRUST_CLASS_A, 'done'],
      [TrustClass.TRUST_CLASS_B, 'done'],
      [TrustClass.TRUST_CLASS_C, 'certificate 25'],
      [TrustClass.TRUST_CLASS_N, 'certificate 25'],
    ] as const
    for (const [trustClass, verdict] of classes) {
      const chain = started()
      setParams(chain, { zones: [RULES] })
      record(chain.write(), 'production', interval({ ...PV, trustClass }, 1_000n))
      expect(issue(chain, 1n, 1_000n)).to.equal(verdict)
    }
  })
  it('fails when the Wh are unknown, of another holder or no range', () => {
    const chain = chainOf(10n)
    expect(issue(chain, 1n, 11n)).to.equal('certificate 6')
    expect(issue(chain, 2n, 1n)).to.equal('certificate 6')
    expect(issue(chain, 1n, 9n, { owner: BOB })).to.equal('certificate 5')
    expect(issue(chain, 1n, 9n, { device: 'pv-2' })).to.equal('certificate 4')
    expect(issue(chain, 1n, 9n, { owner: 'x' })).to.equal('sdk 7')
  })
})

describe('MsgTransferCarbon', () => {
  it('moves grams and forgets an empty holding', () => {
    const chain = chainOf(10_000n)
    issue(chain, 1n, 10_000n)
    expect(move(chain, { grams: 250n })).to.equal('done')
    expect([held(chain, ALICE), held(chain, BOB)]).to.deep.equal([[7_000n], [250n]])
    expect(move(chain, { owner: BOB, recipient: ALICE, grams: 250n })).to.equal('done')
    expect([held(chain, ALICE), held(chain, BOB)]).to.deep.equal([[7_250n], []])
    checkInvariants(chain)
  })
  it('fails when the grams are not there, the batch is unknown, nothing moves or transfers are off', () => {
    const chain = chainOf(10_000n)
    issue(chain, 1n, 10_000n)
    expect(move(chain, { grams: 7_251n })).to.equal('certificate 27')
    expect(move(chain, { batch: 2n })).to.equal('certificate 26')
    expect(move(chain, { grams: 0n })).to.equal('certificate 6')
    expect(move(chain, { recipient: ALICE })).to.equal('certificate 6')
    expect(move(chain, { recipient: 'x' })).to.equal('sdk 7')
    setParams(chain, { transfersEnabled: false })
    expect(move(chain, {})).to.equal('certificate 7')
  })
})

describe('MsgRetireCarbon', () => {
  it('is for good, with beneficiary and reason', () => {
    const chain = chainOf(10_000n)
    issue(chain, 1n, 10_000n)
    expect(retire(chain, { grams: 7_000n, beneficiary: 'Airline', reason: '2026' })).to.equal(
      'done',
    )
    expect(retire(chain, { grams: 251n })).to.equal('certificate 27')
    expect(move(chain, { grams: 251n })).to.equal('certificate 27')
    const { retirements } = carbonRetirements.handle(
      chain.query(),
      QueryCarbonRetirementsRequest.create({ batch: 1n }),
    )
    expect(
      retirements.map(({ grams, beneficiary, reason }) => [grams, beneficiary, reason]),
    ).to.deep.equal([[7_000n, 'Airline', '2026']])
    checkInvariants(chain)
  })
  it('fails when the batch is unknown, nothing is retired or a text is no text', () => {
    const chain = chainOf(10_000n)
    expect(retire(chain, {})).to.equal('certificate 26')
    expect(retire(chain, { grams: 0n })).to.equal('certificate 6')
    expect(retire(chain, { beneficiary: '\t' })).to.equal('certificate 16')
    expect(retire(chain, { reason: 'x'.repeat(201) })).to.equal('certificate 16')
    expect(retire(chain, { owner: 'x' })).to.equal('sdk 7')
  })
})
