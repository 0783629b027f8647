import type { Invariant } from '../kit/module.ts'
import { doneAt, state } from './state.ts'

/** Laws of upgrade. */
export const invariants: readonly Invariant[] = [
  {
    name: 'plan-not-done',
    check(ctx) {
      const plan = state.plan.get(ctx)
      if (plan === undefined || doneAt(ctx, plan.name) === undefined) return undefined
      return `upgrade "${plan.name}" is planned and done`
    },
  },
  {
    name: 'count',
    check(ctx) {
      const done = BigInt([...state.done.entries(ctx)].length)
      const counted = state.protocolVersion.get(ctx) ?? 0n
      return done === counted ? undefined : `${done} upgrades done, protocol version ${counted}`
    },
  },
]
