import { Gateway } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgRegisterGateway,
  MsgRegisterGatewayResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { checkAccount } from '../access.ts'
import { takeBond } from '../bonds.ts'
import { deviceErrors } from '../errors.ts'
import { gatewayRegistered } from '../events.ts'
import type { DeviceNeeds } from '../needs.ts'
import { isText } from '../rules.ts'
import { state } from '../state.ts'

/** Enters an account that carries readings, with a bond for what it signs or batches itself. */
export function registerGateway(
  needs: DeviceNeeds,
): MessageDef<MsgRegisterGateway, MsgRegisterGatewayResponse> {
  return defineMessage({
    codec: MsgRegisterGateway,
    response: MsgRegisterGatewayResponse,
    signers: (message) => [message.address],
    describe: ({ address, name }) => `${address} registers as gateway "${name}"`,
    validate(message) {
      checkAccount(message.address, 'gateway')
      if (!isText(message.name)) {
        throw deviceErrors.badGateway('a name has up to 64 printable characters')
      }
    },
    handle(ctx, { address, name, bond }) {
      const found = state.gateways.get(ctx, address)
      if (found !== undefined) {
        const revoked = found.revokedHeight === 0n ? '' : `, revoked at ${found.revokedHeight}`
        throw deviceErrors.gatewayTaken(`${address}${revoked}`)
      }
      const { minGatewayBond } = state.params.must(ctx)
      takeBond(ctx, needs, address, { amount: bond, least: minGatewayBond })
      const gateway = Gateway.create({ address, name, bond, registeredHeight: ctx.height })
      state.gateways.set(ctx, address, gateway)
      ctx.emit(gatewayRegistered(gateway))
      return {}
    },
  })
}
