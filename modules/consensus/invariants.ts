import { ChainError } from '../kit/errors.ts'
import type { Invariant } from '../kit/module.ts'
import { checkParams } from './rules.ts'
import { readParams } from './state.ts'

/** The engine can run with what is stored. */
export const invariants: readonly Invariant[] = [
  {
    name: 'params',
    check(ctx) {
      try {
        checkParams(readParams(ctx))
        return undefined
      } catch (error) {
        if (error instanceof ChainError) return error.message
        throw error
      }
    },
  },
]
