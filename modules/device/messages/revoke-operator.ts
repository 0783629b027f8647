import {
  MsgRevokeOperator,
  MsgRevokeOperatorResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount } from '../access.ts'
import { operatorChanged } from '../events.ts'
import { state } from '../state.ts'

/** Ends the grant of an operator, also of a retired device. */
export const revokeOperator = defineMessage({
  codec: MsgRevokeOperator,
  response: MsgRevokeOperatorResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} lets ${message.operator} operate device ${message.device} no more`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    checkAccount(message.operator, 'operator')
  },
  handle(ctx, { owner, device: id, operator }) {
    const device = state.devices.must(ctx, id)
    if (device.owner !== owner) {
      throw sdkErrors.unauthorized(`device ${id} belongs to ${device.owner}, not to ${owner}`)
    }
    const { expires } = state.operators.must(ctx, [id, operator])
    state.operators.delete(ctx, [id, operator])
    ctx.emit(operatorChanged(id, operator, { old: expires }))
    return {}
  },
})
