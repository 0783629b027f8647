import { expect } from 'chai'
import { type Gateway, TrustClass } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRegisterDevice,
  MsgRegisterGateway,
  MsgRevokeGateway,
  MsgSetNotary,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { toBech32 } from '../../../kit/address.ts'
import {
  AUTHORITY,
  BOX,
  CLASS_C,
  OTHER,
  OWNER,
  registration,
  STROM,
  type World,
  world,
} from '../fixture.ts'

const enter = (fields: Partial<MsgRegisterGateway> = {}): MsgRegisterGateway => ({
  address: OTHER,
  name: 'box two',
  bond: 100n * STROM,
  ...fields,
})
const bar = (fields: Partial<MsgRevokeGateway> = {}): MsgRevokeGateway => ({
  signer: OTHER,
  gateway: OTHER,
  height: 0n,
  reason: 'sold',
  ...fields,
})
function started(): World {
  const w = world()
  w.run(MsgRegisterGateway, enter())
  w.chain.takeEvents()
  return w
}
const inForce = (w: World): boolean => w.api.gatewayInForce(w.chain.query(), OTHER)

describe('MsgRegisterGateway', () => {
  it('enters a gateway with its bond, which then serves devices of class C', () => {
    const w = started()
    expect(w.balance(OTHER)).to.equal(900n * STROM)
    expect(
      w.query<{ gateway: Gateway; inForce: boolean }>('Gateway', { address: OTHER }),
    ).to.deep.include({ inForce: true })
    expect(w.send(MsgRegisterDevice, registration('c-1', { ...CLASS_C, gateway: OTHER }))).to.equal(
      'ok',
    )
    w.checkInvariants()
  })
  it('fails when the account is a gateway, or ever was', () => {
    const w = started()
    expect(w.send(MsgRegisterGateway, enter())).to.equal('device 22')
    w.run(MsgRevokeGateway, bar())
    expect(w.send(MsgRegisterGateway, enter())).to.equal('device 22')
  })
  it('fails when address or name is malformed, or the bond is too small', () => {
    const w = world()
    expect(w.send(MsgRegisterGateway, enter({ address: 'x' }))).to.equal('sdk 7')
    expect(w.send(MsgRegisterGateway, enter({ name: 'é' }))).to.equal('device 13')
    expect(w.send(MsgRegisterGateway, enter({ bond: 100n * STROM - 1n }))).to.equal('device 12')
  })
})

describe('MsgRevokeGateway', () => {
  it('bars a gateway at once and pays its bond after bond_release_s', () => {
    const w = started()
    expect(w.send(MsgRevokeGateway, bar())).to.equal('ok')
    expect(inForce(w)).to.equal(false)
    w.begin(863_999n)
    expect(w.balance(OTHER)).to.equal(900n * STROM)
    w.begin(1n)
    expect(w.balance(OTHER)).to.equal(1000n * STROM)
    w.checkInvariants()
  })
  it('bars it from a height on; the bond waits from that block on, however far it is', () => {
    const w = started()
    expect(w.send(MsgRevokeGateway, bar({ height: 3n }))).to.equal('ok')
    w.begin(900_000n)
    expect([w.chain.height, inForce(w)]).to.deep.equal([2n, true])
    w.begin(6n)
    expect([w.chain.height, inForce(w)]).to.deep.equal([3n, false])
    w.begin(863_999n)
    expect(w.balance(OTHER)).to.equal(900n * STROM)
    w.begin(1n)
    expect(w.balance(OTHER)).to.equal(1000n * STROM)
    w.checkInvariants()
  })
  it('can be brought forward by the authority, not put off', () => {
    const w = started()
    w.run(MsgRevokeGateway, bar({ height: 9n }))
    expect(w.send(MsgRevokeGateway, bar({ height: 10n }))).to.equal('device 13')
    expect(w.send(MsgRevokeGateway, bar({ signer: AUTHORITY, height: 5n }))).to.equal('ok')
    w.chain.height = 5n
    expect(inForce(w)).to.equal(false)
    w.checkInvariants()
  })
  it('fails when the signer is neither the gateway nor the authority, or there is no gateway', () => {
    const w = started()
    expect(w.send(MsgRevokeGateway, bar({ signer: OWNER }))).to.equal('sdk 4')
    expect(w.send(MsgRevokeGateway, bar({ signer: OWNER, gateway: OWNER }))).to.equal('sdk 38')
  })
  it('fails when the height is past, the reason malformed or the gateway revoked', () => {
    const w = started()
    w.begin()
    expect(w.send(MsgRevokeGateway, bar({ height: 1n }))).to.equal('device 13')
    expect(w.send(MsgRevokeGateway, bar({ reason: '\0' }))).to.equal('device 13')
    w.run(MsgRevokeGateway, bar())
    expect(w.send(MsgRevokeGateway, bar())).to.equal('device 13')
  })
})

describe('MsgSetNotary', () => {
  const notary = (authority = AUTHORITY, gateway = BOX): MsgSetNotary => ({
    authority,
    gateway,
    notary: true,
  })
  it('admits a gateway for devices of class N and ends that', () => {
    const w = world()
    const n = (id: string) => registration(id, { ...CLASS_C, trustClass: TrustClass.TRUST_CLASS_N })
    w.run(MsgSetNotary, notary())
    expect(w.send(MsgRegisterDevice, n('n-1'))).to.equal('ok')
    w.run(MsgSetNotary, { ...notary(), notary: false })
    expect(w.send(MsgRegisterDevice, n('n-2'))).to.equal('device 13')
  })
  it('fails when the signer is not the authority or there is no gateway', () => {
    expect(world().send(MsgSetNotary, notary(OWNER))).to.equal('sdk 4')
    expect(world().send(MsgSetNotary, notary(AUTHORITY, OWNER))).to.equal('sdk 38')
  })
})

describe('slashes', () => {
  it('give a tenth, rounded down, to the reporter and burn the rest; a share is rounded up', () => {
    const w = started()
    const supply = w.bank.supply(w.chain.query(), 'ustrom')
    const slash = { ppm: 10_001n, reason: 'leaf withheld', reporter: OWNER }
    expect(w.api.slashGateway(w.chain.write(), OTHER, slash)).to.equal(1_000_100n)
    expect(w.balance(OWNER)).to.equal(1000n * STROM + 100_010n)
    expect(w.bank.supply(w.chain.query(), 'ustrom')).to.equal(supply - 900_090n)
    const third = { ppm: 333_333n, reason: 'x' }
    // ceil(98,999,900 * 333,333 / 1,000,000) = 32,999,934 (…3.6667)
    expect(w.api.slashGateway(w.chain.write(), OTHER, third)).to.equal(32_999_934n)
    w.checkInvariants()
  })
  it('take all at 100 %, and nothing of an empty bond', () => {
    const w = started()
    const all = { ppm: 1_000_000n, reason: 'equivocation' }
    expect(w.api.slashGateway(w.chain.write(), OTHER, all)).to.equal(100n * STROM)
    expect(w.api.slashGateway(w.chain.write(), OTHER, all)).to.equal(0n)
    w.checkInvariants()
  })
  it('burn the reward of a reporter that cannot be paid', () => {
    const w = started()
    w.run(MsgRegisterDevice, registration('pv-1'))
    const slash = { ppm: 1_000_000n, reason: 'x', reporter: bondAccount(w) }
    expect(w.api.slashDevice(w.chain.write(), 'pv-1', slash)).to.equal(STROM)
    w.checkInvariants()
  })
})

function bondAccount(w: World): string {
  return toBech32(w.auth.moduleAddress(w.chain.query().hasher, 'device'))
}
