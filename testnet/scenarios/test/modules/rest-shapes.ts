import { list, type Shape } from '../support/shape.ts'

/** Shapes that wallets and explorers read, as grpc-gateway of the SDK 0.50 writes them. */
const PAGE: Shape = { next_key: null, total: 'int' }
const COIN: Shape = { denom: /^ustrom$/, amount: 'int' }
const DEC_COIN: Shape = { denom: /^ustrom$/, amount: 'dec' }
const VALOPER = /^stromvaloper1/
const ACCOUNT = /^strom1/
export const PUBKEY: Shape = { '@type': /^\/cosmos\.crypto\.ed25519\.PubKey$/, key: 'base64' }

export const VALIDATOR: Shape = {
  operator_address: VALOPER,
  consensus_pubkey: PUBKEY,
  jailed: 'bool',
  status: /^BOND_STATUS_(UNBONDED|UNBONDING|BONDED)$/,
  tokens: 'int',
  delegator_shares: 'dec',
  description: {
    moniker: 'text',
    identity: 'text',
    website: 'text',
    security_contact: 'text',
    details: 'text',
  },
  unbonding_height: 'int',
  unbonding_time: 'time',
  commission: {
    commission_rates: { rate: 'dec', max_rate: 'dec', max_change_rate: 'dec' },
    update_time: 'time',
  },
  min_self_delegation: 'int',
  unbonding_on_hold_ref_count: 'int',
  unbonding_ids: list('int', 0),
}
const DELEGATION: Shape = {
  delegation: { delegator_address: ACCOUNT, validator_address: VALOPER, shares: 'dec' },
  balance: COIN,
}
const UNBONDING_ENTRY: Shape = {
  creation_height: 'int',
  completion_time: 'time',
  initial_balance: 'int',
  balance: 'int',
  unbonding_id: 'int',
  unbonding_on_hold_ref_count: 'int',
}
const UNBONDING: Shape = {
  delegator_address: ACCOUNT,
  validator_address: VALOPER,
  entries: list(UNBONDING_ENTRY),
}
const REDELEGATION: Shape = {
  redelegation: {
    delegator_address: ACCOUNT,
    validator_src_address: VALOPER,
    validator_dst_address: VALOPER,
    entries: 'any',
  },
  entries: list({
    redelegation_entry: {
      creation_height: 'int',
      completion_time: 'time',
      initial_balance: 'int',
      shares_dst: 'dec',
      unbonding_id: 'int',
      unbonding_on_hold_ref_count: 'int',
    },
    balance: 'int',
  }),
}
const SIGNING_INFO: Shape = {
  address: /^stromvalcons1/,
  start_height: 'int',
  index_offset: 'int',
  jailed_until: 'time',
  tombstoned: 'bool',
  missed_blocks_counter: 'int',
}
const TALLY: Shape = {
  yes_count: 'int',
  abstain_count: 'int',
  no_count: 'int',
  no_with_veto_count: 'int',
}
export const PROPOSAL: Shape = {
  id: 'int',
  messages: list('any', 0),
  status: /^PROPOSAL_STATUS_(DEPOSIT_PERIOD|VOTING_PERIOD|PASSED|REJECTED|FAILED)$/,
  final_tally_result: TALLY,
  submit_time: 'time',
  deposit_end_time: 'time',
  total_deposit: list(COIN),
  voting_start_time: 'time',
  voting_end_time: 'time',
  metadata: 'text',
  title: 'text',
  summary: 'text',
  proposer: ACCOUNT,
  expedited: 'bool',
  failed_reason: 'text',
}
const GOV_PARAMS: Shape = {
  min_deposit: list(COIN),
  max_deposit_period: 'duration',
  voting_period: 'duration',
  quorum: 'dec',
  threshold: 'dec',
  veto_threshold: 'dec',
  min_initial_deposit_ratio: 'dec',
  proposal_cancel_ratio: 'dec',
  proposal_cancel_dest: 'text',
  expedited_voting_period: 'duration',
  expedited_threshold: 'dec',
  expedited_min_deposit: list(COIN),
  burn_vote_quorum: 'bool',
  burn_proposal_deposit_prevote: 'bool',
  burn_vote_veto: 'bool',
  min_deposit_ratio: 'dec',
}
const VOTE: Shape = {
  proposal_id: 'int',
  voter: ACCOUNT,
  options: list({ option: /^VOTE_OPTION_/, weight: 'dec' }),
  metadata: 'text',
}
const DEPOSIT: Shape = { proposal_id: 'int', depositor: ACCOUNT, amount: list(COIN) }

/** Who and what the paths speak of. */
export interface Names {
  readonly user: string
  readonly other: string
  readonly valoper: string
  readonly second: string
  readonly valcons: string
  /** A proposal in its voting period. */
  readonly voting: string
}

const gov = ({ user, voting }: Names): { readonly [path: string]: Shape } => ({
  '/cosmos/gov/v1/params/voting': {
    voting_params: { voting_period: 'duration' },
    deposit_params: null,
    tally_params: null,
    params: GOV_PARAMS,
  },
  '/cosmos/gov/v1/params/tallying': {
    voting_params: null,
    deposit_params: null,
    tally_params: { quorum: 'dec', threshold: 'dec', veto_threshold: 'dec' },
    params: GOV_PARAMS,
  },
  '/cosmos/gov/v1/params/deposit': {
    voting_params: null,
    deposit_params: { min_deposit: list(COIN), max_deposit_period: 'duration' },
    tally_params: null,
    params: GOV_PARAMS,
  },
  '/cosmos/gov/v1/constitution': { constitution: 'text' },
  '/cosmos/gov/v1/proposals?proposal_status=PROPOSAL_STATUS_VOTING_PERIOD&pagination.reverse=true':
    {
      proposals: list(PROPOSAL),
      pagination: PAGE,
    },
  [`/cosmos/gov/v1/proposals/${voting}`]: { proposal: PROPOSAL },
  [`/cosmos/gov/v1/proposals/${voting}/deposits`]: { deposits: list(DEPOSIT), pagination: PAGE },
  [`/cosmos/gov/v1/proposals/${voting}/deposits/${user}`]: { deposit: DEPOSIT },
  [`/cosmos/gov/v1/proposals/${voting}/tally`]: { tally: TALLY },
  [`/cosmos/gov/v1/proposals/${voting}/votes`]: { votes: list(VOTE), pagination: PAGE },
  [`/cosmos/gov/v1/proposals/${voting}/votes/${user}`]: { vote: VOTE },
  '/cosmos/gov/v1beta1/params/tallying': {
    voting_params: 'any',
    deposit_params: 'any',
    tally_params: { quorum: 'dec', threshold: 'dec', veto_threshold: 'dec' },
  },
})

const staking = ({ user, valoper, second }: Names): { readonly [path: string]: Shape } => ({
  '/cosmos/staking/v1beta1/validators?pagination.limit=100&status=BOND_STATUS_BONDED': {
    validators: list(VALIDATOR, 2),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/validators/${valoper}`]: { validator: VALIDATOR },
  [`/cosmos/staking/v1beta1/validators/${valoper}/delegations`]: {
    delegation_responses: list(DELEGATION, 3),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/validators/${valoper}/delegations/${user}`]: {
    delegation_response: DELEGATION,
  },
  [`/cosmos/staking/v1beta1/validators/${valoper}/delegations/${user}/unbonding_delegation`]: {
    unbond: UNBONDING,
  },
  [`/cosmos/staking/v1beta1/validators/${valoper}/unbonding_delegations`]: {
    unbonding_responses: list(UNBONDING),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/delegations/${user}`]: {
    delegation_responses: list(DELEGATION, 3),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/delegators/${user}/unbonding_delegations`]: {
    unbonding_responses: list(UNBONDING),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/delegators/${user}/redelegations`]: {
    redelegation_responses: list(REDELEGATION),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/delegators/${user}/validators`]: {
    validators: list(VALIDATOR, 3),
    pagination: PAGE,
  },
  [`/cosmos/staking/v1beta1/delegators/${user}/validators/${second}`]: { validator: VALIDATOR },
  '/cosmos/staking/v1beta1/pool': {
    pool: { not_bonded_tokens: 'int', bonded_tokens: 'int' },
  },
  '/cosmos/staking/v1beta1/params': {
    params: {
      unbonding_time: /^25s$/,
      max_validators: 'number',
      max_entries: 'number',
      historical_entries: 'number',
      bond_denom: 'text',
      min_commission_rate: 'dec',
    },
  },
})

const rewards = ({ user, valoper, valcons }: Names): { readonly [path: string]: Shape } => ({
  [`/cosmos/distribution/v1beta1/delegators/${user}/rewards`]: {
    rewards: list({ validator_address: VALOPER, reward: list(DEC_COIN, 0) }, 3),
    total: list(DEC_COIN),
  },
  [`/cosmos/distribution/v1beta1/delegators/${user}/rewards/${valoper}`]: {
    // Nothing right after a delegation changed, which pays out.
    rewards: list(DEC_COIN, 0),
  },
  [`/cosmos/distribution/v1beta1/delegators/${user}/validators`]: { validators: list(VALOPER, 3) },
  [`/cosmos/distribution/v1beta1/delegators/${user}/withdraw_address`]: {
    withdraw_address: ACCOUNT,
  },
  '/cosmos/distribution/v1beta1/community_pool': { pool: list(DEC_COIN) },
  '/cosmos/distribution/v1beta1/params': {
    params: {
      community_tax: /^0\.020000000000000000$/,
      base_proposer_reward: 'dec',
      bonus_proposer_reward: 'dec',
      withdraw_addr_enabled: 'bool',
    },
  },
  [`/cosmos/distribution/v1beta1/validators/${valoper}`]: {
    operator_address: ACCOUNT,
    self_bond_rewards: list(DEC_COIN),
    commission: list(DEC_COIN),
  },
  [`/cosmos/distribution/v1beta1/validators/${valoper}/commission`]: {
    commission: { commission: list(DEC_COIN) },
  },
  [`/cosmos/distribution/v1beta1/validators/${valoper}/outstanding_rewards`]: {
    rewards: { rewards: list(DEC_COIN) },
  },
  [`/cosmos/distribution/v1beta1/validators/${valoper}/slashes?starting_height=1&ending_height=9`]:
    {
      slashes: list('any', 0),
      pagination: PAGE,
    },
  '/cosmos/slashing/v1beta1/params': {
    params: {
      signed_blocks_window: 'int',
      min_signed_per_window: /^0\.500000000000000000$/,
      downtime_jail_duration: /^2s$/,
      slash_fraction_double_sign: /^0\.050000000000000000$/,
      slash_fraction_downtime: /^0\.010000000000000000$/,
    },
  },
  '/cosmos/slashing/v1beta1/signing_infos?pagination.limit=300': {
    info: list(SIGNING_INFO, 4),
    pagination: PAGE,
  },
  [`/cosmos/slashing/v1beta1/signing_infos/${valcons}`]: { val_signing_info: SIGNING_INFO },
  '/cosmos/mint/v1beta1/inflation': { inflation: /^0\.\d{18}$/ },
  '/cosmos/mint/v1beta1/annual_provisions': { annual_provisions: 'dec' },
  '/cosmos/mint/v1beta1/params': {
    params: {
      mint_denom: 'text',
      inflation_rate_change: 'dec',
      inflation_max: 'dec',
      inflation_min: 'dec',
      goal_bonded: 'dec',
      blocks_per_year: 'int',
    },
  },
})

const grants = ({ user, other }: Names): { readonly [path: string]: Shape } => {
  const authorization: Shape = {
    '@type': /^\/cosmos\.bank\.v1beta1\.SendAuthorization$/,
    spend_limit: list(COIN),
    allow_list: list(ACCOUNT),
  }
  return {
    [`/cosmos/authz/v1beta1/grants?granter=${user}&grantee=${other}&msg_type_url=/cosmos.bank.v1beta1.MsgSend`]:
      { grants: list({ authorization, expiration: 'time' }), pagination: null },
    [`/cosmos/authz/v1beta1/grants/granter/${user}`]: {
      grants: list(
        { granter: ACCOUNT, grantee: ACCOUNT, authorization: 'any', expiration: 'time' },
        2,
      ),
      pagination: PAGE,
    },
    [`/cosmos/authz/v1beta1/grants/grantee/${user}`]: {
      grants: list(
        { granter: ACCOUNT, grantee: ACCOUNT, authorization: 'any', expiration: 'time' },
        2,
      ),
      pagination: PAGE,
    },
    [`/cosmos/feegrant/v1beta1/allowance/${user}/${other}`]: {
      allowance: {
        granter: ACCOUNT,
        grantee: ACCOUNT,
        allowance: {
          '@type': /AllowedMsgAllowance$/,
          allowance: {
            '@type': /PeriodicAllowance$/,
            basic: { spend_limit: list(COIN), expiration: 'time' },
            period: /^600s$/,
            period_spend_limit: list(COIN),
            period_can_spend: list(COIN),
            period_reset: 'time',
          },
          allowed_messages: list('text'),
        },
      },
    },
    [`/cosmos/feegrant/v1beta1/allowances/${user}`]: { allowances: list('any'), pagination: PAGE },
    [`/cosmos/feegrant/v1beta1/issued/${user}`]: { allowances: list('any', 3), pagination: PAGE },
  }
}

/** The paths that explorers and wallets ask for stake, and the shapes of the answers. */
export function paths(names: Names): { readonly [path: string]: Shape } {
  return { ...staking(names), ...rewards(names), ...gov(names), ...grants(names) }
}
