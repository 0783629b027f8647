import type { BlockContext, ReadContext } from '../../modules/kit/context.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import type { Module, PowerUpdate } from '../../modules/kit/module.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { toBase64 } from './base64.ts'

/** Genesis of all modules, in the order of the list. Throws ChainError naming module and entry. */
export function initGenesis(
  modules: readonly Module[],
  ctx: BlockContext,
  state: { readonly [module: string]: JsonValue },
): readonly PowerUpdate[] {
  const updates: PowerUpdate[] = []
  for (const module of modules) {
    const json = state[module.name] ?? module.genesis.defaults()
    within(module, () => module.genesis.validate(json))
    const changed = within(module, () => module.genesis.init(ctx, json))
    if (changed !== undefined) updates.push(...changed)
  }
  if (updates.length === 0)
    throw new ChainError('genesis', 2, 'the genesis state names no bonded validator')
  return updates
}

/**
 * Throws when the validators the document lists (none: left to the state) are not those of the genesis state, as the SDK
 * does: consensus would start with other powers than an operator reads in the document.
 */
export function requireSameValidators(
  listed: readonly PowerUpdate[],
  bonded: readonly PowerUpdate[],
): void {
  if (listed.length === 0) return
  const [document, state] = [sorted(listed), sorted(bonded)]
  const length = Math.max(document.length, state.length)
  for (let i = 0; i < length; i++) {
    if (document[i] === state[i]) continue
    throw new ChainError(
      'genesis',
      2,
      `validators lists ${document[i] ?? 'nobody else'}, app_state.staking has ${state[i] ?? 'nobody else'}`,
    )
  }
}

function sorted(validators: readonly PowerUpdate[]): string[] {
  const lines = validators.map(({ pubKey, power }) => `${toBase64(pubKey)} with power ${power}`)
  return lines.sort((a, b) => (a < b ? -1 : 1))
}

/** Stateless checks of every module's part of `app_state`. Throws ChainError naming the module. */
export function validateGenesis(
  modules: readonly Module[],
  state: { readonly [module: string]: JsonValue },
): void {
  for (const name of Object.keys(state)) {
    // Parts of modules this chain does not have yet are refused: silently dropping someone's balances is worse.
    if (!modules.some((module) => module.name === name)) {
      throw new ChainError('genesis', 2, `app_state.${name}: there is no module of that name`)
    }
  }
  for (const module of modules) {
    const json = state[module.name]
    if (json !== undefined) within(module, () => module.genesis.validate(json))
  }
}

/** The state of all modules as `app_state`. */
export function exportGenesis(
  modules: readonly Module[],
  ctx: ReadContext,
): { readonly [module: string]: JsonValue } {
  return Object.fromEntries(modules.map((module) => [module.name, module.genesis.export(ctx)]))
}

function within<T>(module: Module, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ChainError) {
      throw new ChainError(
        error.codespace,
        error.code,
        `app_state.${module.name}: ${error.message}`,
      )
    }
    if (error instanceof Error && error.name === 'CodecError') {
      throw new ChainError('genesis', 2, `app_state.${module.name}: ${error.message}`)
    }
    throw error
  }
}
