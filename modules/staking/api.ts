import type { Params, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { ReadContext } from '../kit/context.ts'

/** One validator of the present consensus set. */
export interface BondedValidator {
  /** Operator address bytes. */
  readonly operator: Uint8Array
  /** Ed25519 consensus key, 32 bytes. */
  readonly pubKey: Uint8Array
  readonly power: bigint
}

/** What staking offers other modules: the validators and their powers. */
export interface StakingApi {
  validator(ctx: ReadContext, operator: Uint8Array): Validator | undefined
  /** By consensus address, sha256(key)[:20]. */
  validatorByConsensusAddress(ctx: ReadContext, address: Uint8Array): Validator | undefined
  /** The set as consensus has it, in order of operator address. */
  bondedValidators(ctx: ReadContext): BondedValidator[]
  /** Sum of the powers of the bonded validators. */
  totalPower(ctx: ReadContext): bigint
  params(ctx: ReadContext): Params
}
