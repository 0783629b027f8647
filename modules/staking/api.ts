import type {
  Delegation,
  Params,
  Redelegation,
  UnbondingDelegation,
  Validator,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Dec } from '../kit/dec.ts'

/** One validator of the present consensus set. */
export interface BondedValidator {
  /** Operator address bytes. */
  readonly operator: Uint8Array
  /** Ed25519 consensus key, 32 bytes. */
  readonly pubKey: Uint8Array
  readonly power: bigint
}

/**
 * What other modules do when stake moves; the SDK's hooks as a typed interface. Addresses are bytes: `operator` of the
 * validator, `delegator` of the account, `consensus` sha256(key)[:20]. Hooks run in the order of registration. Throwing a
 * ChainError refuses the message; in block phases a hook must not throw.
 */
export interface StakingHooks {
  afterValidatorCreated?(ctx: WriteContext, operator: Uint8Array): void
  beforeValidatorModified?(ctx: WriteContext, operator: Uint8Array): void
  afterValidatorRemoved?(ctx: WriteContext, consensus: Uint8Array, operator: Uint8Array): void
  /** It joined the set. */
  afterValidatorBonded?(ctx: WriteContext, consensus: Uint8Array, operator: Uint8Array): void
  /** It left the set. */
  afterValidatorBeginUnbonding?(
    ctx: WriteContext,
    consensus: Uint8Array,
    operator: Uint8Array,
  ): void
  beforeDelegationCreated?(ctx: WriteContext, delegator: Uint8Array, operator: Uint8Array): void
  beforeDelegationSharesModified?(
    ctx: WriteContext,
    delegator: Uint8Array,
    operator: Uint8Array,
  ): void
  beforeDelegationRemoved?(ctx: WriteContext, delegator: Uint8Array, operator: Uint8Array): void
  afterDelegationModified?(ctx: WriteContext, delegator: Uint8Array, operator: Uint8Array): void
  /** `fraction` is that of the validator's present tokens that will be burned: the effective fraction, at most 1. */
  beforeValidatorSlashed?(ctx: WriteContext, operator: Uint8Array, fraction: Dec): void
}

/** A fault and what it costs. */
export interface SlashOrder {
  /** Height at which the faulty vote was signed. */
  readonly infractionHeight: bigint
  /** Fraction of the tokens that stood behind the validator at that height. */
  readonly fraction: Dec
  readonly reason: 'double_sign' | 'missing_signature'
}

/** What staking offers other modules: validators, delegations, and the only hand on consensus power. */
export interface StakingApi {
  /** At wiring: a module states what it does when stake moves. */
  registerHooks(hooks: StakingHooks): void

  validator(ctx: ReadContext, operator: Uint8Array): Validator | undefined
  /** By consensus address, sha256(key)[:20]. */
  validatorByConsensusAddress(ctx: ReadContext, address: Uint8Array): Validator | undefined
  /** Every validator in order of operator address, whatever its status. */
  validators(ctx: ReadContext): readonly Validator[]
  /** The set as consensus has it, in order of operator address. */
  bondedValidators(ctx: ReadContext): BondedValidator[]
  /** Sum of the powers of the bonded validators. */
  totalPower(ctx: ReadContext): bigint
  params(ctx: ReadContext): Params
  /** Tokens of all bonded validators: what the bonded pool holds. */
  bondedTokens(ctx: ReadContext): bigint
  /** Bonded tokens / supply of the bond denomination, cut as the SDK cuts it; 0 without supply. */
  bondedRatio(ctx: ReadContext): Dec

  delegation(ctx: ReadContext, delegator: Uint8Array, operator: Uint8Array): Delegation | undefined
  /** Delegations of an account in order of operator address. */
  delegationsOf(ctx: ReadContext, delegator: Uint8Array): readonly Delegation[]
  /** Delegations to a validator in order of delegator address. */
  delegationsTo(ctx: ReadContext, operator: Uint8Array): readonly Delegation[]
  unbondingsOf(ctx: ReadContext, delegator: Uint8Array): readonly UnbondingDelegation[]
  redelegationsOf(ctx: ReadContext, delegator: Uint8Array): readonly Redelegation[]

  /**
   * Bounds a validator's consensus power from the end of this block on; undefined lifts the bound. Power is
   * min(tokens / 10^6, cap); a validator of power 0 is not in the power index and not bonded. Tokens, shares and pools
   * never change by it. InvariantError for an unknown validator.
   */
  setPowerCap(ctx: WriteContext, operator: Uint8Array, cap: bigint | undefined): void
  powerCap(ctx: ReadContext, operator: Uint8Array): bigint | undefined
  /** min(tokens / 10^6, cap): what the validator would have in the set, jailed or not. */
  effectivePower(ctx: ReadContext, operator: Uint8Array): bigint
  /** Tokens that stood behind a validator in the set that signed `height` (decided two heights before); 0 when unknown. */
  tokensAt(ctx: ReadContext, operator: Uint8Array, height: bigint): bigint

  /**
   * Burns the fraction of `tokensAt(infractionHeight)`, never of a capped power: first of unbondings and redelegations that
   * began at or after the infraction, then of the validator's present tokens. Returns the tokens burned of the validator.
   * Nothing happens to an unbonded validator or one that does not exist.
   */
  slash(ctx: WriteContext, consensus: Uint8Array, order: SlashOrder): bigint
  /** Takes a validator out of the power index; InvariantError when it is jailed already. */
  jail(ctx: WriteContext, consensus: Uint8Array): void
  /** Puts it back; InvariantError when it is not jailed. */
  unjail(ctx: WriteContext, consensus: Uint8Array): void
}
