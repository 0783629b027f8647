import type { AuthApi, Permission } from '../auth/api.ts'
import { toBech32 } from '../kit/address.ts'
import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError, sdkErrors } from '../kit/errors.ts'
import { max } from '../kit/math.ts'
import type { BankApi } from './api.ts'
import { bankErrors } from './errors.ts'
import * as events from './events.ts'
import { checkCoins, MAX_AMOUNT } from './rules.ts'
import { balanceOf, isSendEnabled, setBalance, setSupply, state } from './state.ts'

/** Builds the API of bank over auth's accounts. */
export function makeBankApi(auth: AuthApi): BankApi {
  const isBlocked = (ctx: ReadContext, address: Uint8Array): boolean =>
    auth.isModuleAddress(ctx.hasher, address)
  const send: BankApi['send'] = (ctx, from, to, coins) => {
    spend(ctx, auth, from, coins)
    receive(ctx, auth, to, coins)
    const sender = toBech32(from)
    ctx.emit(events.transfer(toBech32(to), sender, coins))
    ctx.emit(events.messageSender(sender))
  }
  const permitted = (ctx: WriteContext, module: string, permission: Permission): Uint8Array => {
    if (!auth.modulePermissions(module).includes(permission)) {
      throw new InvariantError(`module account ${module} has no permission ${permission}`)
    }
    return auth.ensureModuleAccount(ctx, module)
  }
  return {
    balance: balanceOf,
    balances: (ctx, address) => allBalances(ctx, address),
    spendable(ctx, address, denom) {
      const balance = balanceOf(ctx, address, denom)
      return balance === 0n ? 0n : max(balance - auth.locked(ctx, address, denom), 0n)
    },
    supply: (ctx, denom) => state.supply.get(ctx, denom) ?? 0n,
    send,
    sendToModule: (ctx, from, module, coins) =>
      send(ctx, from, auth.ensureModuleAccount(ctx, module), coins),
    sendFromModule(ctx, module, to, coins) {
      if (isBlocked(ctx, to))
        throw sdkErrors.unauthorized(`${toBech32(to)} is not allowed to receive funds`)
      send(ctx, auth.moduleAddress(ctx.hasher, module), to, coins)
    },
    delegate: (ctx, from, module, coin) => delegate(ctx, auth, from, module, coin),
    undelegate(ctx, module, to, coin) {
      spend(ctx, auth, auth.moduleAddress(ctx.hasher, module), [coin])
      auth.trackUndelegation(ctx, to, coin)
      receive(ctx, auth, to, [coin])
    },
    sendModuleToModule: (ctx, from, to, coins) =>
      send(ctx, auth.moduleAddress(ctx.hasher, from), auth.ensureModuleAccount(ctx, to), coins),
    mint(ctx, module, coins) {
      const minter = permitted(ctx, module, 'minter')
      credit(ctx, minter, coins)
      for (const { denom, amount } of coins) {
        const supply = (state.supply.get(ctx, denom) ?? 0n) + amount
        if (supply > MAX_AMOUNT)
          throw sdkErrors.invalidCoins(`the supply of ${denom} would exceed 256 bits`)
        setSupply(ctx, denom, supply)
      }
      ctx.emit(events.coinbase(toBech32(minter), coins))
    },
    burn(ctx, module, coins) {
      const burner = permitted(ctx, module, 'burner')
      spend(ctx, auth, burner, coins)
      for (const { denom, amount } of coins)
        setSupply(ctx, denom, (state.supply.get(ctx, denom) ?? 0n) - amount)
      ctx.emit(events.burned(toBech32(burner), coins))
    },
    isBlocked,
    requireSendEnabled,
  }
}

/** Moves coins to a module that takes stake, locked ones too, and books them with a vesting account. Throws sdk 5. */
function delegate(
  ctx: WriteContext,
  auth: AuthApi,
  from: Uint8Array,
  module: string,
  coin: Coin,
): void {
  if (!auth.modulePermissions(module).includes('staking'))
    throw new InvariantError(`module account ${module} has no permission staking`)
  checkCoins([coin])
  const { denom, amount } = coin
  const balance = { denom, amount: balanceOf(ctx, from, denom) }
  if (balance.amount < amount) {
    throw sdkErrors.insufficientFunds(
      `failed to delegate; ${formatCoins([balance])} is smaller than ${formatCoins([coin])}`,
    )
  }
  const to = auth.ensureModuleAccount(ctx, module)
  setBalance(ctx, from, denom, balance.amount - amount)
  auth.trackDelegation(ctx, from, balance, coin)
  ctx.emit(events.coinSpent(toBech32(from), [coin]))
  receive(ctx, auth, to, [coin])
}

/** All balances of an address, sorted by denom. */
export function allBalances(ctx: ReadContext, address: Uint8Array): Coin[] {
  const prefix = state.balances.key.encode([address, ''])
  return [...state.balances.entries(ctx, { prefix })].map(([[, denom], amount]) => ({
    denom,
    amount,
  }))
}

/** Takes coins that are not locked from an address. Throws sdk 5 with what may be spent and the coin that is missing. */
export function spend(
  ctx: WriteContext,
  auth: AuthApi,
  from: Uint8Array,
  coins: readonly Coin[],
): void {
  checkCoins(coins)
  for (const { denom, amount } of coins) {
    const balance = balanceOf(ctx, from, denom)
    const locked = auth.locked(ctx, from, denom)
    if (balance < locked) {
      throw sdkErrors.insufficientFunds(
        `locked amount exceeds account balance funds: ${locked}${denom} > ${balance}${denom}`,
      )
    }
    if (balance - locked < amount) {
      throw sdkErrors.insufficientFunds(
        `spendable balance ${balance - locked}${denom} is smaller than ${amount}${denom}`,
      )
    }
    setBalance(ctx, from, denom, balance - amount)
  }
  ctx.emit(events.coinSpent(toBech32(from), coins))
}

/** Throws bank 5 when one of the denominations may not be sent. */
export function requireSendEnabled(ctx: ReadContext, coins: readonly Coin[]): void {
  for (const { denom } of coins) {
    if (!isSendEnabled(ctx, denom))
      throw bankErrors.sendDisabled(`${denom} transfers are currently disabled`)
  }
}

/** Gives coins to an address and creates its account when it has none. */
export function receive(
  ctx: WriteContext,
  auth: AuthApi,
  to: Uint8Array,
  coins: readonly Coin[],
): void {
  credit(ctx, to, coins)
  if (!auth.hasAccount(ctx, to)) auth.newAccount(ctx, to)
}

function credit(ctx: WriteContext, to: Uint8Array, coins: readonly Coin[]): void {
  checkCoins(coins)
  for (const { denom, amount } of coins)
    setBalance(ctx, to, denom, balanceOf(ctx, to, denom) + amount)
  ctx.emit(events.coinReceived(toBech32(to), coins))
}
