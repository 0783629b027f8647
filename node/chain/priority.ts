import { compareBytes } from './bytes.ts'
import { ChainError } from './errors.ts'
import type { Validator } from './types.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

/** Largest total power of a set: (2^63-1)/8, so that no priority can overflow an int64. */
export const MAX_TOTAL_POWER = INT64_MAX / 8n

function clip(value: bigint): bigint {
  if (value > INT64_MAX) return INT64_MAX
  return value < INT64_MIN ? INT64_MIN : value
}

/** Sum of powers. */
export function totalPower(validators: readonly Validator[]): bigint {
  return validators.reduce((sum, validator) => sum + validator.power, 0n)
}

/** Mean priority, rounded towards minus infinity (Go's `big.Int.Div`); BigInt `/` would truncate. */
export function averagePriority(validators: readonly Validator[]): bigint {
  const sum = validators.reduce((total, validator) => total + validator.priority, 0n)
  const count = BigInt(validators.length)
  const quotient = sum / count
  return sum % count < 0n ? quotient - 1n : quotient
}

/** Subtracts the mean from every priority. */
export function centrePriorities(validators: readonly Validator[]): readonly Validator[] {
  const average = averagePriority(validators)
  return validators.map((v) => ({ ...v, priority: clip(v.priority - average) }))
}

/** Narrows the spread of priorities to at most `limit`: divides by ceil(spread / limit), truncating. */
export function rescalePriorities(
  validators: readonly Validator[],
  limit: bigint,
): readonly Validator[] {
  if (limit <= 0n || validators.length === 0) return validators
  const rising = validators.map((v) => v.priority).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const min = rising[0] ?? 0n
  const max = rising.at(-1) ?? 0n
  // The reference computes the spread in int64 and takes the absolute value of what may have wrapped.
  const wrapped = BigInt.asIntN(64, max - min)
  const spread = wrapped < 0n ? -wrapped : wrapped
  if (spread <= limit) return validators
  const ratio = (spread + limit - 1n) / limit
  return validators.map((v) => ({ ...v, priority: v.priority / ratio }))
}

/** Of the highest priority; a tie goes to the lowest address. Throws `invalid_validators` for an empty list. */
export function highestPriority(validators: readonly Validator[]): Validator {
  const [first, ...others] = validators
  if (first === undefined) throw new ChainError('invalid_validators', 'the validator set is empty')
  let best = first
  for (const other of others) {
    if (other.priority < best.priority) continue
    if (other.priority > best.priority || compareBytes(other.address, best.address) < 0)
      best = other
  }
  return best
}

/**
 * Rotates the proposer `times` times: rescale and centre once, then each time everybody gains their power and the one
 * with the most pays the total (CometBFT `IncrementProposerPriority`). Returns the last one that paid.
 */
export function incrementPriority(
  validators: readonly Validator[],
  times: number,
): { readonly validators: readonly Validator[]; readonly proposer: Validator } {
  if (times < 1) throw new ChainError('invalid_validators', `cannot rotate ${times} times`)
  const total = totalPower(validators)
  let current = centrePriorities(rescalePriorities(validators, 2n * total))
  let proposer = highestPriority(current)
  for (let i = 0; i < times; i++) {
    const raised = current.map((v) => ({ ...v, priority: clip(v.priority + v.power) }))
    const most = highestPriority(raised)
    proposer = { ...most, priority: clip(most.priority - total) }
    current = raised.map((v) => (v === most ? proposer : v))
  }
  return { validators: current, proposer }
}
