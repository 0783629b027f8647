import { expect } from 'chai'
import type { Device, OperatorGrant } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgGrantOperator,
  MsgRegisterDevice,
  MsgRevokeOperator,
  MsgSuspendDevice,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { toBech32 } from '../../../kit/address.ts'
import { BOX, OTHER, OWNER, registration, T0, type World, world } from '../fixture.ts'

function started(): World {
  const w = world([], { maxGrants: 2 })
  w.run(MsgRegisterDevice, registration('pv-1'))
  return w
}

const grant = (operator = OTHER, expires = T0 + 600n): MsgGrantOperator => ({
  owner: OWNER,
  device: 'pv-1',
  operator,
  expires,
})
const revoke = (operator = OTHER): MsgRevokeOperator => ({ owner: OWNER, device: 'pv-1', operator })
const may = (w: World): boolean =>
  w.api.mayAct(w.chain.query(), w.api.get(w.chain.query(), 'pv-1') as Device, OTHER)

describe('MsgGrantOperator', () => {
  it('lets the operator act until the grant expires, and the query Operators list it as long', () => {
    const w = started()
    expect(may(w)).to.equal(false)
    expect(w.send(MsgGrantOperator, grant())).to.equal('ok')
    const listed = (): string[] =>
      w
        .query<{ operators: OperatorGrant[] }>('Operators', { device: 'pv-1' })
        .operators.map((one) => one.operator)
    expect([may(w), listed()]).to.deep.equal([true, [OTHER]])
    w.chain.time = T0 + 599n
    expect(may(w)).to.equal(true)
    w.chain.time = T0 + 600n
    expect([may(w), listed()]).to.deep.equal([false, []])
  })
  it('replaces an earlier grant and tells both expiries', () => {
    const w = started()
    w.run(MsgGrantOperator, grant())
    w.chain.takeEvents()
    w.run(MsgGrantOperator, grant(OTHER, 0n))
    expect(Object.fromEntries(w.chain.takeEvents()[0]?.attributes ?? [])).to.deep.equal({
      device: 'pv-1',
      operator: OTHER,
      old: (T0 + 600n).toString(),
      new: '0',
    })
  })
  it('fails when the signer is not the owner, be it an operator', () => {
    const w = started()
    w.run(MsgGrantOperator, grant())
    expect(w.send(MsgGrantOperator, { ...grant(BOX), owner: OTHER })).to.equal('sdk 4')
  })
  it('fails when the operator is the owner or malformed, or the expiry is past', () => {
    const w = started()
    expect(w.send(MsgGrantOperator, grant(OWNER))).to.equal('device 25')
    expect(w.send(MsgGrantOperator, grant('strom1x'))).to.equal('sdk 7')
    expect(w.send(MsgGrantOperator, grant(OTHER, T0))).to.equal('device 25')
  })
  it('fails when max_grants count already; expired ones make room', () => {
    const w = started()
    const more = toBech32(new Uint8Array(20).fill(11))
    expect(w.send(MsgGrantOperator, grant())).to.equal('ok')
    expect(w.send(MsgGrantOperator, grant(BOX, 0n))).to.equal('ok')
    expect(w.send(MsgGrantOperator, grant(more))).to.equal('device 17')
    w.chain.time = T0 + 600n
    expect(w.send(MsgGrantOperator, grant(more, 0n))).to.equal('ok')
  })
})

describe('MsgRevokeOperator', () => {
  it('ends a grant at once', () => {
    const w = started()
    w.run(MsgGrantOperator, grant())
    expect(w.send(MsgRevokeOperator, revoke())).to.equal('ok')
    expect(may(w)).to.equal(false)
    const suspend = { signer: OTHER, device: 'pv-1', reason: '' }
    expect(w.send(MsgSuspendDevice, suspend)).to.equal('sdk 4')
  })
  it('fails when the signer is not the owner or there is no such grant', () => {
    const w = started()
    expect(w.send(MsgRevokeOperator, revoke())).to.equal('sdk 38')
    w.run(MsgGrantOperator, grant())
    expect(w.send(MsgRevokeOperator, { ...revoke(), owner: OTHER })).to.equal('sdk 4')
  })
})
