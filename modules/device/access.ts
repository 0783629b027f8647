import { type Device, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { governs } from '../kit/authority.ts'
import type { ReadContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'
import { deviceErrors } from './errors.ts'
import { accountProblem, statusName } from './rules.ts'
import { state } from './state.ts'

/** Whether the address owns the device or holds a grant that counts at the time of the block. */
export function mayAct(ctx: ReadContext, device: Device, address: string): boolean {
  if (device.owner === address) return true
  const grant = state.operators.get(ctx, [device.id, address])
  return grant !== undefined && (grant.expires === 0n || grant.expires > ctx.time)
}

/** The device, which must not be retired. Throws sdk 38, device 15. */
export function liveDevice(ctx: ReadContext, id: string): Device {
  const device = state.devices.must(ctx, id)
  if (device.status === Status.STATUS_RETIRED) {
    throw deviceErrors.wrongStatus(`device ${id} is ${statusName(device.status)}`)
  }
  return device
}

/** The device, where the signer owns it. Throws sdk 4, sdk 38, device 15. */
export function ownDevice(ctx: ReadContext, id: string, owner: string): Device {
  const device = liveDevice(ctx, id)
  if (device.owner === owner) return device
  throw sdkErrors.unauthorized(`device ${id} belongs to ${device.owner}, not to ${owner}`)
}

/** The device, where the signer owns or operates it. Throws sdk 4, sdk 38, device 15. */
export function actableDevice(ctx: ReadContext, id: string, signer: string): Device {
  const device = liveDevice(ctx, id)
  if (mayAct(ctx, device, signer)) return device
  throw sdkErrors.unauthorized(`${signer} neither owns nor operates device ${id}`)
}

/** Throws sdk 4 unless the address governs this module: governance, or the account its params name. */
export function requireAuthority(ctx: ReadContext, address: string): void {
  const { authority } = state.params.must(ctx)
  if (!governs(ctx, address, authority)) {
    throw sdkErrors.unauthorized(`the authority is ${authority}, not ${address}`)
  }
}

/** Throws sdk 7 unless the text is an account address in its usual form. */
export function checkAccount(text: string, field: string): void {
  const problem = accountProblem(text)
  if (problem !== undefined) throw sdkErrors.invalidAddress(`${field}: ${problem}`)
}
