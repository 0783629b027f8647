import { expect } from 'chai'
import {
  MsgGrantSite,
  MsgRegisterDevice,
  MsgUpdateDevice,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { CLASS_C, OTHER, OWNER, registration, type World, world } from '../fixture.ts'

function started(): World {
  const w = world()
  w.run(MsgRegisterDevice, registration('pv-1'))
  w.run(MsgRegisterDevice, registration('c-1', { ...CLASS_C, owner: OTHER, site: 'home-2' }))
  w.chain.takeEvents()
  return w
}
const update = (fields: Partial<MsgUpdateDevice>): MsgUpdateDevice =>
  MsgUpdateDevice.create({ signer: OWNER, device: 'pv-1', ...fields })
const mine = (fields: Partial<MsgUpdateDevice>): MsgUpdateDevice =>
  MsgUpdateDevice.create({ signer: OTHER, device: 'c-1', ...fields })

describe('MsgUpdateDevice', () => {
  it('changes location, model and site, and tells each with old and new value', () => {
    const w = started()
    w.run(MsgGrantSite, { owner: OWNER, site: 'home-1', member: OTHER })
    w.chain.takeEvents()
    expect(
      w.send(MsgUpdateDevice, mine({ latE4: 0, lonE4: -5, model: 'S1', site: 'home-1' })),
    ).to.equal('ok')
    expect(w.api.get(w.chain.query(), 'c-1')).to.include({ lonE4: -5, model: 'S1', site: 'home-1' })
    const told = w.chain.takeEvents().map(({ attributes }) => attributes.map(([, value]) => value))
    expect(told).to.deep.equal([
      ['c-1', 'lon_e4', '0', '-5'],
      ['c-1', 'model', 'M1', 'S1'],
      ['c-1', 'site', 'home-2', 'home-1'],
    ])
    w.checkInvariants()
  })
  it('fails when the signer neither owns nor operates the device', () => {
    expect(started().send(MsgUpdateDevice, update({ signer: OTHER, latE4: 1 }))).to.equal('sdk 4')
  })
  it('fails when location, model or site is malformed or nothing is to change', () => {
    const w = started()
    expect(w.send(MsgUpdateDevice, update({}))).to.equal('device 2')
    expect(w.send(MsgUpdateDevice, update({ latE4: 900_001 }))).to.equal('device 2')
    expect(w.send(MsgUpdateDevice, mine({ model: '\n' }))).to.equal('device 2')
    expect(w.send(MsgUpdateDevice, update({ site: '/' }))).to.equal('device 2')
  })
  it('fails when a maker attested the model', () => {
    expect(started().send(MsgUpdateDevice, update({ model: 'M9' }))).to.equal('device 2')
  })
  it('fails when the site belongs to somebody who did not admit the owner', () => {
    expect(started().send(MsgUpdateDevice, mine({ site: 'home-1' }))).to.equal('device 14')
  })
})
