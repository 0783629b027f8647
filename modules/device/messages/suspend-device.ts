import { Status } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgSuspendDevice,
  MsgSuspendDeviceResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { actableDevice, checkAccount } from '../access.ts'
import { amend } from '../epochs.ts'
import { deviceErrors } from '../errors.ts'
import { statusChanged } from '../events.ts'
import { isText, statusName } from '../rules.ts'

/** Stops a device for readings from the time of the block on. */
export const suspendDevice = defineMessage({
  codec: MsgSuspendDevice,
  response: MsgSuspendDeviceResponse,
  signers: (message) => [message.signer],
  describe: (message) => `${message.signer} suspends device ${message.device}`,
  validate(message) {
    checkAccount(message.signer, 'signer')
    if (!isText(message.reason)) {
      throw deviceErrors.invalidDevice('a reason has up to 64 printable characters')
    }
  },
  handle(ctx, message) {
    const device = actableDevice(ctx, message.device, message.signer)
    if (device.status !== Status.STATUS_ACTIVE) {
      throw deviceErrors.wrongStatus(`device ${device.id} is ${statusName(device.status)}`)
    }
    amend(ctx, device, ctx.time, { status: Status.STATUS_SUSPENDED })
    const when = { from: ctx.time, reason: message.reason }
    ctx.emit(statusChanged(device, Status.STATUS_SUSPENDED, when))
    return {}
  },
})
