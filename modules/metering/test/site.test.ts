import { sha256 } from '@noble/hashes/sha2.js'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Device, Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import type {
  QueryConsumptionHashResponse,
  QuerySiteBalanceResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { ConsumptionLink, TickPhase } from '../../../proto/gen/strom/metering/v1/tick.ts'
import { concatBytes, toHex, utf8Encode } from '../../kit/bytes.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { merkleRoot } from '../links.ts'
import { plant, T0, type Town, town } from './fixture.ts'
import { arrive, identity, minute } from './registers.ts'

const SERVICE = 'strom.metering.v1.Query'
const WATTS = { nameplateW: 10_000_000n }
const HOME = [
  plant('a-pv', { kind: Kind.KIND_PV, ...WATTS, classPpm: 10_000 }),
  plant('b-grid', { kind: Kind.KIND_METER, ...WATTS, classPpm: 5_000 }),
  plant('c-bess', { kind: Kind.KIND_BESS, ...WATTS, storageWh: 1_000_000_000n, classPpm: 10_000 }),
  plant('d-load', { kind: Kind.KIND_LOAD, ...WATTS, classPpm: 20_000 }),
  plant('e-evse', { kind: Kind.KIND_EVSE, ...WATTS, classPpm: 10_000 }),
]

/** Wh of a quarter hour in both directions by device. */
type Flows = Readonly<Record<string, readonly [bought: number, sold: number]>>

/** A site whose registers stood at 1,000 Wh and moved by the flows in one quarter hour. */
function site(flows: Flows, devices: readonly Device[] = HOME): Town {
  const t = town(devices)
  for (const { id } of devices) {
    const [bought, sold] = flows[id] ?? [0, 0]
    arrive(t, id, [
      { at: 0, import: 1000, export: 1000 },
      { at: 15, import: 1000 + bought, export: 1000 + sold },
    ])
  }
  return t
}

function balance(t: Town, from = T0, to = T0 + 900n): QuerySiteBalanceResponse {
  return t.query(SERVICE, 'SiteBalance', { site: 'home-1', from, to }) as QuerySiteBalanceResponse
}

function hashOf(t: Town, request: object): QueryConsumptionHashResponse {
  const asked = { tick: T0, ...request }
  return t.query(SERVICE, 'ConsumptionHash', asked) as QueryConsumptionHashResponse
}

describe('balance of a site', () => {
  it('is PV + grid in + discharge = load + charging + grid out + charge, to the Wh', () => {
    const found = balance(
      site({
        'a-pv': [0, 5000],
        'b-grid': [700, 300],
        'c-bess': [1000, 400],
        'd-load': [3000, 0],
        'e-evse': [1800, 0],
      }),
    )
    expect(found).to.include({ inWh: 6100n, outWh: 6100n, residualWh: 0n, within: true })
    // 2 x (1 % of 5,000 + 0.5 % of 1,000 + 1 % of 1,400 + 2 % of 3,000 + 1 % of 1,800) Wh.
    expect(found).to.include({ boundWh: 294n, roundingWh: 10n, bounded: true })
    expect(found.flows.map(({ device }) => device)).to.deep.equal(HOME.map(({ id }) => id))
    expect(found.derived.concat(found.missing, found.estimated)).to.deep.equal([])
  })

  it('is within the bound and rounding, and beyond it one Wh further, on either side', () => {
    // 2 x (0.5 % of 6,000 + 2 % of 3,000), and a Wh for each of four registers.
    const devices = HOME.filter(({ id }) => id === 'b-grid' || id === 'd-load')
    const of = (bought: number, used: number) =>
      balance(site({ 'b-grid': [bought, 0], 'd-load': [used, 0] }, devices))
    expect(of(6000, 3000)).to.include({ boundWh: 180n, roundingWh: 4n, within: false })
    expect(of(3000, 3000)).to.include({ boundWh: 150n, residualWh: 0n, within: true })
    expect(of(3157, 3000)).to.include({ boundWh: 152n, residualWh: 157n, within: false })
    expect(of(3156, 3000)).to.include({ boundWh: 152n, residualWh: 156n, within: true })
    expect(of(2847, 3000)).to.include({ boundWh: 149n, residualWh: -153n, within: true })
    expect(of(2846, 3000)).to.include({ boundWh: 149n, residualWh: -154n, within: false })
  })

  it('leaves derived registers out, names them, and claims no bound without a load of its own', () => {
    const devices = HOME.map((d) => (d.id === 'd-load' ? { ...d, derived: true } : d))
    const found = balance(site({ 'a-pv': [0, 500], 'd-load': [500, 0] }, devices))
    expect(found.derived).to.deep.equal(['d-load'])
    expect(found.missing).to.deep.equal(['LOAD'])
    expect(found).to.include({ residualWh: 500n, bounded: false, within: false })
    const pv = balance(site({ 'a-pv': [0, 500] }, HOME.slice(0, 1)))
    expect(pv.missing).to.deep.equal(['METER', 'LOAD'])
  })

  it('names devices whose ticks are estimated and claims no bound then', () => {
    const t = site({ 'b-grid': [10, 0], 'd-load': [10, 0] })
    for (const { id } of HOME.slice(1)) arrive(t, id, [{ at: 30, import: 2000, export: 2000 }])
    arrive(t, 'a-pv', [{ at: 75, import: 1000, export: 2000, seq: 6n }])
    const found = balance(t, T0, minute(30))
    expect(found.estimated).to.deep.equal(['a-pv'])
    expect(found).to.include({ bounded: false, within: false })
    expect(balance(t).estimated).to.deep.equal([])
  })

  it('balances whatever flows, as long as what enters leaves', () => {
    const wh = fc.integer({ min: 0, max: 100_000 })
    fc.assert(
      fc.property(fc.tuple(wh, wh, wh, wh, wh), ([sun, bought, charged, discharged, driven]) => {
        const [into, out] = [sun + bought + discharged, charged + driven]
        const used = Math.max(0, into - out)
        const t = site({
          'a-pv': [0, sun],
          'b-grid': [bought + Math.max(0, out - into), 0],
          'c-bess': [charged, discharged],
          'd-load': [used, 0],
          'e-evse': [driven, 0],
        })
        expect(balance(t)).to.include({ residualWh: 0n, within: true, bounded: true })
      }),
      { numRuns: 25 },
    )
  })

  it('refuses sites without devices and more ticks than a call answers', () => {
    const t = site({})
    const ask = (request: object) => () => t.query(SERVICE, 'SiteBalance', request)
    expect(ask({ site: 'nowhere', from: T0, to: T0 + 900n })).to.throw(
      'no device belongs to site "nowhere"',
    )
    expect(ask({ site: '', from: T0, to: T0 + 900n })).to.throw('no device belongs to site ""')
    expect(ask({ site: 'home-1', from: T0, to: T0 + 900_900n })).to.throw('at most 1000 ticks')
  })
})

describe('consumption hash', () => {
  it('is sha256 of the canonical link: chain, device, tick, energy and both signed readings', () => {
    const t = site({ 'd-load': [123, 4] })
    const { hash, links, missing, phase } = hashOf(t, { device: 'd-load' })
    expect(links).to.deep.equal([
      {
        chainId: 'strom-test-1',
        device: 'd-load',
        start: T0,
        end: T0 + 900n,
        importWh: 123n,
        exportWh: 4n,
        opening: identity('d-load', 1n),
        closing: identity('d-load', 2n),
      },
    ])
    expect(hash).to.deep.equal(sha256(ConsumptionLink.encode(links[0] as ConsumptionLink)))
    expect(missing).to.deep.equal([])
    expect(phase).to.equal(TickPhase.TICK_PHASE_PRELIMINARY)
  })

  it('of a site is the RFC 6962 root over its devices in order of id, and anyone computes it from the answer', () => {
    const t = site({ 'a-pv': [0, 9], 'd-load': [9, 0] })
    const { hash, links } = hashOf(t, { site: 'home-1' })
    expect(links.map(({ device }) => device)).to.deep.equal(HOME.map(({ id }) => id))
    const leaf = (one: Uint8Array) => sha256(concatBytes(Uint8Array.of(0), one))
    const node = (a: Uint8Array, b: Uint8Array) => sha256(concatBytes(Uint8Array.of(1), a, b))
    const [a, b, c, d, e] = links.map((link) => leaf(sha256(ConsumptionLink.encode(link)))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    expect(hash).to.deep.equal(node(node(node(a, b), node(c, d)), e))
  })

  it('changes with every Wh, tick, reading, device and chain', () => {
    const seen = new Set<string>()
    const note = (t: Town, tick = T0, device = 'd-load') =>
      seen.add(toHex(hashOf(t, { device, tick }).hash))
    note(site({ 'd-load': [123, 4] }))
    note(site({ 'd-load': [124, 4] }))
    note(site({ 'd-load': [123, 5] }))
    note(site({ 'e-evse': [123, 4] }), T0, 'e-evse')
    const other = site({ 'd-load': [123, 4] })
    other.chain.chainId = 'strom-test-2'
    note(other)
    const later = site({ 'd-load': [123, 4] })
    arrive(later, 'd-load', [{ at: 30, import: 1246, export: 1008 }])
    note(later, T0 + 900n)
    expect(seen.size).to.equal(6)
  })

  it('names devices of a site without two readings around the tick', () => {
    const t = site({}, HOME)
    const { links, missing } = hashOf(t, { site: 'home-1', tick: T0 + 900n })
    expect(links).to.deep.equal([])
    expect(missing).to.deep.equal(HOME.map(({ id }) => id))
    expect(() => hashOf(t, { device: 'a-pv', tick: T0 + 900n })).to.throw('no two readings around')
    expect(() => hashOf(t, {})).to.throw('either a device or a site is needed')
    expect(() => hashOf(t, { device: 'a-pv', site: 'home-1' })).to.throw(
      'either a device or a site',
    )
  })

  it('roots: nothing, and a, b, c give the golden hashes of RFC 6962', () => {
    expect(toHex(merkleRoot(nobleHasher, []))).to.equal(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    expect(toHex(merkleRoot(nobleHasher, ['a', 'b', 'c'].map(utf8Encode)))).to.equal(
      '36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1',
    )
  })
})
