import {
  QueryDelegatorValidatorsRequest,
  QueryDelegatorValidatorsResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/query.ts'
import {
  MsgWithdrawDelegatorReward,
  MsgWithdrawValidatorCommission,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { CliError, EXIT, usageError } from '../../errors.ts'
import { validatorOfAccount } from '../../query/validators.ts'
import { type Composed, messageFrom } from '../composed.ts'

/** Commands that take rewards out. */
export const rewards: readonly Composed[] = [
  {
    at: 'distribution withdraw-rewards',
    about: 'take out the rewards of a delegation, and as its validator the commission too',
    args: ['<validator>'],
    flags: [['--commission', "the validator's commission as well (its own account only)"]],
    example: 'distribution withdraw-rewards home-1 --commission',
    aliases: ['withdraw-delegator-reward'],
    replaces: [MsgWithdrawDelegatorReward.typeUrl],
    async build(input) {
      const validator = await input.validator(input.args[0] ?? '')
      const { address } = input.signing
      const reward = withdraw(address, validator)
      if (input.options['commission'] !== true) return [reward]
      if (validator !== validatorOfAccount(address))
        throw usageError(
          `${address} is not the account of ${validator}: its commission is not yours`,
          'leave out --commission, or choose the key of the validator with --from',
        )
      const commission = { validator_address: validator }
      return [reward, messageFrom(MsgWithdrawValidatorCommission, commission)]
    },
  },
  {
    at: 'distribution withdraw-all-rewards',
    about: 'take out the rewards of all delegations of the account',
    args: [],
    flags: [],
    example: 'distribution withdraw-all-rewards',
    async build(input) {
      const { address } = input.signing
      const { validators } = await input
        .client()
        .query(
          '/cosmos.distribution.v1beta1.Query/DelegatorValidators',
          QueryDelegatorValidatorsRequest,
          QueryDelegatorValidatorsResponse,
          { delegatorAddress: address },
        )
      if (validators.length === 0)
        throw new CliError(EXIT.notFound, 'no_delegation', `${address} delegates to nobody`, {
          hint: 'delegate first: strom tx staking delegate VALIDATOR 10STROM --from NAME',
        })
      return validators.map((validator) => withdraw(address, validator))
    },
  },
]

function withdraw(delegator: string, validator: string) {
  const json = { delegator_address: delegator, validator_address: validator }
  return messageFrom(MsgWithdrawDelegatorReward, json)
}
