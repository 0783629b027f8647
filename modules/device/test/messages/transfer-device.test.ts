import { expect } from 'chai'
import type { Device } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgGrantOperator,
  MsgRegisterDevice,
  MsgRetireDevice,
  MsgTransferDevice,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import type { DeviceMessage } from '../../../../proto/gen/strom/metering/v1/reading.ts'
import {
  BOX,
  OTHER,
  OWNER,
  reading,
  registration,
  STROM,
  T0,
  type World,
  world,
} from '../fixture.ts'

const AT = T0 + 3600n

function started(): World {
  const w = world()
  w.run(MsgRegisterDevice, registration('pv-1'))
  w.chain.time = AT + 60n
  return w
}

const transfer = (
  fields: Partial<MsgTransferDevice> = {},
  moment: Partial<DeviceMessage> = {},
  key = 'pv-1',
): MsgTransferDevice => ({
  owner: OWNER,
  newOwner: OTHER,
  device: 'pv-1',
  handover: reading('pv-1', key, { time: AT, ...moment }),
  ...fields,
})

describe('MsgTransferDevice', () => {
  it('gives the device to the new owner from the time of the reading on, with its bond', () => {
    const w = started()
    expect(w.send(MsgTransferDevice, transfer())).to.equal('ok')
    const device = w.api.get(w.chain.query(), 'pv-1') as Device
    expect(device).to.include({ owner: OTHER, bond: STROM, epochs: 2 })
    expect(w.api.at(w.chain.query(), device, AT - 1n).owner).to.equal(OWNER)
    expect(w.api.at(w.chain.query(), device, AT).owner).to.equal(OTHER)
    w.run(MsgRetireDevice, { owner: OTHER, device: 'pv-1' })
    w.begin(864_000n)
    expect(w.balance(OTHER)).to.equal(1001n * STROM)
    w.checkInvariants()
  })
  it('moves the device in the lists by owner and admits the new owner to a site of the old one', () => {
    const w = started()
    w.run(MsgTransferDevice, transfer())
    const of = (owner: string): number =>
      w.query<{ devices: Device[] }>('Devices', { owner }).devices.length
    expect([of(OWNER), of(OTHER)]).to.deep.equal([0, 1])
    const mine = registration('pv-2', { owner: OTHER })
    expect(w.send(MsgRegisterDevice, mine)).to.equal('ok')
  })
  it('ends the grants of operators', () => {
    const w = started()
    w.run(MsgGrantOperator, { owner: OWNER, device: 'pv-1', operator: BOX, expires: 0n })
    const may = (): boolean =>
      w.api.mayAct(w.chain.query(), w.api.get(w.chain.query(), 'pv-1') as Device, BOX)
    expect(may()).to.equal(true)
    w.chain.takeEvents()
    w.run(MsgTransferDevice, transfer())
    expect(may()).to.equal(false)
    const event = w.chain.takeEvents().find((one) => one.type === 'operator_changed')
    expect(Object.fromEntries(event?.attributes ?? [])).to.include({
      operator: BOX,
      old: '0',
      new: '',
    })
  })
  it('is signed by both owners', () => {
    const w = started()
    const definition = w.modules
      .flatMap((module) => module.messages)
      .find((message) => message.codec.typeUrl === MsgTransferDevice.typeUrl)
    expect(definition?.signers(transfer())).to.deep.equal([OWNER, OTHER])
  })
  it('fails when the signer is not the owner, or the new owner is the old one or malformed', () => {
    const w = started()
    expect(w.send(MsgTransferDevice, transfer({ owner: BOX }))).to.equal('sdk 4')
    expect(w.send(MsgTransferDevice, transfer({ newOwner: OWNER }))).to.equal('device 25')
    expect(w.send(MsgTransferDevice, transfer({ newOwner: OTHER.toUpperCase() }))).to.equal('sdk 7')
  })
  it('fails when the reading is of another device or chain', () => {
    const w = started()
    expect(w.send(MsgTransferDevice, transfer({}, { device: 'pv-2' }))).to.equal('device 18')
    expect(w.send(MsgTransferDevice, transfer({}, { chainId: 'other-1' }))).to.equal('device 18')
  })
  it('fails when metering refuses the reading: a foreign key, or a time ahead', () => {
    const w = started()
    expect(w.send(MsgTransferDevice, transfer({}, {}, 'thief'))).to.equal('device 19')
    expect(w.send(MsgTransferDevice, transfer({}, { time: AT + 3600n }))).to.equal('device 19')
  })
  it('fails when the owner changes at or after that time already', () => {
    const w = started()
    w.run(MsgTransferDevice, transfer())
    const back = (time: bigint): MsgTransferDevice =>
      transfer({ owner: OTHER, newOwner: OWNER }, { seq: 2n, time })
    expect(w.send(MsgTransferDevice, back(AT))).to.equal('device 16')
    expect(w.send(MsgTransferDevice, back(AT - 60n))).to.equal('device 16')
    expect(w.send(MsgTransferDevice, back(AT + 30n))).to.equal('ok')
  })
  it('fails when the device is retired', () => {
    const w = started()
    w.run(MsgRetireDevice, { owner: OWNER, device: 'pv-1' })
    expect(w.send(MsgTransferDevice, transfer())).to.equal('device 15')
  })
})
