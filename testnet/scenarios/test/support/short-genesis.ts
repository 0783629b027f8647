import { wireModules } from '../../../../node/app/modules.ts'
import type { JsonValue } from '../../../../proto/codec.ts'
import type { AppState } from '../../local-network.ts'

type Params = { readonly [name: string]: JsonValue }

/** What lasts days on a chain in earnest lasts seconds: votes, unbonding, jail, the window of signatures. */
const SHORT: { readonly [module: string]: Params } = {
  staking: { unbonding_time: '25s' },
  slashing: {
    signed_blocks_window: '16',
    min_signed_per_window: '0.500000000000000000',
    downtime_jail_duration: '2s',
  },
  gov: {
    min_deposit: [{ denom: 'ustrom', amount: '1000' }],
    expedited_min_deposit: [{ denom: 'ustrom', amount: '5000' }],
    max_deposit_period: '60s',
    voting_period: '12s',
    expedited_voting_period: '8s',
  },
}

/** The genesis of a network with short periods. */
export function shortPeriods(state: AppState): AppState {
  const changed: { [module: string]: JsonValue } = { ...state }
  for (const { name, genesis } of wireModules().modules) {
    const params = SHORT[name]
    if (params === undefined) continue
    const own = (state[name] ?? genesis.defaults()) as { readonly params: Params }
    changed[name] = { ...own, params: { ...own.params, ...params } }
  }
  return changed
}
