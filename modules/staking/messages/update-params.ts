import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { stakingErrors } from '../errors.ts'
import { validateParams } from '../params.ts'
import { touchSet } from '../set-updates.ts'
import { state } from '../state.ts'
import { readParams } from '../validators.ts'

/** Sets all parameters; for governance. */
export const updateParamsMessage = defineMessage<MsgUpdateParams, MsgUpdateParamsResponse>({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: ({ authority }) => [authority],
  validate({ authority, params }) {
    fieldAddress(authority, 'authority')
    validateParams(params)
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    const before = readParams(ctx)
    if (params.bondDenom !== before.bondDenom) {
      throw stakingErrors.params(
        `bond_denom cannot change from ${before.bondDenom}: the pools hold what is staked in it`,
      )
    }
    state.params.set(ctx, params)
    if (params.maxValidators !== before.maxValidators) touchSet(ctx)
    return MsgUpdateParamsResponse.create()
  },
  describe: ({ authority, params }) =>
    `${authority} sets the parameters of staking: at most ${params.maxValidators} validators, ${params.unbondingTime.seconds} s of unbonding`,
})
