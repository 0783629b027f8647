import type {
  Params,
  ValidatorSigningInfo,
} from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import type { BlockContext, LastVote } from '../kit/context.ts'
import { DEC_ZERO } from '../kit/dec.ts'
import { mod } from '../kit/math.ts'
import { blockTime } from '../kit/time.ts'
import type { StakingApi } from '../staking/api.ts'
import { liveness, slashedForDowntime } from './events.ts'
import { clearMissed, setMissed } from './missed.ts'
import { later, maxMissed, readDec } from './rules.ts'
import { newSigningInfo } from './signing.ts'
import { readParams, state } from './state.ts'

/** Counts who signed the height before and punishes who missed too many of its window; once a vote of the commit. */
export function beginBlock(staking: StakingApi): (ctx: BlockContext) => void {
  return (ctx) => {
    const params = readParams(ctx)
    for (const vote of ctx.lastCommit ?? []) countVote(ctx, staking, params, vote)
  }
}

/**
 * One vote. A validator that is jailed is not counted, and neither is one that was removed since it voted, on which the
 * SDK stops the chain. One that only left the set is counted: it had to sign that height.
 */
function countVote(ctx: BlockContext, staking: StakingApi, params: Params, vote: LastVote): void {
  const validator = staking.validatorByConsensusAddress(ctx, vote.address)
  if (validator === undefined || validator.jailed) return
  // A genesis may bring validators whose chain kept no signing infos: their count starts with their first vote.
  const known =
    state.signingInfos.get(ctx, vote.address) ?? newSigningInfo(vote.address, ctx.height)
  const counted = recordVote(ctx, params, vote, known)
  if (!vote.signed) ctx.emit(liveness(vote.address, counted.missedBlocksCounter, ctx.height))
  const tooMany =
    ctx.height > counted.startHeight + params.signedBlocksWindow &&
    counted.missedBlocksCounter > maxMissed(params)
  const info = tooMany ? punish(ctx, staking, params, vote, counted) : counted
  state.signingInfos.set(ctx, vote.address, info)
}

/** Enters the vote at the next place of the validator's window and adjusts its counter. */
function recordVote(
  ctx: BlockContext,
  params: Params,
  vote: LastVote,
  info: ValidatorSigningInfo,
): ValidatorSigningInfo {
  const index = mod(info.indexOffset, params.signedBlocksWindow)
  const before = setMissed(ctx, vote.address, index, !vote.signed)
  const change = (vote.signed ? 0n : 1n) - (before ? 1n : 0n)
  return {
    ...info,
    indexOffset: info.indexOffset + 1n,
    missedBlocksCounter: info.missedBlocksCounter + change,
  }
}

/** Slashes and jails for downtime; the count starts anew, so that it is not jailed again as soon as it is back. */
function punish(
  ctx: BlockContext,
  staking: StakingApi,
  params: Params,
  vote: LastVote,
  info: ValidatorSigningInfo,
): ValidatorSigningInfo {
  const burned = staking.slash(ctx, vote.address, {
    // The commit in this block is that of the height before.
    infractionHeight: ctx.height - 1n,
    fraction: readDec(params.slashFractionDowntime) ?? DEC_ZERO,
    reason: 'missing_signature',
  })
  ctx.emit(slashedForDowntime(vote.address, vote.power, burned))
  staking.jail(ctx, vote.address)
  clearMissed(ctx, vote.address)
  return {
    ...info,
    jailedUntil: later(blockTime(ctx), params.downtimeJailDuration),
    missedBlocksCounter: 0n,
    indexOffset: 0n,
  }
}
