import { expect } from 'chai'
import fc from 'fast-check'
import {
  AXIS_START,
  daysFromCivil,
  formatMoment,
  parseMoment,
  WEEK,
  wholeWeeksTo,
} from '../axis.ts'

describe('time axis', () => {
  it('begins on Saturday 2016-08-27T00:00:00Z', () => {
    expect(parseMoment('2016-08-27T00:00:00Z')).to.equal(AXIS_START)
    expect(formatMoment(AXIS_START)).to.equal('2016-08-27T00:00:00Z')
    expect(new Date(Number(AXIS_START) * 1000).getUTCDay()).to.equal(6)
  })

  it('reads the forms of the sources and refuses moments that do not exist', () => {
    expect(parseMoment('2014-08-30T02:00:00.0')).to.equal(1_409_364_000n)
    expect(parseMoment('2014-08-30 02:00')).to.equal(1_409_364_000n)
    for (const text of [
      '2016-02-30T00:00:00Z',
      '2015-02-29T00:00Z',
      '2016-13-01T00:00Z',
      '2016-01-01T24:00Z',
      '2016-01-01',
      'x',
      '2016-08-27T00:00:00+02:00',
    ]) {
      expect(parseMoment(text), text).to.equal(undefined)
    }
  })

  it('agrees with the platform calendar on 1000 random days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), (day) => {
        const date = new Date(day * 86_400_000)
        expect(
          daysFromCivil(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()),
        ).to.equal(BigInt(day))
      }),
      { numRuns: 1000 },
    )
  })

  it('shifts by whole weeks to the first moment at or after the target', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 4_000_000_000n }),
        fc.bigInt({ min: 0n, max: 4_000_000_000n }),
        (from, to) => {
          const shift = wholeWeeksTo(from, to)
          expect(shift % WEEK).to.equal(0n)
          expect(from + shift >= to && from + shift < to + WEEK).to.equal(true)
        },
      ),
    )
  })
})
