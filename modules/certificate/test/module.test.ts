import { expect } from 'chai'
import fc from 'fast-check'
import { MsgTransferCertificate } from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { genesis } from '../genesis.ts'
import { certificateModule } from '../module.ts'
import { cut, gapIn, sizeOf } from '../rules.ts'
import { ALICE, attempt, BOB, CAROL, issued, START, send, started, transfer } from './fixture.ts'

runModuleSuite({
  make: () => [certificateModule()],
  sampleGenesis: {},
  operations: [
    call('a certificate is issued', (chain) => issued(chain, 7_500n)),
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
