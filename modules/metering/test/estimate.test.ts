import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { TickSource } from '../../../proto/gen/strom/metering/v1/tick.ts'
import { FLAG } from '../flags.ts'
import { splitWhole } from '../split.ts'
import { arrive, energies, home, type Line, minute, sources, ticks } from './registers.ts'

const WEEK = 7 * 24 * 60

/** Hourly grid import of a real house, minutes from its first row and Wh. */
const RECORDED = readFileSync(new URL('../testdata/opsd_residential4.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((row, i) => ({ at: 60 * i, import: Number(row.split(',')[1]) * 1000 }))

/** A day of quarter hours from `start` on; the shape is 1 Wh at night, rising to `peak` at noon. */
function day(start: number, begin: number, peak: number): Line[] {
  let register = begin
  return Array.from({ length: 97 }, (_, i) => {
    if (i > 0) register += shape(i - 1, peak)
    return { at: start + 15 * i, import: register }
  })
}

function shape(i: number, peak: number): number {
  return 1 + Math.max(0, peak - Math.abs(48 - i))
}

describe('estimates', () => {
  it('bridges a gap of an hour by a straight line, interpolated and not measured', () => {
    const t = home()
    arrive(t, 'load', [
      { at: 0 },
      { at: 15, import: 10 },
      { at: 75, import: 20, seq: 6n },
      { at: 90, import: 25 },
    ])
    const list = ticks(t, 0, 90)
    expect(energies(list)).to.deep.equal([10, 3, 3, 2, 2, 5])
    expect(list.map(({ flags }) => flags)).to.deep.equal([1, 8, 8, 8, 8, 1])
    expect(sources(list)).to.deep.equal([1, 3, 3, 3, 3, 1])
  })

  it('knows that registers which did not move counted nothing, however long the gap', () => {
    const t = home()
    arrive(t, 'load', [
      { at: 0, import: 50 },
      { at: 600, import: 50, seq: 41n },
    ])
    const list = ticks(t, 0, 600)
    expect(energies(list).every((wh) => wh === 0)).to.equal(true)
    expect(new Set(sources(list))).to.deep.equal(new Set([TickSource.TICK_SOURCE_EXACT]))
  })

  it('shapes a longer gap like the same weekday of the weeks before and meets the closing register', () => {
    const t = home()
    arrive(t, 'load', day(0, 0, 10))
    const first = day(0, 0, 10).at(-1)?.import ?? 0
    arrive(t, 'load', [{ at: WEEK - 15, import: first, seq: 700n }])
    // The second week is twice the first; of the third only midnights are known.
    arrive(
      t,
      'load',
      day(WEEK, first, 21).map((line, i) => (i === 0 ? { ...line, seq: 701n } : line)),
    )
    const second = day(WEEK, first, 21).at(-1)?.import ?? 0
    arrive(t, 'load', [
      { at: 2 * WEEK, import: second, seq: 2000n },
      { at: 2 * WEEK + 1440, import: second + 1000, seq: 2096n },
    ])
    t.at(2 * WEEK + 2 * 1440)
    const list = ticks(t, 2 * WEEK, 2 * WEEK + 1440)
    const means = Array.from({ length: 96 }, (_, i) => BigInt(shape(i, 10) + shape(i, 21)))
    expect(list.map((tick) => tick.importWh)).to.deep.equal(splitWhole(1000n, means))
    expect(new Set(list.map(({ flags }) => flags))).to.deep.equal(new Set([FLAG.referenceDay]))
    expect(energies(list).reduce((a, b) => a + b)).to.equal(1000)
  })

  it('falls back to a straight line where no such weekday is kept', () => {
    const t = home()
    arrive(t, 'load', [{ at: 0 }, { at: 120, import: 20, seq: 9n }])
    const list = ticks(t, 0, 120)
    expect(energies(list)).to.deep.equal([3, 3, 3, 3, 2, 2, 2, 2])
    expect(new Set(list.map(({ flags }) => flags))).to.deep.equal(new Set([FLAG.interpolated]))
  })

  it('projects what no register has closed by the last flow, and by the weekday where it is kept', () => {
    const t = home()
    arrive(t, 'load', [{ at: 420 }, { at: 435, import: 12 }])
    expect(t.chain.time).to.equal(minute(480))
    const [tick, next] = ticks(t, 435, 465)
    expect([tick?.importWh, next?.importWh]).to.deep.equal([12n, 12n])
    expect(tick?.flags).to.equal(FLAG.projected | FLAG.interpolated)
    expect(tick?.source).to.equal(TickSource.TICK_SOURCE_PROJECTED)
    expect(tick?.closing).to.deep.equal(new Uint8Array())
    const u = home()
    arrive(u, 'load', day(0, 0, 10))
    const register = day(0, 0, 10).at(-1)?.import ?? 0
    arrive(u, 'load', [{ at: WEEK + 360, import: register, seq: 700n }])
    u.at(WEEK + 480)
    const list = ticks(u, WEEK + 360, WEEK + 480)
    expect(energies(list)).to.deep.equal([24, 25, 26, 27, 28, 29, 30, 31].map((i) => shape(i, 10)))
    expect(new Set(list.map(({ flags }) => flags))).to.deep.equal(
      new Set([FLAG.projected | FLAG.referenceDay]),
    )
  })

  it(`splits ${RECORDED.length - 1} recorded hours into quarter hours and bridges a lost day by the weeks before`, () => {
    const lost = (at: number) => at > 22 * 1440 && at < 23 * 1440
    const t = home(3600)
    let seq = 0n
    const lines = RECORDED.map((line) => ({ ...line, seq: ++seq }))
    arrive(
      t,
      'load',
      lines.filter(({ at }) => !lost(at)),
    )
    const end = RECORDED.at(-1) as { at: number; import: number }
    t.at(end.at + 1440)
    const list = [...ticks(t, 0, end.at / 2), ...ticks(t, end.at / 2, end.at)]
    const first = RECORDED[0] as { import: number }
    const moved = Math.floor(end.import) - Math.floor(first.import)
    expect(energies(list).reduce((a, b) => a + b)).to.equal(moved)
    const guessed = list.filter(({ source }) => source === TickSource.TICK_SOURCE_REFERENCE)
    expect(guessed.map(({ start }) => start)).to.deep.equal(
      Array.from({ length: 96 }, (_, i) => minute(22 * 1440 + 15 * i)),
    )
    // The day keeps its energy, and every hour the mean of three Tuesdays within the scale of the day.
    const at = new Map(RECORDED.map((line) => [line.at, line.import]))
    const energy = (from: number, to: number) =>
      Math.floor(at.get(to) ?? 0) - Math.floor(at.get(from) ?? 0)
    const total = energies(guessed).reduce((a, b) => a + b)
    expect(total).to.equal(energy(22 * 1440, 23 * 1440))
    const means = Array.from({ length: 24 }, (_, h) =>
      [1, 2, 3].reduce((sum, w) => {
        const hour = 22 * 1440 - w * WEEK + 60 * h
        return sum + energy(hour, hour + 60) / 3
      }, 0),
    )
    const all = means.reduce((a, b) => a + b)
    means.forEach((mean, h) => {
      const hour = energies(guessed.slice(4 * h, 4 * h + 4)).reduce((a, b) => a + b)
      expect(hour).to.be.closeTo((mean * total) / all, 4)
    })
  })
})
