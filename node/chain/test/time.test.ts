import { expect } from 'chai'
import fc from 'fast-check'
import { ChainError } from '../errors.ts'
import {
  addNanos,
  compareTime,
  formatTime,
  GO_ZERO_TIME,
  parseTime,
  timeFromNanos,
  timeToNanos,
} from '../time.ts'

describe('Times', () => {
  it('format as Go does', () => {
    expect(formatTime(GO_ZERO_TIME)).to.equal('0001-01-01T00:00:00Z')
    expect(formatTime({ seconds: 0n, nanos: 0 })).to.equal('1970-01-01T00:00:00Z')
    expect(formatTime({ seconds: 1518332962n, nanos: 765_000_000 })).to.equal(
      '2018-02-11T07:09:22.765Z',
    )
    expect(formatTime({ seconds: 1709164800n, nanos: 1 })).to.equal(
      '2024-02-29T00:00:00.000000001Z',
    )
  })

  it('agree with the platform calendar in every year', () => {
    const seconds = fc.bigInt(GO_ZERO_TIME.seconds, 253402300799n)
    fc.assert(
      fc.property(seconds, fc.nat(999_999_999), (s, nanos) => {
        const time = { seconds: s, nanos }
        expect(parseTime(formatTime(time))).to.deep.equal(time)
        expect(timeFromNanos(timeToNanos(time))).to.deep.equal(time)
        const platform = new Date(Number(s) * 1000).toISOString().replace(/^\+00/, '')
        expect(formatTime({ seconds: s, nanos: 0 })).to.equal(platform.replace('.000Z', 'Z'))
      }),
      { numRuns: 500 },
    )
  })

  it('read offsets and refuse what is no time', () => {
    expect(parseTime('2024-01-01T02:00:00.5+02:00')).to.deep.equal(
      parseTime('2024-01-01T00:00:00.5Z'),
    )
    for (const bad of [
      '',
      '2024-01-01',
      '2023-02-29T00:00:00Z',
      '2024-01-01T24:00:00Z',
      '2024-01-01T00:00:00',
      '2024-13-01T00:00:00Z',
    ]) {
      expect(() => parseTime(bad), bad).to.throw(ChainError)
    }
    expect(() => formatTime({ seconds: 0n, nanos: 1_000_000_000 })).to.throw(ChainError)
  })

  it('compare and add across the second', () => {
    const time = { seconds: -1n, nanos: 999_999_999 }
    expect(addNanos(time, 1n)).to.deep.equal({ seconds: 0n, nanos: 0 })
    expect(compareTime(time, addNanos(time, 1n))).to.be.lessThan(0)
    expect(compareTime(time, time)).to.equal(0)
  })
})
