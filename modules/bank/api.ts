import type { Coin } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'

/**
 * What bank offers other modules. Coin lists are as `parseCoins` gives them: sorted by denom, positive, without repeats
 * (sdk 10 otherwise). Module names must be declared with auth. A movement emits the SDK's events.
 */
export interface BankApi {
  balance(ctx: ReadContext, address: Uint8Array, denom: string): bigint
  /** All balances of an address, sorted by denom. */
  balances(ctx: ReadContext, address: Uint8Array): Coin[]
  /** What may be spent now: the balance without the coins that a vesting account keeps locked, at least 0. */
  spendable(ctx: ReadContext, address: Uint8Array, denom: string): bigint
  supply(ctx: ReadContext, denom: string): bigint

  /** Moves coins; creates the recipient's account. Throws sdk 5 when the spendable balance is too small. */
  send(ctx: WriteContext, from: Uint8Array, to: Uint8Array, coins: readonly Coin[]): void
  sendToModule(ctx: WriteContext, from: Uint8Array, module: string, coins: readonly Coin[]): void
  /** Throws sdk 4 when `to` is a blocked address. */
  sendFromModule(ctx: WriteContext, module: string, to: Uint8Array, coins: readonly Coin[]): void
  /** Moves coins into a `staking` module account; locked coins may go there too. Throws sdk 5, InvariantError elsewhere. */
  delegate(ctx: WriteContext, from: Uint8Array, module: string, coin: Coin): void
  /** Moves delegated coins back. Throws sdk 5 when the module account holds less. */
  undelegate(ctx: WriteContext, module: string, to: Uint8Array, coin: Coin): void
  sendModuleToModule(ctx: WriteContext, from: string, to: string, coins: readonly Coin[]): void
  /** Creates coins in a module account that is a `minter`; InvariantError otherwise. */
  mint(ctx: WriteContext, module: string, coins: readonly Coin[]): void
  /** Destroys coins of a module account that is a `burner`; InvariantError otherwise. */
  burn(ctx: WriteContext, module: string, coins: readonly Coin[]): void
  /** Whether user messages may not send to this address: module accounts, so that no coin is lost in one. */
  isBlocked(ctx: ReadContext, address: Uint8Array): boolean
  /** Throws bank 5 when user messages may not send one of the denominations. */
  requireSendEnabled(ctx: ReadContext, coins: readonly Coin[]): void
}
