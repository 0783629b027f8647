import { PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { ValidatorSigningInfo } from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { Any } from '../../proto/gen/google/protobuf/any.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { InvariantError } from '../kit/errors.ts'
import type { StakingApi, StakingHooks } from '../staking/api.ts'
import { slashingErrors } from './errors.ts'
import { state } from './state.ts'

/** Consensus address and packed key of a validator, whose key staking has checked. */
export function consensusOf(
  hasher: Hasher,
  validator: Validator,
): { readonly address: Uint8Array; readonly packed: Any } {
  const packed = validator.consensusPubkey
  if (packed === undefined)
    throw new InvariantError(`slashing: ${validator.operatorAddress} has no consensus key`)
  return { address: hasher.sha256(PubKey.decode(packed.value).key).slice(0, 20), packed }
}

/** The signing info of a validator that enters the set for the first time. */
export function newSigningInfo(consensus: Uint8Array, startHeight: bigint): ValidatorSigningInfo {
  return ValidatorSigningInfo.create({
    address: toBech32(consensus, PREFIX.consensus),
    startHeight,
  })
}

/** The signing info that must be there. */
export function mustSigningInfo(ctx: ReadContext, consensus: Uint8Array): ValidatorSigningInfo {
  const info = state.signingInfos.get(ctx, consensus)
  if (info !== undefined) return info
  throw new InvariantError(`slashing: no signing info of ${toBech32(consensus, PREFIX.consensus)}`)
}

/** Keeps the relation of a validator's consensus address and key. */
export function rememberKey(ctx: WriteContext, validator: Validator): void {
  const { address, packed } = consensusOf(ctx.hasher, validator)
  state.pubKeys.set(ctx, address, packed)
}

/** What slashing does when validators come, join the set and go. */
export function slashingHooks(staking: StakingApi): StakingHooks {
  return {
    afterValidatorCreated(ctx, operator) {
      const validator = staking.validator(ctx, operator)
      if (validator === undefined)
        throw new InvariantError('slashing: staking created no validator')
      const { address } = consensusOf(ctx.hasher, validator)
      // A removed validator's key can be entered again; a barred one must not, or it could sign twice without penalty.
      if (state.signingInfos.get(ctx, address)?.tombstoned)
        throw slashingErrors.tombstoned(validator.operatorAddress)
      rememberKey(ctx, validator)
    },
    // The count goes on where it was; only the start moves, so that it has a window's time before it can be jailed.
    afterValidatorBonded(ctx, consensus) {
      const known = state.signingInfos.get(ctx, consensus)
      const info =
        known === undefined
          ? newSigningInfo(consensus, ctx.height)
          : { ...known, startHeight: ctx.height }
      state.signingInfos.set(ctx, consensus, info)
    },
    // The signing info stays, and with it the tombstone.
    afterValidatorRemoved: (ctx, consensus) => state.pubKeys.delete(ctx, consensus),
  }
}
