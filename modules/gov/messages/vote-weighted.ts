import { MsgVoteWeighted, MsgVoteWeightedResponse } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { optionNames } from '../names.ts'
import { castVote, checkOptions } from '../votes.ts'

/** Splits a vote; the parts must make one. */
export const voteWeighted = defineMessage({
  codec: MsgVoteWeighted,
  response: MsgVoteWeightedResponse,
  signers: (message) => [message.voter],
  describe: ({ voter, proposalId, options }) =>
    `${voter} splits a vote on proposal ${proposalId}: ${optionNames(options)}`,
  validate(message) {
    fieldAddress(message.voter, 'voter')
    checkOptions(message.options)
  },
  handle(ctx, message) {
    castVote(ctx, message)
    return {}
  },
})
