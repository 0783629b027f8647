import { toHex } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import type { StakingApi } from '../staking/api.ts'
import { missedOf } from './missed.ts'
import { consensusOf } from './signing.ts'
import { readParams, state } from './state.ts'

/** Laws of slashing: counters count the bits, bits lie in the window, and whoever is barred for good stays jailed. */
export function slashingInvariants(staking: StakingApi): readonly Invariant[] {
  return [
    { name: 'missed-blocks', check: checkMissed },
    { name: 'tombstones', check: (ctx) => checkTombstones(ctx, staking) },
  ]
}

function checkMissed(ctx: ReadContext): string | undefined {
  const window = readParams(ctx).signedBlocksWindow
  for (const [consensus, info] of state.signingInfos.entries(ctx)) {
    const missed = missedOf(ctx, consensus)
    if (BigInt(missed.length) !== info.missedBlocksCounter)
      return `${info.address} counts ${info.missedBlocksCounter} missed blocks, its bitmap ${missed.length}`
    const beyond = missed.find((index) => index >= window)
    if (beyond !== undefined)
      return `${info.address} missed place ${beyond} of a window of ${window}`
  }
  for (const [[consensus]] of state.missed.entries(ctx)) {
    if (!state.signingInfos.has(ctx, consensus))
      return `${toHex(consensus)} has a bitmap and no signing info`
  }
  return undefined
}

function checkTombstones(ctx: ReadContext, staking: StakingApi): string | undefined {
  for (const validator of staking.validators(ctx)) {
    const { address } = consensusOf(ctx.hasher, validator)
    const info = state.signingInfos.get(ctx, address)
    if (info?.tombstoned && !validator.jailed)
      return `${validator.operatorAddress} is tombstoned and not jailed`
  }
  return undefined
}
