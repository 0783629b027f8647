import { ChainError } from '../../modules/kit/errors.ts'

/**
 * A user's error passes as it is and an invariant stops the node. Anything else is a bug in a handler: as in the SDK it
 * becomes code 111222, so that one bad message cannot halt every validator; the text is not part of any hash.
 */
export function recovered(error: unknown): ChainError {
  if (error instanceof ChainError) return error
  if (error instanceof Error && error.name === 'InvariantError') throw error
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new ChainError('undefined', 111222, `recovered: ${text}`)
}
