import { expect } from 'chai'
import { type Capacity, type Device, Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterDevice, MsgSuspendDevice } from '../../../proto/gen/strom/device/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { state } from '../state.ts'
import { writeDevice } from '../store-device.ts'
import { BOX, CLASS_C, OTHER, OWNER, registration, stored, world } from './fixture.ts'

const some = () =>
  world([
    stored('a'),
    stored('b', { kind: Kind.KIND_LOAD, site: 's-2', maker: 'zeta', owner: OTHER }),
    stored('c', { zone: 'FR', ...(CLASS_C as Partial<Device>) }),
  ])

describe('device queries', () => {
  it('Devices filters by owner, zone, kind, site, maker and gateway', () => {
    const w = some()
    const found = (filter: object): string[] =>
      w.query<{ devices: Device[] }>('Devices', filter).devices.map((one) => one.id)
    expect(found({})).to.deep.equal(['a', 'b', 'c'])
    expect(found({ owner: OWNER })).to.deep.equal(['a', 'c'])
    expect(found({ owner: OWNER, zone: 'DE-LU' })).to.deep.equal(['a'])
    expect(found({ kind: Kind.KIND_PV })).to.deep.equal(['a', 'c'])
    expect(found({ site: 's-2' })).to.deep.equal(['b'])
    expect(found({ site: 's-2', owner: OWNER })).to.deep.equal([])
    expect(found({ maker: 'acme' })).to.deep.equal(['a'])
    expect(found({ gateway: BOX })).to.deep.equal(['c'])
    expect(found({ owner: BOX })).to.deep.equal([])
    expect(() => found({ owner: 'nobody' })).to.throw(ChainError, 'invalid address')
  })
  it('Device and Gateway answer with one, and refuse an unknown id with sdk 38', () => {
    const w = some()
    expect(w.query<{ device: Device }>('Device', { id: 'b' }).device.site).to.equal('s-2')
    expect(() => w.query('Device', { id: 'z' })).to.throw(ChainError, 'no entry for z')
    expect(() => w.query('Gateway', { address: OWNER })).to.throw(ChainError, 'no entry')
    expect(() => w.query('KeyAt', { device: 'z' })).to.throw(ChainError, 'no entry for z')
  })
  it('ZoneCapacity is the sum of the active devices by kind', () => {
    const w = some()
    const rows = (zone: string) =>
      w
        .query<{ capacities: Capacity[] }>('ZoneCapacity', { zone })
        .capacities.map((row) => [row.kind, row.devices, row.nameplateW])
    expect(rows('DE-LU')).to.deep.equal([
      [Kind.KIND_PV, 1n, 10_000n],
      [Kind.KIND_LOAD, 1n, 10_000n],
    ])
    expect([rows('DE'), rows('FR')]).to.deep.equal([[], [[Kind.KIND_PV, 1n, 10_000n]]])
    w.run(MsgRegisterDevice, registration('d', { nameplateW: 5n }))
    expect(rows('DE-LU')[0]).to.deep.equal([Kind.KIND_PV, 2n, 10_005n])
    w.run(MsgSuspendDevice, { signer: OWNER, device: 'd', reason: '' })
    w.run(MsgSuspendDevice, { signer: OWNER, device: 'a', reason: '' })
    expect(rows('DE-LU')).to.deep.equal([[Kind.KIND_LOAD, 1n, 10_000n]])
  })
  it('Devices of an owner among 5,000 of others come in pages that fit together', () => {
    const w = world()
    const ctx = w.chain.write()
    const template = stored('x')
    const pad = (n: number): string => n.toString().padStart(5, '0')
    for (let n = 0; n < 5250; n++) {
      const owner = n % 21 === 0 ? OTHER : OWNER
      writeDevice(ctx, undefined, { ...template, id: `d-${pad(n)}`, owner })
    }
    const ids: string[] = []
    let key: Uint8Array = new Uint8Array()
    do {
      const pagination = { key, offset: 0n, limit: 100n, countTotal: false, reverse: false }
      const page = w.query<{ devices: Device[]; pagination: { nextKey: Uint8Array } }>('Devices', {
        owner: OTHER,
        pagination,
      })
      ids.push(...page.devices.map((one) => one.id))
      key = page.pagination.nextKey
    } while (key.length > 0)
    expect(ids).to.deep.equal(Array.from({ length: 250 }, (_, n) => `d-${pad(n * 21)}`))
  })
})

describe('device invariants', () => {
  const broken = (name: string, spoil: (w: ReturnType<typeof world>) => void): string => {
    const w = world([stored('a'), stored('b', { kind: Kind.KIND_LOAD })])
    w.checkInvariants()
    spoil(w)
    const law = w.modules
      .find((one) => one.name === 'device')
      ?.invariants.find((one) => one.name === name)
    return law?.check(w.chain.query()) ?? 'holds'
  }
  it('name what is wrong when one row is moved by hand', () => {
    const device = (w: ReturnType<typeof world>) => state.devices.must(w.chain.query(), 'a')
    expect(
      broken('keys-match', (w) => state.keys.delete(w.chain.write(), device(w).pubkey)),
    ).to.match(/a key of a/)
    expect(
      broken('keys-match', (w) => state.keys.set(w.chain.write(), Uint8Array.of(1), 'a')),
    ).to.match(/who never had it/)
    expect(
      broken('epochs-match', (w) =>
        state.devices.set(w.chain.write(), 'a', { ...device(w), epochs: 2 }),
      ),
    ).to.match(/device a has 0 epochs/)
    expect(
      broken('devices-valid', (w) =>
        state.devices.set(w.chain.write(), 'a', { ...device(w), classPpm: 1 }),
      ),
    ).to.match(/class_ppm/)
    expect(broken('indexes-match', (w) => state.sites.delete(w.chain.write(), 'home-1'))).to.match(
      /does not exist/,
    )
    expect(
      broken('indexes-match', (w) =>
        state.devices.set(w.chain.write(), 'a', { ...device(w), owner: OTHER }),
      ),
    ).to.match(/by owner/)
    expect(
      broken('capacity', (w) =>
        state.devices.set(w.chain.write(), 'a', { ...device(w), nameplateW: 1n }),
      ),
    ).to.match(/capacity of DE-LU/)
    expect(
      broken('capacity', (w) => state.capacities.delete(w.chain.write(), ['DE-LU', 1n])),
    ).to.match(/is not counted/)
    expect(
      broken('bonds', (w) => state.devices.set(w.chain.write(), 'a', { ...device(w), bond: 1n })),
    ).to.match(/bonds are 1ustrom/)
  })
})
