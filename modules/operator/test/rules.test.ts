import { expect } from 'chai'
import fc from 'fast-check'
import { Span } from '../../../proto/gen/strom/operator/v1/state.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { commitmentOf, lots, phaseOf } from '../beacon.ts'
import { defaultParams } from '../params.ts'
import {
  feasibleWh,
  joinSpans,
  makerLimit,
  noHeadroom,
  shareOut,
  stepSpan,
  storedBy,
  tickClosedBy,
} from '../rules.ts'

const amounts = (most: bigint) => fc.array(fc.bigInt({ min: 0n, max: most }), { minLength: 1 })

describe('rules of operator', () => {
  it('find the largest fall of a series as brute force does, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -500n, max: 500n })), fc.nat(), (steps, at) => {
        const sum = (part: readonly bigint[]): Span =>
          part.reduce((span, step) => joinSpans(span, stepSpan(step)), Span.create())
        const cut = steps.length === 0 ? 0 : at % steps.length
        const joined = joinSpans(sum(steps.slice(0, cut)), sum(steps.slice(cut)))
        let [value, peak, worst] = [0n, 0n, 0n]
        for (const step of steps) {
          value += step
          if (value > peak) peak = value
          if (peak - value > worst) worst = peak - value
        }
        expect(joined).to.deep.equal(sum(steps))
        expect(joined.drawdown).to.equal(worst)
        expect(joined.net).to.equal(value)
      }),
    )
  })

  it('store charge rounded down and draw discharge rounded up', () => {
    const eta = { etaCPpm: 950_000n, etaDPpm: 950_000n }
    expect(storedBy(1_001n, 0n, eta)).to.equal(950n)
    expect(storedBy(0n, 3_000n, eta)).to.equal(-3_158n)
    expect(8n * storedBy(0n, 3_000n, eta)).to.equal(-25_264n)
  })

  it('hold a maker to its share exactly: 600, 200, 100, 100 count 200, 200, 100, 100', () => {
    expect(makerLimit([600n, 200n, 100n, 100n], 333_334n)).to.equal(200n)
    expect(makerLimit([100n, 100n, 100n, 100n], 333_334n)).to.equal(undefined)
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 4 }), (sums) => {
        const limit = makerLimit(sums, 333_334n)
        const counted = sums.map((sum) => (limit !== undefined && sum > limit ? limit : sum))
        const total = counted.reduce((sum, one) => sum + one, 0n)
        // A millionth and the rounding of one unit.
        for (const one of counted)
          expect(one * 1_000_000n <= 333_334n * total + 1_000_000n).to.equal(true)
        if (limit === undefined)
          for (const one of sums) expect(one * 1_000_000n <= 333_334n * total).to.equal(true)
      }),
    )
  })

  it('share out a budget whole, and nobody more than wanted', () => {
    fc.assert(
      fc.property(amounts(10n ** 6n), fc.bigInt({ min: 0n, max: 10n ** 7n }), (wants, budget) => {
        const parts = shareOut(wants, budget)
        const sum = wants.reduce((a, b) => a + b, 0n)
        expect(parts.reduce((a, b) => a + b, 0n)).to.equal(sum < budget ? sum : budget)
        parts.forEach((part, i) => {
          expect(part >= 0n && part <= (wants[i] as bigint)).to.equal(true)
        })
      }),
    )
  })

  it('see headroom at the meter, not in the cell', () => {
    const pack = { capacityWh: 100n, nameplateW: 100n, etaCPpm: 950_000n, etaDPpm: 950_000n }
    expect(noHeadroom(pack, 20n, 19n)).to.equal(false)
    expect(noHeadroom(pack, 19n, 19n)).to.equal(true)
    expect(noHeadroom(pack, 81n, -20n)).to.equal(false)
    expect(noHeadroom(pack, 82n, -20n)).to.equal(true)
  })

  it('ask in four ticks for no more than four fifths of an hour at nameplate', () => {
    expect(feasibleWh(50_000n, 4n)).to.equal(40_000n)
    expect(feasibleWh(1n, 1n)).to.equal(0n)
  })

  it('let a reading at the end of a tick close it', () => {
    expect(tickClosedBy(900n)).to.equal(0n)
    expect(tickClosedBy(901n)).to.equal(1n)
  })

  it('commit in the first half of a period and reveal in the second', () => {
    const params = { ...defaultParams(), periodTicks: 5 }
    expect([10n, 11n, 12n, 13n, 14n].map((tick) => phaseOf(params, tick).committing)).to.deep.equal(
      [true, true, true, false, false],
    )
    expect(phaseOf(params, 14n)).to.include({ period: 2n, firstTick: 10n, endTick: 15n })
  })

  it('bind a secret to its validator and period', () => {
    const secret = new Uint8Array(32).fill(1)
    const one = commitmentOf(nobleHasher, secret, 'a', 1n)
    expect(commitmentOf(nobleHasher, secret, 'b', 1n)).to.not.deep.equal(one)
    expect(commitmentOf(nobleHasher, secret, 'a', 2n)).to.not.deep.equal(one)
    expect(one.length).to.equal(32)
  })

  it('draw lots that reach both ends and nothing beyond', () => {
    const draws = lots(nobleHasher, new Uint8Array(32), 'test')
    const seen = Array.from({ length: 400 }, () => draws.between(3n, 6n))
    expect([...new Set(seen)].sort((a, b) => (a < b ? -1 : 1))).to.deep.equal([3n, 4n, 5n, 6n])
  })
})
