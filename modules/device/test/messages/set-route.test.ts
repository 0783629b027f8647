import { expect } from 'chai'
import { type Device, TrustClass, Way } from '../../../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterDevice, MsgSetRoute } from '../../../../proto/gen/strom/device/v1/tx.ts'
import { BOX, CLASS_C, OTHER, OWNER, registration, T0, type World, world } from '../fixture.ts'

/** The chain begins at a boundary; the next one is 900 s later. */
const NEXT = T0 + 900n

function started(): World {
  const w = world()
  w.run(MsgRegisterDevice, registration('pv-1'))
  w.run(MsgRegisterDevice, registration('c-1', CLASS_C))
  w.chain.takeEvents()
  return w
}
const route = (fields: Partial<MsgSetRoute> = {}): MsgSetRoute => ({
  signer: OWNER,
  device: 'pv-1',
  gateway: BOX,
  way: Way.WAY_ROOT,
  from: NEXT,
  ...fields,
})

describe('MsgSetRoute', () => {
  it('changes gateway and way from a boundary on, and tells old and new', () => {
    const w = started()
    expect(w.send(MsgSetRoute, route())).to.equal('ok')
    const device = w.api.get(w.chain.query(), 'pv-1') as Device
    const at = (time: bigint): string => {
      const { way, gateway } = w.api.at(w.chain.query(), device, time)
      return `${way} ${gateway}`
    }
    expect([at(NEXT - 1n), at(NEXT)]).to.deep.equal(['1 ', `2 ${BOX}`])
    expect(Object.fromEntries(w.chain.takeEvents()[0]?.attributes ?? [])).to.include({
      old_way: 'DIRECT',
      new_way: 'ROOT',
      new_gateway: BOX,
    })
    w.checkInvariants()
  })
  it('can be set once more for the same boundary while it lies ahead', () => {
    const w = started()
    w.run(MsgSetRoute, route())
    expect(w.send(MsgSetRoute, route({ gateway: '', way: Way.WAY_DIRECT }))).to.equal('ok')
    expect(w.api.get(w.chain.query(), 'pv-1')).to.include({ way: Way.WAY_DIRECT, gateway: '' })
    w.checkInvariants()
  })
  it('fails when the signer neither owns nor operates the device', () => {
    expect(started().send(MsgSetRoute, route({ signer: OTHER }))).to.equal('sdk 4')
  })
  it('fails when the time is no boundary, not after the block, or over seven days ahead', () => {
    const w = started()
    expect(w.send(MsgSetRoute, route({ from: NEXT + 1n }))).to.equal('device 21')
    expect(w.send(MsgSetRoute, route({ from: T0 }))).to.equal('device 21')
    expect(w.send(MsgSetRoute, route({ from: NEXT + 604_800n + 900n }))).to.equal('device 21')
    expect(w.send(MsgSetRoute, route({ from: NEXT + 604_800n }))).to.equal('ok')
  })
  it('fails when class C, N or way root has no gateway, or class A one it does not need', () => {
    const w = started()
    expect(w.send(MsgSetRoute, route({ gateway: '' }))).to.equal('device 21')
    expect(w.send(MsgSetRoute, route({ way: Way.WAY_DIRECT }))).to.equal('device 21')
    expect(
      w.send(MsgSetRoute, route({ device: 'c-1', gateway: '', way: Way.WAY_DIRECT })),
    ).to.equal('device 21')
    expect(w.send(MsgSetRoute, route({ device: 'c-1' }))).to.equal('ok')
  })
  it('fails when the gateway is not in force, or no notary for a device of class N', () => {
    const w = started()
    expect(w.send(MsgSetRoute, route({ gateway: OTHER }))).to.equal('device 13')
    const device = w.api.get(w.chain.query(), 'c-1') as Device
    expect(device.trustClass).to.equal(TrustClass.TRUST_CLASS_C)
    w.api.revokeGateway(w.chain.write(), BOX, 'test')
    expect(w.send(MsgSetRoute, route())).to.equal('device 13')
  })
  it('fails when the route changes after that time already', () => {
    const w = started()
    w.run(MsgSetRoute, route({ from: NEXT + 900n }))
    expect(w.send(MsgSetRoute, route({ device: 'pv-1', from: NEXT }))).to.equal('device 16')
  })
})
