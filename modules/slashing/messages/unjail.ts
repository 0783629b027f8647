import { MsgUnjail, MsgUnjailResponse } from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import type { Validator } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fieldAddress, PREFIX, toBech32 } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import { decRaw } from '../../kit/dec.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { blockTime, compareTime, timeText } from '../../kit/time.ts'
import type { StakingApi } from '../../staking/api.ts'
import type { UnjailCheck } from '../api.ts'
import { slashingErrors } from '../errors.ts'
import { worthOf } from '../rules.ts'
import { consensusOf } from '../signing.ts'
import { state } from '../state.ts'

/** A validator asks to be let out of jail; `checks` are the reasons of other modules against it. */
export function unjailMessage(
  staking: StakingApi,
  checks: readonly UnjailCheck[],
): MessageDef<MsgUnjail, MsgUnjailResponse> {
  return defineMessage({
    codec: MsgUnjail,
    response: MsgUnjailResponse,
    signers: ({ validatorAddr }) => [toBech32(operatorOf(validatorAddr))],
    describe: ({ validatorAddr }) => `validator ${validatorAddr} asks to be let out of jail`,
    validate: ({ validatorAddr }) => void operatorOf(validatorAddr),
    handle(ctx, { validatorAddr }) {
      const operator = operatorOf(validatorAddr)
      const validator = staking.validator(ctx, operator)
      if (validator === undefined) throw slashingErrors.noValidator()
      requireSelfDelegation(ctx, staking, operator, validator)
      if (!validator.jailed) throw slashingErrors.notJailed()
      const consensus = consensusOf(ctx.hasher, validator).address
      requireServed(ctx, consensus)
      for (const check of checks) {
        const reason = check(ctx, operator)
        if (reason !== undefined) throw slashingErrors.unjailRefused(reason)
      }
      staking.unjail(ctx, consensus)
      return MsgUnjailResponse.create()
    },
  })
}

const operatorOf = (text: string): Uint8Array => fieldAddress(text, 'validator', PREFIX.validator)

/** Throws slashing 6 without self-delegation, 7 when it is worth less than the least the validator set itself. */
function requireSelfDelegation(
  ctx: ReadContext,
  staking: StakingApi,
  operator: Uint8Array,
  validator: Validator,
): void {
  const own = staking.delegation(ctx, operator, operator)
  if (own === undefined) throw slashingErrors.noSelfDelegation()
  const tokens = worthOf(
    decRaw(BigInt(own.shares)),
    BigInt(validator.tokens),
    decRaw(BigInt(validator.delegatorShares)),
  )
  if (tokens < BigInt(validator.minSelfDelegation)) {
    throw slashingErrors.selfDelegationTooLow(`${tokens} less than ${validator.minSelfDelegation}`)
  }
}

/**
 * Throws slashing 4 while the sentence runs, or for good after a tombstone. Without signing info the validator never was
 * in the set: it was jailed for too little of its own stake.
 */
function requireServed(ctx: ReadContext, consensus: Uint8Array): void {
  const info = state.signingInfos.get(ctx, consensus)
  if (info === undefined) return
  if (info.tombstoned) throw slashingErrors.jailed('tombstoned for good')
  if (compareTime(blockTime(ctx), info.jailedUntil) < 0)
    throw slashingErrors.jailed(`jailed until ${timeText(info.jailedUntil)}`)
}
