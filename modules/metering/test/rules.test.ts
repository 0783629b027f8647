import { expect } from 'chai'
import fc from 'fast-check'
import { monthOf } from '../daylight.ts'
import { certifiable, FLAG, joinFlags } from '../flags.ts'
import {
  creditWh,
  excessMwh,
  isAligned,
  nameplateBoundWh,
  nextReputation,
  registerStep,
  shareMwh,
} from '../rules.ts'

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
  it('a register steps on, rolls over near its modulus and otherwise fell', () => {
    expect(registerStep(5n, 9n, 0n, 1n)).to.deep.equal({ mwh: 4n, rolled: false })
    expect(registerStep(9n, 5n, 0n, 100n)).to.equal(undefined)
    const modulus = 1_000_000_000n
    const golden = registerStep(999_999_900n, 150n, modulus, 2_550_000n)
    expect(golden).to.deep.equal({ mwh: 250n, rolled: true })
    expect(registerStep(999_999_900n, 150n, modulus, 249n)).to.equal(undefined)
    expect(registerStep(500_000_000n, 150n, modulus, 2_550_000n)).to.equal(undefined)
    expect(registerStep(modulus + 5n, 150n, modulus, 2n * modulus)).to.equal(undefined)
  })
  it('any walk of a register around its modulus adds up to what was metered', () => {
    const steps = fc.array(fc.bigInt({ min: 0n, max: 900n }), { maxLength: 60 })
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_999n }), steps, (start, walk) => {
        let [value, total] = [start, 0n]
        for (const mwh of walk) {
          const next = (value + mwh) % 10_000n
          const step = registerStep(value, next, 10_000n, 1_000n)
          expect(step?.mwh).to.equal(mwh)
          total += step?.mwh ?? 0n
          value = next
        }
        expect(total).to.equal(walk.reduce((sum, mwh) => sum + mwh, 0n))
      }),
    )
  })
  it('intervals are aligned to the UTC day', () => {
    expect([0n, 900n, 1800n].every((time) => isAligned(time, 900))).to.equal(true)
    expect(isAligned(901n, 900)).to.equal(false)
    expect(isAligned(1800n, 3600)).to.equal(false)
  })
  it('a day moves reputation by a fiftieth of the difference, rounded down', () => {
    expect(nextReputation(1_000_000n, 1_000_000n, 20_000n)).to.equal(1_000_000n)
    expect(nextReputation(1_000_000n, 0n, 20_000n)).to.equal(980_000n)
    expect(nextReputation(980_000n, 500_000n, 20_000n)).to.equal(970_400n)
    expect(nextReputation(1n, 0n, 20_000n)).to.equal(0n)
  })
  it('months are those of the civil calendar', () => {
    const days: readonly [bigint, number][] = [
      [0n, 0],
      [58n, 1],
      [59n, 2],
      [11_016n, 1],
      [11_017n, 2],
      [20_453n, 11],
      [20_454n, 0],
    ]
    for (const [day, month] of days) expect(monthOf(day * 86_400n + 86_399n)).to.equal(month)
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
