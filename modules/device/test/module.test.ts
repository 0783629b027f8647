import { expect } from 'chai'
import { GenesisState } from '../../../proto/gen/strom/device/v1/genesis.ts'
import { Attestation } from '../../../proto/gen/strom/device/v1/signed.ts'
import {
  type Device,
  Epoch,
  Gateway,
  Kind,
  OperatorGrant,
  Release,
  Site,
  Status,
  TrustClass,
  Way,
} from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgAdmitMaker,
  MsgAttestCapacity,
  MsgGrantOperator,
  MsgGrantSite,
  MsgRegisterDevice,
  MsgRegisterGateway,
  MsgResumeDevice,
  MsgRetireDevice,
  MsgRevokeGateway,
  MsgRevokeMaker,
  MsgRevokeOperator,
  MsgRevokeSite,
  MsgRotateDeviceKey,
  MsgSetNotary,
  MsgSetRoute,
  MsgSuspendDevice,
  MsgTransferDevice,
  MsgTransferSite,
  MsgUpdateDevice,
  MsgUpdateParams,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import {
  MsgSubmitReadingsResponse,
  ReadingResult,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { checkGenesis } from '../genesis-check.ts'
import { rotateDeviceKey } from '../messages/rotate-device-key.ts'
import { transferDevice } from '../messages/transfer-device.ts'
import { deviceModule } from '../module.ts'
import { defaultParams } from '../params.ts'
import { capacityBytes, consentBytes, possessionBytes } from '../sign-bytes.ts'
import {
  AUTHORITY,
  BOX,
  bankGenesis,
  CHAIN,
  CLASS_C,
  identityOf,
  keyOf,
  OTHER,
  OWNER,
  reading,
  registration,
  STROM,
  sample,
  sign,
  stored,
  T0,
  world,
} from './fixture.ts'

function make(): readonly Module[] {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const device = deviceModule({ auth: auth.api, bank: bank.api })
  return [auth, bank, device]
}

const BESS = { kind: Kind.KIND_BESS, storageWh: 6_400n, etaCPpm: 950_000n, etaDPpm: 950_000n }
const capacity = { device: 'bess-1', capacityWh: 6_000n, time: T0 }
const accepting = (): Uint8Array =>
  MsgSubmitReadingsResponse.encode({ results: [ReadingResult.create({ accepted: true })] })

function rotate(chain: FakeChain): void {
  const closing = reading('pv-1', 'pv-1', { seq: 1n, time: T0 + 1n })
  const { pubkey } = keyOf('fresh')
  const rotation = {
    device: 'pv-1',
    oldPubkey: keyOf('pv-1').pubkey,
    newPubkey: pubkey,
    newScheme: 'p256',
    expiryHeight: 9n,
  }
  const message = MsgRotateDeviceKey.create({
    owner: OWNER,
    device: 'pv-1',
    pubkey,
    scheme: 'p256',
    proofOfPossession: sign(
      'fresh',
      possessionBytes(CHAIN, { id: 'pv-1', owner: OWNER, pubkey }, 9n),
    ),
    expiryHeight: 9n,
    consent: sign('pv-1', consentBytes(CHAIN, rotation)),
    closing,
    opening: reading('pv-1', 'fresh', { seq: 2n, time: T0 + 2n, prevHash: identityOf(closing) }),
  })
  chain.atomically((ctx) => rotateDeviceKey.handle(ctx, message), { dispatch: accepting })
}

function handOver(chain: FakeChain): void {
  const handover = reading('pv-1', 'fresh', { seq: 3n, time: T0 + 3n })
  const message = { owner: OWNER, newOwner: OTHER, device: 'pv-1', handover }
  chain.atomically((ctx) => transferDevice.handle(ctx, MsgTransferDevice.create(message)), {
    dispatch: accepting,
  })
}

runModuleSuite({
  make,
  sampleGenesis: {
    bank: bankGenesis,
    device: sample([
      stored('load-1', { kind: Kind.KIND_LOAD }),
      stored('pv-0', { status: Status.STATUS_SUSPENDED }),
    ]),
  },
  operations: [
    accepted('a device', MsgRegisterDevice, registration('pv-1')),
    accepted('a battery', MsgRegisterDevice, registration('bess-1', BESS)),
    accepted('a device behind a gateway', MsgRegisterDevice, registration('c-1', CLASS_C)),
    block(),
    refused('the id is registered', MsgRegisterDevice, registration('pv-1'), 'device', 3),
    refused(
      'the device signs with a foreign key',
      MsgRegisterDevice,
      registration('pv-2', {}, { device: 'x' }),
      'device',
      5,
    ),
    accepted('a grant', MsgGrantOperator, {
      owner: OWNER,
      device: 'pv-1',
      operator: BOX,
      expires: 0n,
    }),
    accepted('its end', MsgRevokeOperator, { owner: OWNER, device: 'pv-1', operator: BOX }),
    accepted('another', MsgGrantOperator, {
      owner: OWNER,
      device: 'pv-0',
      operator: BOX,
      expires: 0n,
    }),
    call('a rotation', rotate),
    call('a transfer', handOver),
    accepted('a member', MsgGrantSite, { owner: OWNER, site: 'home-1', member: AUTHORITY }),
    accepted('none', MsgRevokeSite, { owner: OWNER, site: 'home-1', member: AUTHORITY }),
    accepted('a site passed on', MsgTransferSite, {
      owner: OWNER,
      newOwner: OTHER,
      site: 'home-1',
    }),
    accepted(
      'a new place',
      MsgUpdateDevice,
      MsgUpdateDevice.create({ signer: OWNER, device: 'c-1', site: 'home-2' }),
    ),
    accepted('a stop', MsgSuspendDevice, { signer: OWNER, device: 'c-1', reason: 'repair' }),
    block(),
    accepted('no stop', MsgResumeDevice, { signer: OWNER, device: 'c-1' }),
    accepted('a measured battery', MsgAttestCapacity, {
      signer: BOX,
      ...capacity,
      attester: 'lab',
      attestation: Attestation.create({ signature: sign('lab', capacityBytes(CHAIN, capacity)) }),
    }),
    accepted('a gateway', MsgRegisterGateway, { address: OTHER, name: 'two', bond: 100n * STROM }),
    accepted('a notary', MsgSetNotary, { authority: AUTHORITY, gateway: OTHER, notary: true }),
    accepted('a route', MsgSetRoute, {
      signer: OWNER,
      device: 'c-1',
      gateway: OTHER,
      way: Way.WAY_ROOT,
      from: T0 + 900n,
    }),
    accepted('a leave by height', MsgRevokeGateway, {
      signer: OTHER,
      gateway: OTHER,
      height: 5n,
      reason: '',
    }),
    accepted('a maker', MsgAdmitMaker, {
      authority: AUTHORITY,
      id: 'volt',
      name: 'Volt',
      scheme: 'p256',
      pubkey: keyOf('volt').pubkey,
      tester: false,
    }),
    accepted('no maker', MsgRevokeMaker, { authority: AUTHORITY, id: 'volt', reason: '' }),
    accepted('other params', MsgUpdateParams, {
      authority: AUTHORITY,
      params: { ...defaultParams(), authority: AUTHORITY, bondReleaseS: 60n },
    }),
    accepted('a retired battery', MsgRetireDevice, { owner: OWNER, device: 'bess-1' }),
    block(),
    block(),
    block(60n),
    accepted('another retired device', MsgRetireDevice, { owner: OTHER, device: 'pv-1' }),
  ],
})

describe('device genesis', () => {
  const verdict = (change: Partial<GenesisState>, devices: Device[] = [stored('a')]): string => {
    const base = GenesisState.fromJson(sample(devices))
    try {
      checkGenesis({ ...base, ...change })
    } catch (error) {
      if (error instanceof ChainError) return error.message
      throw error
    }
    return 'valid'
  }
  it('is refused when devices are unordered, share a key or serial, or are malformed, naming the device', () => {
    const list = (...devices: Device[]): string => verdict({}, devices)
    expect(list(stored('a'), stored('b'))).to.equal('valid')
    expect(list(stored('b'), stored('a'))).to.match(/b, a are not in order/)
    expect(list(stored('a'), stored('b', { pubkey: keyOf('a').pubkey }))).to.match(
      /device b: its key/,
    )
    expect(list(stored('a', { pubkey: keyOf('acme').pubkey }))).to.match(/device a: its key/)
    expect(list(stored('a'), stored('b', { serial: 'sn-a' }))).to.match(/a, b: both are acme sn-a/)
    expect(list(stored('a', { nameplateW: 0n }))).to.match(/device a: nameplate_w/)
    expect(list(stored('a', { status: 0 }))).to.match(/device a: status 0/)
    expect(list(stored('a', { intervalS: 7 }))).to.match(/device a: interval_s 7/)
    expect(list(stored('a', { sohPpm: 1n }))).to.match(/device a: soh_ppm/)
    expect(list(stored('a', { epochs: 1 }))).to.match(/device a: epochs/)
    const c = { trustClass: TrustClass.TRUST_CLASS_C, gateway: OTHER }
    expect(list(stored('a', c))).to.match(/gateway .* is not listed/)
  })
  it('is refused when a history does not begin at 0, ascend and end in what the device is', () => {
    const epoch = (from: bigint, fields: Partial<Epoch> = {}): Epoch =>
      Epoch.create({
        device: 'a',
        from,
        owner: OWNER,
        pubkey: keyOf('a').pubkey,
        scheme: 'p256',
        status: Status.STATUS_ACTIVE,
        way: Way.WAY_DIRECT,
        ...fields,
      })
    const history = (...epochs: Epoch[]): string =>
      verdict({ epochs }, [stored('a', { epochs: 2 })])
    const old = epoch(0n, { pubkey: keyOf('old').pubkey })
    expect(history(old, epoch(5n))).to.equal('valid')
    expect(history({ ...old, from: 1n }, epoch(5n))).to.match(/2 epochs in order/)
    expect(history(old, epoch(0n))).to.match(/2 epochs in order/)
    expect(history(epoch(5n), old)).to.match(/2 epochs in order/)
    expect(history(old, epoch(5n, { owner: OTHER }))).to.match(/differs from its newest epoch/)
    expect(history(old, epoch(5n), epoch(6n))).to.match(/an epoch of a too many/)
    expect(history({ ...old, pubkey: keyOf('acme').pubkey }, epoch(5n))).to.match(
      /its key is used twice/,
    )
  })
  it('is refused when makers, gateways, sites, grants or queues are malformed', () => {
    const gateway = Gateway.create({ address: BOX, revokedHeight: 3n })
    expect(verdict({ gateways: [gateway], leaving: [BOX] })).to.equal('valid')
    expect(verdict({ leaving: [BOX] })).to.match(/leaving .* no revoked gateway/)
    expect(verdict({ gateways: [Gateway.create({ address: 'x' })] })).to.match(/gateway: /)
    expect(verdict({ releases: [Release.create({ subject: 'a', due: 1n })] })).to.match(
      /release of a/,
    )
    expect(verdict({ sites: [Site.create({ id: 's', owner: 'x' })] })).to.match(/site s: /)
    const unsorted = [OTHER, OWNER].sort().reverse()
    expect(
      verdict({ sites: [Site.create({ id: 's', owner: OWNER, members: unsorted })] }),
    ).to.match(/members of site s/)
    const operators = [OperatorGrant.create({ device: 'b', operator: OWNER })]
    expect(verdict({ operators })).to.match(/operator of b, which is not listed/)
  })
  it('means the module account of governance where it names no authority', () => {
    const w = world([], { authority: '' })
    // sha256("gov")[:20]: the same twenty bytes as in cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn.
    expect(w.api.authority(w.chain.query())).to.match(
      /^strom10d07y265gmmuvt4z0w9aw880jnsr700j.{6}$/,
    )
  })
  it('is refused when the module account does not hold the bonds', () => {
    expect(() => world([stored('a', { bond: 5n })])).to.throw(ChainError, 'bonds are 5ustrom')
  })
})
