import { govAuthority } from '../kit/authority.ts'
import type { ReadContext } from '../kit/context.ts'
import { upgradeErrors } from './errors.ts'

/** Throws upgrade 6 unless `authority` is the governance account: this module has a code of its own for it. */
export function requireGovernance(ctx: Pick<ReadContext, 'hasher'>, authority: string): void {
  const expected = govAuthority(ctx)
  if (authority !== expected)
    throw upgradeErrors.invalidSigner(`expected ${expected} got ${authority}`)
}
