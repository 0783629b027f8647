import type {
  Params,
  ValidatorSigningInfo,
} from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { SlashOrder } from '../staking/api.ts'

/** Says why a validator may not be unjailed now, or undefined. The text ends in what to do. */
export type UnjailCheck = (ctx: ReadContext, operator: Uint8Array) => string | undefined

/** What slashing offers: who signed, who is jailed until when, who is out for good. Addresses are consensus addresses. */
export interface SlashingApi {
  params(ctx: ReadContext): Params
  signingInfo(ctx: ReadContext, consensus: Uint8Array): ValidatorSigningInfo | undefined
  /** At wiring: another module may have reasons of its own to keep a validator jailed (slashing 100 with its text). */
  registerUnjailCheck(check: UnjailCheck): void
  isTombstoned(ctx: ReadContext, consensus: Uint8Array): boolean
  /**
   * Slashes through staking and emits `slash`; `power` is what the validator had at the fault. Returns the tokens burned of
   * the validator.
   */
  slash(ctx: WriteContext, consensus: Uint8Array, power: bigint, order: SlashOrder): bigint
  /** Jails through staking and emits `slash` with the jailed address; InvariantError when it is jailed already. */
  jail(ctx: WriteContext, consensus: Uint8Array): void
  /** Bars it for ever; InvariantError when there is no signing info. */
  tombstone(ctx: WriteContext, consensus: Uint8Array): void
  /** Sets the earliest time of unjailing, UTC seconds. */
  jailUntil(ctx: WriteContext, consensus: Uint8Array, time: bigint): void
}
