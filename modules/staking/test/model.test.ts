import { expect } from 'chai'
import fc from 'fast-check'
import { runOperations } from './model-run.ts'

describe('staking against a model that looks at everything', () => {
  it('random operations leave tokens, shares, pools, sets and queues as the model has them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const { done, blocks } = runOperations(seed, 400)
        expect(blocks > 0 && done.size > 3).to.equal(true)
      }),
      { numRuns: 10 },
    )
  })
})
