import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/consensus/v1/tx.ts'
import { ConsensusParams } from '../../../proto/gen/tendermint/types/params.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import type { EngineParams } from '../api.ts'
import { updated } from '../events.ts'
import { checkParams, defaultParams, stored } from '../rules.ts'
import { readParams, state } from '../state.ts'

/** Governance replaces the params of consensus; the engine follows from the next height on. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  describe: (message) => `${message.authority} replaces the params of consensus`,
  validate(message) {
    fieldAddress(message.authority, 'authority')
    checkParams(asked(message, defaultParams()))
  },
  handle(ctx, message) {
    requireAuthority(ctx, message.authority)
    const next = asked(message, readParams(ctx))
    checkParams(next)
    state.params.set(ctx, stored(next))
    state.changed.set(ctx, ctx.height)
    ctx.emit(updated(message.authority, JSON.stringify(ConsensusParams.toJson(stored(next)))))
    return {}
  },
})

/** The params after the message. The version is no param of it, and vote extensions stay when it says nothing of them. */
function asked(message: MsgUpdateParams, before: EngineParams): EngineParams {
  const { block, evidence, validator, abci } = message
  if (block === undefined || evidence === undefined || validator === undefined)
    throw sdkErrors.invalidRequest('all parameters must be present')
  return { block, evidence, validator, version: before.version, abci: abci ?? before.abci }
}
