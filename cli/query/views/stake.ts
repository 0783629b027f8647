import type { Row, View, Views } from '../view.ts'

const VALIDATORS: View = {
  list: 'validators',
  none: 'no validator',
  columns: [
    ['name', 'description.moniker'],
    ['status', 'status', 'enum'],
    ['jailed', 'jailed', 'yes'],
    ['tokens STROM', 'tokens', 'strom'],
    ['commission', 'commission.commission_rates.rate', 'rate'],
    ['address', 'operator_address'],
  ],
}

const ENTRIES = (rows: readonly Row[]): readonly string[] =>
  rows.flatMap((row) => {
    const entries = (row['entries'] ?? []) as readonly Row[]
    return entries.map(
      (entry) =>
        `  since height ${entry['creation_height']}: ${Number(entry['balance']) / 1e6} STROM, free at ${String(entry['completion_time']).slice(0, 19).replace('T', ' ')}`,
    )
  })

const UNBONDING: View = {
  list: 'unbonding_responses',
  none: 'nothing is unbonding',
  columns: [
    ['validator', 'validator_address', 'validator'],
    ['delegator', 'delegator_address'],
  ],
  below: ENTRIES,
}

const DELEGATIONS: View = {
  list: 'delegation_responses',
  none: 'no delegation',
  columns: [
    ['validator', 'delegation.validator_address', 'validator'],
    ['balance', 'balance', 'coins'],
    ['shares', 'delegation.shares'],
    ['delegator', 'delegation.delegator_address'],
  ],
}

const SIGNING: View = {
  list: 'info',
  none: 'nobody has signed yet',
  columns: [
    ['validator', 'address', 'validator'],
    ['missed', 'missed_blocks_counter'],
    ['since height', 'start_height'],
    ['jailed until', 'jailed_until', 'date'],
    ['barred for good', 'tombstoned', 'yes'],
  ],
}

/** An allowance may stand within one that is bound to some messages. */
function alternatives(...paths: readonly string[]): string {
  return paths.flatMap((one) => [`allowance.${one}`, `allowance.allowance.${one}`]).join('|')
}

const ALLOWANCES: View = {
  list: 'allowances',
  none: 'no allowance',
  columns: [
    ['granter', 'granter'],
    ['grantee', 'grantee'],
    ['left in all', alternatives('spend_limit', 'basic.spend_limit'), 'coins'],
    ['a period', alternatives('period_spend_limit'), 'coins'],
    ['left of it', alternatives('period_can_spend'), 'coins'],
    ['ends', alternatives('expiration', 'basic.expiration'), 'date'],
    ['messages', 'allowance.allowed_messages'],
  ],
}

const GRANTS: View = {
  list: 'grants',
  none: 'no grant',
  columns: [
    ['granter', 'granter'],
    ['grantee', 'grantee'],
    ['kind', 'authorization.@type', 'type'],
    ['message', 'authorization.msg'],
    ['limit', 'authorization.spend_limit', 'coins'],
    ['at most', 'authorization.max_tokens', 'coins'],
    ['what', 'authorization.authorization_type', 'enum'],
    ['ends', 'expiration', 'date'],
  ],
}

/** Views of answers about stake, rewards, faults and grants. */
export const stakeViews: Views = {
  '/cosmos.staking.v1beta1.Query/Validators': VALIDATORS,
  '/cosmos.staking.v1beta1.Query/DelegatorValidators': VALIDATORS,
  '/cosmos.staking.v1beta1.Query/ValidatorDelegations': DELEGATIONS,
  '/cosmos.staking.v1beta1.Query/DelegatorDelegations': DELEGATIONS,
  '/cosmos.staking.v1beta1.Query/ValidatorUnbondingDelegations': UNBONDING,
  '/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations': UNBONDING,
  '/cosmos.staking.v1beta1.Query/Redelegations': {
    list: 'redelegation_responses',
    none: 'nothing was moved',
    columns: [
      ['from', 'redelegation.validator_src_address', 'validator'],
      ['to', 'redelegation.validator_dst_address', 'validator'],
      ['delegator', 'redelegation.delegator_address'],
    ],
    below: (rows) =>
      rows.flatMap((row) =>
        ((row['entries'] ?? []) as readonly Row[]).map(
          ({ balance, redelegation_entry }) =>
            `  ${Number(balance) / 1e6} STROM, bound to the first until ${String(
              (redelegation_entry as Row)['completion_time'],
            )
              .slice(0, 19)
              .replace('T', ' ')}`,
        ),
      ),
  },
  '/cosmos.slashing.v1beta1.Query/SigningInfos': SIGNING,
  '/cosmos.distribution.v1beta1.Query/ValidatorSlashes': {
    list: 'slashes',
    none: 'never slashed',
    columns: [
      ['period', 'validator_period'],
      ['lost', 'fraction', 'rate'],
    ],
  },
  '/cosmos.distribution.v1beta1.Query/DelegationTotalRewards': {
    list: 'rewards',
    none: 'no rewards: the account delegates to nobody',
    rest: true,
    columns: [
      ['validator', 'validator_address', 'validator'],
      ['reward', 'reward', 'coins'],
    ],
  },
  '/cosmos.feegrant.v1beta1.Query/Allowances': ALLOWANCES,
  '/cosmos.feegrant.v1beta1.Query/AllowancesByGranter': ALLOWANCES,
  '/cosmos.authz.v1beta1.Query/Grants': {
    ...GRANTS,
    columns: GRANTS.columns.filter(([title]) => !['granter', 'grantee'].includes(title)),
  },
  '/cosmos.authz.v1beta1.Query/GranterGrants': GRANTS,
  '/cosmos.authz.v1beta1.Query/GranteeGrants': GRANTS,
  '/cosmos.upgrade.v1beta1.Query/ModuleVersions': {
    list: 'module_versions',
    none: 'no module',
    columns: [
      ['module', 'name'],
      ['version', 'version'],
    ],
  },
}
