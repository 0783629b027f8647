import { PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import type { Params, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { InvariantError } from '../kit/errors.ts'
import type { StakingApi } from './api.ts'
import { stakingErrors } from './errors.ts'
import { defaultParams } from './params.ts'
import { state } from './state.ts'

/** Module account that holds the tokens of bonded validators. */
export const BONDED_POOL = 'bonded_tokens_pool'
/** Module account that holds the tokens of all others. */
export const NOT_BONDED_POOL = 'not_bonded_tokens_pool'

/** The API of staking: reads only, as nothing else changes validators yet. */
export const stakingApi: StakingApi = {
  validator: (ctx, operator) => state.validators.get(ctx, operator),
  validatorByConsensusAddress(ctx, address) {
    const operator = state.byConsensus.get(ctx, address)
    return operator === undefined ? undefined : mustValidator(ctx, operator)
  },
  bondedValidators: (ctx) =>
    [...state.lastPowers.entries(ctx)].map(([operator, power]) => ({
      operator,
      pubKey: consensusKey(mustValidator(ctx, operator)),
      power: power.value,
    })),
  totalPower: (ctx) => BigInt(state.lastTotal.get(ctx)?.int ?? '0'),
  params: readParams,
}

/** The parameters, defaults before genesis. */
export function readParams(ctx: ReadContext): Params {
  return state.params.get(ctx) ?? defaultParams()
}

/** A validator that an index names. InvariantError when it is missing. */
export function mustValidator(ctx: ReadContext, operator: Uint8Array): Validator {
  const validator = state.validators.get(ctx, operator)
  if (validator === undefined)
    throw new InvariantError('staking: an index names a validator that does not exist')
  return validator
}

/** The Ed25519 key of a validator, 32 bytes. Throws staking 6 for other keys. */
export function consensusKey(validator: Validator): Uint8Array {
  const packed = validator.consensusPubkey
  if (packed?.typeUrl !== PubKey.typeUrl) {
    throw stakingErrors.pubKeyType(
      `${validator.operatorAddress} has ${packed?.typeUrl ?? 'no key'}`,
    )
  }
  const { key } = PubKey.decode(packed.value)
  if (key.length !== 32)
    throw stakingErrors.pubKeyType(`${validator.operatorAddress} has a key of ${key.length} bytes`)
  return key
}

/** Consensus address of an Ed25519 key: sha256(key)[:20]. */
export function consensusAddress(hasher: Hasher, key: Uint8Array): Uint8Array {
  return hasher.sha256(key).slice(0, 20)
}
