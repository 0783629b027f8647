import type { ReadContext } from '../../modules/kit/context.ts'
import type { Module } from '../../modules/kit/module.ts'

/** The first invariant that does not hold, as `module/name: what is wrong`; undefined when all hold. */
export function invariantBroken(modules: readonly Module[], ctx: ReadContext): string | undefined {
  for (const module of modules) {
    for (const law of module.invariants) {
      const broken = law.check(ctx)
      if (broken !== undefined) return `${module.name}/${law.name}: ${broken}`
    }
  }
  return undefined
}
