import { Status } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgRetireDevice, MsgRetireDeviceResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, ownDevice } from '../access.ts'
import { queueRelease } from '../bonds.ts'
import { amend } from '../epochs.ts'
import { statusChanged } from '../events.ts'

/** Ends a device for good. Its bond answers for faults until it is paid out. */
export const retireDevice = defineMessage({
  codec: MsgRetireDevice,
  response: MsgRetireDeviceResponse,
  signers: (message) => [message.owner],
  describe: (message) => `${message.owner} retires device ${message.device} for good`,
  validate: (message) => checkAccount(message.owner, 'owner'),
  handle(ctx, message) {
    const device = ownDevice(ctx, message.device, message.owner)
    amend(ctx, device, ctx.time, { status: Status.STATUS_RETIRED })
    ctx.emit(statusChanged(device, Status.STATUS_RETIRED, { from: ctx.time, reason: 'retired' }))
    return { bondDue: device.bond === 0n ? 0n : queueRelease(ctx, device.id, false) }
  },
})
