import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import type { QueryVeeResponse } from '../../../proto/gen/strom/metering/v1/query.ts'
import { type VeeCheck, VeeOutcome } from '../../../proto/gen/strom/metering/v1/tick.ts'
import { equalCheck, type IntervalWh, spikeCheck, sumCheck, usageCheck } from '../vee-checks.ts'
import { plant, T0, type Town, town } from './fixture.ts'
import { arrive, type Line, minute } from './registers.ts'

const { VEE_OUTCOME_PASSED, VEE_OUTCOME_FLAGGED, VEE_OUTCOME_NOT_APPLICABLE } = VeeOutcome
const NAMES = ['meter', 'time', 'status', 'sum', 'spike', 'usage', 'equal', 'battery']
const DAY = T0 / 86_400n
const LOAD = { kind: Kind.KIND_LOAD, nameplateW: 1_000_000n, intervalS: 3600 } as const

function checksOf(t: Town, day: bigint, device = 'load'): Record<string, VeeCheck> {
  const request = { device, day }
  const { checks } = t.query('strom.metering.v1.Query', 'Vee', request) as QueryVeeResponse
  expect(checks.map(({ name }) => name)).to.deep.equal(NAMES)
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

/** Hourly readings of a day; every hour has its own energy, 100 to 330 Wh. */
function hours(start = 0, begin = 0, scale = 1): Line[] {
  let register = begin
  return Array.from({ length: 25 }, (_, h) => {
    if (h > 0) register += scale * (100 + 10 * (h - 1))
    return { at: start + 60 * h, import: register }
  })
}

/** A day of one load that is over; lines may be changed before they arrive. */
function dayOf(change: (lines: Line[]) => Line[] = (lines) => lines): Record<string, VeeCheck> {
  const t = town([plant('load', LOAD)])
  t.at(1440)
  arrive(t, 'load', change(hours()))
  return checksOf(t, DAY)
}

function intervals(list: readonly number[]): IntervalWh[] {
  return list.map((wh, i) => ({ end: BigInt(i), import: BigInt(wh), export: 0n }))
}

describe('validation of a day', () => {
  it('passes a sound day in the order meter, time, status, sum, spike, usage, equal, battery', () => {
    const checks = dayOf()
    const outcomes = NAMES.map((name) => checks[name]?.outcome)
    expect(outcomes).to.deep.equal([
      1,
      1,
      1,
      1,
      1,
      VEE_OUTCOME_NOT_APPLICABLE,
      1,
      VEE_OUTCOME_NOT_APPLICABLE,
    ])
    expect(checks['usage']?.detail).to.equal('no such weekday is kept')
    expect(checks['battery']?.detail).to.equal('not a battery')
  })

  it('flags lost hours by time and sum, and makes the other checks all the same', () => {
    const checks = dayOf((lines) =>
      lines
        .map((line, i) => ({ ...line, seq: BigInt(i + 1) }))
        .filter((_, i) => i !== 5 && i !== 6),
    )
    expect(checks['time']?.outcome).to.equal(VEE_OUTCOME_FLAGGED)
    expect(checks['time']?.detail).to.equal('10800 s lie in gaps between readings')
    expect(checks['time']?.at).to.deep.equal([minute(7 * 60)])
    expect(checks['sum']?.outcome).to.equal(VEE_OUTCOME_FLAGGED)
    expect(checks['sum']?.detail).to.equal(
      'import: registers moved 5160 Wh, intervals sum 4710, 104 may differ',
    )
    expect(checks['spike']?.outcome).to.equal(VEE_OUTCOME_PASSED)
    expect(checks['equal']?.outcome).to.equal(VEE_OUTCOME_PASSED)
  })

  it('flags a clock that went back, though every other reading is sound', () => {
    const t = town([plant('load', LOAD)])
    t.at(1440)
    const lines: Line[] = hours().map((line, i) => ({
      ...line,
      seq: BigInt(i < 12 ? i + 1 : i + 2),
    }))
    lines.splice(12, 0, { at: 60, import: lines[11]?.import ?? 0, seq: 13n })
    arrive(t, 'load', lines)
    t.at(2 * 1440 + 15)
    const checks = checksOf(t, DAY)
    expect(checks['time']?.outcome).to.equal(VEE_OUTCOME_FLAGGED)
    expect(checks['time']?.at).to.deep.equal([minute(60)])
    expect(checks['sum']?.outcome).to.equal(VEE_OUTCOME_PASSED)
  })

  it('flags readings that are not plainly measured, and lets the sum check count measured intervals only', () => {
    const checks = dayOf((lines) =>
      lines.map((line, i) => (i === 3 ? { ...line, status: 3 } : line)),
    )
    expect(checks['status']?.outcome).to.equal(VEE_OUTCOME_FLAGGED)
    expect(checks['status']?.at).to.deep.equal([minute(180)])
    expect(checks['sum']?.outcome).to.equal(VEE_OUTCOME_FLAGGED)
  })

  it('flags an exchanged register', () => {
    const checks = dayOf((lines) =>
      lines.map((line, i) =>
        i < 12
          ? line
          : { ...line, import: (line.import ?? 0) - (lines[12]?.import ?? 0), opens: i === 12 },
      ),
    )
    expect(checks['meter']?.outcome).to.equal(VEE_OUTCOME_FLAGGED)
    expect(checks['meter']?.at).to.deep.equal([minute(720)])
  })

  it('passes a sum that misses by twice the class and flags one Wh more', () => {
    const moved = { import: 1000n, export: 0n }
    expect(sumCheck(10_000, moved, intervals([500, 480])).outcome).to.equal(VEE_OUTCOME_PASSED)
    expect(sumCheck(10_000, moved, intervals([500, 479])).outcome).to.equal(VEE_OUTCOME_FLAGGED)
    expect(sumCheck(10_000, moved, intervals([521, 500])).outcome).to.equal(VEE_OUTCOME_FLAGGED)
  })

  it('passes a spike of 180 % over the third highest and flags one Wh more: 280 and 281 over 100', () => {
    expect(spikeCheck(intervals([100, 280, 100, 50])).outcome).to.equal(VEE_OUTCOME_PASSED)
    const spike = spikeCheck(intervals([100, 281, 100, 50]))
    expect(spike).to.include({
      outcome: VEE_OUTCOME_FLAGGED,
      detail: 'import: 281 Wh against 100 Wh',
    })
    expect(spike.at).to.deep.equal([1n])
    expect(spikeCheck(intervals([0, 281, 0])).outcome).to.equal(VEE_OUTCOME_NOT_APPLICABLE)
  })

  it('passes usage of half to twice the weeks before and flags what lies outside', () => {
    const weeks = [100n, 110n, 90n].map((wh) => ({ import: wh, export: 0n }))
    const outcome = (wh: bigint) => usageCheck({ import: wh, export: 0n }, weeks).outcome
    expect([50n, 200n].map(outcome)).to.deep.equal([VEE_OUTCOME_PASSED, VEE_OUTCOME_PASSED])
    expect([49n, 201n].map(outcome)).to.deep.equal([VEE_OUTCOME_FLAGGED, VEE_OUTCOME_FLAGGED])
    expect(usageCheck(undefined, weeks).outcome).to.equal(VEE_OUTCOME_NOT_APPLICABLE)
  })

  it('compares with the same weekday as it is kept', () => {
    const t = town([plant('load', LOAD)])
    const end = (lines: Line[]) => lines.at(-1)?.import ?? 0
    const first = hours()
    const gap = { at: 7 * 1440, import: end(first), seq: 200n }
    const second = hours(7 * 1440, end(first), 3)
    const calm = hours(7 * 1440, end(first), 2)
    for (const [lines, outcome] of [
      [second, VEE_OUTCOME_FLAGGED],
      [calm, VEE_OUTCOME_PASSED],
    ] as const) {
      const u = town([plant('load', LOAD)])
      u.at(8 * 1440)
      arrive(u, 'load', [...first, gap, ...lines.slice(1)])
      expect(checksOf(u, DAY + 7n)['usage']?.outcome).to.equal(outcome)
    }
    expect(checksOf(t, DAY)['usage']?.detail).to.equal('the day is not closed')
  })

  it('flags twelve equal intervals in a row, but not eleven and not zeros', () => {
    const run = (n: number, wh: number) =>
      intervals([1, ...Array(n).fill(wh), 2, ...Array(5).fill(0)])
    expect(equalCheck(run(12, 9))).to.include({
      outcome: VEE_OUTCOME_FLAGGED,
      detail: 'import: 12 intervals of 9 Wh',
    })
    expect(equalCheck(run(11, 9)).outcome).to.equal(VEE_OUTCOME_PASSED)
    expect(equalCheck(run(40, 0)).outcome).to.equal(VEE_OUTCOME_PASSED)
  })

  it('flags a battery that stores more over the day than went in', () => {
    const battery = plant('bess', { kind: Kind.KIND_BESS, nameplateW: 100_000n, intervalS: 3600 })
    const outcome = (soc: number) => {
      const t = town([battery])
      t.at(1440)
      // 10,000 Wh at 95 % explain 49,500; 2 % of 100,000 may be unexplained.
      arrive(t, 'bess', [
        { at: 0, soc: 40_000 },
        { at: 60, import: 5000, soc: 44_750 },
        { at: 120, import: 10_000, soc },
      ])
      return checksOf(t, DAY, 'bess')['battery']
    }
    expect(outcome(51_500)?.outcome).to.equal(VEE_OUTCOME_PASSED)
    expect(outcome(51_501)).to.include({
      outcome: VEE_OUTCOME_FLAGGED,
      detail: '2001000 mWh more stored than explained, 2000000 allowed',
    })
  })

  it('names at most ten places of one fault and refuses days that are none', () => {
    const checks = dayOf((lines) => lines.map((line) => ({ ...line, status: 0 })))
    expect(checks['status']?.at.length).to.equal(10)
    expect(checks['status']?.detail).to.equal('25 readings are not plainly measured')
    const t = town([plant('load', LOAD)])
    expect(() => checksOf(t, -1n)).to.throw('days are counted from 1970-01-01')
    expect(() => checksOf(t, DAY, 'nobody')).to.throw('device "nobody" is not registered')
  })

  it('says of any day whether its registers are told by intervals: lost hours are never missed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 23 }), { maxLength: 6 }), (lost) => {
        const checks = dayOf((lines) =>
          lines
            .map((line, i) => ({ ...line, seq: BigInt(i + 1) }))
            .filter((_, i) => !lost.includes(i)),
        )
        const expected = lost.length > 0 ? VEE_OUTCOME_FLAGGED : VEE_OUTCOME_PASSED
        expect(checks['time']?.outcome).to.equal(expected)
        expect(checks['sum']?.outcome).to.equal(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('passes or flags 28 recorded days of a house by the numbers of their registers alone', () => {
    const rows = readFileSync(new URL('../testdata/opsd_residential4.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    const wh = rows.map((row) => Math.floor(Number(row.split(',')[1]) * 1000))
    const t = town([plant('load', LOAD)])
    t.at(29 * 1440)
    arrive(
      t,
      'load',
      rows.map((row, i) => ({ at: 60 * i, import: Number(row.split(',')[1]) * 1000 })),
    )
    for (let day = 0; day < 28; day += 1) {
      const checks = checksOf(t, DAY + BigInt(day))
      const hour = Array.from({ length: 24 }, (_, h) => {
        const i = 24 * day + h
        return (wh[i + 1] as number) - (wh[i] as number)
      })
      const [top, , third] = [...hour].sort((a, b) => b - a) as [number, number, number]
      const flagged = (name: string) => checks[name]?.outcome === VEE_OUTCOME_FLAGGED
      expect(flagged('time') || flagged('sum') || flagged('status')).to.equal(false)
      expect(flagged('spike')).to.equal(third > 0 && (top - third) / third > 1.8)
      const total = (d: number) => (wh[24 * d + 24] as number) - (wh[24 * d] as number)
      const before = [7, 14, 21].filter((days) => days <= day).map((days) => total(day - days))
      const mean = before.reduce((a, b) => a + b, 0) / before.length
      expect(flagged('usage')).to.equal(
        before.length > 0 && (total(day) < mean / 2 || total(day) > mean * 2),
      )
      expect(flagged('equal')).to.equal(longest(hour) >= 12)
    }
  })
})

function longest(list: readonly number[]): number {
  let [run, most] = [0, 0]
  list.forEach((value, i) => {
    run = value !== 0 && value === list[i - 1] ? run + 1 : 1
    if (value !== 0 && run > most) most = run
  })
  return most
}
