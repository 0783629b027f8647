import { PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import type { Params, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { InvariantError, invariant } from '../kit/errors.ts'
import { stakingErrors } from './errors.ts'
import { defaultParams } from './params.ts'
import { cappedPower } from './rules.ts'
import { state } from './state.ts'

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

/** A validator that a message names. Throws staking 3. */
export function findValidator(ctx: ReadContext, operator: Uint8Array): Validator {
  const validator = state.validators.get(ctx, operator)
  if (validator === undefined) throw stakingErrors.noValidator()
  return validator
}

/** Operator and validator of a consensus address; undefined when there is none. */
export function byConsensus(
  ctx: ReadContext,
  address: Uint8Array,
): { readonly operator: Uint8Array; readonly validator: Validator } | undefined {
  const operator = state.byConsensus.get(ctx, address)
  return operator && { operator, validator: mustValidator(ctx, operator) }
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

/** min(tokens / 10^6, cap): what a validator would have in the set, jailed or not. */
export function effectivePower(
  ctx: ReadContext,
  operator: Uint8Array,
  validator: Validator,
): bigint {
  return cappedPower(BigInt(validator.tokens), state.caps.get(ctx, operator))
}

/**
 * Writes a validator and, where tokens or jail changed, its row of the power index: a jailed validator and one without
 * power have none. Consensus hears of it at the end of the block.
 */
export function writeValidator(
  ctx: WriteContext,
  operator: Uint8Array,
  next: Validator,
  before: Validator | undefined = state.validators.get(ctx, operator),
): void {
  state.validators.set(ctx, operator, next)
  if (before?.tokens === next.tokens && before.jailed === next.jailed) return
  if (before !== undefined) unindex(ctx, operator, before)
  index(ctx, operator, next)
  state.touched.add(ctx, operator)
}

/** Deletes a validator with its index rows and its bound. The caller sees to it that nothing is left of it. */
export function deleteValidator(ctx: WriteContext, operator: Uint8Array, last: Validator): void {
  unindex(ctx, operator, last)
  state.validators.delete(ctx, operator)
  state.byConsensus.delete(ctx, consensusAddress(ctx.hasher, consensusKey(last)))
  state.caps.delete(ctx, operator)
  state.touched.delete(ctx, operator)
}

/** Bounds the power of a validator from the end of this block on; undefined lifts the bound. */
export function setPowerCap(
  ctx: WriteContext,
  operator: Uint8Array,
  cap: bigint | undefined,
): void {
  const validator = mustValidator(ctx, operator)
  const name = toBech32(operator, PREFIX.validator)
  invariant(cap === undefined || cap >= 0n, `staking: a power bound of ${cap} for ${name}`)
  const before = effectivePower(ctx, operator, validator)
  const changes = before !== cappedPower(BigInt(validator.tokens), cap)
  if (changes) unindex(ctx, operator, validator)
  if (cap === undefined) state.caps.delete(ctx, operator)
  else state.caps.set(ctx, operator, cap)
  if (!changes) return
  index(ctx, operator, validator)
  state.touched.add(ctx, operator)
}

/** The power index row of a validator. Operator bytes are inverted, so that of equal powers the smaller address leads. */
export function powerKey(operator: Uint8Array, power: bigint): readonly [bigint, Uint8Array] {
  return [power, operator.map((byte) => 255 - byte)]
}

function index(ctx: WriteContext, operator: Uint8Array, validator: Validator): void {
  const power = effectivePower(ctx, operator, validator)
  if (!validator.jailed && power > 0n) state.byPower.set(ctx, powerKey(operator, power), operator)
}

function unindex(ctx: WriteContext, operator: Uint8Array, validator: Validator): void {
  const power = effectivePower(ctx, operator, validator)
  if (!validator.jailed && power > 0n) state.byPower.delete(ctx, powerKey(operator, power))
}
