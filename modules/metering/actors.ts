import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { governs } from '../kit/authority.ts'
import type { ReadContext } from '../kit/context.ts'
import { meteringErrors } from './errors.ts'
import type { EnergyNeeds } from './work.ts'

/** The device an account may act for: its owner or an operator. Throws metering 6 or 7. */
export function deviceOf(needs: EnergyNeeds, ctx: ReadContext, id: string, signer: string): Device {
  const device = needs.device.get(ctx, id)
  if (device === undefined) throw meteringErrors.unknownDevice(`"${id}"`)
  if (!needs.device.mayAct(ctx, device, signer)) {
    throw meteringErrors.notAllowed(`${signer} is neither owner nor operator of ${id}`)
  }
  return device
}

/** Throws metering 7 unless the signer governs the module. */
export function mustGovern(needs: EnergyNeeds, ctx: ReadContext, signer: string): void {
  const authority = needs.device.authority(ctx)
  if (!governs(ctx, signer, authority))
    throw meteringErrors.notAllowed(`the authority is ${authority}`)
}
