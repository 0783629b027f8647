import { expect } from 'chai'
import fc from 'fast-check'
import { leashAt } from '../pace.ts'

const DAY = 86_400n
const HALF = 450n

describe('pace of the calendar', () => {
  it('lets the calendar run two hours ahead of a block, and never two ticks past a reading that is missing', () => {
    expect(leashAt({ head: 900n, stored: DAY, watched: [] })).to.equal(8_100n)
    expect(leashAt({ head: 900n, stored: 900n, watched: [] })).to.equal(900n + 900n + 1_799n)
  })

  it('stops before a moment that waits for a duty', () => {
    expect(leashAt({ head: 900n, stored: DAY, watched: [], gate: 5_400n })).to.equal(5_399n)
  })

  it('leaves no half tick of a watched stretch without a block, whatever blocks there are (1000 random days)', () => {
    const stretch = fc.record({ start: fc.bigInt(2n, 80n), ticks: fc.bigInt(1n, 10n) })
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.bigInt(0n, 100n)),
        (stretches, shares) => {
          const watched = stretches.map(({ start, ticks }) => ({
            from: start * 900n,
            to: (start + ticks) * 900n,
          }))
          let head = 0n
          const seen = new Set<bigint>()
          for (let i = 0; head < DAY && i < 5_000; i += 1) {
            seen.add(head - (head % HALF))
            const limit = leashAt({ head, stored: DAY, watched })
            expect(limit >= head).to.equal(true)
            // A block anywhere up to the limit; at least a second passes in the end.
            const share = shares.next().value ?? 100n
            const next = head + ((limit - head) * share) / 100n
            head = next > head ? next : head + 1n > limit ? limit : head + 1n
          }
          for (const { from, to } of watched)
            for (let half = from; half < to && half < head; half += HALF)
              if (half + HALF <= head) expect(seen.has(half), `half tick at ${half}`).to.equal(true)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
