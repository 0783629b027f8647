import {
  MsgSubmitProposal,
  MsgSubmitProposalResponse,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { describeCoins, parseCoins } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { govErrors } from '../errors.ts'
import { checkTexts } from '../metadata.ts'
import type { GovNeeds } from '../needs.ts'
import { submit } from '../submit.ts'

/** Stateless checks of a proposal, which those of v1beta1 share. */
export function checkProposal(message: MsgSubmitProposal): void {
  fieldAddress(message.proposer, 'proposer')
  if (message.messages.length === 0 && message.metadata === '')
    throw govErrors.noMessages('either metadata or Msgs length must be non-nil')
  checkTexts(message)
  parseCoins(message.initialDeposit)
}

/** Enters a proposal: messages that governance would sign, or words alone. */
export function submitProposal(
  needs: GovNeeds,
): MessageDef<MsgSubmitProposal, MsgSubmitProposalResponse> {
  return defineMessage({
    codec: MsgSubmitProposal,
    response: MsgSubmitProposalResponse,
    signers: (message) => [message.proposer],
    describe: ({ proposer, title, initialDeposit, expedited }) =>
      `${proposer} proposes "${title}"${expedited ? ' in haste' : ''} with a deposit of ${describeCoins(initialDeposit)}`,
    validate: checkProposal,
    handle: (ctx, message) => ({ proposalId: submit(needs, ctx, message) }),
  })
}
