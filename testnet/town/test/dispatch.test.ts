import { expect } from 'chai'
import fc from 'fast-check'
import { ceilDiv } from '../decimal.ts'
import type { BatterySpec } from '../dispatch.ts'
import { dispatch, dispatchStep } from '../dispatch.ts'

const HOME: BatterySpec = {
  capacityMwh: 6_400_000n,
  powerW: 5_000n,
  etaCPpm: 948_683n,
  etaDPpm: 948_683n,
}

describe('dispatch of a home battery', () => {
  it('stores the surplus of the sun, covers the load, and leaves the rest to the grid', () => {
    expect(dispatchStep(HOME, 0n, { pvMwh: 2_000_000n, loadMwh: 500_000n }, 3600n)).to.deep.equal({
      chargeMwh: 1_500_000n,
      dischargeMwh: 0n,
      socMwh: 1_423_024n,
      gridImportMwh: 0n,
      gridExportMwh: 0n,
    })
    const evening = dispatchStep(HOME, 1_000_000n, { pvMwh: 0n, loadMwh: 2_000_000n }, 3600n)
    expect(evening.dischargeMwh).to.equal(948_683n)
    expect(evening.socMwh).to.equal(0n)
    expect(evening.gridImportMwh).to.equal(1_051_317n)
  })

  it('stops at full, at empty and at its power', () => {
    expect(
      dispatchStep(HOME, 6_400_000n, { pvMwh: 9_000_000n, loadMwh: 0n }, 3600n).gridExportMwh,
    ).to.equal(9_000_000n)
    expect(dispatchStep(HOME, 0n, { pvMwh: 0n, loadMwh: 1n }, 3600n).gridImportMwh).to.equal(1n)
    expect(dispatchStep(HOME, 0n, { pvMwh: 9_000_000n, loadMwh: 0n }, 900n).chargeMwh).to.equal(
      1_250_000n,
    )
  })

  it('conserves energy at every step and never exceeds power, capacity or its own efficiency (500 random days)', () => {
    const flow = fc.record({
      pvMwh: fc.bigInt({ min: 0n, max: 9_000_000n }),
      loadMwh: fc.bigInt({ min: 0n, max: 9_000_000n }),
    })
    const spec = fc.record({
      capacityMwh: fc.bigInt({ min: 1n, max: 20_000_000n }),
      powerW: fc.bigInt({ min: 1n, max: 11_000n }),
      etaCPpm: fc.bigInt({ min: 1n, max: 1_000_000n }),
      etaDPpm: fc.bigInt({ min: 1n, max: 1_000_000n }),
    })
    fc.assert(
      fc.property(
        spec,
        fc.array(flow, { maxLength: 24 }),
        fc.constantFrom(900n, 3600n),
        (battery, flows, seconds) => {
          let soc = battery.capacityMwh / 2n
          for (const [i, step] of dispatch(battery, soc, flows, seconds).entries()) {
            const { pvMwh, loadMwh } = flows[i] ?? { pvMwh: 0n, loadMwh: 0n }
            expect(pvMwh + step.gridImportMwh + step.dischargeMwh).to.equal(
              loadMwh + step.gridExportMwh + step.chargeMwh,
            )
            const stored = (step.chargeMwh * battery.etaCPpm) / 1_000_000n
            expect(step.socMwh).to.equal(
              soc + stored - ceilDiv(step.dischargeMwh * 1_000_000n, battery.etaDPpm),
            )
            expect(step.socMwh >= 0n && step.socMwh <= battery.capacityMwh).to.equal(true)
            expect(step.chargeMwh === 0n || step.dischargeMwh === 0n).to.equal(true)
            expect(
              (step.chargeMwh + step.dischargeMwh) * 3600n <= battery.powerW * seconds * 1000n,
            ).to.equal(true)
            soc = step.socMwh
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
