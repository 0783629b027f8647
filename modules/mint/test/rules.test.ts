import { expect } from 'chai'
import fc from 'fast-check'
import { DEC_ONE, decRaw, formatDec, parseDec } from '../../kit/dec.ts'
import { checkParams, defaultParams } from '../params.ts'
import { annualProvisions, blockProvision, nextInflation } from '../rules.ts'

const params = checkParams(defaultParams())
const next = (inflation: string, bonded: string): string =>
  formatDec(nextInflation(parseDec(inflation), params, parseDec(bonded)))

describe('inflation of the next block', () => {
  it('stays where it is when as much is bonded as the goal says', () => {
    expect(next('0.13', '0.67')).to.equal('0.130000000000000000')
  })

  it('rises below the goal: nothing bonded adds 0.13 / 6,311,520 in a block', () => {
    expect(next('0.13', '0')).to.equal('0.130000020597257079')
    // 1 - 0.5 / 0.67 = 0.253731343283582090, x 0.13 = 0.032985074626865672 a year.
    expect(next('0.13', '0.5')).to.equal('0.130000005226169707')
  })

  it('falls above the goal: all bonded takes 0.064029850746268657 / 6,311,520 in a block', () => {
    expect(next('0.13', '1')).to.equal('0.129999989855082334')
  })

  it('is held at 20 % and at 7 %', () => {
    expect(next('0.19999999', '0')).to.equal('0.200000000000000000')
    expect(next('0.07000001', '1')).to.equal('0.070000000000000000')
  })

  it('that governance left out of bounds comes back within them in one block', () => {
    expect(next('0.5', '0.67')).to.equal('0.200000000000000000')
    expect(next('0', '0.67')).to.equal('0.070000000000000000')
  })

  it('moves toward the goal and by at most the change of a block, whatever is bonded', () => {
    const ratio = fc.bigInt({ min: 0n, max: DEC_ONE })
    const rate = fc.bigInt({ min: params.min, max: params.max })
    fc.assert(
      fc.property(rate, ratio, (before, bonded) => {
        const after = nextInflation(decRaw(before), params, decRaw(bonded))
        expect(after >= params.min && after <= params.max).to.equal(true)
        if (bonded < params.goal) expect(after >= before).to.equal(true)
        if (bonded > params.goal) expect(after <= before).to.equal(true)
        const step = after > before ? after - before : before - after
        expect(step <= 20_597_257_080n).to.equal(true)
      }),
    )
  })
})

describe('provision of a block', () => {
  it('is a year of inflation over its blocks, cut: 13 % of 10^9 STROM makes 20,597,257 ustrom', () => {
    const provisions = annualProvisions(parseDec('0.13'), 10n ** 15n)
    expect(formatDec(provisions)).to.equal('130000000000000.000000000000000000')
    expect(blockProvision(provisions, 6_311_520n)).to.equal(20_597_257n)
  })

  it('of a supply too small for one base unit is nothing', () => {
    expect(blockProvision(annualProvisions(parseDec('0.07'), 90_000_000n), 6_311_520n)).to.equal(0n)
  })
})
