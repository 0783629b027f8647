import { expect } from 'chai'
import fc from 'fast-check'
import { certifiable, FLAG, joinFlags } from '../flags.ts'
import { closesInterval, creditWh, excessMwh, nameplateBoundWh, shareMwh } from '../rules.ts'

const register = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

describe('metering rules', () => {
  it('registers 62500127100, …129700, …132900, …133400 mWh credit 2, 3, 1 Wh, in sum 6', () => {
    const registers = [62_500_127_100n, 62_500_129_700n, 62_500_132_900n, 62_500_133_400n]
    const credits = registers.slice(1).map((to, i) => creditWh(registers[i] as bigint, to))
    expect(credits).to.deep.equal([2n, 3n, 1n])
  })
  it('credits of any ascending registers add up to that of the first and the last', () => {
    fc.assert(
      fc.property(fc.array(register, { minLength: 2, maxLength: 40 }), (unsorted) => {
        const registers = [...unsorted].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        let sum = 0n
        for (let i = 1; i < registers.length; i++) {
          const credit = creditWh(registers[i - 1] as bigint, registers[i] as bigint)
          expect(credit >= 0n).to.equal(true)
          sum += credit
        }
        expect(sum).to.equal(creditWh(registers[0] as bigint, registers.at(-1) as bigint))
      }),
    )
  })
  it('300 kW bound a quarter hour to 76,500 Wh, 50 kW to 12,750 Wh, and the bound rounds up', () => {
    expect(nameplateBoundWh(300_000n, 900n, 20_000n)).to.equal(76_500n)
    expect(nameplateBoundWh(50_000n, 900n, 20_000n)).to.equal(12_750n)
    expect(nameplateBoundWh(1n, 1n, 0n)).to.equal(1n)
  })
  it('a battery of 100,000 Wh at 40,000 charged with 10,000 Wh at 95 % explains 49,500 Wh', () => {
    const plate = { storageWh: 100_000n, etaCPpm: 950_000n, etaDPpm: 950_000n }
    const from = { importMwh: 0n, exportMwh: 0n, socMwh: 40_000_000n }
    const to = { importMwh: 10_000_000n, exportMwh: 0n, socMwh: 49_500_000n }
    expect(excessMwh(plate, from, to)).to.equal(0n)
    expect(excessMwh(plate, from, { ...to, socMwh: 55_000_000n })).to.equal(5_500_000n)
    expect(shareMwh(plate, 20_000n)).to.equal(2_000_000n)
  })
  it('a battery never gains by rounding: charge is floored, discharge is ceiled', () => {
    const plate = { storageWh: 1n, etaCPpm: 999_999n, etaDPpm: 999_999n }
    const from = { importMwh: 0n, exportMwh: 0n, socMwh: 10n }
    expect(excessMwh(plate, from, { importMwh: 1n, exportMwh: 0n, socMwh: 10n })).to.equal(0n)
    expect(excessMwh(plate, from, { importMwh: 0n, exportMwh: 1n, socMwh: 8n })).to.equal(0n)
    expect(excessMwh(plate, from, { importMwh: 0n, exportMwh: 1n, socMwh: 9n })).to.equal(1n)
  })
  it('an interval closes only at its registered length and alignment', () => {
    expect(closesInterval(900n, 1800n, 900)).to.equal(true)
    expect(closesInterval(0n, 3600n, 3600)).to.equal(true)
    expect(closesInterval(901n, 1801n, 900)).to.equal(false)
    expect(closesInterval(900n, 2700n, 900)).to.equal(false)
    expect(closesInterval(1800n, 5400n, 3600)).to.equal(false)
  })
  it('only measured quality certifies, and one bad end spoils the interval', () => {
    expect(certifiable(FLAG.measured)).to.equal(true)
    expect(certifiable(FLAG.measured | FLAG.derived | FLAG.corrected)).to.equal(true)
    expect(certifiable(0)).to.equal(false)
    const bars = [FLAG.edited, FLAG.referenceDay, FLAG.interpolated, FLAG.questionable]
    for (const bar of [...bars, FLAG.projected, FLAG.disputed]) {
      expect(certifiable(joinFlags(FLAG.measured, FLAG.measured | bar))).to.equal(false)
      expect(certifiable(joinFlags(FLAG.measured | bar, FLAG.measured))).to.equal(false)
    }
    expect(certifiable(joinFlags(FLAG.measured, FLAG.derived))).to.equal(false)
    expect(joinFlags(0x8000_0000, 1)).to.equal(0x8000_0000)
  })
})
