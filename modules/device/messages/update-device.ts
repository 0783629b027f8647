import type { Device } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgUpdateDevice, MsgUpdateDeviceResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { actableDevice, checkAccount } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { deviceUpdated } from '../events.ts'
import { isId, isText, placeProblem } from '../rules.ts'
import { joinSite } from '../sites.ts'
import { writeDevice } from '../store-device.ts'

/** Changes location, model or site of a device. */
export const updateDevice = defineMessage({
  codec: MsgUpdateDevice,
  response: MsgUpdateDeviceResponse,
  signers: (message) => [message.signer],
  describe: (message) => `${message.signer} changes what is said about device ${message.device}`,
  validate(message) {
    checkAccount(message.signer, 'signer')
    const { latE4, lonE4, model, site } = message
    const problem = placeProblem({ latE4: latE4 ?? 0, lonE4: lonE4 ?? 0 })
    if (problem !== undefined) throw deviceErrors.invalidDevice(problem)
    if (!isText(model ?? '')) {
      throw deviceErrors.invalidDevice('a model has up to 64 printable characters')
    }
    if (site !== undefined && !isId(site)) {
      throw deviceErrors.invalidDevice(`site "${site}" is no site name`)
    }
    if ([latE4, lonE4, model, site].every((field) => field === undefined)) {
      throw deviceErrors.invalidDevice('nothing to change')
    }
  },
  handle(ctx, message) {
    const device = actableDevice(ctx, message.device, message.signer)
    if (message.model !== undefined && device.maker !== '') {
      throw deviceErrors.invalidDevice(`${device.maker} attested the model of ${device.id}`)
    }
    const next: Device = {
      ...device,
      latE4: message.latE4 ?? device.latE4,
      lonE4: message.lonE4 ?? device.lonE4,
      model: message.model ?? device.model,
      site: message.site ?? device.site,
    }
    if (next.site !== device.site) joinSite(ctx, next.site, device.owner)
    writeDevice(ctx, device, next)
    for (const [name, field] of FIELDS) {
      const [old, now] = [device[field].toString(), next[field].toString()]
      if (old !== now) ctx.emit(deviceUpdated(device.id, name, { old, new: now }))
    }
    return {}
  },
})

const FIELDS = [
  ['lat_e4', 'latE4'],
  ['lon_e4', 'lonE4'],
  ['model', 'model'],
  ['site', 'site'],
] as const
