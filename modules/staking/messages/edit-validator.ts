import type { Validator } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import {
  MsgEditValidator,
  MsgEditValidatorResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import type { MsgContext } from '../../kit/context.ts'
import { decRaw, formatDec } from '../../kit/dec.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { changeRate, minimumRate, newRate } from '../commission.ts'
import { requireDescription, updateDescription } from '../description.ts'
import { stakingErrors } from '../errors.ts'
import { editValidator } from '../events.ts'
import type { Stake } from '../stake.ts'
import { findValidator, writeValidator } from '../validators.ts'
import { minSelfDelegation, operatorAccount, operatorField } from './fields.ts'

/** Changes what a validator says of itself, its commission, or its least self-delegation. */
export function editValidatorMessage(
  stake: Stake,
): MessageDef<MsgEditValidator, MsgEditValidatorResponse> {
  return defineMessage({
    codec: MsgEditValidator,
    response: MsgEditValidatorResponse,
    signers: ({ validatorAddress }) => [operatorAccount(validatorAddress)],
    validate(message) {
      operatorField(message.validatorAddress)
      requireDescription(message.description)
      if (message.minSelfDelegation !== '') minSelfDelegation(message.minSelfDelegation)
      newRate(message.commissionRate)
    },
    handle(ctx, message) {
      const operator = operatorField(message.validatorAddress)
      const before = edited(stake, ctx, operator, message)
      const next = raiseMinimum(before, message.minSelfDelegation)
      writeValidator(ctx, operator, next)
      ctx.emit(editValidator(next.commission, next.minSelfDelegation))
      return MsgEditValidatorResponse.create()
    },
    describe({ validatorAddress, commissionRate }) {
      const rate =
        commissionRate === ''
          ? ''
          : ` and its commission to ${formatDec(decRaw(BigInt(commissionRate)))}`
      return `${validatorAddress} changes its description${rate}`
    },
  })
}

function edited(
  stake: Stake,
  ctx: MsgContext,
  operator: Uint8Array,
  message: MsgEditValidator,
): Validator {
  const rate = newRate(message.commissionRate)
  const least = minimumRate(ctx)
  if (rate !== undefined && rate < least.rate) {
    throw sdkErrors.invalidRequest(
      `commission rate cannot be less than the min commission rate ${least.text}`,
    )
  }
  const validator = findValidator(ctx, operator)
  const description = updateDescription(validator.description, message.description)
  if (rate === undefined) return { ...validator, description }
  const commission = changeRate(ctx, validator.commission, rate)
  // Rewards of the past belong to the old rate: who pays them out has to look now.
  for (const hooks of stake.hooks) hooks.beforeValidatorModified?.(ctx, operator)
  return { ...validator, description, commission }
}

function raiseMinimum(validator: Validator, wanted: string): Validator {
  if (wanted === '') return validator
  const least = minSelfDelegation(wanted)
  if (least <= BigInt(validator.minSelfDelegation)) throw stakingErrors.minSelfDelegationDecreased()
  if (least > BigInt(validator.tokens)) throw stakingErrors.selfDelegationBelowMin()
  return { ...validator, minSelfDelegation: wanted }
}
