import {
  MsgTransferDevice,
  MsgTransferDeviceResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import type { WriteContext } from '../../kit/context.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, ownDevice } from '../access.ts'
import { amend } from '../epochs.ts'
import { deviceErrors } from '../errors.ts'
import { deviceTransferred, operatorChanged, siteChanged } from '../events.ts'
import { readMoment, submitReading } from '../readings.ts'
import { schemeOf } from '../rules.ts'
import { admitMember } from '../sites.ts'
import { state } from '../state.ts'

/** Passes a device on: its energy belongs to the new owner from the time of the handover reading. */
export const transferDevice = defineMessage({
  codec: MsgTransferDevice,
  response: MsgTransferDeviceResponse,
  signers: (message) => [message.owner, message.newOwner],
  describe: (message) =>
    `${message.owner} passes device ${message.device} with its bond to ${message.newOwner}`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    checkAccount(message.newOwner, 'new owner')
    if (message.owner === message.newOwner) {
      throw deviceErrors.invalidGrant('the new owner is the old one')
    }
  },
  signatures: (ctx, { device: id, handover }) => {
    const device = state.devices.get(ctx, id)
    if (device === undefined) return []
    const { message: bytes, signature } = handover
    return [{ scheme: schemeOf(device), key: device.pubkey, bytes, signature }]
  },
  handle(ctx, message) {
    const device = ownDevice(ctx, message.device, message.owner)
    const { time } = readMoment(ctx, device.id, message.handover, 'handover')
    const next = amend(ctx, device, time, { owner: message.newOwner }, true)
    ctx.emit(deviceTransferred(device, next, time))
    endGrants(ctx, device.id)
    const site = device.site === '' ? undefined : state.sites.get(ctx, device.site)
    // Whoever passes on a device of a site of theirs lets the new owner in.
    if (site?.owner === message.owner && admitMember(ctx, site, message.newOwner)) {
      ctx.emit(siteChanged(site.id, 'member', { old: '', new: message.newOwner }))
    }
    submitReading(ctx, next, { name: 'handover', time, reading: message.handover })
    return { from: time }
  },
})

function endGrants(ctx: WriteContext, device: string): void {
  const prefix = stringKey.encodePart(device)
  for (const [, { operator, expires }] of [...state.operators.entries(ctx, { prefix })]) {
    state.operators.delete(ctx, [device, operator])
    ctx.emit(operatorChanged(device, operator, { old: expires }))
  }
}
