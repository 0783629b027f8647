import type { Registry } from '@cosmjs/proto-signing'
import { type AminoConverters, AminoTypes, createDefaultAminoConverters } from '@cosmjs/stargate'
import {
  converter,
  decimal,
  decimalBytes,
  type Field,
  instant,
  integer,
  kept,
  nanoseconds,
  nested,
  type Packing,
  packed,
  plain,
  renamed,
} from './amino-fields.ts'

/**
 * Amino JSON as wallets make it: CosmJS's own converters, and for what CosmJS leaves to its users the names and fields
 * of the SDK's amino codec, in plain tables of their own so that they share nothing with the chain's.
 */
export function aminoTypesOf(registry: Registry): AminoTypes {
  const packing: Packing = {
    toAmino: ({ typeUrl, value }) =>
      types.toAmino({ typeUrl, value: registry.decode({ typeUrl, value }) }),
    fromAmino: (json) => {
      const { typeUrl, value } = types.fromAmino(json)
      return { typeUrl, value: registry.encode({ typeUrl, value }) }
    },
  }
  const types = new AminoTypes({
    ...createDefaultAminoConverters(),
    ...authz(packing),
    ...feegrant(packing),
    ...governance(packing),
    ...decided(),
    ...others(),
  })
  return types
}

function authz(packing: Packing): AminoConverters {
  const stake = converter('cosmos-sdk/StakeAuthorization', [
    plain('max_tokens'),
    // Go names the member after its field, and the wrapper after its type.
    renamed(validators('allow_list', 'AllowList'), 'Validators'),
    plain('authorization_type'),
  ])
  return {
    '/cosmos.authz.v1beta1.MsgGrant': converter('cosmos-sdk/MsgGrant', [
      plain('granter'),
      plain('grantee'),
      nested('grant', [packed('authorization', packing), instant('expiration')]),
    ]),
    '/cosmos.authz.v1beta1.MsgExec': converter('cosmos-sdk/MsgExec', [
      plain('grantee'),
      packed('msgs', packing),
    ]),
    '/cosmos.authz.v1beta1.MsgRevoke': converter('cosmos-sdk/MsgRevoke', [
      plain('granter'),
      plain('grantee'),
      plain('msg_type_url'),
    ]),
    '/cosmos.authz.v1beta1.GenericAuthorization': converter('cosmos-sdk/GenericAuthorization', [
      plain('msg'),
    ]),
    '/cosmos.bank.v1beta1.SendAuthorization': converter('cosmos-sdk/SendAuthorization', [
      kept('spend_limit'),
      plain('allow_list'),
    ]),
    '/cosmos.staking.v1beta1.StakeAuthorization': stake,
  }
}

const validators = (name: string, member: string): Field => {
  const list = nested(name, [plain('address')])
  return {
    ...list,
    to: (value) => ({
      type: `cosmos-sdk/StakeAuthorization/${member}`,
      value: { [name]: list.to(value) },
    }),
    from: (json) => list.from((json as { value: Record<string, unknown> }).value[name]),
  }
}

const BASIC = [kept('spend_limit'), instant('expiration')]

function feegrant(packing: Packing): AminoConverters {
  return {
    '/cosmos.feegrant.v1beta1.MsgGrantAllowance': converter('cosmos-sdk/MsgGrantAllowance', [
      plain('granter'),
      plain('grantee'),
      packed('allowance', packing),
    ]),
    '/cosmos.feegrant.v1beta1.MsgRevokeAllowance': converter('cosmos-sdk/MsgRevokeAllowance', [
      plain('granter'),
      plain('grantee'),
    ]),
    '/cosmos.feegrant.v1beta1.BasicAllowance': converter('cosmos-sdk/BasicAllowance', BASIC),
    '/cosmos.feegrant.v1beta1.PeriodicAllowance': converter('cosmos-sdk/PeriodicAllowance', [
      nested('basic', BASIC),
      nanoseconds('period'),
      kept('period_spend_limit'),
      kept('period_can_spend'),
      instant('period_reset'),
    ]),
    '/cosmos.feegrant.v1beta1.AllowedMsgAllowance': converter('cosmos-sdk/AllowedMsgAllowance', [
      packed('allowance', packing),
      plain('allowed_messages'),
    ]),
  }
}

function governance(packing: Packing): AminoConverters {
  return {
    '/cosmos.gov.v1.MsgSubmitProposal': converter('cosmos-sdk/v1/MsgSubmitProposal', [
      renamed({ ...packed('messages', packing), keep: false }, 'messages'),
      kept('initial_deposit'),
      plain('proposer'),
      plain('metadata'),
      plain('title'),
      plain('summary'),
      plain('expedited'),
    ]),
    '/cosmos.gov.v1.MsgVote': converter('cosmos-sdk/v1/MsgVote', [
      integer('proposal_id'),
      plain('voter'),
      plain('option'),
      plain('metadata'),
    ]),
    '/cosmos.gov.v1.MsgVoteWeighted': converter('cosmos-sdk/v1/MsgVoteWeighted', [
      integer('proposal_id'),
      plain('voter'),
      nested('options', [plain('option'), plain('weight')]),
      plain('metadata'),
    ]),
    '/cosmos.gov.v1.MsgDeposit': converter('cosmos-sdk/v1/MsgDeposit', [
      integer('proposal_id'),
      plain('depositor'),
      kept('amount'),
    ]),
    // The SDK gave this one no amino name: its type URL stands in.
    '/cosmos.gov.v1.MsgCancelProposal': converter('/cosmos.gov.v1.MsgCancelProposal', [
      integer('proposal_id'),
      plain('proposer'),
    ]),
  }
}

/** What governance carries out: a client that signs a proposal has to render it too. */
function decided(): AminoConverters {
  return {
    '/cosmos.slashing.v1beta1.MsgUpdateParams': converter('cosmos-sdk/x/slashing/MsgUpdateParams', [
      plain('authority'),
      nested('params', [
        integer('signed_blocks_window'),
        decimalBytes('min_signed_per_window'),
        nanoseconds('downtime_jail_duration'),
        decimalBytes('slash_fraction_double_sign'),
        decimalBytes('slash_fraction_downtime'),
      ]),
    ]),
    '/cosmos.mint.v1beta1.MsgUpdateParams': converter('cosmos-sdk/x/mint/MsgUpdateParams', [
      plain('authority'),
      nested('params', [
        plain('mint_denom'),
        decimal('inflation_rate_change'),
        decimal('inflation_max'),
        decimal('inflation_min'),
        decimal('goal_bonded'),
        integer('blocks_per_year'),
      ]),
    ]),
    '/cosmos.distribution.v1beta1.MsgCommunityPoolSpend': converter(
      'cosmos-sdk/distr/MsgCommunityPoolSpend',
      [plain('authority'), plain('recipient'), kept('amount')],
    ),
    '/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade': converter('cosmos-sdk/MsgSoftwareUpgrade', [
      plain('authority'),
      nested('plan', [plain('name'), instant('time'), integer('height'), plain('info')]),
    ]),
    '/cosmos.upgrade.v1beta1.MsgCancelUpgrade': converter('cosmos-sdk/MsgCancelUpgrade', [
      plain('authority'),
    ]),
  }
}

function others(): AminoConverters {
  return {
    '/cosmos.slashing.v1beta1.MsgUnjail': converter('cosmos-sdk/MsgUnjail', [
      renamed(kept('validator_addr'), 'address'),
    ]),
    '/cosmos.vesting.v1beta1.MsgCreatePermanentLockedAccount': converter(
      'cosmos-sdk/MsgCreatePermLockedAccount',
      [plain('from_address'), plain('to_address'), kept('amount')],
    ),
    '/cosmos.vesting.v1beta1.MsgCreatePeriodicVestingAccount': converter(
      'cosmos-sdk/MsgCreatePeriodVestAccount',
      [
        plain('from_address'),
        plain('to_address'),
        integer('start_time'),
        nested('vesting_periods', [integer('length'), kept('amount')]),
      ],
    ),
    '/cosmos.distribution.v1beta1.MsgDepositValidatorRewardsPool': converter(
      'cosmos-sdk/distr/MsgDepositValRewards',
      [plain('depositor'), plain('validator_address'), kept('amount')],
    ),
  }
}
