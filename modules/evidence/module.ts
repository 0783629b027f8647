import { defineModule, type Module } from '../kit/module.ts'
import type { EvidenceApi } from './api.ts'
import { beginBlock } from './blocks.ts'
import { openEvidence } from './equivocation.ts'
import { genesis } from './genesis.ts'
import { evidenceInvariants } from './invariants.ts'
import { submitEvidenceMessage } from './messages/submit-evidence.ts'
import type { EvidenceNeeds } from './needs.ts'
import { allEvidence, evidence } from './queries/evidence.ts'
import { state } from './state.ts'

/** What the engine proved against validators, and what they lose by it. Needs staking, slashing and the age limits. */
export function evidenceModule(needs: EvidenceNeeds): Module<EvidenceApi> {
  return defineModule<EvidenceApi>({
    name: 'evidence',
    store: 'evidence',
    api: {
      evidence(ctx, hash) {
        const packed = state.evidence.get(ctx, hash)
        return packed === undefined ? undefined : openEvidence(packed)
      },
    },
    messages: [submitEvidenceMessage],
    queries: [evidence, allEvidence],
    genesis,
    invariants: evidenceInvariants(needs),
    beginBlock: beginBlock(needs),
  })
}
