import {
  MsgSubmitEvidence,
  MsgSubmitEvidenceResponse,
} from '../../../proto/gen/cosmos/evidence/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { evidenceProblem, hashOf, openEvidence } from '../equivocation.ts'
import { evidenceErrors } from '../errors.ts'
import { state } from '../state.ts'

/**
 * Evidence by transaction. As in the SDK without handlers, there is none that takes an Equivocation: double signing is
 * proven to the engine (`/broadcast_evidence`), which checks the signatures. So this always refuses, and says why.
 */
export const submitEvidenceMessage: MessageDef<MsgSubmitEvidence, MsgSubmitEvidenceResponse> =
  defineMessage({
    codec: MsgSubmitEvidence,
    response: MsgSubmitEvidenceResponse,
    signers: ({ submitter }) => [submitter],
    describe: ({ submitter }) => `${submitter} submits evidence of a fault`,
    validate({ submitter, evidence }) {
      fieldAddress(submitter, 'submitter')
      const problem = evidenceProblem(openEvidence(evidence))
      if (problem !== undefined) throw evidenceErrors.invalid(`failed basic validation: ${problem}`)
    },
    handle(ctx, { evidence }) {
      const hash = hashOf(ctx.hasher, openEvidence(evidence))
      if (state.evidence.has(ctx, hash)) throw evidenceErrors.exists(toHex(hash).toUpperCase())
      throw evidenceErrors.noHandler('equivocation')
    },
  })
