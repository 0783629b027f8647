import type { AnyValue } from '../../proto/codec.ts'
import { BaseAccount, ModuleAccount } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import type { BaseVestingAccount } from '../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import { codecFor } from '../../proto/registry.ts'

/** A stored account with its base part at hand: change `base`, then `pack`. */
export interface OpenAccount {
  readonly typeUrl: string
  base: BaseAccount
  /** The account with the present `base`, as it is stored. */
  pack(): AnyValue
}

/** Where account types keep their base account: directly, or inside a vesting account. */
interface Holder {
  baseAccount?: BaseAccount | undefined
  baseVestingAccount?: BaseVestingAccount | undefined
}

let last: { readonly packed: AnyValue; readonly base: BaseAccount } | undefined

/**
 * Opens an account of any type the schema has: BaseAccount itself, or a message that holds one (module accounts, and
 * vesting accounts at either depth). Undefined for anything else.
 */
export function openAccount(packed: AnyValue): OpenAccount | undefined {
  if (packed.typeUrl === BaseAccount.typeUrl) {
    // A transaction reads its signer's account three times in a row, and the store gives the same object then.
    if (last?.packed !== packed) last = { packed, base: BaseAccount.decode(packed.value) }
    return ofBase(last.base)
  }
  const codec = codecFor(packed.typeUrl)
  if (codec === undefined) return undefined
  const message = codec.decode(packed.value) as Holder
  const inner = message.baseVestingAccount ?? message
  if (inner.baseAccount === undefined) return undefined
  const open: OpenAccount = {
    typeUrl: packed.typeUrl,
    base: inner.baseAccount,
    pack() {
      inner.baseAccount = open.base
      return { typeUrl: packed.typeUrl, value: codec.encode(message) }
    },
  }
  return open
}

/** An open BaseAccount. */
export function ofBase(base: BaseAccount): OpenAccount {
  const open: OpenAccount = {
    typeUrl: BaseAccount.typeUrl,
    base,
    pack: () => ({ typeUrl: BaseAccount.typeUrl, value: BaseAccount.encode(open.base) }),
  }
  return open
}

/** An open ModuleAccount. */
export function ofModule(
  base: BaseAccount,
  name: string,
  permissions: readonly string[],
): OpenAccount {
  const open: OpenAccount = {
    typeUrl: ModuleAccount.typeUrl,
    base,
    pack: () => ({
      typeUrl: ModuleAccount.typeUrl,
      value: ModuleAccount.encode({ baseAccount: open.base, name, permissions: [...permissions] }),
    }),
  }
  return open
}
