import type { ModuleEvent } from '../kit/context.ts'

/** The params were replaced; `parameters` are proto JSON. */
export const updated = (authority: string, parameters: string): ModuleEvent => ({
  type: 'update_consensus_params',
  attributes: [
    ['authority', authority],
    ['parameters', parameters],
  ],
})
