import { Metadata, Params } from '../../proto/gen/cosmos/bank/v1beta1/bank.ts'
import {
  boolValue,
  bytesValue,
  defineState,
  intValue,
  protoValue,
  rememberLast,
} from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { bytesKey, pairKey, prefixedBytesKey, stringKey } from '../kit/keys.ts'

/** The store `bank` in the SDK's layout (x/bank/types/keys.go): clients prove balances against it. */
export const state = defineState('bank', (s) => ({
  /** 0x00 | denom -> amount text */
  supply: s.table(0x00, 'supply', stringKey, intValue),
  /** 0x01 | denom -> Metadata */
  metadata: s.table(0x01, 'denom_metadata', stringKey, protoValue(Metadata)),
  /** 0x02 | length, address | denom -> amount text, never zero */
  balances: s.table(0x02, 'balances', pairKey(bytesKey, stringKey), intValue),
  /** 0x03 | denom, zero byte | length, address -> 1 (the SDK stores nothing, which cannot be proven) */
  holders: s.table(0x03, 'denom_address', pairKey(stringKey, prefixedBytesKey), bytesValue),
  /** 0x04 | denom -> one byte */
  sendEnabled: s.table(0x04, 'send_enabled', stringKey, boolValue),
  /** 0x05 -> Params; absent when every parameter has its zero value */
  params: s.item(0x05, 'params', rememberLast(protoValue(Params))),
}))

const PRESENT = Uint8Array.of(1)

/** Balance of one denomination, 0 when there is none. */
export function balanceOf(ctx: ReadContext, address: Uint8Array, denom: string): bigint {
  return state.balances.get(ctx, [address, denom]) ?? 0n
}

/** Writes a balance and its row in the index of holders; zero removes both. */
export function setBalance(
  ctx: WriteContext,
  address: Uint8Array,
  denom: string,
  amount: bigint,
): void {
  if (amount < 0n) throw new InvariantError(`bank: a balance of ${denom} would fall to ${amount}`)
  if (amount === 0n) {
    state.balances.delete(ctx, [address, denom])
    state.holders.delete(ctx, [denom, address])
    return
  }
  state.balances.set(ctx, [address, denom], amount)
  if (!state.holders.has(ctx, [denom, address])) state.holders.set(ctx, [denom, address], PRESENT)
}

/** Writes the supply of a denomination; zero removes it. */
export function setSupply(ctx: WriteContext, denom: string, amount: bigint): void {
  if (amount < 0n) throw new InvariantError(`bank: the supply of ${denom} would fall to ${amount}`)
  if (amount === 0n) state.supply.delete(ctx, denom)
  else state.supply.set(ctx, denom, amount)
}

/** The parameters; absent means every parameter has its zero value, which encodes to nothing. */
export function readParams(ctx: ReadContext): Params {
  return state.params.get(ctx) ?? Params.create()
}

/** Writes the parameters; entries by denomination have a table of their own. */
export function writeParams(ctx: WriteContext, params: Params): void {
  for (const { denom, enabled } of params.sendEnabled) state.sendEnabled.set(ctx, denom, enabled)
  const stored = Params.create({ defaultSendEnabled: params.defaultSendEnabled })
  if (Params.encode(stored).length === 0) state.params.delete(ctx)
  else state.params.set(ctx, stored)
}

/** Whether user messages may send this denomination. */
export function isSendEnabled(ctx: ReadContext, denom: string): boolean {
  return state.sendEnabled.get(ctx, denom) ?? readParams(ctx).defaultSendEnabled
}
