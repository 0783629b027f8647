import { expect } from 'chai'
import type { Device, Site } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgGrantSite,
  MsgRegisterDevice,
  MsgRevokeSite,
  MsgTransferSite,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { AUTHORITY, BOX, OTHER, OWNER, registration, type World, world } from '../fixture.ts'

function started(): World {
  const w = world([], { maxGrants: 2 })
  w.run(MsgRegisterDevice, registration('pv-1'))
  return w
}
const theirs = (id: string): MsgRegisterDevice => registration(id, { owner: OTHER })
const grant = (member = OTHER, owner = OWNER): MsgGrantSite => ({ owner, site: 'home-1', member })
const pass = (newOwner = OTHER): MsgTransferSite => ({ owner: OWNER, newOwner, site: 'home-1' })

describe('MsgGrantSite', () => {
  it('lets a member add its devices; the query Site lists them', () => {
    const w = started()
    expect(w.send(MsgGrantSite, grant())).to.equal('ok')
    expect(w.send(MsgRegisterDevice, theirs('load-1'))).to.equal('ok')
    const { site, devices } = w.query<{ site: Site; devices: Device[] }>('Site', { id: 'home-1' })
    expect(site).to.deep.equal({ id: 'home-1', owner: OWNER, members: [OTHER] })
    expect(devices.map((one) => one.id)).to.deep.equal(['load-1', 'pv-1'])
    w.checkInvariants()
  })
  it('fails when the signer does not own the site or there is none', () => {
    const w = started()
    expect(w.send(MsgGrantSite, grant(BOX, OTHER))).to.equal('sdk 4')
    expect(w.send(MsgGrantSite, { ...grant(), site: 'home-9' })).to.equal('sdk 38')
  })
  it('fails when the account may already, or max_grants do', () => {
    const w = started()
    expect(w.send(MsgGrantSite, grant(OWNER))).to.equal('device 25')
    w.run(MsgGrantSite, grant())
    expect(w.send(MsgGrantSite, grant())).to.equal('device 25')
    w.run(MsgGrantSite, grant(BOX))
    expect(w.send(MsgGrantSite, grant(AUTHORITY))).to.equal('device 17')
  })
})

describe('MsgRevokeSite', () => {
  it('bars further devices of a member and leaves those that are there', () => {
    const w = started()
    w.run(MsgGrantSite, grant())
    w.run(MsgRegisterDevice, theirs('load-1'))
    expect(w.send(MsgRevokeSite, grant())).to.equal('ok')
    expect(w.send(MsgRegisterDevice, theirs('load-2'))).to.equal('device 14')
    expect(w.api.get(w.chain.query(), 'load-1')?.site).to.equal('home-1')
    w.checkInvariants()
  })
  it('fails when the signer does not own the site or the account is no member', () => {
    const w = started()
    expect(w.send(MsgRevokeSite, grant())).to.equal('device 25')
    w.run(MsgGrantSite, grant())
    expect(w.send(MsgRevokeSite, grant(OTHER, OTHER))).to.equal('sdk 4')
  })
})

describe('MsgTransferSite', () => {
  it('passes the site on, devices keep their owner', () => {
    const w = started()
    w.run(MsgGrantSite, grant())
    expect(w.send(MsgTransferSite, pass())).to.equal('ok')
    const { site } = w.query<{ site: Site }>('Site', { id: 'home-1' })
    expect(site).to.deep.equal({ id: 'home-1', owner: OTHER, members: [] })
    expect(w.send(MsgRegisterDevice, registration('pv-2'))).to.equal('device 14')
    expect(w.api.get(w.chain.query(), 'pv-1')?.owner).to.equal(OWNER)
  })
  it('fails when the signer does not own the site or passes it to itself', () => {
    const w = started()
    expect(w.send(MsgTransferSite, pass(OWNER))).to.equal('device 25')
    expect(w.send(MsgTransferSite, { ...pass(BOX), owner: OTHER })).to.equal('sdk 4')
  })
})
