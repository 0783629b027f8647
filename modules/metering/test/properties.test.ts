import { expect } from 'chai'
import fc from 'fast-check'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceState } from '../../../proto/gen/strom/metering/v1/state.ts'
import { balanceProblem } from '../account.ts'
import { nameplateBoundWh } from '../rules.ts'
import { stateOf } from '../state.ts'
import { totalsOf } from '../tally.ts'
import { Meter, otherS, plant, type Town, town } from './fixture.ts'

const MARGIN = 20_000n
const WATT = 10_000n

/** A step of a meter: minutes since the one before and mWh exported, some of both impossible. */
const step = fc.record({
  minutes: fc.oneof(fc.constant(15), fc.integer({ min: -10, max: 45 })),
  mwh: fc.bigInt({ min: -300_000n, max: 4_000_000n }),
  lost: fc.boolean(),
})

function history(
  id: string,
  steps: readonly { minutes: number; mwh: bigint; lost: boolean }[],
): SignedReading[] {
  const meter = new Meter(id)
  let [minute, register] = [0, 5_000_000n]
  return steps.flatMap(({ minutes, mwh, lost }) => {
    minute += minutes
    register += mwh
    const reading = meter.read(Math.max(minute, -400), register < 0n ? 0n : register)
    return lost && mwh % 3n === 0n ? [] : [reading]
  })
}

/** Everything but the history of refusals that later fell away. */
function essence(t: Town): unknown {
  const states = ['a', 'b'].flatMap((id) => {
    const found = stateOf(t.chain.query(), id)
    return found === undefined ? [] : [DeviceState.toJson(found)]
  })
  const readings = ['a', 'b'].map((device) =>
    t.query('strom.metering.v1.Query', 'Readings', { device }),
  )
  const totals = totalsOf(t.chain.query())
  return { states, totals, readings, certificates: t.chain.contentHash('certificate') }
}

describe('metering properties', () => {
  it('any order of arrival over blocks, repeats and other signatures end in the same state', () => {
    const messy = fc.record({
      a: fc.array(step, { minLength: 1, maxLength: 8 }),
      b: fc.array(step, { maxLength: 5 }),
      sends: fc.array(fc.tuple(fc.nat(), fc.boolean(), fc.nat({ max: 60 })), { maxLength: 25 }),
    })
    fc.assert(
      fc.property(messy, ({ a, b, sends }) => {
        const all = [...history('a', a), ...history('b', b)]
        const devices = [plant('a'), plant('b')]
        const [straight, tangled] = [town(devices), town(devices)]
        if (all.length > 0) straight.submit(...all)
        let minutes = 8 * 60
        for (const [pick, flipped, wait] of sends) {
          const reading = all[pick % all.length]
          minutes = Math.min(minutes + wait, 14 * 60)
          // Both have the same blocks; records name the height that issued them.
          tangled.at(minutes)
          straight.at(minutes)
          if (reading !== undefined) tangled.submit(flipped ? otherS(reading) : reading)
        }
        if (all.length > 0) tangled.submit(...[...all].reverse())
        for (const t of [straight, tangled]) {
          t.at(14 * 60)
          t.close()
          t.checkInvariants()
        }
        expect(essence(tangled)).to.deep.equal(essence(straight))
      }),
      { numRuns: 60 },
    )
  })
  it('accounts balance after every block and what is credited never exceeds plate times time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const t = town([plant('a', { nameplateW: WATT })])
        const all = history('a', steps)
        for (const reading of all) t.submit(reading)
        t.close()
        t.checkInvariants()
        const found = stateOf(t.chain.query(), 'a')
        if (found?.opening === undefined || found.settled === undefined) return
        expect(balanceProblem(found)).to.equal(undefined)
        const seconds = found.settled.time - found.opening.time
        // Each accepted reading may round its bound up by less than one Wh.
        const most = nameplateBoundWh(WATT, seconds, MARGIN) + found.accepted
        expect(found.export.creditedWh <= most).to.equal(true)
      }),
      { numRuns: 150 },
    )
  })
  it('every certificate is one interval, its Wh the difference of its two registers', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 20 }), (steps) => {
        const t = town([plant('a')])
        const all = history('a', steps)
        if (all.length > 0) t.submit(...all)
        t.close()
        const answer = t.query('strom.metering.v1.Query', 'Readings', { device: 'a' }) as {
          readings: { time: bigint; exportMwh: bigint; verdict: number }[]
        }
        const accepted = answer.readings.filter((row) => row.verdict === 2)
        let sum = 0n
        for (const end of accepted) {
          const start = accepted.find((row) => row.time === end.time - 900n)
          if (start === undefined || end.time % 900n !== 0n) continue
          sum += end.exportMwh / 1000n - start.exportMwh / 1000n
        }
        expect(stateOf(t.chain.query(), 'a')?.export.creditedWh ?? 0n).to.equal(sum)
      }),
      { numRuns: 100 },
    )
  })
  it('no bytes in a reading stop the message', () => {
    const bytes = fc.uint8Array({ maxLength: 120 })
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, bytes), { minLength: 1, maxLength: 5 }), (rows) => {
        const t = town([plant('a')])
        const results = t.submit(...rows.map(([message, signature]) => ({ message, signature })))
        expect(results.every((r) => !r.accepted)).to.equal(true)
        t.checkInvariants()
      }),
    )
  })
})
