import { expect } from 'chai'
import { type Device, Kind, Status } from '../../../../proto/gen/strom/device/v1/state.ts'
import type { MsgRegisterDevice } from '../../../../proto/gen/strom/device/v1/tx.ts'
import { toBech32 } from '../../../kit/address.ts'
import { ChainError } from '../../../kit/errors.ts'
import { type FakeChain, fakeChain } from '../../../kit/testing/fake-context.ts'
import { registerDevice } from '../../messages/register-device.ts'
import { deviceModule } from '../../module.ts'
import { defaultParams } from '../../params.ts'
import { state } from '../../state.ts'
import { keyOf, OWNER, registration } from '../fixture.ts'

const BESS = { kind: Kind.KIND_BESS, storageWh: 6_400n, etaCPpm: 950_000n, etaDPpm: 950_000n }

function started(): FakeChain {
  const chain = fakeChain()
  const { genesis } = deviceModule()
  genesis.init(chain.write(), genesis.defaults())
  return chain
}

function send(chain: FakeChain, message: MsgRegisterDevice): string {
  try {
    registerDevice.validate(message)
    chain.atomically((ctx) => registerDevice.handle(ctx, message))
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}`
    throw error
  }
  return 'registered'
}

const attempt = (fields: Partial<MsgRegisterDevice>, id = 'pv-1'): string =>
  send(started(), registration(id, fields))

describe('MsgRegisterDevice', () => {
  it('registers an active device that the registry answers with, and emits device_registered', () => {
    const chain = started()
    expect(send(chain, registration('bess-1', BESS))).to.equal('registered')
    const device = deviceModule().api.get(chain.query(), 'bess-1') as Device
    expect(device).to.include({ owner: OWNER, status: Status.STATUS_ACTIVE, storageWh: 6_400n })
    expect(device.pubkey).to.deep.equal(keyOf('bess-1').pubkey)
    const [event] = chain.takeEvents()
    expect(event?.type).to.equal('device_registered')
    expect(Object.fromEntries(event?.attributes ?? [])).to.include({
      device: 'bess-1',
      kind: 'BESS',
      storage_wh: '6400',
    })
  })
  it('declares the proof of possession for verification ahead', () => {
    const message = registration('pv-1')
    const [declared] = registerDevice.signatures?.(started().query(), message) ?? []
    expect(declared?.signature).to.equal(message.proofOfPossession)
    expect(
      started().verifier.verify(
        'p256',
        message.pubkey,
        declared?.bytes as Uint8Array,
        message.proofOfPossession,
      ),
    ).to.equal(true)
  })
  it('fails when id, owner, zone or site is malformed', () => {
    expect(attempt({}, 'no spaces')).to.equal('device 2')
    expect(attempt({}, 'x'.repeat(65))).to.equal('device 2')
    expect(attempt({ owner: 'strom1nonsense' })).to.equal('device 2')
    expect(attempt({ owner: toBech32(new Uint8Array(20), 'cosmos') })).to.equal('device 2')
    expect(attempt({ zone: '' })).to.equal('device 2')
    expect(attempt({ site: 'a/b' })).to.equal('device 2')
  })
  it('fails when the scheme is unknown or the key has a wrong length or is no compressed point', () => {
    expect(attempt({ scheme: 'rsa' })).to.equal('device 2')
    expect(attempt({ scheme: 'toString' })).to.equal('device 2')
    expect(attempt({ pubkey: new Uint8Array(32).fill(2) })).to.equal('device 2')
    expect(attempt({ pubkey: new Uint8Array(33).fill(4) })).to.equal('device 2')
  })
  it('fails when kind, nameplate, storage or efficiencies make no sense', () => {
    expect(attempt({ kind: Kind.KIND_UNSPECIFIED })).to.equal('device 2')
    expect(attempt({ kind: 7 })).to.equal('device 2')
    expect(attempt({ nameplateW: 0n })).to.equal('device 2')
    expect(attempt({ storageWh: 1n })).to.equal('device 2')
    expect(attempt({ ...BESS, storageWh: 0n })).to.equal('device 2')
    expect(attempt({ ...BESS, etaDPpm: 1_000_001n })).to.equal('device 2')
    expect(attempt({ ...BESS, etaCPpm: 0n })).to.equal('device 2')
  })
  it('fails when the interval is not allowed or the nameplate exceeds max_nameplate_w', () => {
    expect(attempt({ intervalS: 600 })).to.equal('device 2')
    expect(attempt({ intervalS: 3600 })).to.equal('registered')
    expect(attempt({ nameplateW: 1_000_000_000n })).to.equal('registered')
    expect(attempt({ nameplateW: 1_000_000_001n })).to.equal('device 2')
  })
  it('fails when the id is registered', () => {
    const chain = started()
    send(chain, registration('pv-1'))
    const other = registration('pv-1', { pubkey: keyOf('pv-2').pubkey }, { name: 'pv-2' })
    expect(send(chain, other)).to.equal('device 3')
  })
  it('fails when the key is registered', () => {
    const chain = started()
    send(chain, registration('pv-1'))
    const other = registration('pv-2', { pubkey: keyOf('pv-1').pubkey }, { name: 'pv-1' })
    expect(send(chain, other)).to.equal('device 4')
  })
  it('fails when the proof of possession is of another key, chain, owner or id', () => {
    const chain = started()
    expect(send(chain, registration('pv-1', {}, { name: 'pv-2' }))).to.equal('device 5')
    expect(send(chain, registration('pv-1', {}, { chainId: 'strom-other-1' }))).to.equal('device 5')
    const good = registration('pv-1')
    expect(send(chain, { ...good, owner: toBech32(new Uint8Array(20).fill(8)) })).to.equal(
      'device 5',
    )
    expect(send(chain, { ...good, id: 'pv-3' })).to.equal('device 5')
    expect(send(chain, { ...good, proofOfPossession: new Uint8Array(63) })).to.equal('device 5')
    expect(send(chain, good)).to.equal('registered')
  })
  it('fails when registration is closed', () => {
    const chain = started()
    state.params.set(chain.write(), { ...defaultParams(), registrationOpen: false })
    expect(send(chain, registration('pv-1'))).to.equal('device 6')
  })
})
