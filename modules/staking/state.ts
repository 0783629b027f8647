import { IntProto } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import {
  Delegation,
  HistoricalInfo,
  Params,
  Validator,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { Int64Value } from '../../proto/gen/google/protobuf/wrappers.ts'
import { bytesValue, defineState, protoValue } from '../kit/collections.ts'
import type { WriteContext } from '../kit/context.ts'
import { bytesKey, pairKey, prefixedBytesKey, u64Key } from '../kit/keys.ts'
import { powerOf } from './rules.ts'

/** The store `staking` in the SDK's layout (x/staking/types/keys.go). `val` and `del` are addresses with their length. */
export const state = defineState('staking', (s) => ({
  /** 0x11 | val -> power that consensus has */
  lastPowers: s.table(0x11, 'last_validator_power', prefixedBytesKey, protoValue(Int64Value)),
  /** 0x12 -> their sum */
  lastTotal: s.item(0x12, 'last_total_power', protoValue(IntProto)),
  /** 0x21 | val -> Validator */
  validators: s.table(0x21, 'validators', prefixedBytesKey, protoValue(Validator)),
  /** 0x22 | length, consensus address -> operator address */
  byConsensus: s.table(0x22, 'validators_by_cons_addr', prefixedBytesKey, bytesValue),
  /** 0x23 | power | length, inverted operator address -> operator address */
  byPower: s.table(0x23, 'validators_by_power', pairKey(u64Key, prefixedBytesKey), bytesValue),
  /** 0x31 | del | val -> Delegation */
  delegations: s.table(
    0x31,
    'delegations',
    pairKey(bytesKey, prefixedBytesKey),
    protoValue(Delegation),
  ),
  /** 0x50 | height -> HistoricalInfo */
  historical: s.table(0x50, 'historical_info', u64Key, protoValue(HistoricalInfo)),
  /** 0x51 -> Params */
  params: s.item(0x51, 'params', protoValue(Params)),
  /** 0x71 | val | delegator address -> 1 */
  delegators: s.table(0x71, 'delegations_by_validator', pairKey(bytesKey, bytesKey), bytesValue),
}))

/** Prefix of the keys of historical headers, which genesis leaves out. */
export const HISTORICAL_PREFIX = Uint8Array.of(0x50)

const PRESENT = Uint8Array.of(1)

/** Writes a validator with its index by consensus address and, unless it is jailed, by power. */
export function writeValidator(
  ctx: WriteContext,
  operator: Uint8Array,
  consensus: Uint8Array,
  validator: Validator,
): void {
  state.validators.set(ctx, operator, validator)
  state.byConsensus.set(ctx, consensus, operator)
  if (validator.jailed) return
  // Inverted, so that of equal powers the smaller address comes first when the index is read from its end.
  const inverted = operator.map((byte) => 255 - byte)
  state.byPower.set(ctx, [powerOf(BigInt(validator.tokens)), inverted], operator)
}

/** Writes a delegation and its index by validator. */
export function writeDelegation(
  ctx: WriteContext,
  delegator: Uint8Array,
  operator: Uint8Array,
  delegation: Delegation,
): void {
  state.delegations.set(ctx, [delegator, operator], delegation)
  state.delegators.set(ctx, [operator, delegator], PRESENT)
}
