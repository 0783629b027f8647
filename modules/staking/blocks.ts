import { HistoricalInfo } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { Header } from '../../proto/gen/tendermint/types/types.ts'
import type { BlockContext } from '../kit/context.ts'
import type { PowerUpdate } from '../kit/module.ts'
import { pruneTokens } from './history.ts'
import { completeRedelegations } from './redelegations.ts'
import { completeValidators, updateSet } from './set-updates.ts'
import type { Stake } from './stake.ts'
import { state } from './state.ts'
import { completeUnbondings } from './unbondings.ts'
import { mustValidator, readParams } from './validators.ts'

/**
 * Keeps the header and the validators of this height, which IBC counterparties verify, and drops those older than
 * `historical_entries`. With 0 entries nothing is written, so that an empty block leaves the state root as it was.
 */
export function beginBlock(ctx: BlockContext): void {
  const entries = BigInt(readParams(ctx).historicalEntries)
  const stale = [...state.historical.entries(ctx, { to: lowest(ctx.height, entries) })].map(
    ([height]) => height,
  )
  for (const height of stale) state.historical.delete(ctx, height)
  if (entries === 0n) return
  const valset = [...state.lastPowers.entries(ctx)].map(([operator]) =>
    mustValidator(ctx, operator),
  )
  state.historical.set(ctx, ctx.height, HistoricalInfo.create({ header: headerOf(ctx), valset }))
}

/**
 * What ends a block, in the SDK's order: the set as consensus gets it, then what has waited long enough. A block in which
 * no stake moved and nothing came due reads the ends of the queues and writes nothing.
 */
export function endBlock(stake: Stake, ctx: BlockContext): readonly PowerUpdate[] {
  const updates = updateSet(stake, ctx)
  completeValidators(stake, ctx)
  completeUnbondings(stake, ctx)
  completeRedelegations(ctx)
  pruneTokens(ctx)
  return updates
}

/** The lowest height that stays once this block is recorded. */
function lowest(height: bigint, entries: bigint): bigint {
  return height >= entries ? height - entries + 1n : 0n
}

/** What the state machine knows of the header, as the SDK fills it; the proposer never enters state. */
function headerOf(ctx: BlockContext): Header {
  return Header.create({
    chainId: ctx.chainId,
    height: ctx.height,
    time: { seconds: ctx.time, nanos: ctx.timeNanos },
    appHash: ctx.header?.appHash ?? new Uint8Array(),
    nextValidatorsHash: ctx.header?.nextValidatorsHash ?? new Uint8Array(),
  })
}
