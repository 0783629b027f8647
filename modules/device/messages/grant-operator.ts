import { OperatorGrant } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgGrantOperator,
  MsgGrantOperatorResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import type { WriteContext } from '../../kit/context.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, ownDevice } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { operatorChanged } from '../events.ts'
import { state } from '../state.ts'

/** Lets an account act for a device until a time. */
export const grantOperator = defineMessage({
  codec: MsgGrantOperator,
  response: MsgGrantOperatorResponse,
  signers: (message) => [message.owner],
  describe: ({ owner, operator, device, expires }) =>
    `${owner} lets ${operator} operate device ${device}${expires === 0n ? '' : ` until ${expires}`}`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    checkAccount(message.operator, 'operator')
    if (message.owner === message.operator) {
      throw deviceErrors.invalidGrant('an owner needs no grant')
    }
  },
  handle(ctx, { owner, device, operator, expires }) {
    ownDevice(ctx, device, owner)
    if (expires !== 0n && expires <= ctx.time) {
      throw deviceErrors.invalidGrant(`it would end at ${expires}, this is ${ctx.time}`)
    }
    const before = state.operators.get(ctx, [device, operator])
    if (before === undefined) makeRoom(ctx, device)
    state.operators.set(
      ctx,
      [device, operator],
      OperatorGrant.create({ device, operator, expires }),
    )
    ctx.emit(
      operatorChanged(device, operator, {
        new: expires,
        ...(before === undefined ? {} : { old: before.expires }),
      }),
    )
    return {}
  },
})

/** Drops expired grants of the device. Throws device 17 when as many as may be are left. */
function makeRoom(ctx: WriteContext, device: string): void {
  const grants = [...state.operators.entries(ctx, { prefix: stringKey.encodePart(device) })]
  const expired = grants.filter(([, { expires }]) => expires !== 0n && expires <= ctx.time)
  for (const [key] of expired) state.operators.delete(ctx, key)
  const left = grants.length - expired.length
  if (left < state.params.must(ctx).maxGrants) return
  throw deviceErrors.limitReached(`device ${device} has ${left} operators`)
}
