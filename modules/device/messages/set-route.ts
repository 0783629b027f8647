import { MsgSetRoute, MsgSetRouteResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { TICK_SECONDS } from '../../kit/units.ts'
import { actableDevice, checkAccount } from '../access.ts'
import { amend } from '../epochs.ts'
import { deviceErrors } from '../errors.ts'
import { routeChanged } from '../events.ts'
import { requireServing } from '../gateways.ts'
import { nextTick, ROUTE_AHEAD_S, routeProblem, wayName, wayOf } from '../rules.ts'

/** Sets gateway and way of a device from a boundary of 900 s on, so that each tick has one of each. */
export const setRoute = defineMessage({
  codec: MsgSetRoute,
  response: MsgSetRouteResponse,
  signers: (message) => [message.signer],
  describe: ({ signer, device, gateway, way, from }) =>
    `${signer} lets device ${device} report ${wayName(way)} ${gateway === '' ? '' : `through ${gateway} `}from ${from}`,
  validate(message) {
    checkAccount(message.signer, 'signer')
    if (message.gateway !== '') checkAccount(message.gateway, 'gateway')
  },
  handle(ctx, message) {
    const device = actableDevice(ctx, message.device, message.signer)
    const { gateway, way, from } = message
    const { trustClass } = device
    const earliest = nextTick(ctx.time)
    if (from % TICK_SECONDS !== 0n || from < earliest || from > earliest + ROUTE_AHEAD_S) {
      throw deviceErrors.badRoute(
        `from ${from}: a boundary of ${TICK_SECONDS} s from ${earliest} on, at most seven days ahead`,
      )
    }
    const problem = routeProblem({ trustClass, gateway, way })
    if (problem !== undefined) throw deviceErrors.badRoute(`device ${device.id}: ${problem}`)
    requireServing(ctx, { gateway, trustClass })
    const next = amend(ctx, device, from, { gateway, way: wayOf(way) })
    ctx.emit(routeChanged(device, next, from))
    return {}
  },
})
