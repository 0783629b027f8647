import type { JsonValue } from '../../../proto/codec.ts'
import { Params } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgUpdateParams, MsgUpdateParamsResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, requireAuthority } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { paramsChanged } from '../events.ts'
import { checkParams } from '../params.ts'
import { state } from '../state.ts'

/** Replaces all params. Devices that are registered keep their interval and nameplate. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  describe: (message) => `${message.authority} changes the params of the device registry`,
  validate(message) {
    checkAccount(message.authority, 'authority')
    checkAccount(message.params.authority, 'new authority')
    checkParams(message.params)
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    const before = state.params.must(ctx)
    if (before.bondDenom !== params.bondDenom) {
      throw deviceErrors.invalidParams(`bond_denom is ${before.bondDenom} and cannot change`)
    }
    state.params.set(ctx, params)
    const [old, now] = [fieldsOf(before), fieldsOf(params)]
    for (const [field, text] of old) {
      const next = now.get(field) ?? ''
      if (text !== next) ctx.emit(paramsChanged(field, text, next))
    }
    return {}
  },
})

function fieldsOf(params: Params): Map<string, string> {
  const json = Params.toJson(params) as { [field: string]: JsonValue }
  return new Map(
    Object.entries(json).map(([field, value]) => [
      field,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}
