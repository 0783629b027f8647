import type { JsonValue } from '../../proto/codec.ts'
import { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import type { GenesisDef } from '../kit/module.ts'
import { type Program, writeVersions } from './blocks.ts'
import { upgradeErrors } from './errors.ts'
import { normalPlan, validatePlan } from './rules.ts'
import { state, writeDone } from './state.ts'

interface Content {
  readonly plan: Plan | undefined
  readonly done: readonly { readonly name: string; readonly height: bigint }[]
}

/**
 * Genesis of upgrade: `{}` as in the SDK when there is nothing to tell; a plan and what was done are kept, which the SDK
 * forgets. Versions of modules are those of the program that imports.
 */
export function makeGenesis(program: Pick<Program, 'versions'>): GenesisDef {
  return {
    defaults: () => ({}),
    validate: (json) => {
      read(json)
    },
    init(ctx, json) {
      const { plan, done } = read(json)
      if (plan !== undefined) state.plan.set(ctx, normalPlan(plan))
      for (const { name, height } of done) writeDone(ctx, height, name)
      if (done.length > 0) state.protocolVersion.set(ctx, BigInt(done.length))
      writeVersions(ctx, program.versions())
      return undefined
    },
    export(ctx) {
      const plan = state.plan.get(ctx)
      const done = [...state.done.entries(ctx)].map(([[height, name]]) => ({
        name,
        height: `${height}`,
      }))
      return {
        ...(plan === undefined ? {} : { plan: Plan.toJson(plan) }),
        ...(done.length === 0 ? {} : { done }),
      }
    },
  }
}

function read(json: JsonValue): Content {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw upgradeErrors.genesis('an object is needed')
  const { plan: planJson, done = [], ...rest } = json as { readonly [name: string]: JsonValue }
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw upgradeErrors.genesis(`${unknown} is not known`)
  const plan = planJson === undefined ? undefined : Plan.fromJson(planJson)
  if (plan !== undefined) validatePlan(plan)
  if (!Array.isArray(done)) throw upgradeErrors.genesis('done: a list is needed')
  const entries = done.map(readDone)
  const names = new Set(entries.map(({ name }) => name))
  if (names.size !== entries.length) throw upgradeErrors.genesis('done: a name appears twice')
  return { plan, done: entries }
}

function readDone(json: JsonValue, i: number): Content['done'][number] {
  const entry = json as { readonly name?: JsonValue; readonly height?: JsonValue } | null
  const { name, height } = entry ?? {}
  if (typeof name !== 'string' || name === '' || typeof height !== 'string')
    throw upgradeErrors.genesis(`done[${i}]: name and height are needed`)
  if (!/^[1-9]\d{0,18}$/.test(height))
    throw upgradeErrors.genesis(`done[${i}]: "${height}" is no height`)
  return { name, height: BigInt(height) }
}
