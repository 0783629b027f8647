import type { Gateway } from '../../proto/gen/strom/device/v1/state.ts'
import { type Device, TrustClass } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { queueRelease } from './bonds.ts'
import { deviceErrors } from './errors.ts'
import { gatewayRevoked } from './events.ts'
import { PRESENT, state } from './state.ts'

/** Whether a gateway counts at the height of `ctx`. */
export function inForce(ctx: ReadContext, gateway: Gateway | undefined): boolean {
  if (gateway === undefined) return false
  return gateway.revokedHeight === 0n || ctx.height < gateway.revokedHeight
}

/** Throws device 13 when the gateway a device names is not in force, or no notary where the device needs one. */
export function requireServing(
  ctx: ReadContext,
  route: Pick<Device, 'gateway' | 'trustClass'>,
): void {
  if (route.gateway === '') return
  const gateway = state.gateways.get(ctx, route.gateway)
  if (!inForce(ctx, gateway)) {
    throw deviceErrors.badGateway(`${route.gateway} is not registered or revoked`)
  }
  if (route.trustClass === TrustClass.TRUST_CLASS_N && gateway?.notary !== true) {
    throw deviceErrors.badGateway(`${route.gateway} is not admitted as notary`)
  }
}

/**
 * Bars a gateway from `height` on, now where that is past; returns the height. An earlier revocation stands. Its bond is
 * released once it counts no more.
 */
export function revoke(
  ctx: WriteContext,
  gateway: Gateway,
  height: bigint,
  reason: string,
): bigint {
  const { address, revokedHeight } = gateway
  const from = height < ctx.height ? ctx.height : height
  if (revokedHeight !== 0n && revokedHeight <= from) return revokedHeight
  if (revokedHeight !== 0n) state.leaving.delete(ctx, [revokedHeight, address])
  state.gateways.set(ctx, address, { ...gateway, revokedHeight: from })
  ctx.emit(gatewayRevoked(gateway, from, reason))
  if (from > ctx.height) state.leaving.set(ctx, [from, address], PRESENT)
  else queueRelease(ctx, address, true)
  return from
}

/** Starts the release of the bonds of gateways that left by now, at most `most`. */
export function leaveDue(ctx: WriteContext, most: number): void {
  const due: (readonly [bigint, string])[] = []
  for (const [key] of state.leaving.entries(ctx, { to: [ctx.height + 1n, ''] })) {
    if (due.length === most) break
    due.push(key)
  }
  for (const key of due) {
    state.leaving.delete(ctx, key)
    queueRelease(ctx, key[1], true)
  }
}
