import { BondStatus } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { utf8Decode } from '../kit/bytes.ts'
import type { BlockContext, Misbehavior } from '../kit/context.ts'
import { decRaw } from '../kit/dec.ts'
import type { EvidenceAge } from './api.ts'
import { equivocationOf, storeEvidence } from './equivocation.ts'
import type { EvidenceNeeds } from './needs.ts'

/** 9999-12-31T23:59:59Z, the last second that has a date: until then a validator that signed twice is jailed. */
export const JAIL_END = 253_402_300_799n

const NANOS = 1_000_000_000n

/** Punishes what the engine proved: double signing and attacks on light clients, both alike. */
export function beginBlock(needs: EvidenceNeeds): (ctx: BlockContext) => void {
  return (ctx) => {
    for (const fault of ctx.misbehavior ?? []) punish(ctx, needs, fault)
  }
}

/**
 * One fault. Nothing happens when the stake is free already, when the fault is too old, and when the validator is barred:
 * so no height of a validator, and no validator, is punished twice. Who has no signing info was never in the set.
 */
function punish(ctx: BlockContext, needs: EvidenceNeeds, fault: Misbehavior): void {
  const { staking, slashing } = needs
  const validator = staking.validatorByConsensusAddress(ctx, fault.address)
  if (validator === undefined || validator.status === BondStatus.BOND_STATUS_UNBONDED) return
  if (isTooOld(ctx, fault, needs.evidenceAge(ctx))) return
  const info = slashing.signingInfo(ctx, fault.address)
  if (info === undefined || info.tombstoned) return

  const fraction = decRaw(BigInt(utf8Decode(slashing.params(ctx).slashFractionDoubleSign)))
  slashing.slash(ctx, fault.address, fault.power, {
    infractionHeight: fault.height,
    fraction,
    reason: 'double_sign',
  })
  if (!validator.jailed) slashing.jail(ctx, fault.address)
  slashing.jailUntil(ctx, fault.address, JAIL_END)
  slashing.tombstone(ctx, fault.address)
  storeEvidence(ctx, equivocationOf(fault))
}

/** Too old by blocks and by time: only then has the stake behind the fault been free to go. */
function isTooOld(ctx: BlockContext, fault: Misbehavior, age: EvidenceAge): boolean {
  const nanos = (ctx.time - fault.time) * NANOS + BigInt(ctx.timeNanos - fault.timeNanos)
  return nanos > age.seconds * NANOS && ctx.height - fault.height > age.blocks
}
