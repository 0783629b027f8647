import type { ModuleEvent } from '../../modules/kit/context.ts'
import type { Module, PowerUpdate } from '../../modules/kit/module.ts'
import type { AbciEvent } from '../abci/application.ts'
import { type BlockFacts, blockContext, type HeightInfo, type Layer } from './context.ts'
import { attempt } from './inner.ts'
import { abciEvents } from './results.ts'
import type { Router } from './router.ts'

/** The block that a phase belongs to. */
export interface PhaseBlock {
  readonly info: HeightInfo
  readonly layer: Layer
  readonly facts: BlockFacts
  readonly router: Router
}

/** Runs the begin or the end of a block in every module, in the order given. */
export function runPhase(
  modules: readonly Module[],
  phase: 'beginBlock' | 'endBlock',
  { info, layer, facts, router }: PhaseBlock,
): { readonly events: AbciEvent[]; readonly updates: PowerUpdate[] } {
  const events: ModuleEvent[] = []
  const updates: PowerUpdate[] = []
  const ctx = blockContext(info, layer, events, facts, (messages) =>
    attempt(router, info, layer, events, messages),
  )
  for (const module of modules) {
    const changed = phase === 'beginBlock' ? module.beginBlock?.(ctx) : module.endBlock?.(ctx)
    if (changed) updates.push(...changed)
  }
  return {
    events: abciEvents(events, ['mode', phase === 'beginBlock' ? 'BeginBlock' : 'EndBlock']),
    updates,
  }
}
