import { expect } from 'chai'
import { fleet, leaves, refusal, submission } from './fixture.ts'

describe('attacks on fleets', () => {
  it('fails when the sums are more than 2^32 Wh a leaf: no gateway can crowd out the others', () => {
    const world = fleet()
    const absurd = { sumExportWh: (1n << 64n) - 1n }
    expect(refusal(() => world.submit(submission(leaves(1), absurd)))).to.match(/^fleet 8:/)
    expect(world.submit(submission(leaves(3), { part: 1 }))).to.equal(1n)
  })
})
