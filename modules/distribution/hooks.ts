import type { Delegation, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { BankApi } from '../bank/api.ts'
import type { ReadContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import type { StakingApi, StakingHooks } from '../staking/api.ts'
import { closeValidator, payOrPool, withdrawDelegation } from './payout.ts'
import { incrementPeriod, initializeValidator, recordSlash } from './periods.ts'
import { initializeDelegation } from './rewards.ts'

/** What distribution does when stake moves: the SDK's hooks. */
export function stakingHooks(bank: BankApi, staking: StakingApi): StakingHooks {
  const validatorOf = (ctx: ReadContext, operator: Uint8Array): Validator =>
    must(staking.validator(ctx, operator), 'validator')
  const delegationOf = (
    ctx: ReadContext,
    delegator: Uint8Array,
    operator: Uint8Array,
  ): Delegation => must(staking.delegation(ctx, delegator, operator), 'delegation')
  return {
    afterValidatorCreated: initializeValidator,
    afterValidatorRemoved: (ctx, _, operator) => closeValidator(ctx, bank, operator),
    beforeDelegationCreated(ctx, _, operator) {
      incrementPeriod(ctx, operator, validatorOf(ctx, operator))
    },
    beforeDelegationSharesModified(ctx, delegator, operator) {
      withdrawDelegation(
        ctx,
        (to, coins) => payOrPool(ctx, bank, to, coins),
        operator,
        delegator,
        validatorOf(ctx, operator),
        delegationOf(ctx, delegator, operator),
      )
    },
    afterDelegationModified(ctx, delegator, operator) {
      initializeDelegation(
        ctx,
        operator,
        delegator,
        validatorOf(ctx, operator),
        delegationOf(ctx, delegator, operator),
      )
    },
    beforeValidatorSlashed(ctx, operator, fraction) {
      recordSlash(ctx, operator, validatorOf(ctx, operator), fraction)
    },
  }
}

function must<T>(found: T | undefined, what: string): T {
  if (found === undefined)
    throw new InvariantError(`distribution: staking reports a change of an unknown ${what}`)
  return found
}
