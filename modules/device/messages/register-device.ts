import { Device, Status } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRegisterDevice,
  MsgRegisterDeviceResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { toHex } from '../../kit/bytes.ts'
import { defineMessage } from '../../kit/module.ts'
import { deviceErrors } from '../errors.ts'
import { deviceRegistered } from '../events.ts'
import { kindName, limitProblem, possessionBytes, problemOf, schemeOf } from '../rules.ts'
import { state } from '../state.ts'

/** Registers a device: its owner signs the transaction, its key signs the proof of possession. */
export const registerDevice = defineMessage({
  codec: MsgRegisterDevice,
  response: MsgRegisterDeviceResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} registers ${kindName(message.kind)} device ${message.id} of ${message.nameplateW} W`,
  validate(message) {
    const problem = problemOf(message)
    if (problem !== undefined) throw deviceErrors.invalidDevice(problem)
    if (message.proofOfPossession.length !== 64) {
      throw deviceErrors.badPossession(`${message.proofOfPossession.length} bytes, 64 are needed`)
    }
  },
  signatures: (ctx, message) => [
    {
      scheme: schemeOf(message),
      key: message.pubkey,
      bytes: possessionBytes(ctx.chainId, message),
      signature: message.proofOfPossession,
    },
  ],
  handle(ctx, message) {
    const params = state.params.must(ctx)
    if (!params.registrationOpen) throw deviceErrors.registrationClosed()
    const { proofOfPossession, ...fields } = message
    const problem = limitProblem(message, params)
    if (problem !== undefined) throw deviceErrors.invalidDevice(problem)
    if (state.devices.has(ctx, message.id)) throw deviceErrors.idTaken(message.id)
    const holder = state.keys.get(ctx, message.pubkey)
    if (holder !== undefined) {
      throw deviceErrors.keyTaken(`${toHex(message.pubkey)} belongs to ${holder}`)
    }
    const bytes = possessionBytes(ctx.chainId, message)
    if (!ctx.verified(schemeOf(message), message.pubkey, bytes, proofOfPossession)) {
      throw deviceErrors.badPossession(
        `the key of ${message.id} must sign chain id ${ctx.chainId}, device, owner and key`,
      )
    }
    const device = Device.create({
      ...fields,
      status: Status.STATUS_ACTIVE,
      registeredHeight: ctx.height,
    })
    state.devices.set(ctx, device.id, device)
    state.keys.set(ctx, device.pubkey, device.id)
    ctx.emit(deviceRegistered(device))
    return { id: device.id }
  },
})
