import { expect } from 'chai'
import fc from 'fast-check'
import { renumber } from '../rules.ts'

describe('account numbers at genesis', () => {
  it('first ones keep theirs and repeats get the lowest free ones, smaller numbers first', () => {
    expect(renumber([0n, 0n, 0n])).to.deep.equal([0n, 1n, 2n])
    expect(renumber([5n, 1n, 5n, 0n])).to.deep.equal([5n, 1n, 2n, 0n])
    expect(renumber([3n, 3n, 1n, 1n])).to.deep.equal([3n, 2n, 1n, 0n])
    expect(renumber([])).to.deep.equal([])
  })

  it('never repeat, and stay as they are when they were unique', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 12n }), { maxLength: 30 }), (numbers) => {
        const result = renumber(numbers)
        expect(new Set(result).size).to.equal(numbers.length)
        expect(renumber(result)).to.deep.equal(result)
      }),
    )
  })
})
