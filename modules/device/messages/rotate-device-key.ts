import { Attestation } from '../../../proto/gen/strom/device/v1/signed.ts'
import { type Device, Maker } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRotateDeviceKey,
  MsgRotateDeviceKeyResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import type { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { equalBytes } from '../../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../../kit/context.ts'
import type { DeclaredSignature, Hasher } from '../../kit/crypto.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, ownDevice } from '../access.ts'
import {
  admittedMaker,
  attestationShapeProblem,
  attestationSignatures,
  requireAttested,
} from '../attest.ts'
import { amend } from '../epochs.ts'
import { deviceErrors } from '../errors.ts'
import { keyRotated } from '../events.ts'
import { checkProofShape, type NewKey, possessionSignature, requireNewKey } from '../possession.ts'
import { readMoment, submitReading } from '../readings.ts'
import { keyShapeProblem, schemeOf } from '../rules.ts'
import { consentBytes } from '../sign-bytes.ts'
import { state } from '../state.ts'

/**
 * Puts a new key in place of a device's key from the time of its first reading on. The old key consents and closes; where
 * it is lost, the maker consents.
 */
export const rotateDeviceKey = defineMessage({
  codec: MsgRotateDeviceKey,
  response: MsgRotateDeviceKeyResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} gives device ${message.device} a new ${message.scheme} key`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    const problem = keyShapeProblem(message)
    if (problem !== undefined) throw deviceErrors.invalidDevice(problem)
    checkProofShape(message.proofOfPossession)
    checkConsentShape(message)
  },
  signatures: (ctx, message) => {
    const device = state.devices.get(ctx, message.device)
    return device === undefined ? [] : signaturesOf(ctx, device, message)
  },
  handle(ctx, message) {
    const device = ownDevice(ctx, message.device, message.owner)
    requireNewKey(ctx, keyOf(message))
    requireConsent(ctx, device, message)
    const { closing, opening } = message
    const first = readMoment(ctx, device.id, opening, 'opening')
    const last = closing === undefined ? undefined : readMoment(ctx, device.id, closing, 'closing')
    if (last !== undefined && closing !== undefined) {
      requireJoined(ctx.hasher, closing.message, last, first)
    }
    const { pubkey, scheme } = message
    const next = amend(ctx, device, first.time, { pubkey, scheme }, true)
    state.keys.set(ctx, pubkey, device.id)
    const by = closing === undefined ? device.maker : 'old key'
    ctx.emit(keyRotated(device, next, first.time, by))
    if (last !== undefined && closing !== undefined) {
      submitReading(ctx, next, { name: 'closing', time: last.time, reading: closing })
    }
    submitReading(ctx, next, { name: 'opening', time: first.time, reading: opening })
    return { from: first.time }
  },
})

function keyOf(message: MsgRotateDeviceKey): NewKey {
  const { device, owner, pubkey, scheme, proofOfPossession, expiryHeight } = message
  return { id: device, owner, pubkey, scheme, proof: proofOfPossession, expiryHeight }
}

/** Either the old key's consent with its last reading, or the maker's. */
function checkConsentShape({ consent, makerConsent, closing }: MsgRotateDeviceKey): void {
  if (makerConsent === undefined) {
    if (consent.length !== 64) {
      throw deviceErrors.badConsent(
        `${consent.length} bytes, 64 are needed, or the maker's consent`,
      )
    }
    if (closing === undefined) throw deviceErrors.badReading('a closing reading is needed')
    return
  }
  if (consent.length > 0) throw deviceErrors.badConsent('either the old key consents or the maker')
  const problem = attestationShapeProblem(makerConsent)
  if (problem !== undefined) throw deviceErrors.badConsent(problem)
}

function bytesOf(ctx: ReadContext, device: Device, message: MsgRotateDeviceKey): Uint8Array {
  return consentBytes(ctx.chainId, {
    device: device.id,
    oldPubkey: device.pubkey,
    newPubkey: message.pubkey,
    newScheme: message.scheme,
    expiryHeight: message.expiryHeight,
  })
}

function requireConsent(ctx: WriteContext, device: Device, message: MsgRotateDeviceKey): void {
  const bytes = bytesOf(ctx, device, message)
  if (message.makerConsent !== undefined) {
    requireAttested(ctx, admittedMaker(ctx, device.maker), bytes, message.makerConsent)
    return
  }
  if (ctx.verified(schemeOf(device), device.pubkey, bytes, message.consent)) return
  throw deviceErrors.badConsent(
    `the old key of ${device.id} must sign chain id ${ctx.chainId}, device, both keys and expiry height`,
  )
}

/** Throws device 18 unless the opening reading follows the closing one without a gap. */
function requireJoined(
  hasher: Hasher,
  closed: Uint8Array,
  last: DeviceMessage,
  first: DeviceMessage,
): void {
  const bad = (why: string) => deviceErrors.badReading(`the opening reading ${why}`)
  if (first.context !== last.context) throw bad('has another context than the closing one')
  if (first.seq !== last.seq + 1n) throw bad(`has number ${first.seq}, ${last.seq + 1n} is due`)
  if (!equalBytes(first.prevHash, hasher.sha256(closed))) throw bad('does not name the closing one')
  if (first.time <= last.time) throw bad(`is of ${first.time}, not after ${last.time}`)
  if (first.importMwh < last.importMwh || first.exportMwh < last.exportMwh) {
    throw bad('has a lower register than the closing one')
  }
}

function signaturesOf(
  ctx: ReadContext,
  device: Device,
  message: MsgRotateDeviceKey,
): DeclaredSignature[] {
  const { closing, opening, makerConsent, consent } = message
  const old = { scheme: schemeOf(device), key: device.pubkey }
  const fresh = { scheme: schemeOf(message), key: message.pubkey }
  const bytes = bytesOf(ctx, device, message)
  const maker = state.makers.get(ctx, device.maker) ?? Maker.create()
  const consents =
    makerConsent === undefined
      ? [{ ...old, bytes, signature: consent }]
      : maker.id === ''
        ? []
        : attestationSignatures(maker, bytes, makerConsent ?? Attestation.create())
  return [
    possessionSignature(ctx, keyOf(message)),
    ...consents,
    ...(closing === undefined
      ? []
      : [{ ...old, bytes: closing.message, signature: closing.signature }]),
    { ...fresh, bytes: opening.message, signature: opening.signature },
  ]
}
