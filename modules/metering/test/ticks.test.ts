import { expect } from 'chai'
import fc from 'fast-check'
import { TickPhase, TickSource } from '../../../proto/gen/strom/metering/v1/tick.ts'
import { FLAG } from '../flags.ts'
import { gapsOf } from '../gaps.ts'
import { creditWh } from '../rules.ts'
import { splitWhole } from '../split.ts'
import { stateOf } from '../state.ts'
import { tickEnergyOf } from '../ticks.ts'
import { T0 } from './fixture.ts'
import {
  arrive,
  energies,
  home,
  identity,
  type Line,
  minute,
  needsOf,
  reader,
  sources,
  ticks,
} from './registers.ts'

describe('energy by tick', () => {
  it('splits a whole by largest remainder, ties to the earlier part: 4 golden splits', () => {
    expect(splitWhole(10n, [1n, 1n, 1n, 1n])).to.deep.equal([3n, 3n, 2n, 2n])
    expect(splitWhole(100n, [1n, 1n, 1n])).to.deep.equal([34n, 33n, 33n])
    expect(splitWhole(7n, [300n, 600n])).to.deep.equal([2n, 5n])
    expect(splitWhole(5n, [0n, 0n])).to.deep.equal([3n, 2n])
  })

  it('splits any whole exactly, and no part is a unit off its share', () => {
    const weights = fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), weights, (total, parts) => {
        const split = splitWhole(total, parts)
        const sum = parts.reduce((a, b) => a + b, 0n)
        expect(split.reduce((a, b) => a + b, 0n)).to.equal(total)
        if (sum === 0n) return
        split.forEach((part, i) => {
          const off = part * sum - total * (parts[i] as bigint)
          expect(off < sum && off > -sum).to.equal(true)
        })
      }),
    )
  })

  it('tells a tick between two registers exactly: 62500127100, 62500129700, 62500132900, 62500133400 mWh are 2, 3, 1 Wh', () => {
    const t = home()
    const registers = [62500127.1, 62500129.7, 62500132.9, 62500133.4]
    arrive(
      t,
      'load',
      registers.map((wh, i) => ({ at: 15 * i, import: wh })),
    )
    const list = ticks(t, 0, 45)
    expect(energies(list)).to.deep.equal([2, 3, 1])
    expect(list.map((tick) => tick.flags)).to.deep.equal([1, 1, 1])
    expect(sources(list)).to.deep.equal([1, 1, 1])
    expect(list[1]?.opening).to.deep.equal(identity('load', 2n))
    expect(list[1]?.closing).to.deep.equal(identity('load', 3n))
  })

  it('splits an hour of 10 Wh into 3, 3, 2, 2 and of 1,003 Wh into 251, 251, 251, 250, derived from measured ends', () => {
    const t = home(3600)
    arrive(t, 'load', [
      { at: 0, import: 5 },
      { at: 60, import: 15 },
      { at: 120, import: 1018 },
    ])
    const list = ticks(t, 0, 120)
    expect(energies(list)).to.deep.equal([3, 3, 2, 2, 251, 251, 251, 250])
    expect(new Set(list.map((tick) => tick.flags))).to.deep.equal(
      new Set([FLAG.measured | FLAG.derived]),
    )
    expect(new Set(sources(list))).to.deep.equal(new Set([TickSource.TICK_SOURCE_DERIVED]))
  })

  it('carries the doubts of both ends into a split', () => {
    const t = home(3600)
    arrive(t, 'load', [{ at: 0 }, { at: 60, import: 40, status: 3 }])
    for (const { flags } of ticks(t, 0, 60))
      expect(flags).to.equal(FLAG.measured | FLAG.derived | FLAG.edited)
    const u = home(3600)
    arrive(u, 'load', [{ at: 0 }, { at: 60, import: 40, status: 0 }])
    for (const { flags } of ticks(u, 0, 60)) expect(flags & FLAG.measured).to.equal(0)
  })

  it('interpolates a boundary between two readings off the grid at most interval_s apart', () => {
    const t = home()
    // 9 Wh from minute 10 to 25: 3 before the quarter hour, 6 after it.
    arrive(t, 'load', [
      { at: 0 },
      { at: 10, import: 4 },
      { at: 25, import: 13 },
      { at: 30, import: 20 },
    ])
    const list = ticks(t, 0, 30)
    expect(energies(list)).to.deep.equal([7, 13])
    expect(list.map(({ flags }) => flags)).to.deep.equal([33, 33])
  })

  it('takes the registers at both ends however many readings between them were lost', () => {
    const t = home(60)
    arrive(t, 'load', [{ at: 0 }, { at: 15, import: 77, seq: 16n }])
    const [tick] = ticks(t, 0, 15)
    expect(tick?.importWh).to.equal(77n)
    expect(tick?.source).to.equal(TickSource.TICK_SOURCE_EXACT)
    expect(tick?.flags).to.equal(FLAG.measured)
  })

  it('tells nothing of ticks that have not begun, of times before the first reading and of silent devices', () => {
    const t = home()
    expect(ticks(t, 0, 15)[0]?.source).to.equal(TickSource.TICK_SOURCE_NONE)
    arrive(t, 'load', [{ at: 20 }, { at: 30, import: 5 }])
    const [before, partly] = ticks(t, 0, 30)
    expect(before).to.include({ importWh: 0n, flags: 0, source: TickSource.TICK_SOURCE_NONE })
    expect(partly).to.include({ importWh: 5n, flags: 0, source: TickSource.TICK_SOURCE_NONE })
    expect(ticks(t, 495, 510)[0]).to.include({ importWh: 0n, source: TickSource.TICK_SOURCE_NONE })
  })

  it('goes from open to preliminary at one hour, settled at one day and final at five, by block time and readings', () => {
    const t = home()
    const phase = () => ticks(t, 465, 480)[0]?.phase
    arrive(t, 'load', [{ at: 465 }, { at: 480, import: 3 }])
    expect(phase()).to.equal(TickPhase.TICK_PHASE_OPEN)
    t.at(480 + 59)
    expect(phase()).to.equal(TickPhase.TICK_PHASE_OPEN)
    t.at(480 + 60)
    expect(phase()).to.equal(TickPhase.TICK_PHASE_PRELIMINARY)
    t.at(480 + 1439)
    expect(phase()).to.equal(TickPhase.TICK_PHASE_PRELIMINARY)
    t.at(480 + 1440)
    expect(phase()).to.equal(TickPhase.TICK_PHASE_SETTLED)
    t.at(480 + 5 * 1440)
    expect(phase()).to.equal(TickPhase.TICK_PHASE_FINAL)
  })

  it('leaves a tick preliminary while its device is silent, and an estimate not final before its closing register is', () => {
    const t = home()
    arrive(t, 'load', [{ at: 465 }])
    t.at(480 + 6 * 1440)
    expect(ticks(t, 465, 480)[0]?.phase).to.equal(TickPhase.TICK_PHASE_PRELIMINARY)
    arrive(t, 'load', [{ at: 480 + 6 * 1440, import: 100, seq: 600n }])
    t.at(480 + 7 * 1440)
    expect(ticks(t, 465, 480)[0]?.phase).to.equal(TickPhase.TICK_PHASE_SETTLED)
    t.at(480 + 11 * 1440)
    expect(ticks(t, 465, 480)[0]?.phase).to.equal(TickPhase.TICK_PHASE_FINAL)
  })

  it('leaves readings out that would be refused, and takes up a late one when it is judged', () => {
    const t = home()
    arrive(t, 'load', [
      { at: 0 },
      { at: 15, import: 10 },
      { at: 30, import: 9 },
      { at: 45, import: 30 },
    ])
    expect(energies(ticks(t, 0, 45))).to.deep.equal([10, 10, 10])
    t.at(45 + 1440)
    expect(energies(ticks(t, 0, 45))).to.deep.equal([10, 10, 10])
    const u = home()
    arrive(u, 'load', [{ at: 0 }, { at: 30, import: 30, seq: 3n }])
    u.at(30 + 1440)
    arrive(u, 'load', [{ at: 15, import: 10, seq: 2n }])
    expect(energies(ticks(u, 0, 30))).to.deep.equal([15, 15])
    expect(ticks(u, 0, 15)[0]?.phase).to.equal(TickPhase.TICK_PHASE_SETTLED)
    u.at(30 + 5 * 1440)
    expect(energies(ticks(u, 0, 30))).to.deep.equal([10, 20])
    expect(ticks(u, 0, 15)[0]?.phase).to.equal(TickPhase.TICK_PHASE_FINAL)
  })

  it('counts nothing and doubts everything between the closing and the opening of an exchanged register', () => {
    const t = home()
    arrive(t, 'load', [
      { at: 0, import: 500 },
      { at: 15, import: 520 },
      { at: 30, import: 0, opens: true },
      { at: 45, import: 7 },
    ])
    const list = ticks(t, 0, 45)
    expect(energies(list)).to.deep.equal([20, 0, 7])
    expect(list[1]?.flags).to.equal(FLAG.questionable)
  })

  it('spreads charging over the ticks of its session, and knows that nothing flows between sessions', () => {
    const t = home()
    const receipt = true
    arrive(t, 'load', [
      { at: 0, seq: 2n, receipt, opens: true },
      { at: 40, seq: 3n, receipt, import: 500 },
      { at: 200, seq: 4n, receipt, opens: true },
      { at: 205, seq: 5n, receipt, import: 60 },
    ])
    for (const close of [0, 1440]) {
      t.at(480 + close)
      const list = ticks(t, 0, 195)
      expect(energies(list)).to.deep.equal([188, 187, 125, ...Array(10).fill(0)])
      expect(list.slice(0, 3).map(({ flags }) => flags)).to.deep.equal([8, 8, 8])
      expect(new Set(sources(list.slice(3)))).to.deep.equal(new Set([TickSource.TICK_SOURCE_EXACT]))
    }
  })

  it('sums over the ticks of any closed stretch to what the registers moved, and calls no estimate measured', () => {
    const steps = fc.array(
      fc.record({
        minutes: fc.integer({ min: 1, max: 400 }),
        mwh: fc.integer({ min: 0, max: 90_000 }),
      }),
      { minLength: 2, maxLength: 25 },
    )
    const interval = fc.constantFrom(60, 300, 900, 3600)
    fc.assert(
      fc.property(steps, interval, fc.boolean(), (list, intervalS, judged) => {
        const t = home(intervalS)
        let [at, mwh] = [0, 123_456]
        const lines: Line[] = [{ at, import: mwh / 1000 }]
        for (const step of list) {
          at += step.minutes
          mwh += step.mwh
          lines.push({ at, import: mwh / 1000 })
        }
        // The stretch ends on a tick, so that its ticks hold all of it.
        const end = Math.ceil((at + 1) / 15) * 15
        lines.push({ at: end, import: mwh / 1000 })
        arrive(t, 'load', lines)
        t.at(end + (judged ? 1440 : 0))
        const all = ticks(t, 0, end)
        expect(all.reduce((sum, tick) => sum + tick.importWh, 0n)).to.equal(
          creditWh(123_456n, BigInt(mwh)),
        )
        for (const tick of all) {
          const guessed = tick.source > TickSource.TICK_SOURCE_DERIVED
          if (guessed) expect(tick.flags & FLAG.measured).to.equal(0)
          else expect(tick.flags & ~(FLAG.measured | FLAG.derived)).to.equal(0)
          // A window of one tick answers like a window of all.
          expect(tickEnergyOf(needsOf(t), reader(t), 'load', tick.start)).to.deep.equal(tick)
        }
        if (judged) expect(stateOf(reader(t), 'load')?.pending).to.equal(0n)
      }),
      { numRuns: 60 },
    )
  })

  it('names the numbers and the intervals that are missing', () => {
    const t = home()
    arrive(t, 'load', [
      { at: 0 },
      { at: 15, import: 1 },
      { at: 60, import: 2, seq: 5n },
      { at: 75, import: 3, seq: 6n },
    ])
    const device = t.devices.get(reader(t), 'load')
    if (device === undefined) throw new Error('no load')
    const found = gapsOf(reader(t), device, T0, minute(75))
    expect(found.missingNumbers).to.deep.equal([{ first: 3n, last: 4n }])
    expect(found.missingIntervals).to.deep.equal([{ start: minute(15), end: minute(60) }])
    expect(gapsOf(reader(t), device, T0, minute(600)).missingIntervals).to.deep.equal([
      { start: minute(15), end: minute(60) },
      { start: minute(75), end: minute(480) },
    ])
  })
})

describe('queries of ticks', () => {
  const SERVICE = 'strom.metering.v1.Query'

  it('answer at most 1,000 whole ticks and say what is wrong otherwise', () => {
    const t = home()
    arrive(t, 'load', [{ at: 0 }, { at: 15, import: 4 }])
    const ask =
      (from: bigint, to: bigint, device = 'load') =>
      () =>
        t.query(SERVICE, 'Ticks', { device, from, to })
    expect(ask(T0, T0 + 900_000n)())
      .to.have.property('ticks')
      .with.length(1000)
    expect(ask(T0, T0 + 900_900n)).to.throw('at most 1000 ticks (900000 s) are answered at once')
    expect(ask(T0 + 1n, T0 + 900n)).to.throw('is not the start of a tick: a multiple of 900 s')
    expect(ask(T0, T0)).to.throw('from lies before to')
    expect(ask(T0, T0 + 900n, 'nobody')).to.throw('device "nobody" is not registered')
    expect(() => t.query(SERVICE, 'Gaps', { device: 'load', from: T0, to: T0 - 1n })).to.throw(
      'from lies before to',
    )
  })
})
