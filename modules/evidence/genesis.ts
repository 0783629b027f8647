import { GenesisState } from '../../proto/gen/cosmos/evidence/v1beta1/genesis.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import type { GenesisDef } from '../kit/module.ts'
import { evidenceProblem, openEvidence, storeEvidence } from './equivocation.ts'
import { evidenceErrors } from './errors.ts'
import { state } from './state.ts'

/** Genesis of evidence: proto JSON of `cosmos.evidence.v1beta1.GenesisState`. */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson({ evidence: [] }),
  validate: (json) => checkGenesis(GenesisState.fromJson(json)),
  init(ctx, json) {
    for (const packed of GenesisState.fromJson(json).evidence)
      storeEvidence(ctx, openEvidence(packed))
    return undefined
  },
  export: (ctx) => GenesisState.toJson({ evidence: [...state.evidence.values(ctx)] }),
}

/** Throws evidence 3 for what is no evidence, 100 for a fault that is listed twice, sdk 7 for an address. */
function checkGenesis({ evidence }: GenesisState): void {
  const seen = new Set<string>()
  for (const packed of evidence) {
    const open = openEvidence(packed)
    const problem = evidenceProblem(open)
    if (problem !== undefined) throw evidenceErrors.invalid(problem)
    fromBech32(open.consensusAddress, PREFIX.consensus)
    if (seen.has(open.consensusAddress))
      throw evidenceErrors.genesis(`two faults of ${open.consensusAddress}: the first bars it`)
    seen.add(open.consensusAddress)
  }
}
