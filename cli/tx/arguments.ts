import { usageError } from '../errors.ts'

/**
 * The arguments of a message, and its sender where it stands before them as in the SDK: `send FROM TO AMOUNT`. Throws a
 * usage error naming what is wanted.
 */
export function splitArguments(
  words: readonly string[],
  wanted: readonly string[],
  from: string | undefined,
): { typed: readonly string[]; from?: string } {
  if (words.length === wanted.length) return { typed: words }
  if (words.length === wanted.length + 1) {
    if (from !== undefined && from !== words[0])
      throw usageError('the sender is given twice', 'leave out --from, or the first argument')
    return { typed: words.slice(1), from: words[0] as string }
  }
  const named = wanted.map((one) => `<${one}>`).join(' ')
  throw usageError(`${wanted.length} arguments are needed: ${named}`)
}
