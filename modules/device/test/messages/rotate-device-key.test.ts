import { expect } from 'chai'
import { Attestation } from '../../../../proto/gen/strom/device/v1/signed.ts'
import { type Device, Status } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRegisterDevice,
  MsgRotateDeviceKey,
  MsgSuspendDevice,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import type {
  DeviceMessage,
  SignedReading,
} from '../../../../proto/gen/strom/metering/v1/reading.ts'
import { MsgSubmitReadings } from '../../../../proto/gen/strom/metering/v1/tx.ts'
import { toHex } from '../../../kit/bytes.ts'
import { consentBytes, possessionBytes } from '../../sign-bytes.ts'
import {
  CHAIN,
  CLASS_C,
  certificate,
  identityOf,
  keyOf,
  OTHER,
  OWNER,
  reading,
  registration,
  sign,
  T0,
  type World,
  world,
} from '../fixture.ts'

/** 10:00 of the day the chain begins. */
const TEN = T0 + 36_000n
const MINUTE = 60n

/** A world at 10:20 in which pv-1 has reported once, at 10:00, and the reading it closes with. */
function started(fields: Partial<MsgRegisterDevice> = {}): { w: World; closing: SignedReading } {
  const w = world()
  w.run(MsgRegisterDevice, registration('pv-1', fields))
  w.chain.time = TEN + 20n * MINUTE
  const first = reading('pv-1', 'pv-1', { time: TEN, exportMwh: 5_000_000n })
  const gateway = fields.gateway ?? OWNER
  w.run(MsgSubmitReadings, { gateway, readings: [first] })
  const closing = reading('pv-1', 'pv-1', {
    seq: 2n,
    time: TEN + 4n * MINUTE,
    exportMwh: 5_100_000n,
    prevHash: identityOf(first),
  })
  return { w, closing }
}

/** The first reading of the new key, at 10:05. */
function opening(
  closing: SignedReading,
  fields: Partial<DeviceMessage> = {},
  key = 'new',
): SignedReading {
  return reading('pv-1', key, {
    seq: 3n,
    time: TEN + 5n * MINUTE,
    exportMwh: 5_200_000n,
    prevHash: identityOf(closing),
    ...fields,
  })
}

interface Names {
  readonly key?: string
  readonly proof?: string
  readonly consent?: string
  readonly expiryHeight?: bigint
}

function rotation(
  closing: SignedReading,
  first: SignedReading,
  { key = 'new', proof = key, consent = 'pv-1', expiryHeight = 500n }: Names = {},
): MsgRotateDeviceKey {
  const { pubkey } = keyOf(key)
  const possession = possessionBytes(CHAIN, { owner: OWNER, id: 'pv-1', pubkey }, expiryHeight)
  return MsgRotateDeviceKey.create({
    owner: OWNER,
    device: 'pv-1',
    pubkey,
    scheme: 'p256',
    proofOfPossession: sign(proof, possession),
    expiryHeight,
    consent: sign(consent, bytesOfConsent(key, expiryHeight)),
    closing,
    opening: first,
  })
}

function bytesOfConsent(key: string, expiryHeight: bigint): Uint8Array {
  return consentBytes(CHAIN, {
    device: 'pv-1',
    oldPubkey: keyOf('pv-1').pubkey,
    newPubkey: keyOf(key).pubkey,
    newScheme: 'p256',
    expiryHeight,
  })
}

const attempt = (
  first: Partial<DeviceMessage>,
  names: Names = {},
  change: Partial<MsgRotateDeviceKey> = {},
): string => {
  const { w, closing } = started()
  const message = { ...rotation(closing, opening(closing, first), names), ...change }
  return w.send(MsgRotateDeviceKey, message)
}

describe('MsgRotateDeviceKey', () => {
  it('lets the new key hold from its first reading on, and metering takes both readings', () => {
    const { w, closing } = started()
    expect(w.send(MsgRotateDeviceKey, rotation(closing, opening(closing)))).to.equal('ok')
    const device = w.api.get(w.chain.query(), 'pv-1') as Device
    expect(toHex(device.pubkey)).to.equal(toHex(keyOf('new').pubkey))
    const keyAt = (time: bigint): string => toHex(w.api.at(w.chain.query(), device, time).pubkey)
    expect(keyAt(TEN + 5n * MINUTE - 1n)).to.equal(toHex(keyOf('pv-1').pubkey))
    expect(keyAt(TEN + 5n * MINUTE)).to.equal(toHex(keyOf('new').pubkey))
    const event = w.chain.takeEvents().find((one) => one.type === 'key_rotated')
    expect(Object.fromEntries(event?.attributes ?? [])).to.deep.equal({
      device: 'pv-1',
      old: toHex(keyOf('pv-1').pubkey),
      new: toHex(keyOf('new').pubkey),
      from: (TEN + 5n * MINUTE).toString(),
      by: 'old key',
    })
    w.checkInvariants()
  })
  it('lets a reading of 10:15 by a key that was rotated out at 10:05 be refused, one by the new key pass', () => {
    const { w, closing } = started()
    const first = opening(closing)
    w.run(MsgRotateDeviceKey, rotation(closing, first))
    const at = { seq: 4n, time: TEN + 15n * MINUTE, exportMwh: 5_300_000n }
    const submit = (key: string): string => {
      const one = reading('pv-1', key, { ...at, prevHash: identityOf(first) })
      const answer = w.run<MsgSubmitReadings, { results: { accepted: boolean; reason: string }[] }>(
        MsgSubmitReadings,
        { gateway: OWNER, readings: [one] },
      )
      return answer.results[0]?.accepted === true ? 'accepted' : (answer.results[0]?.reason ?? '')
    }
    expect(submit('pv-1')).to.equal('bad_signature')
    expect(submit('new')).to.equal('accepted')
  })
  it('takes the consent of the maker, or of a certified key of it, for a key that is lost', () => {
    for (const chain of [[], [certificate('acme', 'desk')]]) {
      const { w, closing } = started()
      const maker = chain.length === 0 ? 'acme' : 'desk'
      const message = rotation(closing, opening(closing))
      const makerConsent = Attestation.create({
        chain,
        signature: sign(maker, bytesOfConsent('new', 500n)),
      })
      const lost = { ...message, consent: new Uint8Array(), closing: undefined, makerConsent }
      expect(w.send(MsgRotateDeviceKey, lost)).to.equal('ok')
      const event = w.chain.takeEvents().find((one) => one.type === 'key_rotated')
      expect(Object.fromEntries(event?.attributes ?? [])['by']).to.equal('acme')
      w.checkInvariants()
    }
  })
  it('brings the readings of a device of class C in the name of its gateway', () => {
    const { w, closing } = started(CLASS_C)
    expect(w.send(MsgRotateDeviceKey, rotation(closing, opening(closing)))).to.equal('ok')
  })
  it('fails when somebody else than the owner signs, or there is no such device', () => {
    expect(attempt({}, {}, { owner: OTHER })).to.equal('sdk 4')
    expect(attempt({}, {}, { device: 'pv-2' })).to.equal('sdk 38')
  })
  it('fails when the new key is malformed, or serves or ever served anybody', () => {
    expect(attempt({}, {}, { scheme: 'rsa' })).to.equal('device 2')
    expect(attempt({}, { key: 'acme' })).to.equal('device 4')
    expect(attempt({}, { key: 'pv-1' })).to.equal('device 4')
    const { w, closing } = started()
    const first = opening(closing)
    w.run(MsgRotateDeviceKey, rotation(closing, first))
    const third = reading('pv-1', 'pv-1', {
      seq: 4n,
      time: TEN + 9n * MINUTE,
      prevHash: identityOf(first),
    })
    const back = rotation(first, third, { key: 'pv-1', consent: 'new' })
    expect(w.send(MsgRotateDeviceKey, back)).to.equal('device 4')
  })
  it('fails when the proof of possession does not verify or has expired', () => {
    expect(attempt({}, { proof: 'pv-1' })).to.equal('device 5')
    expect(attempt({}, { expiryHeight: 0n })).to.equal('device 26')
  })
  it('fails when neither the old key nor the maker consents', () => {
    expect(attempt({}, { consent: 'new' })).to.equal('device 20')
    expect(attempt({}, {}, { consent: new Uint8Array() })).to.equal('device 20')
    const wrong = Attestation.create({ signature: sign('lab', bytesOfConsent('new', 500n)) })
    const lost = { consent: new Uint8Array(), closing: undefined, makerConsent: wrong }
    expect(attempt({}, {}, lost)).to.equal('device 10')
    expect(attempt({}, {}, { makerConsent: wrong })).to.equal('device 20')
  })
  it('fails when a device without maker has lost its key', () => {
    const { w, closing } = started(CLASS_C)
    const makerConsent = Attestation.create({
      signature: sign('acme', bytesOfConsent('new', 500n)),
    })
    const message = rotation(closing, opening(closing))
    const lost = { ...message, consent: new Uint8Array(), closing: undefined, makerConsent }
    expect(w.send(MsgRotateDeviceKey, lost)).to.equal('device 9')
  })
  it('fails when the closing reading is missing', () => {
    expect(attempt({}, {}, { closing: undefined })).to.equal('device 18')
  })
  it('fails when the opening reading does not follow the closing one', () => {
    expect(attempt({ seq: 4n })).to.equal('device 18')
    expect(attempt({ context: 'G' })).to.equal('device 18')
    expect(attempt({ prevHash: new Uint8Array(32) })).to.equal('device 18')
    expect(attempt({ time: TEN + 4n * MINUTE })).to.equal('device 18')
    expect(attempt({ exportMwh: 5_099_999n })).to.equal('device 18')
    expect(attempt({ device: 'pv-2' })).to.equal('device 18')
    expect(attempt({ chainId: 'strom-other-1' })).to.equal('device 18')
    expect(
      attempt({}, {}, { opening: { message: Uint8Array.of(9), signature: new Uint8Array(64) } }),
    ).to.equal('device 18')
  })
  it('fails when metering refuses one of the readings, and then nothing changes', () => {
    expect(attempt({ time: TEN + 60n * MINUTE })).to.equal('device 19')
    const { w, closing } = started()
    const before = w.chain.contentHash('device')
    const foreign = opening(closing, {}, 'stranger')
    expect(w.send(MsgRotateDeviceKey, rotation(closing, foreign))).to.equal('device 19')
    const byNew = { ...closing, signature: sign('new', closing.message) }
    expect(w.send(MsgRotateDeviceKey, rotation(byNew, opening(byNew)))).to.equal('device 19')
    expect(w.chain.contentHash('device')).to.equal(before)
    w.run(MsgSuspendDevice, { signer: OWNER, device: 'pv-1', reason: '' })
    const late = opening(closing, { time: TEN + 20n * MINUTE })
    expect(w.send(MsgRotateDeviceKey, rotation(closing, late))).to.equal('device 19')
  })
  it('fails when the key changes at or after that time already', () => {
    const { w, closing } = started()
    const first = opening(closing)
    w.run(MsgRotateDeviceKey, rotation(closing, first))
    const message = rotation(first, first, { key: 'newer', consent: 'new' })
    const consent = consentBytes(CHAIN, {
      device: 'pv-1',
      oldPubkey: keyOf('new').pubkey,
      newPubkey: keyOf('newer').pubkey,
      newScheme: 'p256',
      expiryHeight: 500n,
    })
    const backdated = reading('pv-1', 'new', { seq: 3n, time: TEN + 4n * MINUTE, exportMwh: 1n })
    const early = {
      ...message,
      consent: sign('new', consent),
      closing: backdated,
      opening: opening(backdated, { seq: 4n }, 'newer'),
    }
    expect(w.send(MsgRotateDeviceKey, early)).to.equal('device 16')
  })
  it('keeps a jailed device jailed', () => {
    const { w, closing } = started()
    w.api.jail(w.chain.write(), 'pv-1', TEN, 'test')
    expect(w.send(MsgRotateDeviceKey, rotation(closing, opening(closing)))).to.equal('ok')
    expect(w.api.get(w.chain.query(), 'pv-1')?.status).to.equal(Status.STATUS_JAILED)
  })
})
