import { expect } from 'chai'
import fc from 'fast-check'
import type { RegisterSeries } from '../dispatch-file.ts'
import { creditWh, type RefusedReading, recompute as recomputeTown } from '../recompute.ts'
import type { TownDevice } from '../town.ts'

const PV = (exports: readonly bigint[], statuses: readonly bigint[] = []): RegisterSeries => ({
  id: 'pv',
  kind: 'PV',
  site: 's',
  intervalS: 900n,
  readings: exports.map((exportMwh, i) => ({
    time: 900n * BigInt(i),
    importMwh: 0n,
    exportMwh,
    status: statuses[i] ?? 1n,
  })),
})

const plate = ({ id, kind, site, intervalS }: RegisterSeries): TownDevice => ({
  id,
  kind,
  site,
  zone: 'DE-LU',
  nameplateW: 10_000n,
  storageWh: kind === 'BESS' ? 5_000n : 0n,
  etaCPpm: 1_000_000n,
  etaDPpm: 1_000_000n,
  intervalS,
  simulated: false,
  source: '',
})

const recompute = (
  series: readonly RegisterSeries[],
  stop: bigint,
  refused: readonly RefusedReading[] = [],
) => recomputeTown(series, series.map(plate), stop, refused)

describe('recomputation', () => {
  it('credits 2, 3 and 1 Wh for the registers of the worked example, six in all', () => {
    const registers = [62_500_127_100n, 62_500_129_700n, 62_500_132_900n, 62_500_133_400n]
    expect(registers.slice(1).map((to, i) => creditWh(registers[i] ?? 0n, to))).to.deep.equal([
      2n,
      3n,
      1n,
    ])
    expect(recompute([PV(registers)], 9_000n).certificates).to.deep.equal({
      issuedWh: 6n,
      certificates: 3n,
    })
  })

  it('lets no certificate span a refused reading and withholds its energy as a gap', () => {
    const result = recompute([PV([0n, 1_000n, 3_000n, 6_000n, 10_000n])], 9_000n, [
      { device: 'pv', seq: 3n },
    ])
    expect(result.energyWh.produced).to.equal(10n)
    expect(result.certificates).to.deep.equal({ issuedWh: 5n, certificates: 2n })
    expect([result.accepted, result.refused]).to.deep.equal([4n, 1n])
    expect(result.devices[0]?.export).to.deep.equal({
      meteredWh: 10n,
      creditedWh: 5n,
      withheldWh: [['gap', 5n]],
      openWh: 0n,
    })
  })

  it('refuses by itself what breaks a rule: a fallen register, a leap beyond the plate, a battery that gains', () => {
    const fell = recompute([PV([5_000n, 4_000n, 6_000n])], 9_000n)
    expect([fell.accepted, fell.refused, fell.energyWh.produced]).to.deep.equal([2n, 1n, 1n])
    const leapt = recompute([PV([0n, 2_551_000n, 2_550_000n])], 9_000n)
    expect([leapt.accepted, leapt.refused]).to.deep.equal([2n, 1n])
    const soc = [1_000_000n, 2_001_000n, 1_100_000n]
    const readings = PV([0n, 0n, 0n]).readings.map((r, i) => ({ ...r, socMwh: soc[i] ?? 0n }))
    const gains = recompute([{ ...PV([]), kind: 'BESS', readings }], 9_000n)
    expect([gains.accepted, gains.refused]).to.deep.equal([2n, 1n])
  })

  it('withholds what a device has no record for and leaves open what no boundary closed', () => {
    const meter = recompute([{ ...PV([0n, 1_000n]), kind: 'METER' }], 9_000n)
    expect(meter.devices[0]?.export.withheldWh).to.deep.equal([['no_record', 1n]])
    const readings = [...PV([0n, 1_000n]).readings, { ...PV([4_000n]).readings[0], time: 1_000n }]
    const series = { ...PV([]), readings: readings as RegisterSeries['readings'] }
    expect(recompute([series], 9_000n).devices[0]?.export.openWh).to.equal(3n)
  })

  it('certifies nothing beside an interpolated reading and nothing after the stop', () => {
    const series = PV([0n, 1_000n, 2_000n, 3_000n, 4_000n], [1n, 8n, 1n, 1n, 1n])
    expect(recompute([series], 9_000n).certificates.issuedWh).to.equal(2n)
    expect(recompute([series], 2_700n).certificates.issuedWh).to.equal(1n)
    expect(recompute([series], 2_700n).energyWh.produced).to.equal(3n)
  })

  it('certifies no gap, no interval off the grid and no battery', () => {
    const gap: RegisterSeries = {
      ...PV([0n, 5_000n]),
      readings: PV([0n, 5_000n]).readings.map((r) => ({ ...r, time: r.time * 2n })),
    }
    const skewed: RegisterSeries = {
      ...PV([0n, 5_000n]),
      readings: PV([0n, 5_000n]).readings.map((r) => ({ ...r, time: r.time + 60n })),
    }
    const battery: RegisterSeries = { ...PV([0n, 5_000n]), kind: 'BESS' }
    for (const series of [gap, skewed, battery])
      expect(recompute([series], 9_000n).certificates.issuedWh).to.equal(0n)
  })

  it('telescopes: the certificates of an unbroken device sum to its credit, for 300 random registers', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 1n << 60n }),
        fc.array(fc.bigInt({ min: 0n, max: 100_000n }), { minLength: 1, maxLength: 50 }),
        (open, deltas) => {
          let sum = open
          const registers = [open, ...deltas.map((delta) => (sum += delta))]
          const result = recompute([PV(registers)], 900n * 100n)
          expect(result.certificates.issuedWh).to.equal(result.energyWh.produced)
          expect(result.energyWh.produced).to.equal(
            creditWh(open, registers[registers.length - 1] ?? 0n),
          )
        },
      ),
      { numRuns: 300 },
    )
  })
})
