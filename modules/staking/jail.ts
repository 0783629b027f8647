import type { WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { byConsensus, writeValidator } from './validators.ts'

/** Takes a validator out of the power index. InvariantError when it is jailed already or does not exist. */
export function jail(ctx: WriteContext, consensus: Uint8Array): void {
  setJailed(ctx, consensus, true)
}

/** Puts it back. InvariantError when it is not jailed or does not exist. */
export function unjail(ctx: WriteContext, consensus: Uint8Array): void {
  setJailed(ctx, consensus, false)
}

function setJailed(ctx: WriteContext, consensus: Uint8Array, jailed: boolean): void {
  const found = byConsensus(ctx, consensus)
  if (found === undefined) throw new InvariantError('staking: no validator to jail or unjail')
  const { operator, validator } = found
  if (validator.jailed === jailed)
    throw new InvariantError(
      `staking: ${validator.operatorAddress} is ${jailed ? 'jailed already' : 'not jailed'}`,
    )
  writeValidator(ctx, operator, { ...validator, jailed }, validator)
}
