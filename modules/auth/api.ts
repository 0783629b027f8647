import type { AnyValue } from '../../proto/codec.ts'
import type { Params } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import type { Coin } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'

/** What a module account may do to supply: the SDK's permission words. */
export type Permission = 'minter' | 'burner' | 'staking'

/** An account as other modules see it, whatever its stored type. */
export interface AuthAccount {
  readonly address: Uint8Array
  /** Packed public key; undefined until the first signed transaction. */
  readonly pubKey: AnyValue | undefined
  readonly accountNumber: bigint
  readonly sequence: bigint
  /** Type URL of the stored message, such as `/cosmos.auth.v1beta1.BaseAccount`. */
  readonly typeUrl: string
}

/** When the coins of a new account may be spent. Times in UTC seconds; coins as `parseCoins` gives them. */
export type VestingSchedule =
  | {
      /** In step with time from `start` to `end`. */
      readonly kind: 'continuous'
      readonly coins: readonly Coin[]
      readonly start: bigint
      readonly end: bigint
    }
  | {
      /** All at `end`. */
      readonly kind: 'delayed'
      readonly coins: readonly Coin[]
      readonly end: bigint
    }
  | {
      /** Each period's coins at its end, one period after another; `coins` is their sum, `end` that of the last. */
      readonly kind: 'periodic'
      readonly coins: readonly Coin[]
      readonly start: bigint
      readonly end: bigint
      readonly periods: readonly { readonly length: bigint; readonly coins: readonly Coin[] }[]
    }
  | {
      /** Never. */
      readonly kind: 'permanent'
      readonly coins: readonly Coin[]
    }

/** What auth offers: accounts, their keys and sequences, and the accounts of modules. */
export interface AuthApi {
  account(ctx: ReadContext, address: Uint8Array): AuthAccount | undefined
  hasAccount(ctx: ReadContext, address: Uint8Array): boolean
  /** Creates a BaseAccount with the next account number; an existing account is returned unchanged. */
  newAccount(ctx: WriteContext, address: Uint8Array): AuthAccount
  /**
   * Creates a vesting account with the next account number; its coins are the caller's to send. Throws sdk 18 when the
   * address has an account or the schedule is unsound.
   */
  newVestingAccount(ctx: WriteContext, address: Uint8Array, schedule: VestingSchedule): AuthAccount
  /** Stores the packed public key of an account. Throws sdk 9 when there is no account. */
  setPubKey(ctx: WriteContext, address: Uint8Array, pubKey: AnyValue): void
  /** Adds one to the sequence and returns it. Throws sdk 9 when there is no account. */
  incrementSequence(ctx: WriteContext, address: Uint8Array): bigint
  params(ctx: ReadContext): Params
  /** Coins of a vesting account that may not be sent at the block time (they may be delegated); 0 for other accounts. */
  locked(ctx: ReadContext, address: Uint8Array, denom: string): bigint
  /** Books a delegation with a vesting account, out of locked coins first; `balance` is that before it. */
  trackDelegation(ctx: WriteContext, address: Uint8Array, balance: Coin, amount: Coin): void
  /** Books the return of delegated coins with a vesting account, to free ones first. */
  trackUndelegation(ctx: WriteContext, address: Uint8Array, amount: Coin): void

  /** At wiring: a module states the accounts it owns. Throws RangeError when a name is stated with other permissions. */
  declareModuleAccount(name: string, permissions: readonly Permission[]): void
  /** Address of a declared module account. Throws RangeError for an undeclared name: that is a wiring mistake. */
  moduleAddress(hasher: Hasher, name: string): Uint8Array
  modulePermissions(name: string): readonly Permission[]
  /** Creates the stated module account when it is absent; returns its address. */
  ensureModuleAccount(ctx: WriteContext, name: string): Uint8Array
  /** Whether the address belongs to a declared module account. */
  isModuleAddress(hasher: Hasher, address: Uint8Array): boolean
}
