import { BaseAccount } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import type { BaseVestingAccount } from '../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import { moduleAddress, toBech32 } from '../kit/address.ts'
import { equalBytes, toHex } from '../kit/bytes.ts'
import type { Coin } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { sdkErrors } from '../kit/errors.ts'
import { type OpenAccount, ofBase, ofModule } from './account.ts'
import type { AuthAccount, AuthApi, Permission, VestingSchedule } from './api.ts'
import { defaultParams } from './params.ts'
import { readAccount, state, takeNumber, writeAccount } from './state.ts'
import { type OpenVesting, openVesting, packSchedule } from './vesting.ts'
import { vestingProblem } from './vesting-check.ts'
import { amountOf, delegated, lockedOf, undelegated } from './vesting-rules.ts'

/** Name of the account that collects transaction fees. */
export const FEE_COLLECTOR = 'fee_collector'

/** The accounts that modules stated at wiring, by name. */
export type ModuleAccounts = ReadonlyMap<string, readonly Permission[]>

/** Builds the API of one auth module and the list of module accounts it fills. */
export function makeAuthApi(): { readonly api: AuthApi; readonly declared: ModuleAccounts } {
  const declared = new Map<string, readonly Permission[]>()
  // A pure function of the name, so remembering it cannot make nodes differ.
  const addresses = new Map<string, Uint8Array>()
  const permissions = (name: string): readonly Permission[] => {
    const found = declared.get(name)
    if (found === undefined) throw new RangeError(`module account ${name} was not declared`)
    return found
  }
  const addressOf = (hasher: Hasher, name: string): Uint8Array => {
    permissions(name)
    const address = addresses.get(name) ?? moduleAddress(hasher, name)
    addresses.set(name, address)
    return address
  }
  const api: AuthApi = {
    account: viewAccount,
    hasAccount: (ctx, address) => state.accounts.has(ctx, address),
    newAccount,
    setPubKey(ctx, address, pubKey) {
      const open = mustRead(ctx, address)
      open.base = { ...open.base, pubKey: { typeUrl: pubKey.typeUrl, value: pubKey.value } }
      state.accounts.set(ctx, address, open.pack())
    },
    incrementSequence(ctx, address) {
      const open = mustRead(ctx, address)
      open.base = { ...open.base, sequence: open.base.sequence + 1n }
      state.accounts.set(ctx, address, open.pack())
      return open.base.sequence
    },
    params: (ctx) => state.params.get(ctx) ?? defaultParams(),
    newVestingAccount,
    locked,
    trackDelegation,
    trackUndelegation,
    declareModuleAccount(name, wanted) {
      const before = declared.get(name)
      if (before !== undefined && before.join() !== wanted.join()) {
        throw new RangeError(`module account ${name} was declared with other permissions`)
      }
      declared.set(name, wanted)
    },
    moduleAddress: addressOf,
    modulePermissions: permissions,
    ensureModuleAccount(ctx, name) {
      const address = addressOf(ctx.hasher, name)
      if (!state.accounts.has(ctx, address)) {
        writeAccount(ctx, address, ofModule(freshBase(ctx, address), name, permissions(name)))
      }
      return address
    },
    isModuleAddress: (hasher, address) =>
      [...declared.keys()].some((name) => equalBytes(addressOf(hasher, name), address)),
  }
  api.declareModuleAccount(FEE_COLLECTOR, [])
  return { api, declared }
}

function viewAccount(ctx: ReadContext, address: Uint8Array): AuthAccount | undefined {
  const open = readAccount(ctx, address)
  return open === undefined ? undefined : view(address, open)
}

function newAccount(ctx: WriteContext, address: Uint8Array): AuthAccount {
  const found = readAccount(ctx, address)
  if (found !== undefined) return view(address, found)
  const open = ofBase(freshBase(ctx, address))
  writeAccount(ctx, address, open)
  return view(address, open)
}

function newVestingAccount(
  ctx: WriteContext,
  address: Uint8Array,
  schedule: VestingSchedule,
): AuthAccount {
  if (state.accounts.has(ctx, address))
    throw sdkErrors.invalidRequest(`account ${toBech32(address)} already exists`)
  const base = freshBase(ctx, address)
  const packed = packSchedule(base, schedule)
  const problem = vestingProblem(packed)
  if (problem !== undefined) throw sdkErrors.invalidRequest(problem)
  state.accounts.set(ctx, address, packed)
  state.byNumber.set(ctx, base.accountNumber, address)
  return {
    address,
    pubKey: undefined,
    accountNumber: base.accountNumber,
    sequence: 0n,
    typeUrl: packed.typeUrl,
  }
}

/** Every transfer asks this of its sender, and nearly all of them are plain: one comparison tells. */
function locked(ctx: ReadContext, address: Uint8Array, denom: string): bigint {
  const packed = state.accounts.get(ctx, address)
  if (packed === undefined || packed.typeUrl === BaseAccount.typeUrl) return 0n
  const open = openVesting(packed)
  if (open === undefined) return 0n
  return lockedOf(open.vesting(ctx.time, denom), amountOf(open.base.delegatedVesting, denom))
}

function trackDelegation(
  ctx: WriteContext,
  address: Uint8Array,
  balance: Coin,
  amount: Coin,
): void {
  track(ctx, address, (open) =>
    delegated(open.base, open.vesting(ctx.time, amount.denom), balance, amount),
  )
}

function trackUndelegation(ctx: WriteContext, address: Uint8Array, amount: Coin): void {
  track(ctx, address, (open) => undelegated(open.base, amount))
}

function track(
  ctx: WriteContext,
  address: Uint8Array,
  change: (open: OpenVesting) => BaseVestingAccount,
): void {
  const packed = state.accounts.get(ctx, address)
  const open = packed === undefined ? undefined : openVesting(packed)
  if (open === undefined) return
  open.base = change(open)
  state.accounts.set(ctx, address, open.pack())
}

function freshBase(ctx: WriteContext, address: Uint8Array): OpenAccount['base'] {
  return {
    address: toBech32(address),
    pubKey: undefined,
    accountNumber: takeNumber(ctx),
    sequence: 0n,
  }
}

function mustRead(ctx: ReadContext, address: Uint8Array): OpenAccount {
  const open = readAccount(ctx, address)
  if (open === undefined) {
    const text = address.length === 0 ? toHex(address) : toBech32(address)
    throw sdkErrors.unknownAddress(`account ${text} does not exist`)
  }
  return open
}

function view(address: Uint8Array, open: OpenAccount): AuthAccount {
  const { pubKey, accountNumber, sequence } = open.base
  return { address, pubKey, accountNumber, sequence, typeUrl: open.typeUrl }
}
