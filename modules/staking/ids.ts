import type { WriteContext } from '../kit/context.ts'
import { state } from './state.ts'

/** What an unbonding id stands for, by the SDK's numbers. */
export const UNBONDING_TYPE = { delegation: 1n, redelegation: 2n, validator: 3n } as const

/** The next unbonding id; `use` notes whose it is, by the raw key of what unbonds. */
export function takeId(ctx: WriteContext): {
  readonly value: bigint
  use(type: bigint, key: Uint8Array): void
} {
  const value = (state.unbondingId.get(ctx) ?? 0n) + 1n
  state.unbondingId.set(ctx, value)
  return { value, use: (type, key) => useId(ctx, value, type, key) }
}

/** Notes whose an id is. */
export function useId(ctx: WriteContext, id: bigint, type: bigint, key: Uint8Array): void {
  state.unbondingKeys.set(ctx, id, key)
  state.unbondingTypes.set(ctx, id, type)
}

/** Forgets an id: what it stood for is over. */
export function freeId(ctx: WriteContext, id: bigint): void {
  state.unbondingKeys.delete(ctx, id)
  state.unbondingTypes.delete(ctx, id)
}
