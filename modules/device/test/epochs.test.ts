import { expect } from 'chai'
import fc from 'fast-check'
import { type Device, type Epoch, Status, Way } from '../../../proto/gen/strom/device/v1/state.ts'
import { toHex } from '../../kit/bytes.ts'
import { ChainError } from '../../kit/errors.ts'
import { amend, type Change, epochAt, epochsOf } from '../epochs.ts'
import { state } from '../state.ts'
import { AUTHORITY, keyOf, OTHER, OWNER, stored, T0, type World, world } from './fixture.ts'

const KEYS = ['k1', 'k2', 'k3', 'k4'].map((name) => keyOf(name).pubkey)

type Step =
  | { readonly kind: 'rotate'; readonly from: bigint; readonly key: number }
  | { readonly kind: 'transfer'; readonly from: bigint; readonly owner: string }
  | { readonly kind: 'status'; readonly from: bigint; readonly status: Status }
  | { readonly kind: 'route'; readonly from: bigint; readonly way: Way }
  | { readonly kind: 'jail'; readonly from: bigint }

const time = fc.integer({ min: 1, max: 30 }).map((n) => T0 + BigInt(n))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('rotate' as const), from: time, key: fc.nat(3) }),
  fc.record({
    kind: fc.constant('transfer' as const),
    from: time,
    owner: fc.constantFrom(OWNER, OTHER, AUTHORITY),
  }),
  fc.record({
    kind: fc.constant('status' as const),
    from: time,
    status: fc.constantFrom(Status.STATUS_ACTIVE, Status.STATUS_SUSPENDED),
  }),
  fc.record({
    kind: fc.constant('route' as const),
    from: time,
    way: fc.constantFrom(Way.WAY_DIRECT, Way.WAY_ROOT),
  }),
  fc.record({ kind: fc.constant('jail' as const), from: time }),
)

const changeOf = (one: Step): Change => {
  if (one.kind === 'rotate') return { pubkey: KEYS[one.key] as Uint8Array }
  if (one.kind === 'transfer') return { owner: one.owner }
  if (one.kind === 'status') return { status: one.status }
  if (one.kind === 'route') return { way: one.way }
  return { status: Status.STATUS_JAILED }
}

/** The slow way: what every second says, changed one by one. */
function naive(device: Device): Record<string, string>[] {
  return Array.from({ length: 33 }, () => fieldsOf(device))
}

function fieldsOf(one: Pick<Epoch, 'owner' | 'pubkey' | 'status' | 'way'>): Record<string, string> {
  const { owner, pubkey, status, way } = one
  return { owner, pubkey: toHex(pubkey), status: status.toString(), way: way.toString() }
}

/** Applies a step, or refuses it where the field changes later, at the same second too where `strict`. */
function naiveStep(seconds: Record<string, string>[], one: Step, strict: boolean): boolean {
  const at = Number(one.from - T0)
  const [[field, value]] = Object.entries(changeOf(one)) as [[string, Uint8Array | string | number]]
  const text = value instanceof Uint8Array ? toHex(value) : value.toString()
  const first = strict ? at : at + 1
  if (one.kind !== 'jail') {
    for (let i = first; i < seconds.length; i++) {
      if (seconds[i]?.[field] !== seconds[i - 1]?.[field]) return false
    }
  }
  for (const second of seconds.slice(at)) second[field] = text
  return true
}

function attempt(w: World, one: Step, strict: boolean): boolean {
  const device = state.devices.must(w.chain.query(), 'pv-1')
  if (one.kind === 'jail') {
    w.api.jail(w.chain.write(), 'pv-1', one.from, 'test')
    return true
  }
  try {
    amend(w.chain.write(), device, one.from, changeOf(one), strict)
    return true
  } catch (error) {
    if (error instanceof ChainError && error.code === 16) return false
    throw error
  }
}

describe('epochs', () => {
  it('answer every time as a naive list does, after any of 150 sequences of changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const w = world([stored('pv-1', { way: Way.WAY_DIRECT })])
        const seconds = naive(state.devices.must(w.chain.query(), 'pv-1'))
        for (const one of steps) {
          const strict = one.kind === 'rotate' || one.kind === 'transfer'
          expect(attempt(w, one, strict)).to.equal(naiveStep(seconds, one, strict))
        }
        const device = state.devices.must(w.chain.query(), 'pv-1')
        seconds.forEach((expected, i) => {
          const epoch = epochAt(w.chain.query(), device, T0 + BigInt(i))
          expect(fieldsOf(epoch)).to.deep.equal(expected)
        })
        const all = epochsOf(w.chain.query(), device)
        expect(all[0]?.from).to.equal(0n)
        expect(all.every((one, i) => i === 0 || one.from > (all[i - 1] as Epoch).from)).to.equal(
          true,
        )
        for (const name of ['epochs-match', 'indexes-match', 'capacity']) {
          const law = w.modules
            .flatMap((module) => module.invariants)
            .find((one) => one.name === name)
          expect(law?.check(w.chain.query())).to.equal(undefined)
        }
      }),
      { numRuns: 150 },
    )
  })
  it('hold for all time before the first change, negative times too', () => {
    const w = world([stored('pv-1')])
    const device = state.devices.must(w.chain.query(), 'pv-1')
    const next = amend(w.chain.write(), device, T0, { owner: OTHER })
    for (const at of [-(1n << 63n), -1n, 0n, T0 - 1n]) {
      expect(epochAt(w.chain.query(), next, at).owner).to.equal(OWNER)
    }
    expect(epochAt(w.chain.query(), next, (1n << 63n) - 1n).owner).to.equal(OTHER)
  })
  it('are refused by device 17 when the history is full, but a jail always finds room', () => {
    const w = world([stored('pv-1')], { maxEpochs: 2 })
    const device = () => state.devices.must(w.chain.query(), 'pv-1')
    amend(w.chain.write(), device(), T0, { owner: OTHER })
    expect(() => amend(w.chain.write(), device(), T0 + 1n, { owner: OWNER })).to.throw(
      ChainError,
      'limit reached',
    )
    w.api.jail(w.chain.write(), 'pv-1', T0 + 5n, 'test')
    expect(device().epochs).to.equal(3)
    w.checkInvariants()
  })
  it('are the same whichever of two faults is proven first', () => {
    const ends = [
      [3n, 9n],
      [9n, 3n],
    ].map((order) => {
      const w = world([stored('pv-1')])
      for (const from of order) w.api.jail(w.chain.write(), 'pv-1', T0 + from, 'test')
      const found = epochsOf(w.chain.query(), state.devices.must(w.chain.query(), 'pv-1'))
      return {
        hash: w.chain.contentHash('device'),
        epochs: found.map((one) => [one.from, one.status]),
      }
    })
    expect(ends[0]).to.deep.equal(ends[1])
    expect(ends[0]?.epochs).to.deep.equal([
      [0n, Status.STATUS_ACTIVE],
      [T0 + 3n, Status.STATUS_JAILED],
    ])
  })
})
