import { fromBech32, PREFIX } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { hashOf, openEvidence } from './equivocation.ts'
import type { EvidenceNeeds } from './needs.ts'
import { state } from './state.ts'

/** Laws of evidence: each is kept under its own hash, and whoever it names is barred for good. */
export function evidenceInvariants({ slashing }: EvidenceNeeds): readonly Invariant[] {
  const check = (ctx: ReadContext): string | undefined => {
    for (const [hash, packed] of state.evidence.entries(ctx)) {
      const evidence = openEvidence(packed)
      const name = evidence.consensusAddress
      if (!equalBytes(hash, hashOf(ctx.hasher, evidence)))
        return `evidence against ${name} is kept under another hash`
      if (!slashing.isTombstoned(ctx, fromBech32(name, PREFIX.consensus)))
        return `${name} signed twice and is not tombstoned`
    }
    return undefined
  }
  return [{ name: 'tombstoned', check }]
}
