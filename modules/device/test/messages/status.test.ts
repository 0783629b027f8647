import { expect } from 'chai'
import { type Device, Status } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgGrantOperator,
  MsgRegisterDevice,
  MsgResumeDevice,
  MsgRetireDevice,
  MsgSuspendDevice,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { MsgSubmitReadings } from '../../../../proto/gen/strom/metering/v1/tx.ts'
import {
  AUTHORITY,
  OTHER,
  OWNER,
  reading,
  registration,
  STROM,
  T0,
  type World,
  world,
} from '../fixture.ts'

function started(): World {
  const w = world()
  w.run(MsgRegisterDevice, registration('pv-1'))
  w.run(MsgGrantOperator, { owner: OWNER, device: 'pv-1', operator: OTHER, expires: 0n })
  w.begin(600n)
  return w
}
const suspend = (signer = OWNER): MsgSuspendDevice => ({ signer, device: 'pv-1', reason: 'repair' })
const resume = (signer = OWNER): MsgResumeDevice => ({ signer, device: 'pv-1' })
const retire = (owner = OWNER): MsgRetireDevice => ({ owner, device: 'pv-1' })
const found = (w: World): Device => w.api.get(w.chain.query(), 'pv-1') as Device
const at = (w: World, time: bigint): Status => w.api.at(w.chain.query(), found(w), time).status

describe('MsgSuspendDevice', () => {
  it('stops a device for readings from the block on, not for those before it', () => {
    const w = started()
    expect(w.send(MsgSuspendDevice, suspend(OTHER))).to.equal('ok')
    const report = (seq: bigint, time: bigint): string => {
      const readings = [reading('pv-1', 'pv-1', { seq, time })]
      const answer = w.run<MsgSubmitReadings, { results: { reason: string }[] }>(
        MsgSubmitReadings,
        { gateway: OWNER, readings },
      )
      return answer.results[0]?.reason ?? 'no answer'
    }
    expect(report(1n, T0 + 599n)).to.equal('')
    expect(report(2n, T0 + 600n)).to.equal('not_active')
  })
  it('fails when the signer neither owns nor operates the device', () => {
    expect(started().send(MsgSuspendDevice, suspend(AUTHORITY))).to.equal('sdk 4')
  })
  it('fails when the device is not active, or the reason is malformed', () => {
    const w = started()
    expect(w.send(MsgSuspendDevice, { ...suspend(), reason: 'x'.repeat(65) })).to.equal('device 2')
    w.run(MsgSuspendDevice, suspend())
    expect(w.send(MsgSuspendDevice, suspend())).to.equal('device 15')
  })
})

describe('MsgResumeDevice', () => {
  it('lets a suspended device report again; owner or operator', () => {
    const w = started()
    w.run(MsgSuspendDevice, suspend())
    w.begin(60n)
    expect(w.send(MsgResumeDevice, resume(OTHER))).to.equal('ok')
    expect([at(w, T0 + 599n), at(w, T0 + 600n), at(w, T0 + 660n)]).to.deep.equal([
      Status.STATUS_ACTIVE,
      Status.STATUS_SUSPENDED,
      Status.STATUS_ACTIVE,
    ])
    w.checkInvariants()
  })
  it('lets the authority alone lift a jail', () => {
    const w = started()
    w.api.jail(w.chain.write(), 'pv-1', T0 + 300n, 'equivocation')
    expect(at(w, T0 + 299n)).to.equal(Status.STATUS_ACTIVE)
    expect(at(w, T0 + 300n)).to.equal(Status.STATUS_JAILED)
    expect(w.send(MsgResumeDevice, resume())).to.equal('sdk 4')
    expect(w.send(MsgResumeDevice, resume(AUTHORITY))).to.equal('ok')
    expect(at(w, T0 + 599n)).to.equal(Status.STATUS_JAILED)
    expect(at(w, T0 + 600n)).to.equal(Status.STATUS_ACTIVE)
  })
  it('fails when the device is active or retired, or the signer has no say', () => {
    const w = started()
    expect(w.send(MsgResumeDevice, resume())).to.equal('device 15')
    w.run(MsgSuspendDevice, suspend())
    expect(w.send(MsgResumeDevice, resume(AUTHORITY))).to.equal('sdk 4')
    w.run(MsgRetireDevice, retire())
    expect(w.send(MsgResumeDevice, resume())).to.equal('device 15')
  })
})

describe('MsgResumeDevice and MsgRetireDevice', () => {
  it('fails when a change of status lies ahead', () => {
    const w = started()
    w.api.jail(w.chain.write(), 'pv-1', T0 + 660n, 'equivocation')
    expect(w.send(MsgResumeDevice, resume(AUTHORITY))).to.equal('device 16')
    expect(w.send(MsgRetireDevice, retire())).to.equal('device 16')
    w.begin(60n)
    expect(w.send(MsgResumeDevice, resume(AUTHORITY))).to.equal('ok')
  })
})

describe('MsgRetireDevice', () => {
  it('ends a device for good and pays its bond after bond_release_s', () => {
    const w = started()
    const answer = w.run<MsgRetireDevice, { bondDue: bigint }>(MsgRetireDevice, retire())
    expect(answer.bondDue).to.equal(T0 + 600n + 864_000n)
    w.begin(863_999n)
    expect(w.balance(OWNER)).to.equal(999n * STROM)
    w.begin(1n)
    expect(w.balance(OWNER)).to.equal(1000n * STROM)
    expect(found(w)).to.include({ bond: 0n, status: Status.STATUS_RETIRED })
    w.checkInvariants()
  })
  it('leaves the bond to be slashed, and the past to be jailed, until it is paid', () => {
    const w = started()
    w.run(MsgRetireDevice, retire())
    w.api.jail(w.chain.write(), 'pv-1', T0 + 300n, 'equivocation')
    expect([at(w, T0 + 300n), at(w, T0 + 600n)]).to.deep.equal([
      Status.STATUS_JAILED,
      Status.STATUS_RETIRED,
    ])
    const slash = { ppm: 250_000n, reason: 'equivocation', reporter: OTHER }
    expect(w.api.slashDevice(w.chain.write(), 'pv-1', slash)).to.equal(250_000n)
    w.begin(864_000n)
    expect(w.balance(OWNER)).to.equal(999n * STROM + 750_000n)
    expect(w.balance(OTHER)).to.equal(1000n * STROM + 25_000n)
    w.checkInvariants()
  })
  it('pays at most releases_per_block bonds in a block, the others in the next ones', () => {
    const w = world([], { releasesPerBlock: 1 })
    for (const id of ['pv-1', 'pv-2', 'pv-3']) {
      w.run(MsgRegisterDevice, registration(id))
      w.run(MsgRetireDevice, { owner: OWNER, device: id })
    }
    const held = [864_000n, 6n, 6n].map((seconds) => {
      w.begin(seconds)
      return w.balance(OWNER) / STROM
    })
    expect(held).to.deep.equal([998n, 999n, 1000n])
    w.checkInvariants()
  })
  it('fails when the signer is not the owner, be it an operator, or the device is retired', () => {
    const w = started()
    expect(w.send(MsgRetireDevice, retire(OTHER))).to.equal('sdk 4')
    w.run(MsgRetireDevice, retire())
    expect(w.send(MsgRetireDevice, retire())).to.equal('device 15')
  })
})
