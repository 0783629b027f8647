import { expect } from 'chai'
import fc from 'fast-check'
import { ZoneParams } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgAllocateToStorage,
  MsgCancelCertificate,
  MsgClaimCertificate,
  MsgIssueCarbon,
  MsgMatchCertificate,
  MsgReleaseCertificate,
  MsgReserveCertificate,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { allocateToStorage } from '../messages/allocate-to-storage.ts'
import { cancelCertificate } from '../messages/cancel-certificate.ts'
import { claimCertificate } from '../messages/claim-certificate.ts'
import { issueCarbon } from '../messages/issue-carbon.ts'
import { matchCertificate } from '../messages/match-certificate.ts'
import { releaseCertificate } from '../messages/release-certificate.ts'
import { reserveCertificate } from '../messages/reserve-certificate.ts'
import { rangesOf, statusAt } from '../ranges.ts'
import { lock, record, withdraw } from '../record.ts'
import { statusName } from '../slices.ts'
import { state } from '../state.ts'
import { totalsOf } from '../totals.ts'
import {
  ALICE,
  BESS,
  BOB,
  CAROL,
  checkInvariants,
  deliver,
  interval,
  issued,
  LOAD,
  PV,
  passTo,
  START,
  send,
  setParams,
  slice,
  started,
  transfer,
} from './fixture.ts'

const SIZE = 24
const UNTIL = START + 40_000n

/** One watt-hour as the model sees it: everything that two Wh must share to be handled by one message. */
interface Wh {
  owner: string
  status: string
  reservedFor: string
  ref: number
  locked: boolean
}

/** The certificate as a list of single watt-hours: nothing of the module's arithmetic of ranges is used. */
class Model {
  wh: Wh[] = Array.from({ length: SIZE }, () => ({
    owner: ALICE,
    status: 'active',
    reservedFor: '',
    ref: 0,
    locked: false,
  }))
  refs = 0
  chargeLeft = 10
  loadLeft = 12

  /** Wh first..last when they are in one state, undefined otherwise. */
  one(first: number, last: number): Wh | undefined {
    const part = this.wh.slice(first - 1, last)
    const same = part.every((wh) => JSON.stringify(wh) === JSON.stringify(part[0]))
    return same ? part[0] : undefined
  }
  set(first: number, last: number, change: Partial<Wh>): void {
    for (let i = first - 1; i < last; i++) this.wh[i] = { ...(this.wh[i] as Wh), ...change }
  }
  free(first: number, last: number, owner: string): boolean {
    const wh = this.one(first, last)
    return wh?.owner === owner && wh.status === 'active' && !wh.locked
  }
}

type Step = readonly [kind: string, who: string, a: number, b: number, to: string]

/** What each kind of step does to the chain, and whether the model says it may. */
function take(chain: FakeChain, model: Model, [kind, who, a, b, to]: Step): void {
  const [first, last] = a < b ? [a, b] : [b, a]
  const size = last - first + 1
  const place = slice(who, BigInt(first), BigInt(last))
  const free = model.free(first, last, who)
  const held = model.one(first, last)
  const expecting = (may: boolean, result: string, change: Partial<Wh>): void => {
    expect(result === 'done', `${kind} ${first}-${last}: ${result}`).to.equal(may)
    if (may) model.set(first, last, change)
  }
  const using = (may: boolean, result: string, status: string): void => {
    if (may) model.refs += 1
    expecting(may, result, { status, ref: model.refs })
  }
  if (kind === 'transfer') {
    const kept = held?.status === 'reserved' && held.owner === who && held.reservedFor === to
    const may = (free || (kept && !held.locked)) && who !== to
    const result = send(chain, transfer(who, place.first, place.last, to))
    expecting(may, result, { owner: to, status: 'active', reservedFor: '' })
  } else if (kind === 'reserve') {
    const message = MsgReserveCertificate.create({ ...place, reservedFor: to, until: UNTIL })
    const change = { status: 'reserved', reservedFor: to }
    expecting(free, deliver(chain, reserveCertificate, message), change)
  } else if (kind === 'release') {
    const message = MsgReleaseCertificate.create({ ...place, reservedFor: who })
    const result = deliver(chain, releaseCertificate, message)
    expecting(held?.reservedFor === who, result, { status: 'active', reservedFor: '' })
  } else if (kind === 'claim') {
    using(free, deliver(chain, claimCertificate, MsgClaimCertificate.create(place)), 'claimed')
  } else if (kind === 'cancel') {
    using(free, deliver(chain, cancelCertificate, MsgCancelCertificate.create(place)), 'cancelled')
  } else if (kind === 'carbon') {
    const result = deliver(chain, issueCarbon, MsgIssueCarbon.create(place))
    using(free && size >= 2, result, 'carbon')
  } else if (kind === 'match') {
    const use = { consumptionDevice: LOAD.id, consumptionStart: START }
    const may = free && who === ALICE && size <= model.loadLeft
    const result = deliver(
      chain,
      matchCertificate,
      MsgMatchCertificate.create({ ...place, ...use }),
    )
    using(may, result, 'claimed')
    if (may) model.loadLeft -= size
  } else if (kind === 'store') {
    const use = { battery: BESS.id, chargeStart: START }
    const may = free && who === ALICE && size <= model.chargeLeft
    const message = MsgAllocateToStorage.create({ ...place, ...use })
    using(may, deliver(chain, allocateToStorage, message), 'stored')
    if (may) model.chargeLeft -= size
  } else if (kind === 'withdraw') takeBack(chain, model, size)
  else {
    const locked = kind === 'lock'
    lock(chain.write(), 'production', PV.id, START, locked ? UNTIL : 0n)
    for (const wh of model.wh) if (['active', 'reserved'].includes(wh.status)) wh.locked = locked
  }
}

function takeBack(chain: FakeChain, model: Model, size: number): void {
  const { withdrawnWh } = withdraw(chain.write(), 'production', PV.id, START, BigInt(size), 'x')
  let left = size
  for (const wh of [...model.wh].reverse()) {
    if (left === 0 || !['active', 'reserved'].includes(wh.status)) continue
    Object.assign(wh, { status: 'withdrawn', reservedFor: '', locked: false })
    left -= 1
  }
  expect(withdrawnWh).to.equal(BigInt(size - left))
}

/** State and holder of every single Wh on the chain. */
function flat(chain: FakeChain): string[] {
  const certificate = state.certificates.must(chain.query(), [PV.id, START, 0])
  return rangesOf(chain.query(), [PV.id, START, 0]).flatMap((range) => {
    const wh = `${range.owner} ${statusName(statusAt(range, certificate, chain.time))}`
    return new Array<string>(Number(range.last - range.first + 1n)).fill(wh)
  })
}

const who = fc.constantFrom(ALICE, BOB, CAROL)
const number = fc.integer({ min: 1, max: SIZE })
const kinds = ['transfer', 'reserve', 'release', 'claim', 'cancel', 'carbon', 'match', 'store']
const kind = fc.constantFrom(
  ...kinds,
  'transfer',
  'transfer',
  'reserve',
  'withdraw',
  'lock',
  'open',
)
const near = fc
  .tuple(number, fc.integer({ min: 0, max: 4 }))
  .map(([a, more]): [number, number] => [a, Math.min(a + more, SIZE)])
const step = fc
  .tuple(kind, who, near, who)
  .map(([what, from, [a, b], to]): Step => [what, from, a, b, to])

describe('certificate properties', () => {
  it('any order of messages, withdrawals, locks and expiry keeps every Wh in exactly one state', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const chain = started()
        const model = new Model()
        setParams(chain, {
          zones: [ZoneParams.create({ zone: PV.zone, omGPerKwh: 850n, bmGPerKwh: 350n })],
        })
        issued(chain, BigInt(SIZE))
        record(chain.write(), 'consumption', interval(LOAD, 12n))
        record(chain.write(), 'charge', interval(BESS, 10n))
        for (const one of steps) {
          take(chain, model, one)
          checkInvariants(chain)
          const seen = model.wh.map((wh) => `${wh.owner} ${wh.locked ? 'locked' : wh.status}`)
          expect(flat(chain)).to.deep.equal(seen)
        }
        passTo(chain, START + 900n + 63_072_000n)
        checkInvariants(chain)
        const { issuedWh, freeWh, ...rest } = totalsOf(chain.query())
        const states = [
          rest.claimedWh,
          rest.cancelledWh,
          rest.expiredWh,
          rest.withdrawnWh,
          rest.storedWh,
          rest.carbonWh,
        ]
        expect([issuedWh, freeWh]).to.deep.equal([BigInt(SIZE), 0n])
        expect(states.reduce((sum, wh) => sum + wh, 0n)).to.equal(BigInt(SIZE))
      }),
      { numRuns: 150 },
    )
  })
  it('storage never releases more than efficiency allows, and charged = released + lost + stored', () => {
    const wh = fc.bigInt({ min: 1n, max: 5_000n })
    const tick = fc.record({ charge: wh, certified: fc.bigInt({ min: 0n, max: 6_000n }), out: wh })
    const ppm = fc.bigInt({ min: 1n, max: 1_000_000n })
    fc.assert(
      fc.property(
        fc.array(tick, { maxLength: 12 }),
        ppm,
        fc.integer({ min: 1, max: 5 }),
        (ticks, eff, bound) => {
          const chain = started()
          setParams(chain, { storageStepsPerBlock: bound })
          const battery = { ...BESS, etaCPpm: eff, storageWh: 3_000n }
          const certified = ticks.map(({ charge, certified, out }, i) => {
            const start = START + BigInt(i) * 900n
            record(chain.write(), 'charge', interval(battery, charge, start))
            record(chain.write(), 'discharge', interval(battery, out, start))
            if (certified === 0n) return 0n
            record(chain.write(), 'production', interval(PV, certified, start))
            const covered = certified < charge ? certified : charge
            const place = { ...slice(ALICE, 1n, covered), intervalStart: start }
            const use = { battery: BESS.id, chargeStart: start }
            const message = MsgAllocateToStorage.create({ ...place, ...use })
            expect(deliver(chain, allocateToStorage, message)).to.equal('done')
            return covered
          })
          for (let i = 0; i < 60; i++) passTo(chain, START + 50_000n + BigInt(i))
          checkInvariants(chain)
          const stored = certified.reduce((sum, n) => sum + n, 0n)
          expect(totalsOf(chain.query()).storageIssuedWh * 1_000_000n <= stored * eff).to.equal(
            true,
          )
          const sheet = state.sheets.get(chain.query(), BESS.id)
          for (const row of sheet?.sources ?? []) {
            expect(row.chargedWh).to.equal(row.releasedWh + row.lostWh + row.storedWh)
            const used = row.chargedWh - row.storedWh
            expect(row.releasedWh * 1_000_000n <= used * eff, row.source).to.equal(true)
          }
          expect([...state.bookings.entries(chain.query())]).to.deep.equal([])
        },
      ),
      { numRuns: 60 },
    )
  })
  it('records of a battery end in the same state whatever the order they were recorded in', () => {
    const records = [
      ['charge', 1_000n, 0n],
      ['discharge', 300n, 1n],
      ['charge', 700n, 2n],
      ['discharge', 900n, 3n],
      ['discharge', 900n, 4n],
      ['charge', 10n, 5n],
    ] as const
    const endOf = (order: readonly number[]): string => {
      const chain = started()
      for (const i of order) {
        const [what, wh, at] = records[i] as (typeof records)[number]
        record(chain.write(), what, interval(BESS, wh, START + at * 900n))
      }
      passTo(chain, START + 50_000n)
      checkInvariants(chain)
      return chain.contentHash('certificate')
    }
    const expected = endOf([0, 1, 2, 3, 4, 5])
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(order, (shuffled) => {
        expect(endOf(shuffled)).to.equal(expected)
      }),
      { numRuns: 40 },
    )
  })
})
