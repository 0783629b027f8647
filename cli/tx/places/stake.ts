import type { MessagePlaces } from '../place.ts'

/** Messages about stake, rewards and votes, under the names of the SDK. */
export const stakePlaces: MessagePlaces = {
  '/cosmos.staking.v1beta1.MsgDelegate': {
    at: 'staking delegate',
    about: 'bond coins to a validator, named or by its address',
    args: ['validator_address', 'amount'],
    example: 'staking delegate home-1 10STROM',
  },
  '/cosmos.staking.v1beta1.MsgBeginRedelegate': {
    at: 'staking redelegate',
    about: 'move bonded coins from one validator to another without unbonding',
    args: ['validator_src_address', 'validator_dst_address', 'amount'],
    example: 'staking redelegate home-1 home-2 10STROM',
  },
  '/cosmos.staking.v1beta1.MsgUndelegate': {
    at: 'staking unbond',
    about: 'take bonded coins back; they are free after the unbonding time',
    args: ['validator_address', 'amount'],
    example: 'staking unbond home-1 10STROM',
  },
  '/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation': {
    at: 'staking cancel-unbond',
    about: 'bond coins again that are unbonding since a height',
    args: ['validator_address', 'amount', 'creation_height'],
    example: 'staking cancel-unbond home-1 10STROM 12345',
  },
  '/cosmos.slashing.v1beta1.MsgUnjail': {
    at: 'slashing unjail',
    about: "let the account's validator back once its time in jail is over",
    example: 'slashing unjail',
  },
  '/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission': {
    at: 'distribution withdraw-validator-commission',
    about: "take out the commission of the account's validator",
    example: 'distribution withdraw-validator-commission',
  },
  '/cosmos.distribution.v1beta1.MsgSetWithdrawAddress': {
    at: 'distribution set-withdraw-addr',
    about: 'choose the account that rewards go to',
    args: ['withdraw_address'],
    example: 'distribution set-withdraw-addr strom1…',
  },
  '/cosmos.distribution.v1beta1.MsgFundCommunityPool': {
    at: 'distribution fund-community-pool',
    about: 'give coins to the community pool',
    args: ['amount'],
    example: 'distribution fund-community-pool 5STROM',
  },
  '/cosmos.distribution.v1beta1.MsgDepositValidatorRewardsPool': {
    at: 'distribution fund-validator-rewards-pool',
    about: 'give coins to the delegators of a validator',
    args: ['validator_address', 'amount'],
    example: 'distribution fund-validator-rewards-pool home-1 5STROM',
  },
  '/cosmos.gov.v1.MsgVote': {
    at: 'gov vote',
    about: 'vote yes, no, abstain or no_with_veto; a later vote replaces an earlier one',
    args: ['proposal_id', 'option'],
    example: 'gov vote 1 yes',
  },
  '/cosmos.gov.v1.MsgDeposit': {
    at: 'gov deposit',
    about: 'add to the deposit of a proposal',
    args: ['proposal_id', 'amount'],
    example: 'gov deposit 1 10STROM',
  },
  '/cosmos.gov.v1.MsgCancelProposal': {
    at: 'gov cancel-proposal',
    about: 'take back your proposal; a part of the deposits is lost',
    args: ['proposal_id'],
    example: 'gov cancel-proposal 1',
  },
  '/cosmos.authz.v1beta1.MsgRevoke': {
    at: 'authz revoke',
    about: 'end what an account may do for yours',
    args: ['grantee', 'msg_type_url'],
    example: 'authz revoke strom1… /cosmos.gov.v1.MsgVote',
  },
  '/strom.operator.v1.MsgRegisterOperator': {
    at: 'operator register',
    about: "put a battery and its meter behind the account's validator",
    args: ['battery', 'meter'],
    example: 'operator register home-1-bess home-1-meter',
  },
  '/strom.operator.v1.MsgUpdateOperator': {
    at: 'operator update',
    about: 'put another battery or meter in place; capacity is verified anew',
    args: ['battery', 'meter'],
    example: 'operator update home-1-bess-2 home-1-meter',
  },
}
