import type { JsonValue } from '../../proto/codec.ts'
import { ModuleAccount } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import { GenesisState } from '../../proto/gen/cosmos/auth/v1beta1/genesis.ts'
import { PubKey as Ed25519PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { PubKey as Secp256k1PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { fromBech32, moduleAddress, secp256k1Address } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { BlockContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import type { GenesisDef } from '../kit/module.ts'
import { type OpenAccount, openAccount } from './account.ts'
import { FEE_COLLECTOR } from './accounts.ts'
import type { AuthApi } from './api.ts'
import { authErrors } from './errors.ts'
import { defaultParams, validateParams } from './params.ts'
import { renumber } from './rules.ts'
import { state, takeNumber, writeAccount } from './state.ts'
import { vestingProblem } from './vesting-check.ts'

/** Genesis of auth: proto JSON of `cosmos.auth.v1beta1.GenesisState`. */
export function authGenesis(api: AuthApi): GenesisDef {
  return {
    defaults: () => GenesisState.toJson({ params: defaultParams(), accounts: [] }),
    validate(json) {
      const genesis = GenesisState.fromJson(json)
      validateParams(genesis.params)
      openAll(genesis)
    },
    init(ctx, json) {
      const genesis = GenesisState.fromJson(json)
      state.params.set(ctx, genesis.params)
      initAccounts(ctx, openAll(genesis))
      api.ensureModuleAccount(ctx, FEE_COLLECTOR)
      return undefined
    },
    export(ctx): JsonValue {
      const accounts = [...state.accounts.entries(ctx)].map(([, packed]) => packed)
      return GenesisState.toJson({ params: api.params(ctx), accounts })
    },
  }
}

/** Opens every account; addresses must be well formed and appear once. Throws auth 2 with the index. */
function openAll(genesis: GenesisState): OpenAccount[] {
  const seen = new Set<string>()
  return genesis.accounts.map((packed, i) => {
    const open = openAccount(packed)
    if (open === undefined)
      throw authErrors.genesisAccount(`accounts[${i}]: ${packed.typeUrl} is no account type`)
    const { address } = open.base
    fromBech32(address)
    const problem = vestingProblem(packed)
    if (problem !== undefined)
      throw authErrors.genesisAccount(`accounts[${i}]: ${address}: ${problem}`)
    if (seen.has(address))
      throw authErrors.genesisAccount(`accounts[${i}]: ${address} appears twice`)
    seen.add(address)
    return open
  })
}

function initAccounts(ctx: BlockContext, accounts: readonly OpenAccount[]): void {
  const numbers = renumber(accounts.map((open) => open.base.accountNumber))
  accounts.forEach((open, i) => {
    open.base = { ...open.base, accountNumber: numbers[i] as bigint }
  })
  const ordered = [...accounts].sort((a, b) =>
    a.base.accountNumber < b.base.accountNumber ? -1 : 1,
  )
  for (const open of ordered) {
    const address = fromBech32(open.base.address)
    checkAddress(ctx.hasher, address, open)
    writeAccount(ctx, address, open)
  }
  const last = ordered.at(-1)
  if (last !== undefined) state.nextNumber.set(ctx, last.base.accountNumber)
  if (last !== undefined) takeNumber(ctx)
}

/** A key or a module name must derive the address it stands beside. Throws auth 2. */
function checkAddress(hasher: Hasher, address: Uint8Array, open: OpenAccount): void {
  const derived = derivedAddress(hasher, open)
  if (derived !== undefined && !equalBytes(derived, address)) {
    throw authErrors.genesisAccount(
      `${open.base.address}: key or module name belong to another address`,
    )
  }
}

function derivedAddress(hasher: Hasher, open: OpenAccount): Uint8Array | undefined {
  if (open.typeUrl === ModuleAccount.typeUrl) {
    return moduleAddress(hasher, ModuleAccount.decode(open.pack().value).name)
  }
  const key = open.base.pubKey
  if (key?.typeUrl === Secp256k1PubKey.typeUrl)
    return secp256k1Address(hasher, Secp256k1PubKey.decode(key.value).key)
  if (key?.typeUrl === Ed25519PubKey.typeUrl)
    return hasher.sha256(Ed25519PubKey.decode(key.value).key).slice(0, 20)
  return undefined
}
