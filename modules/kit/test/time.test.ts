import { expect } from 'chai'
import fc from 'fast-check'
import { compareBytes, utf8Decode } from '../bytes.ts'
import { compareTime, isTime, timeKey, timeText } from '../time.ts'

const instant = fc.record({
  seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
})

describe('times in keys', () => {
  it("are the SDK's sortable text", () => {
    expect(utf8Decode(timeKey.encode({ seconds: 1_767_225_600n, nanos: 5 }))).to.equal(
      '2026-01-01T00:00:00.000000005',
    )
    expect(timeText({ seconds: 1_767_225_600n, nanos: 0 })).to.equal('2026-01-01T00:00:00Z')
  })

  it('sort as the times do and read back as written', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [left, right] = [timeKey.encode(a), timeKey.encode(b)]
        expect(Math.sign(compareBytes(left, right))).to.equal(Math.sign(compareTime(a, b)))
        expect(timeKey.decodePart(left)).to.deep.equal([a, 29])
      }),
    )
  })

  it('refuse what is no date', () => {
    for (const time of [
      { seconds: 253_402_300_800n, nanos: 0 },
      { seconds: -62_135_596_801n, nanos: 0 },
      { seconds: 0n, nanos: -1 },
      { seconds: 0n, nanos: 1_000_000_000 },
    ]) {
      expect(isTime(time)).to.equal(false)
      expect(() => timeKey.encode(time)).to.throw(RangeError)
    }
  })
})
