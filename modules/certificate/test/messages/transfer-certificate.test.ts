import { expect } from 'chai'
import fc from 'fast-check'
import { QueryHoldingsRequest } from '../../../../proto/gen/strom/certificate/v1/query.ts'
import { defaultParams } from '../../params.ts'
import { holdings } from '../../queries/holdings.ts'
import { state } from '../../state.ts'
import {
  ALICE,
  BOB,
  CAROL,
  checkInvariants,
  issued,
  ranges,
  send,
  started,
  transfer,
} from '../fixture.ts'

describe('MsgTransferCertificate', () => {
  it('2,500 of 7,500 Wh leave exactly [1..2,500] and [2,501..7,500]', () => {
    const chain = started()
    issued(chain, 7_500n)
    expect(send(chain, transfer(ALICE, 1n, 2_500n, BOB))).to.equal('done')
    expect(ranges(chain)).to.deep.equal(['1-2500 bob', '2501-7500 alice'])
    const event = chain.takeEvents().at(-1)
    expect(Object.fromEntries(event?.attributes ?? [])).to.include({
      quantity_wh: '2500',
      old_owner: ALICE,
      new_owner: BOB,
      old_range: '1-7500',
    })
    checkInvariants(chain)
  })
  it('a single Wh can be split off at either end and in the middle', () => {
    const chain = started()
    issued(chain, 10n)
    for (const number of [1n, 10n, 5n]) send(chain, transfer(ALICE, number, number, BOB))
    expect(ranges(chain)).to.deep.equal([
      '1-1 bob',
      '2-4 alice',
      '5-5 bob',
      '6-9 alice',
      '10-10 bob',
    ])
    checkInvariants(chain)
  })
  it('ranges that meet again under one holder become one', () => {
    const chain = started()
    issued(chain, 7_500n)
    send(chain, transfer(ALICE, 2_000n, 2_999n, BOB))
    send(chain, transfer(BOB, 2_000n, 2_999n, ALICE))
    expect(ranges(chain)).to.deep.equal(['1-7500 alice'])
    checkInvariants(chain)
  })
  it('holdings follow the holder', () => {
    const chain = started()
    issued(chain, 100n)
    send(chain, transfer(ALICE, 1n, 100n, BOB))
    const held = (owner: string) =>
      holdings.handle(chain.query(), QueryHoldingsRequest.create({ owner })).ranges.length
    expect([held(ALICE), held(BOB)]).to.deep.equal([0, 1])
  })
  it('fails when an address is malformed', () => {
    expect(send(started(), transfer('x', 1n, 1n, BOB))).to.equal('sdk 7')
    expect(send(started(), transfer(ALICE, 1n, 1n, 'x'))).to.equal('sdk 7')
  })
  it('fails when owner and recipient are the same, or the range is empty or ends beyond the certificate', () => {
    const chain = started()
    issued(chain, 10n)
    expect(send(chain, transfer(ALICE, 1n, 1n, ALICE))).to.equal('certificate 6')
    expect(send(chain, transfer(ALICE, 0n, 1n, BOB))).to.equal('certificate 6')
    expect(send(chain, transfer(ALICE, 2n, 1n, BOB))).to.equal('certificate 6')
    expect(send(chain, transfer(ALICE, 1n, 11n, BOB))).to.equal('certificate 6')
    expect(send(chain, transfer(ALICE, 1n, (1n << 64n) - 1n, BOB))).to.equal('certificate 6')
  })
  it('fails when there is no such certificate', () => {
    expect(send(started(), transfer(ALICE, 1n, 1n, BOB))).to.equal('certificate 4')
  })
  it('fails when the sender does not hold all of the range', () => {
    const chain = started()
    issued(chain, 10n)
    send(chain, transfer(ALICE, 4n, 6n, BOB))
    expect(send(chain, transfer(BOB, 1n, 1n, CAROL))).to.equal('certificate 5')
    expect(send(chain, transfer(BOB, 4n, 7n, CAROL))).to.equal('certificate 5')
    expect(send(chain, transfer(ALICE, 1n, 10n, CAROL))).to.equal('certificate 5')
    expect(send(chain, transfer(BOB, 4n, 6n, CAROL))).to.equal('done')
    expect(send(chain, transfer(BOB, 4n, 6n, ALICE))).to.equal('certificate 5')
    checkInvariants(chain)
  })
  it('fails when transfers are disabled', () => {
    const chain = started()
    issued(chain, 10n)
    state.params.set(chain.write(), { ...defaultParams(), transfersEnabled: false })
    expect(send(chain, transfer(ALICE, 1n, 1n, BOB))).to.equal('certificate 7')
  })
  it('any transfers leave ranges that cover the certificate exactly once, and every Wh where it was sent', () => {
    const who = fc.constantFrom(ALICE, BOB, CAROL)
    const move = fc.tuple(
      who,
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
      who,
    )
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        const chain = started()
        issued(chain, 24n)
        const model = new Array<string>(24).fill(ALICE)
        for (const [from, a, b, to] of moves) {
          const [first, last] = a < b ? [a, b] : [b, a]
          const own = model.slice(first - 1, last).every((holder) => holder === from)
          const result = send(chain, transfer(from, BigInt(first), BigInt(last), to))
          expect(result === 'done').to.equal(own && from !== to)
          if (result === 'done') model.fill(to, first - 1, last)
          checkInvariants(chain)
        }
        // Merged ranges: there are as many as the model has runs of one holder.
        const runs = model.filter((holder, i) => i === 0 || holder !== model[i - 1]).length
        expect(ranges(chain)).to.have.length(runs)
      }),
      { numRuns: 60 },
    )
  })
})
