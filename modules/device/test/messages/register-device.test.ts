import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import {
  type Device,
  Kind,
  Status,
  TrustClass,
  Way,
} from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRegisterDevice,
  MsgRetireDevice,
  MsgRevokeMaker,
  MsgSetNotary,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { toBech32 } from '../../../kit/address.ts'
import { utf8Encode } from '../../../kit/bytes.ts'
import { compressedKey, parseKey } from '../../../kit/ocmf/key.ts'
import { isProblem } from '../../../kit/ocmf/problem.ts'
import { registerDevice } from '../../messages/register-device.ts'
import {
  AUTHORITY,
  BOX,
  CLASS_C,
  certificate,
  keyOf,
  OTHER,
  OWNER,
  registration,
  type Signers,
  STROM,
  T0,
  type World,
  world,
} from '../fixture.ts'

const BESS = { kind: Kind.KIND_BESS, storageWh: 6_400n, etaCPpm: 950_000n, etaDPpm: 950_000n }
const send = (w: World, message: MsgRegisterDevice): string => w.send(MsgRegisterDevice, message)
const attempt = (fields: Partial<MsgRegisterDevice>, id = 'pv-1', signers: Signers = {}): string =>
  send(world(), registration(id, fields, signers))

describe('MsgRegisterDevice', () => {
  it('registers an active device, takes its bond, makes its site and emits device_registered', () => {
    const w = world()
    expect(send(w, registration('bess-1', BESS))).to.equal('ok')
    const device = w.api.get(w.chain.query(), 'bess-1') as Device
    expect(device).to.include({
      owner: OWNER,
      status: Status.STATUS_ACTIVE,
      storageWh: 6_400n,
      sohPpm: 1_000_000n,
      bond: STROM,
      way: Way.WAY_DIRECT,
      epochs: 0,
    })
    expect(w.balance(OWNER)).to.equal(999n * STROM)
    const event = w.chain.takeEvents().find((one) => one.type === 'device_registered')
    expect(Object.fromEntries(event?.attributes ?? [])).to.include({
      device: 'bess-1',
      kind: 'BESS',
      storage_wh: '6400',
      trust_class: 'A',
    })
    w.checkInvariants()
  })
  it('declares possession, attestation and every certificate for verification ahead', () => {
    const w = world()
    const chain = [certificate('acme', 'line-1')]
    const message = registration('pv-1', {}, { maker: 'line-1', chain })
    const definition = registerDevice({ auth: w.auth, bank: w.bank })
    const declared = definition.signatures?.(w.chain.query(), message) ?? []
    expect(declared.length).to.equal(3)
    for (const one of declared) {
      expect(w.chain.verifier.verify(one.scheme, one.key, one.bytes, one.signature)).to.equal(true)
    }
  })
  it('fails when id, owner, zone, site, maker, serial or model is malformed', () => {
    expect(attempt({}, 'no spaces')).to.equal('device 2')
    expect(attempt({}, 'x'.repeat(65))).to.equal('device 2')
    expect(attempt({ owner: 'strom1nonsense' })).to.equal('device 2')
    expect(attempt({ owner: toBech32(new Uint8Array(20), 'cosmos') })).to.equal('device 2')
    expect(attempt({ owner: OWNER.toUpperCase() })).to.equal('device 2')
    expect(attempt({ zone: '' })).to.equal('device 2')
    expect(attempt({ site: 'a/b' })).to.equal('device 2')
    expect(attempt({ serial: '' })).to.equal('device 2')
    expect(attempt({ model: 'ü' })).to.equal('device 2')
  })
  it('fails when the scheme is unknown or the key has a wrong length or is no compressed point', () => {
    expect(attempt({ scheme: 'rsa' })).to.equal('device 2')
    expect(attempt({ scheme: 'toString' })).to.equal('device 2')
    expect(attempt({ pubkey: new Uint8Array(32).fill(2) })).to.equal('device 2')
    expect(attempt({ pubkey: new Uint8Array(33).fill(4) })).to.equal('device 2')
  })
  it('fails when kind, nameplate, storage or efficiencies make no sense', () => {
    expect(attempt({ kind: Kind.KIND_UNSPECIFIED })).to.equal('device 2')
    expect(attempt({ kind: 7 as Kind })).to.equal('device 2')
    expect(attempt({ nameplateW: 0n })).to.equal('device 2')
    expect(attempt({ storageWh: 1n })).to.equal('device 2')
    expect(attempt({ ...BESS, storageWh: 0n })).to.equal('device 2')
    expect(attempt({ ...BESS, etaDPpm: 1_000_001n })).to.equal('device 2')
    expect(attempt({ ...BESS, etaCPpm: 0n })).to.equal('device 2')
  })
  it('fails when accuracy class, modulus, location, commissioning or trust class makes no sense', () => {
    expect(attempt({ classPpm: 3000 })).to.equal('device 2')
    for (const classPpm of [2000, 5000, 10_000, 20_000])
      expect(attempt({ classPpm })).to.equal('ok')
    expect(attempt({ registerModulusMwh: 999n })).to.equal('device 2')
    expect(attempt({ registerModulusMwh: 1000n })).to.equal('ok')
    expect(attempt({ latE4: 900_001 })).to.equal('device 2')
    expect(attempt({ lonE4: -1_800_001 })).to.equal('device 2')
    expect(attempt({ latE4: -900_000, lonE4: 1_800_000 })).to.equal('ok')
    expect(attempt({ commissioned: -1n })).to.equal('device 2')
    expect(attempt({ commissioned: T0 + 1n })).to.equal('device 2')
    expect(attempt({ commissioned: T0 })).to.equal('ok')
    expect(attempt({ trustClass: 0 })).to.equal('device 2')
    expect(attempt({ trustClass: 5 as TrustClass })).to.equal('device 2')
  })
  it('fails when the interval is not allowed or the nameplate exceeds max_nameplate_w', () => {
    expect(attempt({ intervalS: 1200 })).to.equal('device 2')
    expect(attempt({ intervalS: 61 })).to.equal('device 2')
    expect(attempt({ intervalS: 3600 })).to.equal('ok')
    expect(attempt({ nameplateW: 1_000_000_000n })).to.equal('ok')
    expect(attempt({ nameplateW: 1_000_000_001n })).to.equal('device 2')
  })
  it('fails when the id is registered', () => {
    const w = world()
    send(w, registration('pv-1'))
    const fields = { pubkey: keyOf('pv-2').pubkey, serial: 'x' }
    expect(send(w, registration('pv-1', fields, { device: 'pv-2' }))).to.equal('device 3')
  })
  it('fails when the key serves or ever served a device or a maker', () => {
    const w = world()
    send(w, registration('pv-1'))
    const other = registration('pv-2', { pubkey: keyOf('pv-1').pubkey }, { device: 'pv-1' })
    expect(send(w, other)).to.equal('device 4')
    const makers = registration('pv-2', { pubkey: keyOf('acme').pubkey }, { device: 'acme' })
    expect(send(w, makers)).to.equal('device 4')
    expect(w.send(MsgRetireDevice, { owner: OWNER, device: 'pv-1' })).to.equal('ok')
    expect(send(w, other)).to.equal('device 4')
  })
  it('fails when the proof of possession is of another key, chain, owner, id or expiry', () => {
    const w = world()
    expect(send(w, registration('pv-1', {}, { device: 'pv-2' }))).to.equal('device 5')
    expect(send(w, registration('pv-1', {}, { chainId: 'strom-other-1' }))).to.equal('device 5')
    const good = registration('pv-1')
    expect(send(w, { ...good, owner: OTHER })).to.equal('device 5')
    expect(send(w, { ...good, id: 'pv-3' })).to.equal('device 5')
    expect(send(w, { ...good, proofExpiryHeight: 999n })).to.equal('device 5')
    expect(send(w, { ...good, proofOfPossession: new Uint8Array(63) })).to.equal('device 5')
    expect(send(w, good)).to.equal('ok')
  })
  it('fails when the proof has expired or reaches further ahead than max_proof_blocks', () => {
    const w = world()
    w.chain.height = 1001n
    expect(send(w, registration('pv-1'))).to.equal('device 26')
    expect(send(w, registration('pv-1', { proofExpiryHeight: 1001n }))).to.equal('ok')
    expect(send(w, registration('pv-2', { proofExpiryHeight: 101_002n }))).to.equal('device 26')
  })
  it('fails when registration is closed', () => {
    expect(send(world([], { registrationOpen: false }), registration('pv-1'))).to.equal('device 6')
  })
  it('fails when the bond is below min_device_bond or the owner cannot pay it', () => {
    expect(attempt({ bond: STROM - 1n })).to.equal('device 12')
    expect(attempt({ bond: 1001n * STROM })).to.equal('sdk 5')
  })
})

describe('MsgRegisterDevice and its maker', () => {
  it('takes an attestation of the maker, or of a key that up to three certificates lead to', () => {
    const chain = [
      certificate('acme', 'plant'),
      certificate('plant', 'line'),
      certificate('line', 'chip'),
    ]
    for (const links of [1, 2, 3]) {
      const maker = ['plant', 'line', 'chip'][links - 1] as string
      expect(attempt({}, 'pv-1', { maker, chain: chain.slice(0, links) })).to.equal('ok')
    }
    const four = [...chain, certificate('chip', 'more')]
    expect(attempt({}, 'pv-1', { maker: 'more', chain: four })).to.equal('device 10')
  })
  it('fails when class A or B has no maker or a maker no attestation', () => {
    expect(attempt({ maker: '' })).to.equal('device 10')
    expect(attempt({ maker: '', trustClass: TrustClass.TRUST_CLASS_B })).to.equal('device 10')
    expect(attempt({ attestation: undefined })).to.equal('device 10')
    const { attestation } = registration('pv-1')
    expect(attempt({ ...CLASS_C, attestation })).to.equal('device 10')
  })
  it('fails when the attestation is of another key, or says anything else of the device', () => {
    expect(attempt({}, 'pv-1', { maker: 'someone' })).to.equal('device 10')
    const good = registration('pv-1')
    const changes: Partial<MsgRegisterDevice>[] = [
      { serial: 'sn-2' },
      { model: 'M2' },
      { kind: Kind.KIND_WIND },
      { nameplateW: 10_001n },
      { classPpm: 2000 },
      { registerModulusMwh: 5000n },
      { trustClass: TrustClass.TRUST_CLASS_B },
    ]
    for (const change of changes)
      expect(send(world(), { ...good, ...change })).to.equal('device 10')
    expect(send(world(), { ...good, zone: 'FR', latE4: 5, commissioned: 3n })).to.equal('ok')
  })
  it('fails when a certificate is for another chain or purpose, of another issuer, forged or over', () => {
    const with1 = (one: ReturnType<typeof certificate>): string =>
      attempt({}, 'pv-1', { maker: 'line', chain: [one] })
    expect(with1(certificate('acme', 'line'))).to.equal('ok')
    expect(with1(certificate('acme', 'line', { chainId: 'strom-other-1' }))).to.equal('device 10')
    expect(with1(certificate('acme', 'line', { purpose: 'strom/device' }))).to.equal('device 10')
    expect(with1(certificate('lab', 'line'))).to.equal('device 10')
    expect(with1(certificate('acme', 'line', { notAfter: T0 - 1n }))).to.equal('device 10')
    const forged = {
      ...certificate('acme', 'line'),
      signature: certificate('lab', 'line').signature,
    }
    expect(with1(forged)).to.equal('device 10')
  })
  it('fails when the maker is unknown, a tester or revoked', () => {
    expect(attempt({ maker: 'nobody' })).to.equal('device 9')
    expect(attempt({ maker: 'lab' }, 'pv-1', { maker: 'lab' })).to.equal('device 9')
    const w = world()
    w.run(MsgRevokeMaker, { authority: AUTHORITY, id: 'acme', reason: 'keys were sold' })
    expect(send(w, registration('pv-1'))).to.equal('device 9')
  })
  it("fails when the maker's serial number is registered", () => {
    const w = world()
    send(w, registration('pv-1'))
    expect(send(w, registration('pv-2', { serial: 'sn-pv-1' }))).to.equal('device 11')
  })
})

describe('MsgRegisterDevice and its gateway', () => {
  it('takes class C without attestation through a gateway in force, class N through a notary', () => {
    const w = world()
    expect(send(w, registration('c-1', CLASS_C))).to.equal('ok')
    const n = { ...CLASS_C, trustClass: TrustClass.TRUST_CLASS_N }
    expect(send(w, registration('n-1', n))).to.equal('device 13')
    w.run(MsgSetNotary, { authority: AUTHORITY, gateway: BOX, notary: true })
    expect(send(w, registration('n-1', n))).to.equal('ok')
  })
  it('fails when class C, N or way root names no gateway, or class A one it does not need', () => {
    expect(attempt({ ...CLASS_C, gateway: '' })).to.equal('device 2')
    expect(attempt({ way: Way.WAY_ROOT })).to.equal('device 2')
    expect(attempt({ way: Way.WAY_ROOT, gateway: BOX })).to.equal('ok')
    expect(attempt({ gateway: BOX })).to.equal('device 2')
    expect(attempt({ way: 3 as Way })).to.equal('device 2')
  })
  it('fails when the gateway is not registered or revoked', () => {
    expect(attempt({ ...CLASS_C, gateway: OTHER })).to.equal('device 13')
    const w = world()
    w.api.revokeGateway(w.chain.write(), BOX, 'test')
    expect(send(w, registration('c-1', CLASS_C))).to.equal('device 13')
  })
  it('fails when the site belongs to somebody who did not admit the owner', () => {
    const w = world()
    send(w, registration('pv-1'))
    expect(send(w, registration('pv-2', { owner: OTHER }))).to.equal('device 14')
    expect(send(w, registration('pv-2', { owner: OTHER, site: '' }))).to.equal('ok')
  })
})

describe('MsgRegisterDevice of a charger', () => {
  const [keba] = JSON.parse(
    readFileSync(new URL('../../../kit/testdata/ocmf/vectors.json', import.meta.url), 'utf8'),
  ) as { record: string; publicKey: string }[]
  const key = parseKey(keba?.publicKey ?? '')
  if (isProblem(key)) throw new Error(key.detail)
  const charger = {
    kind: Kind.KIND_EVSE,
    pubkey: compressedKey(key),
    serial: '17619300',
    receipt: utf8Encode(keba?.record ?? ''),
  }
  const owned = { attestedOwner: OWNER }

  it('takes a receipt of a real charger for the proof of possession when its maker names the owner', () => {
    expect(attempt(charger, 'evse-1', owned)).to.equal('ok')
  })
  it('fails when a receipt stands for the proof and its maker names nobody, or another owner', () => {
    expect(attempt(charger, 'evse-1')).to.equal('device 10')
    expect(attempt(charger, 'evse-1', { attestedOwner: OTHER })).to.equal('device 10')
  })
  it('fails when a receipt is of another meter, key or kind, or altered', () => {
    const pv = { ...charger, kind: Kind.KIND_PV }
    expect(attempt(pv, 'evse-1', owned)).to.equal('device 5')
    expect(attempt({ ...charger, serial: '1' }, 'evse-1', owned)).to.equal('device 5')
    const other = { ...charger, pubkey: keyOf('evse-1').pubkey }
    expect(attempt(other, 'evse-1', owned)).to.equal('device 5')
    const altered = utf8Encode((keba?.record ?? '').replace('0.2597', '0.2598'))
    expect(attempt({ ...charger, receipt: altered }, 'evse-1', owned)).to.equal('device 5')
    expect(attempt({ ...charger, receipt: utf8Encode('x') }, 'evse-1', owned)).to.equal('device 5')
    const twice = world()
    expect(send(twice, registration('evse-1', charger, owned))).to.equal('ok')
    expect(send(twice, registration('evse-2', charger, owned))).to.equal('device 4')
  })
})
