import { Params } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import { Any } from '../../proto/gen/google/protobuf/any.ts'
import { bytesValue, defineState, protoValue, rememberLast, u64Value } from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { bytesKey, u64Key } from '../kit/keys.ts'
import { type OpenAccount, openAccount } from './account.ts'

/** The store `acc` in the SDK's layout (x/auth/types/keys.go). */
export const state = defineState('acc', (s) => ({
  /** 0x00 -> Params */
  params: s.item(0x00, 'params', rememberLast(protoValue(Params))),
  /** 0x01 | address -> Any(account) */
  accounts: s.table(0x01, 'accounts', bytesKey, rememberLast(protoValue(Any))),
  /** 0x02 -> next account number, eight bytes big-endian */
  nextNumber: s.item(0x02, 'account_number', u64Value),
  /** "accountNumber" | number -> address */
  byNumber: s.table('accountNumber', 'account_by_number', u64Key, bytesValue),
}))

/** The account at an address, opened. */
export function readAccount(ctx: ReadContext, address: Uint8Array): OpenAccount | undefined {
  const packed = state.accounts.get(ctx, address)
  if (packed === undefined) return undefined
  const open = openAccount(packed)
  if (open === undefined)
    throw new InvariantError(`acc holds an account of the unknown type ${packed.typeUrl}`)
  return open
}

/** Writes an account and its number. */
export function writeAccount(ctx: WriteContext, address: Uint8Array, open: OpenAccount): void {
  state.accounts.set(ctx, address, open.pack())
  state.byNumber.set(ctx, open.base.accountNumber, address)
}

/** Takes the next account number; the first one is 0. */
export function takeNumber(ctx: WriteContext): bigint {
  const number = state.nextNumber.get(ctx) ?? 0n
  state.nextNumber.set(ctx, number + 1n)
  return number
}
