import { ProposalStatus } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import {
  MsgCancelProposal,
  MsgCancelProposalResponse,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress, toBech32 } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { blockTime, compareTime } from '../../kit/time.ts'
import { chargeDeposits } from '../deposits.ts'
import { govErrors } from '../errors.ts'
import { canceled } from '../events.ts'
import type { GovNeeds } from '../needs.ts'
import { deleteProposal, deleteVotes, mustProposal } from '../state.ts'

const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus

/** The proposer takes a proposal back before its vote is over, for a part of all deposits. */
export function cancelProposal(
  needs: GovNeeds,
): MessageDef<MsgCancelProposal, MsgCancelProposalResponse> {
  return defineMessage({
    codec: MsgCancelProposal,
    response: MsgCancelProposalResponse,
    signers: (message) => [message.proposer],
    describe: ({ proposer, proposalId }) => `${proposer} takes proposal ${proposalId} back`,
    validate: (message) => void fieldAddress(message.proposer, 'proposer'),
    handle(ctx, { proposalId, proposer }) {
      const sender = toBech32(fieldAddress(proposer, 'proposer'))
      const proposal = mustProposal(ctx, proposalId)
      if (proposal.proposer !== sender)
        throw govErrors.invalidProposer(`invalid proposer ${proposer}`)
      const { status, votingEndTime } = proposal
      if (status !== PROPOSAL_STATUS_DEPOSIT_PERIOD && status !== PROPOSAL_STATUS_VOTING_PERIOD)
        throw govErrors.invalidProposal('proposal should be in the deposit or voting period')
      const time = blockTime(ctx)
      if (votingEndTime !== undefined && compareTime(votingEndTime, time) < 0)
        throw govErrors.votingEnded(
          `voting period is already ended for this proposal ${proposalId}`,
        )
      chargeDeposits(needs, ctx, proposalId)
      deleteVotes(ctx, proposalId)
      deleteProposal(ctx, proposal)
      ctx.emit(canceled(proposalId, sender))
      return { proposalId, canceledTime: { ...time }, canceledHeight: ctx.height }
    },
  })
}
