import { expect } from 'chai'
import fc from 'fast-check'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceState } from '../../../proto/gen/strom/metering/v1/state.ts'
import { toHex } from '../../kit/bytes.ts'
import { creditWh, nameplateBoundWh } from '../rules.ts'
import { stateOf } from '../state.ts'
import { totalsOf } from '../tally.ts'
import { Meter, otherS, plant, T0, type Town, town } from './fixture.ts'

const MARGIN = 20_000n
const WATT = 10_000n

/** A step of a meter: minutes since the one before and mWh exported, some of both impossible. */
const step = fc.record({
  minutes: fc.integer({ min: -10, max: 45 }),
  mwh: fc.bigInt({ min: -300_000n, max: 4_000_000n }),
})

function history(id: string, steps: readonly { minutes: number; mwh: bigint }[]): SignedReading[] {
  const meter = new Meter(id)
  let [minute, register] = [0, 5_000_000n]
  return steps.map(({ minutes, mwh }) => {
    minute += minutes
    register += mwh
    return meter.read(minute, register < 0n ? 0n : register)
  })
}

/** State without what depends on the order of arrival: the ledgers' numbering. */
function essence(t: Town): unknown {
  const states = ['a', 'b'].flatMap((id) => {
    const found = stateOf(t.chain.query(), id)
    return found === undefined ? [] : [DeviceState.toJson({ ...found, refusalsSeen: 0n })]
  })
  const totals = totalsOf(t.chain.query())
  const readings = ['a', 'b'].map((device) =>
    t.query('strom.metering.v1.Query', 'Readings', { device }),
  )
  return {
    states,
    totals: { ...totals, unattributedSeen: 0n },
    readings,
    certificates: t.chain.contentHash('certificate'),
  }
}

describe('metering properties', () => {
  it('any order of sending, repeats and other signatures end in the same state', () => {
    const messy = fc.record({
      a: fc.array(step, { minLength: 1, maxLength: 6 }),
      b: fc.array(step, { maxLength: 4 }),
      sends: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 20 }),
    })
    fc.assert(
      fc.property(messy, ({ a, b, sends }) => {
        const all = [...history('a', a), ...history('b', b)]
        const [straight, tangled] = [town([plant('a'), plant('b')]), town([plant('a'), plant('b')])]
        straight.submit(...all)
        for (const [pick, flipped] of sends) {
          const reading = all[pick % all.length] as SignedReading
          tangled.submit(flipped ? otherS(reading) : reading)
          tangled.checkInvariants()
        }
        // A gateway resends until everything is settled.
        tangled.submit(...[...all].reverse())
        tangled.submit(...all)
        expect(essence(tangled)).to.deep.equal(essence(straight))
      }),
      { numRuns: 60 },
    )
  })
  it('credits are those of the last and first accepted registers and never exceed plate times time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const t = town([plant('a', { nameplateW: WATT })])
        const results = t.submit(...history('a', steps))
        t.checkInvariants()
        const sum = results.reduce((total, r) => total + r.creditedExportWh, 0n)
        const state = t.state('a')
        expect(sum).to.equal(state.creditedExportWh)
        if (state.accepted === 0n) return
        expect(sum).to.equal(creditWh(state.openingExportMwh, state.lastExportMwh))
        const first = results.findIndex((r) => r.accepted)
        const minutes = steps.slice(0, first + 1).reduce((total, s) => total + s.minutes, 0)
        const seconds = state.lastTime - (T0 + BigInt(minutes) * 60n)
        // Each accepted reading may round its bound up by less than one Wh.
        expect(sum <= nameplateBoundWh(WATT, seconds, MARGIN) + state.accepted).to.equal(true)
      }),
      { numRuns: 150 },
    )
  })
  it('what is certified is never more than what is credited, and every certificate is an interval', () => {
    const quarter = fc.record({ skip: fc.boolean(), mwh: fc.bigInt({ min: 0n, max: 3_000_000n }) })
    fc.assert(
      fc.property(fc.array(quarter, { minLength: 2, maxLength: 20 }), (quarters) => {
        const t = town([plant('a')])
        const steps = quarters.map(({ skip, mwh }) => ({ minutes: skip ? 30 : 15, mwh }))
        const results = t.submit(...history('a', steps))
        t.checkInvariants()
        const wanted = results.filter(
          (r, i) =>
            i > 0 &&
            r.accepted &&
            results[i - 1]?.accepted === true &&
            steps[i]?.minutes === 15 &&
            r.creditedExportWh > 0n,
        )
        const answer = t.query('strom.certificate.v1.Query', 'Summary', {})
        expect(answer).to.have.nested.property('totals.certificates', BigInt(wanted.length))
        const sum = wanted.reduce((total, r) => total + r.creditedExportWh, 0n)
        expect(answer).to.have.nested.property('totals.issuedWh', sum)
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
        const distinct = new Set(rows.map(([message]) => toHex(message))).size
        expect(totalsOf(t.chain.query()).refused).to.equal(BigInt(distinct))
        t.checkInvariants()
      }),
    )
  })
})
