import { expect } from 'chai'
import type { Maker } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgAdmitMaker,
  MsgRegisterDevice,
  MsgRevokeMaker,
  MsgUpdateParams,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { defaultParams } from '../../params.ts'
import { AUTHORITY, keyOf, OTHER, OWNER, registration, type World, world } from '../fixture.ts'

const admit = (fields: Partial<MsgAdmitMaker> = {}): MsgAdmitMaker =>
  MsgAdmitMaker.create({
    authority: AUTHORITY,
    id: 'volt',
    name: 'Volt AG',
    scheme: 'p256',
    pubkey: keyOf('volt').pubkey,
    ...fields,
  })
const revoke = (fields: Partial<MsgRevokeMaker> = {}): MsgRevokeMaker => ({
  authority: AUTHORITY,
  id: 'acme',
  reason: '',
  ...fields,
})

describe('MsgAdmitMaker', () => {
  it('lets a maker attest devices', () => {
    const w = world()
    expect(w.send(MsgAdmitMaker, admit())).to.equal('ok')
    const device = registration('pv-1', { maker: 'volt' }, { maker: 'volt' })
    expect(w.send(MsgRegisterDevice, device)).to.equal('ok')
    const { makers } = w.query<{ makers: Maker[] }>('Makers', {})
    expect(makers.map((one) => one.id)).to.deep.equal(['acme', 'lab', 'volt'])
    w.checkInvariants()
  })
  it('fails when the signer is not the authority', () => {
    expect(world().send(MsgAdmitMaker, admit({ authority: OWNER }))).to.equal('sdk 4')
  })
  it('fails when id, name or key is malformed', () => {
    expect(world().send(MsgAdmitMaker, admit({ id: '' }))).to.equal('device 9')
    expect(world().send(MsgAdmitMaker, admit({ name: '\t' }))).to.equal('device 9')
    expect(world().send(MsgAdmitMaker, admit({ scheme: 'ed25519' }))).to.equal('device 9')
  })
  it('fails when the id is taken, or the key serves or ever served anybody', () => {
    const w = world()
    expect(w.send(MsgAdmitMaker, admit({ id: 'acme' }))).to.equal('device 23')
    expect(w.send(MsgAdmitMaker, admit({ pubkey: keyOf('acme').pubkey }))).to.equal('device 4')
    w.run(MsgRegisterDevice, registration('pv-1'))
    expect(w.send(MsgAdmitMaker, admit({ pubkey: keyOf('pv-1').pubkey }))).to.equal('device 4')
  })
})

describe('MsgRevokeMaker', () => {
  it('ends attestations from then on; the record and the devices stay', () => {
    const w = world()
    w.run(MsgRegisterDevice, registration('pv-1'))
    expect(w.send(MsgRevokeMaker, revoke())).to.equal('ok')
    expect(w.send(MsgRegisterDevice, registration('pv-2'))).to.equal('device 9')
    expect(w.api.get(w.chain.query(), 'pv-1')?.maker).to.equal('acme')
    w.checkInvariants()
  })
  it('fails when the signer is not the authority, the maker unknown or revoked, or the reason malformed', () => {
    const w = world()
    expect(w.send(MsgRevokeMaker, revoke({ authority: OWNER }))).to.equal('sdk 4')
    expect(w.send(MsgRevokeMaker, revoke({ id: 'volt' }))).to.equal('device 9')
    expect(w.send(MsgRevokeMaker, revoke({ reason: 'x'.repeat(65) }))).to.equal('device 9')
    w.run(MsgRevokeMaker, revoke())
    expect(w.send(MsgRevokeMaker, revoke())).to.equal('device 9')
  })
})

describe('MsgUpdateParams of devices', () => {
  const params = { ...defaultParams(), authority: AUTHORITY }
  const update = (changes: Partial<typeof params>, authority = AUTHORITY): MsgUpdateParams => ({
    authority,
    params: { ...params, ...changes },
  })
  const send = (w: World, message: MsgUpdateParams): string => w.send(MsgUpdateParams, message)
  it('replaces the params and tells each change with old and new value', () => {
    const w = world()
    expect(send(w, update({ authority: OTHER, allowedIntervals: [900] }))).to.equal('ok')
    expect(w.api.authority(w.chain.query())).to.equal(OTHER)
    const told = w.chain.takeEvents().map(({ attributes }) => attributes.map(([, value]) => value))
    expect(told).to.deep.equal([
      ['allowed_intervals', '[60,300,600,900,1800,3600]', '[900]'],
      ['authority', AUTHORITY, OTHER],
    ])
    expect(send(w, update({}))).to.equal('sdk 4')
  })
  it('fails when the signer is not the authority', () => {
    expect(send(world(), update({}, OWNER))).to.equal('sdk 4')
  })
  it('fails when bond_denom would change', () => {
    expect(send(world(), update({ bondDenom: 'uother' }))).to.equal('device 7')
  })
  it('fails when a value is out of bounds', () => {
    const bad: Partial<typeof params>[] = [
      { allowedIntervals: [] },
      { allowedIntervals: [900, 900] },
      { allowedIntervals: [59] },
      { allowedIntervals: [700] },
      { maxNameplateW: 0n },
      { bondDenom: '' },
      { minDeviceBond: 1n << 63n },
      { minGatewayBond: 1n << 63n },
      { bondReleaseS: 31_536_001n },
      { maxEpochs: 1 },
      { maxGrants: 0 },
      { maxProofBlocks: 0n },
      { releasesPerBlock: 0 },
    ]
    for (const change of bad)
      expect(send(world(), update(change)), JSON.stringify(Object.keys(change))).to.equal(
        'device 7',
      )
    expect(send(world(), update({ authority: '' }))).to.equal('sdk 7')
  })
})
