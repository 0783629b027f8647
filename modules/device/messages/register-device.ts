import { Attestation } from '../../../proto/gen/strom/device/v1/signed.ts'
import { Device, Kind, Status } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRegisterDevice,
  MsgRegisterDeviceResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import type { ReadContext, WriteContext } from '../../kit/context.ts'
import type { DeclaredSignature } from '../../kit/crypto.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { PPM } from '../../kit/units.ts'
import {
  admittedMaker,
  attestationShapeProblem,
  attestationSignatures,
  requireAttested,
} from '../attest.ts'
import { takeBond } from '../bonds.ts'
import { deviceErrors } from '../errors.ts'
import { deviceRegistered } from '../events.ts'
import { requireServing } from '../gateways.ts'
import type { DeviceNeeds } from '../needs.ts'
import {
  checkProofShape,
  type NewKey,
  possessionSignature,
  requireNewKey,
  requireReceipt,
} from '../possession.ts'
import { className, isBound, kindName, limitProblem, problemOf, wayOf } from '../rules.ts'
import { attestationBytes } from '../sign-bytes.ts'
import { joinSite } from '../sites.ts'
import { state } from '../state.ts'
import { writeDevice } from '../store-device.ts'

/** Registers a device: its owner signs the transaction, its key the proof of possession, its maker the attestation. */
export function registerDevice(
  needs: DeviceNeeds,
): MessageDef<MsgRegisterDevice, MsgRegisterDeviceResponse> {
  return defineMessage({
    codec: MsgRegisterDevice,
    response: MsgRegisterDeviceResponse,
    signers: (message) => [message.owner],
    describe: (message) =>
      `${message.owner} registers ${kindName(message.kind)} device ${message.id} of ${message.nameplateW} W`,
    validate(message) {
      const problem = problemOf(message)
      if (problem !== undefined) throw deviceErrors.invalidDevice(problem)
      if (message.receipt.length === 0) checkProofShape(message.proofOfPossession)
      checkAttestationShape(message)
    },
    signatures: (ctx, message) => [
      ...(message.receipt.length === 0 ? [possessionSignature(ctx, keyOf(message))] : []),
      ...makerSignatures(ctx, message),
    ],
    handle(ctx, message) {
      const params = state.params.must(ctx)
      if (!params.registrationOpen) throw deviceErrors.registrationClosed()
      const problem = limitProblem(message, params)
      if (problem !== undefined) throw deviceErrors.invalidDevice(problem)
      if (message.commissioned > ctx.time) {
        throw deviceErrors.invalidDevice(`commissioned ${message.commissioned} is in the future`)
      }
      if (state.devices.has(ctx, message.id)) throw deviceErrors.idTaken(message.id)
      if (message.receipt.length > 0) requireReceipt(ctx, message)
      else requireNewKey(ctx, keyOf(message))
      requireServing(ctx, message)
      if (message.maker !== '') enterSerial(ctx, message)
      joinSite(ctx, message.site, message.owner)
      takeBond(ctx, needs, message.owner, { amount: message.bond, least: params.minDeviceBond })
      const device = deviceOf(message, ctx.height)
      writeDevice(ctx, undefined, device)
      state.keys.set(ctx, device.pubkey, device.id)
      ctx.emit(deviceRegistered(device))
      return { id: device.id }
    },
  })
}

function keyOf(message: MsgRegisterDevice): NewKey {
  const { id, owner, pubkey, scheme, proofOfPossession, proofExpiryHeight } = message
  return { id, owner, pubkey, scheme, proof: proofOfPossession, expiryHeight: proofExpiryHeight }
}

/** A meter that signs itself must be vouched for; who names a maker must bring its signature. */
function checkAttestationShape({ id, maker, trustClass, attestation }: MsgRegisterDevice): void {
  if (maker === '') {
    if (!isBound(trustClass)) {
      const name = className(trustClass)
      throw deviceErrors.badAttestation(
        `device ${id}: trust class ${name} needs a maker's attestation`,
      )
    }
    if (attestation === undefined) return
    throw deviceErrors.badAttestation(`device ${id}: an attestation without a maker`)
  }
  const problem = attestationShapeProblem(attestation ?? Attestation.create())
  if (problem !== undefined) throw deviceErrors.badAttestation(`device ${id}: ${problem}`)
}

/** Checks the maker's word and takes the serial number. Throws device 9, 10 or 11. */
function enterSerial(ctx: WriteContext, message: MsgRegisterDevice): void {
  const maker = admittedMaker(ctx, message.maker)
  if (maker.tester) throw deviceErrors.notAdmitted(`${maker.id} tests and makes no devices`)
  const serial = [maker.id, message.serial] as const
  const holder = state.serials.get(ctx, serial)
  if (holder !== undefined) {
    throw deviceErrors.serialTaken(`${maker.id} ${message.serial} is device ${holder}`)
  }
  const bytes = attested(ctx, message)
  requireAttested(ctx, maker, bytes, message.attestation ?? Attestation.create())
  state.serials.set(ctx, serial, message.id)
}

function makerSignatures(ctx: ReadContext, message: MsgRegisterDevice): DeclaredSignature[] {
  const maker = message.maker === '' ? undefined : state.makers.get(ctx, message.maker)
  if (maker === undefined || message.attestation === undefined) return []
  return attestationSignatures(maker, attested(ctx, message), message.attestation)
}

/** What the maker signed: the plate, and the owner where only a receipt proves the key. */
function attested(ctx: ReadContext, message: MsgRegisterDevice): Uint8Array {
  return attestationBytes(ctx.chainId, message, message.receipt.length > 0 ? message.owner : '')
}

function deviceOf(message: MsgRegisterDevice, height: bigint): Device {
  const { proofOfPossession, proofExpiryHeight, attestation, receipt, ...fields } = message
  return Device.create({
    ...fields,
    way: wayOf(message.way),
    status: Status.STATUS_ACTIVE,
    registeredHeight: height,
    sohPpm: message.kind === Kind.KIND_BESS ? PPM : 0n,
  })
}
