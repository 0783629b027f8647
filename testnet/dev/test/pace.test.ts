import { expect } from 'chai'
import { leashAt } from '../pace.ts'

describe('pace of the calendar', () => {
  it('lets the calendar run two hours ahead of a block, and never two ticks past a reading that is missing', () => {
    expect(leashAt({ head: 900n, stored: 86_400n })).to.equal(8_100n)
    expect(leashAt({ head: 900n, stored: 900n })).to.equal(900n + 900n + 1_799n)
  })

  it('stops before a moment that waits for a duty', () => {
    expect(leashAt({ head: 900n, stored: 86_400n, gate: 5_400n })).to.equal(5_399n)
  })
})
