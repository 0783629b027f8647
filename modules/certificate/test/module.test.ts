import { expect } from 'chai'
import fc from 'fast-check'
import { GenesisState } from '../../../proto/gen/strom/certificate/v1/genesis.ts'
import { ZoneParams } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgAllocateToStorage,
  MsgCancelCertificate,
  MsgClaimCertificate,
  MsgEnterGeneration,
  MsgIssueCarbon,
  MsgMatchCertificate,
  MsgReleaseCertificate,
  MsgReserveCertificate,
  MsgRetireCarbon,
  MsgTransferCarbon,
  MsgTransferCertificate,
  MsgUpdateParams,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { genesis } from '../genesis.ts'
import { certificateModule } from '../module.ts'
import { defaultParams } from '../params.ts'
import { lock, record, withdraw } from '../record.ts'
import { cut, gapIn, sizeOf } from '../rules.ts'
import {
  ALICE,
  attempt,
  BESS,
  BOB,
  CAROL,
  interval,
  issued,
  LOAD,
  PV,
  START,
  send,
  slice,
  started,
  transfer,
} from './fixture.ts'

const place = slice(ALICE, 5_000n, 5_999n)
const params = {
  ...defaultParams(),
  authority: CAROL,
  expiryS: 40_000n,
  zones: [ZoneParams.create({ zone: 'DE-LU', omGPerKwh: 850n, bmGPerKwh: 350n })],
}

runModuleSuite({
  make: () => [certificateModule()],
  sampleGenesis: {
    certificate: GenesisState.toJson(
      GenesisState.create({ params: { ...defaultParams(), authority: CAROL } }),
    ),
  },
  operations: [
    accepted(
      'the authority sets a zone’s rules',
      MsgUpdateParams,
      MsgUpdateParams.create({ authority: CAROL, params }),
    ),
    call('a certificate is issued', (chain) => issued(chain, 7_500n)),
    call('consumption, charge and discharge are recorded', (chain) => {
      record(chain.write(), 'consumption', interval(LOAD, 600n))
      record(chain.write(), 'charge', interval(BESS, 2_000n))
      record(chain.write(), 'discharge', interval(BESS, 1_200n, START + 900n))
    }),
    accepted('a third is sold', MsgTransferCertificate, transfer(ALICE, 1n, 2_500n, BOB)),
    refused(
      'sold twice',
      MsgTransferCertificate,
      transfer(ALICE, 1n, 2_500n, CAROL),
      'certificate',
      5,
    ),
    block(),
    call('another one is issued', (chain) => issued(chain, 1n, START + 900n)),
    accepted('one Wh goes on', MsgTransferCertificate, transfer(BOB, 7n, 7n, CAROL)),
    accepted(
      'some are reserved',
      MsgReserveCertificate,
      MsgReserveCertificate.create({ ...place, reservedFor: BOB, until: START + 9_000n }),
    ),
    refused(
      'reserved Wh are sold to another',
      MsgTransferCertificate,
      transfer(ALICE, 5_000n, 5_999n, CAROL),
      'certificate',
      11,
    ),
    accepted(
      'half of them are released',
      MsgReleaseCertificate,
      MsgReleaseCertificate.create({ ...place, last: 5_499n, reservedFor: BOB }),
    ),
    accepted(
      'some are claimed',
      MsgClaimCertificate,
      MsgClaimCertificate.create({ ...slice(ALICE, 2_501n, 2_600n), beneficiary: 'Bakery' }),
    ),
    refused(
      'claimed Wh are sold',
      MsgTransferCertificate,
      transfer(ALICE, 2_501n, 2_501n, BOB),
      'certificate',
      12,
    ),
    accepted(
      'some are cancelled',
      MsgCancelCertificate,
      MsgCancelCertificate.create({ ...slice(ALICE, 2_601n, 2_700n), reason: 'error' }),
    ),
    accepted(
      'some are matched',
      MsgMatchCertificate,
      MsgMatchCertificate.create({
        ...slice(ALICE, 2_701n, 3_000n),
        consumptionDevice: LOAD.id,
        consumptionStart: START,
      }),
    ),
    refused(
      'more is matched than was consumed',
      MsgMatchCertificate,
      MsgMatchCertificate.create({
        ...slice(ALICE, 3_001n, 3_301n),
        consumptionDevice: LOAD.id,
        consumptionStart: START,
      }),
      'certificate',
      19,
    ),
    accepted(
      'some charged the battery',
      MsgAllocateToStorage,
      MsgAllocateToStorage.create({
        ...slice(ALICE, 3_301n, 4_300n),
        battery: BESS.id,
        chargeStart: START,
      }),
    ),
    accepted(
      'some become a carbon credit',
      MsgIssueCarbon,
      MsgIssueCarbon.create(slice(ALICE, 6_000n, 6_999n)),
    ),
    accepted(
      'a part of it is sold',
      MsgTransferCarbon,
      MsgTransferCarbon.create({ owner: ALICE, batch: 1n, grams: 300n, recipient: BOB }),
    ),
    accepted(
      'a part of that is retired',
      MsgRetireCarbon,
      MsgRetireCarbon.create({ owner: BOB, batch: 1n, grams: 100n }),
    ),
    refused(
      'more grams are retired than held',
      MsgRetireCarbon,
      MsgRetireCarbon.create({ owner: BOB, batch: 1n, grams: 201n }),
      'certificate',
      27,
    ),
    accepted(
      'other generation is entered',
      MsgEnterGeneration,
      MsgEnterGeneration.create({
        authority: CAROL,
        zone: 'DE-LU',
        month: 202_601,
        source: 'gas',
        quantityWh: 9_000n,
      }),
    ),
    refused(
      'someone else changes the params',
      MsgUpdateParams,
      MsgUpdateParams.create({ authority: ALICE, params }),
      'certificate',
      28,
    ),
    call('a part is withdrawn and the rest locked', (chain) => {
      withdraw(chain.write(), 'production', PV.id, START, 50n, 'overstated')
      lock(chain.write(), 'production', PV.id, START, START + 8_000n)
    }),
    block(9_000n),
    // Storage is booked at the end of the block that has the time.
    block(),
    accepted(
      'what the battery gave back is claimed',
      MsgClaimCertificate,
      MsgClaimCertificate.create({
        ...slice(ALICE, 1n, 100n),
        device: BESS.id,
        intervalStart: START + 900n,
        part: 1,
      }),
    ),
    block(40_000n),
    refused(
      'what has expired is sold',
      MsgTransferCertificate,
      transfer(ALICE, 4_301n, 4_302n, BOB),
      'certificate',
      13,
    ),
  ],
})

describe('certificate genesis', () => {
  it('is refused when ranges leave a gap, overlap, stray, or totals differ', () => {
    const chain = started()
    issued(chain, 10n)
    send(chain, transfer(ALICE, 4n, 6n, BOB))
    const json = genesis.export(chain.query()) as { ranges: { first: string }[]; totals: object }
    const [first, second, third] = json.ranges
    const verdict = (change: object): string =>
      attempt(() => genesis.validate({ ...(json as object), ...change }))
    expect(verdict({})).to.equal('done')
    expect(verdict({ ranges: [first, third] })).to.equal('certificate 9')
    expect(verdict({ ranges: [first, { ...second, first: '3' }, third] })).to.equal('certificate 9')
    const claims = [{ id: '2' }, { id: '1' }]
    expect(verdict({ claims })).to.equal('certificate 9')
    expect(verdict({ certificates: [] })).to.equal('certificate 9')
    expect(verdict({ totals: { ...json.totals, issued_wh: '11' } })).to.equal('certificate 9')
    expect(verdict({ params: { carrier: 'steam' } })).to.equal('certificate 8')
  })
})

describe('certificate rules', () => {
  it('cutting any part out of a span leaves spans that cover it together', () => {
    const four = fc.array(fc.bigInt({ min: 1n, max: 1_000n }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(four, (numbers) => {
        const [a, b, c, d] = [...numbers].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)) as [
          bigint,
          bigint,
          bigint,
          bigint,
        ]
        const [whole, part] = [
          { first: a, last: d },
          { first: b, last: c },
        ]
        const pieces = [...cut(whole, part), part].sort((x, y) => (x.first < y.first ? -1 : 1))
        expect(pieces.reduce((sum, piece) => sum + sizeOf(piece), 0n)).to.equal(sizeOf(whole))
        const shifted = pieces.map((p) => ({ first: p.first - a + 1n, last: p.last - a + 1n }))
        expect(gapIn(shifted, sizeOf(whole))).to.equal(undefined)
      }),
    )
    expect(() => cut({ first: 2n, last: 5n }, { first: 1n, last: 5n })).to.throw(RangeError)
  })
})
