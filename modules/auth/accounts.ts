import { moduleAddress, toBech32 } from '../kit/address.ts'
import { equalBytes, toHex } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { sdkErrors } from '../kit/errors.ts'
import { type OpenAccount, ofBase, ofModule } from './account.ts'
import type { AuthAccount, AuthApi, Permission } from './api.ts'
import { defaultParams } from './params.ts'
import { readAccount, state, takeNumber, writeAccount } from './state.ts'

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
    locked: () => 0n,
    trackDelegation: () => undefined,
    trackUndelegation: () => undefined,
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
