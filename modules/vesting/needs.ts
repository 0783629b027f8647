import type { AuthApi, VestingSchedule } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { fieldAddress } from '../kit/address.ts'
import { type Coin, parseCoins, type WireCoin } from '../kit/coin.ts'
import type { WriteContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'

/** What vesting needs of other modules: auth keeps the accounts, bank moves their coins. */
export interface VestingNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
}

/** Who pays for an account, and its address. */
export interface Ends {
  readonly fromAddress: string
  readonly toAddress: string
}

/** Throws sdk 7 unless both addresses are well formed. */
export function checkEnds({ fromAddress, toAddress }: Ends): void {
  fieldAddress(fromAddress, "'from'")
  fieldAddress(toAddress, "'to'")
}

/** The coins of a message: at least one, positive, sorted, without repeats. Throws sdk 10. */
export function someCoins(coins: readonly WireCoin[]): Coin[] {
  const parsed = parseCoins(coins)
  if (parsed.length === 0) throw sdkErrors.invalidCoins('no coins to vest')
  return parsed
}

/** Creates the account of a schedule and sends it its coins. Throws bank 5, sdk 4, sdk 18, sdk 5. */
export function openAccount(
  ctx: WriteContext,
  { auth, bank }: VestingNeeds,
  { fromAddress, toAddress }: Ends,
  schedule: VestingSchedule,
): void {
  bank.requireSendEnabled(ctx, schedule.coins)
  const to = fieldAddress(toAddress, "'to'")
  if (bank.isBlocked(ctx, to))
    throw sdkErrors.unauthorized(`${toAddress} is not allowed to receive funds`)
  auth.newVestingAccount(ctx, to, schedule)
  bank.send(ctx, fieldAddress(fromAddress, "'from'"), to, schedule.coins)
}
