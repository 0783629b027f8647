import { MsgVote, MsgVoteResponse } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { optionName } from '../names.ts'
import { castVote, checkOption, WHOLE } from '../votes.ts'

/** Votes for one option; a later vote replaces it. */
export const vote = defineMessage({
  codec: MsgVote,
  response: MsgVoteResponse,
  signers: (message) => [message.voter],
  describe: ({ voter, proposalId, option }) =>
    `${voter} votes ${optionName(option)} on proposal ${proposalId}`,
  validate(message) {
    fieldAddress(message.voter, 'voter')
    checkOption(message.option)
  },
  handle(ctx, { proposalId, voter, option, metadata }) {
    castVote(ctx, { proposalId, voter, options: [{ option, weight: WHOLE }], metadata })
    return {}
  },
})
