import { duplicateVoteHash } from '../../chain/evidence.ts'
import type { DuplicateVoteEvidence } from '../../chain/types.ts'
import type { EvidenceView } from '../backend.ts'
import { internal } from '../errors.ts'
import { type GivenEvidence, readEvidence } from '../evidence-json.ts'
import { hex } from '../shapes.ts'
import type { Method } from './method.ts'

/** The method that hands in proofs of validators that signed twice. */
export const evidenceMethods: { readonly [name: string]: Method } = {
  broadcast_evidence: {
    params: ['evidence'],
    call(backend, params) {
      const json = params.json('evidence')
      if (json === null) throw internal('no evidence was provided')
      const pieces = refusing('evidence.ValidateBasic failed', () =>
        piecesOf(backend.evidence, readEvidence(json)),
      )
      for (const piece of pieces) submit(backend.evidence, piece)
      return { hash: hex(duplicateVoteHash(pieces[0] as DuplicateVoteEvidence)) }
    },
  },
}

function piecesOf(view: EvidenceView, given: GivenEvidence): readonly DuplicateVoteEvidence[] {
  return given.kind === 'duplicate_vote' ? [given.evidence] : view.ofConflict(given.commit)
}

function submit(view: EvidenceView, piece: DuplicateVoteEvidence): void {
  const taken = refusing('failed to add evidence', () => view.submit(piece))
  const { height } = piece.voteA
  if (taken === 'expired') throw internal(`failed to add evidence: height ${height} is too old`)
  if (taken === 'ahead') throw internal(`failed to add evidence: height ${height} is not reached`)
}

function refusing<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const known =
      error instanceof RangeError || (error instanceof Error && error.name === 'ChainError')
    throw known ? internal(`${what}: ${error.message}`) : error
  }
}
