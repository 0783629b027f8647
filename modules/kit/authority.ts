import { moduleAddress, toBech32 } from './address.ts'
import type { ReadContext } from './context.ts'
import { defineErrors } from './errors.ts'

/** Module account of governance, the authority of every module's parameters. */
export const GOV_ACCOUNT = 'gov'

const errors = defineErrors('gov', {
  signer: [13, 'expected gov account as only signer for proposal message'],
})

/** Bech32 address of the governance account. */
export function govAuthority(ctx: Pick<ReadContext, 'hasher'>): string {
  return toBech32(moduleAddress(ctx.hasher, GOV_ACCOUNT))
}

/** Throws gov 13 unless `authority` is the account that governs: the SDK's text and code. */
export function requireAuthority(
  ctx: Pick<ReadContext, 'hasher'>,
  authority: string,
  expected: string = govAuthority(ctx),
): void {
  if (authority === expected) return
  throw errors.signer(`invalid authority; expected ${expected}, got ${authority}`)
}

/**
 * Whether an account governs a module: governance itself always does, and beside it the account that genesis named, as
 * development networks do; an empty name is nobody.
 */
export function governs(ctx: Pick<ReadContext, 'hasher'>, address: string, named: string): boolean {
  return address !== '' && (address === named || address === govAuthority(ctx))
}
