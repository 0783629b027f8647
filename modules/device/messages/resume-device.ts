import { Status } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgResumeDevice, MsgResumeDeviceResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { actableDevice, checkAccount, liveDevice, requireAuthority } from '../access.ts'
import { amend } from '../epochs.ts'
import { deviceErrors } from '../errors.ts'
import { statusChanged } from '../events.ts'

/** Lets a suspended or jailed device report again from the time of the block on. */
export const resumeDevice = defineMessage({
  codec: MsgResumeDevice,
  response: MsgResumeDeviceResponse,
  signers: (message) => [message.signer],
  describe: (message) => `${message.signer} lets device ${message.device} report again`,
  validate: (message) => checkAccount(message.signer, 'signer'),
  handle(ctx, message) {
    const device = liveDevice(ctx, message.device)
    if (device.status === Status.STATUS_ACTIVE) {
      throw deviceErrors.wrongStatus(`device ${device.id} is active`)
    }
    if (device.status === Status.STATUS_JAILED) requireAuthority(ctx, message.signer)
    else actableDevice(ctx, device.id, message.signer)
    amend(ctx, device, ctx.time, { status: Status.STATUS_ACTIVE })
    ctx.emit(statusChanged(device, Status.STATUS_ACTIVE, { from: ctx.time, reason: 'resumed' }))
    return {}
  },
})
