import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { openAccount } from './account.ts'
import { state } from './state.ts'
import { vestingProblem } from './vesting-check.ts'

/** Laws of auth: account numbers are unique, indexed, and below the next one; schedules of vesting accounts are sound. */
export const invariants: readonly Invariant[] = [
  { name: 'account-numbers', check: checkNumbers },
  { name: 'vesting-accounts', check: checkVesting },
]

function checkVesting(ctx: ReadContext): string | undefined {
  for (const packed of state.accounts.values(ctx)) {
    const problem = vestingProblem(packed)
    if (problem !== undefined) return `${openAccount(packed)?.base.address}: ${problem}`
  }
  return undefined
}

function checkNumbers(ctx: ReadContext): string | undefined {
  const next = state.nextNumber.get(ctx) ?? 0n
  let accounts = 0
  for (const [address, packed] of state.accounts.entries(ctx)) {
    const base = openAccount(packed)?.base
    if (base === undefined) return `an account has the unknown type ${packed.typeUrl}`
    const indexed = state.byNumber.get(ctx, base.accountNumber)
    if (indexed === undefined || !equalBytes(indexed, address)) {
      return `${base.address} has number ${base.accountNumber}, which names another account or none`
    }
    if (base.accountNumber >= next)
      return `${base.address} has number ${base.accountNumber}, the next one is ${next}`
    accounts += 1
  }
  const numbers = [...state.byNumber.entries(ctx)].length
  return numbers === accounts ? undefined : `${numbers} numbers for ${accounts} accounts`
}
