import { IntProto } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import {
  Delegation,
  HistoricalInfo,
  Params,
  Redelegation,
  UnbondingDelegation,
  Validator,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { Int64Value } from '../../proto/gen/google/protobuf/wrappers.ts'
import {
  bytesValue,
  defineState,
  intValue,
  protoValue,
  rememberLast,
  u64Value,
} from '../kit/collections.ts'
import { bytesKey, pairKey, prefixedBytesKey, tripleKey, u64Key } from '../kit/keys.ts'
import { timeKey } from './times.ts'

/**
 * The store `staking` in the SDK's layout (x/staking/types/keys.go). `val`, `del`, `src` and `dst` are addresses with
 * their length, `time` is the SDK's sortable text. Rows from 0xa1 on are ours.
 */
export const state = defineState('staking', (s) => ({
  /** 0x11 | val -> power that consensus has */
  lastPowers: s.table(0x11, 'last_validator_power', prefixedBytesKey, protoValue(Int64Value)),
  /** 0x12 -> their sum */
  lastTotal: s.item(0x12, 'last_total_power', protoValue(IntProto)),
  /** 0x21 | val -> Validator */
  validators: s.table(0x21, 'validators', prefixedBytesKey, protoValue(Validator)),
  /** 0x22 | length, consensus address -> operator address */
  byConsensus: s.table(0x22, 'validators_by_cons_addr', prefixedBytesKey, bytesValue),
  /** 0x23 | effective power | length, inverted operator address -> operator address */
  byPower: s.table(0x23, 'validators_by_power', pairKey(u64Key, prefixedBytesKey), bytesValue),
  /** 0x31 | del | val -> Delegation */
  delegations: s.table(
    0x31,
    'delegations',
    pairKey(bytesKey, prefixedBytesKey),
    protoValue(Delegation),
  ),
  /** 0x32 | del | val -> UnbondingDelegation */
  unbondings: s.table(
    0x32,
    'unbonding_delegations',
    pairKey(bytesKey, prefixedBytesKey),
    protoValue(UnbondingDelegation),
  ),
  /** 0x33 | val | del -> 1 */
  unbondingsOf: s.table(0x33, 'unbondings_by_val', pairKey(bytesKey, prefixedBytesKey), bytesValue),
  /** 0x34 | del | src | dst -> Redelegation */
  redelegations: s.table(
    0x34,
    'redelegations',
    tripleKey(bytesKey, bytesKey, prefixedBytesKey),
    protoValue(Redelegation),
  ),
  /** 0x35 | src | del | dst -> 1 */
  redelegationsFrom: s.table(
    0x35,
    'redelegations_by_src',
    tripleKey(bytesKey, bytesKey, prefixedBytesKey),
    bytesValue,
  ),
  /** 0x36 | dst | del | src -> 1 */
  redelegationsTo: s.table(
    0x36,
    'redelegations_by_dst',
    tripleKey(bytesKey, bytesKey, prefixedBytesKey),
    bytesValue,
  ),
  /** 0x37 -> the last unbonding id given out */
  unbondingId: s.item(0x37, 'unbonding_id', u64Value),
  /** 0x38 | id -> key of what unbonds under it */
  unbondingKeys: s.table(0x38, 'unbonding_index', u64Key, bytesValue),
  /** 0x39 | id -> 1 delegation, 2 redelegation, 3 validator */
  unbondingTypes: s.table(0x39, 'unbonding_type', u64Key, u64Value),
  /** 0x41 | time | del | val -> 1 */
  unbondingQueue: s.table(
    0x41,
    'unbonding_queue',
    tripleKey(timeKey, bytesKey, prefixedBytesKey),
    bytesValue,
  ),
  /** 0x42 | time | del | src | dst -> 1 */
  redelegationQueue: s.table(
    0x42,
    'redelegation_queue',
    pairKey(timeKey, tripleKey(bytesKey, bytesKey, prefixedBytesKey)),
    bytesValue,
  ),
  /** 0x43 | time | height | val -> 1 */
  validatorQueue: s.table(
    0x43,
    'validator_queue',
    tripleKey(timeKey, u64Key, prefixedBytesKey),
    bytesValue,
  ),
  /** 0x50 | height -> HistoricalInfo */
  historical: s.table(0x50, 'historical_info', u64Key, protoValue(HistoricalInfo)),
  /** 0x51 -> Params */
  params: s.item(0x51, 'params', rememberLast(protoValue(Params))),
  /** 0x71 | val | delegator address -> 1 */
  delegators: s.table(0x71, 'delegations_by_validator', pairKey(bytesKey, bytesKey), bytesValue),
  /** 0xa1 | val -> bound of the consensus power */
  caps: s.table(0xa1, 'power_caps', prefixedBytesKey, intValue),
  /** 0xa2 | val: validators whose power may have changed since the last update to consensus */
  touched: s.set(0xa2, 'touched', prefixedBytesKey),
  /** 0xa3 | val | height -> tokens behind the validator in the set decided at the end of that block, 0 when not in it */
  tokensAt: s.table(0xa3, 'tokens_history', pairKey(bytesKey, u64Key), intValue),
  /** 0xa4 | time | val | height -> 1: rows of the history that no evidence can reach from that time on */
  staleTokens: s.table(
    0xa4,
    'tokens_history_queue',
    tripleKey(timeKey, bytesKey, u64Key),
    bytesValue,
  ),
  /** 0xa5 | height | val | height -> 1: rows of the history that the set decided at the first height no longer means */
  pastTokens: s.table(0xa5, 'tokens_history_past', tripleKey(u64Key, bytesKey, u64Key), bytesValue),
}))

/** Prefix of the keys of historical headers, which genesis leaves out. */
export const HISTORICAL_PREFIX = Uint8Array.of(0x50)

/** Rows that genesis leaves out, each with its reason; content hashes of an export and its import differ by them only. */
export const NOT_EXPORTED: readonly {
  readonly store: string
  readonly prefix: Uint8Array
  readonly reason: string
}[] = [
  {
    store: 'staking',
    prefix: HISTORICAL_PREFIX,
    reason: 'GenesisState has no place for headers; they fill up again',
  },
  {
    store: 'staking',
    prefix: Uint8Array.of(0x37),
    reason: 'GenesisState has no place for the counter; it goes on after the largest id in use',
  },
  {
    store: 'staking',
    prefix: Uint8Array.of(0xa1),
    reason: 'whoever bounds powers sets its bounds again in its own genesis',
  },
  {
    store: 'staking',
    prefix: Uint8Array.of(0xa2),
    reason: 'bounds set in genesis are looked at again at the end of the first block',
  },
  {
    store: 'staking',
    prefix: Uint8Array.of(0xa3),
    reason: 'GenesisState has no place for it; genesis writes the tokens of its own set',
  },
  { store: 'staking', prefix: Uint8Array.of(0xa4), reason: 'the queue of 0xa3' },
  { store: 'staking', prefix: Uint8Array.of(0xa5), reason: 'what enters that queue next' },
]

/** Value of a row that says all by its key: the SDK stores nothing there, which cannot be proven. */
export const PRESENT = Uint8Array.of(1)
