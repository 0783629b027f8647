import {
  MsgExecLegacyContent,
  MsgSubmitProposal as Submit,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import {
  MsgDeposit,
  MsgDepositResponse,
  MsgSubmitProposal,
  MsgSubmitProposalResponse,
  MsgVote,
  MsgVoteResponse,
  MsgVoteWeighted,
  MsgVoteWeightedResponse,
} from '../../../proto/gen/cosmos/gov/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { GOV_ACCOUNT, govAuthority } from '../../kit/authority.ts'
import { describeCoins, parseCoins } from '../../kit/coin.ts'
import { decRaw, formatDec } from '../../kit/dec.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { readContent } from '../legacy.ts'
import { optionName, optionNames } from '../names.ts'
import type { GovNeeds } from '../needs.ts'
import { submit } from '../submit.ts'
import { castVote, checkOption, checkOptions, WHOLE } from '../votes.ts'
import { checkDeposit, takeDeposit } from './deposit.ts'
import { checkProposal } from './submit-proposal.ts'

/** Enters a content of v1beta1 as a proposal of one MsgExecLegacyContent, as the SDK does. */
export function legacySubmitProposal(
  needs: GovNeeds,
): MessageDef<MsgSubmitProposal, MsgSubmitProposalResponse> {
  return defineMessage({
    codec: MsgSubmitProposal,
    response: MsgSubmitProposalResponse,
    signers: (message) => [message.proposer],
    describe: ({ proposer, content, initialDeposit }) =>
      `${proposer} proposes ${content?.typeUrl ?? 'nothing'} with a deposit of ${describeCoins(initialDeposit)}`,
    validate(message) {
      fieldAddress(message.proposer, 'proposer')
      readContent(message.content, GOV_ACCOUNT)
      parseCoins(message.initialDeposit)
    },
    handle(ctx, { content, proposer, initialDeposit }) {
      const authority = govAuthority(ctx)
      const { title, description } = readContent(content, authority)
      const value = MsgExecLegacyContent.encode({ content, authority })
      const message = Submit.create({
        messages: [{ typeUrl: MsgExecLegacyContent.typeUrl, value }],
        initialDeposit,
        proposer,
        title,
        summary: description,
      })
      checkProposal(message)
      return { proposalId: submit(needs, ctx, message) }
    },
  })
}

/** A vote of v1beta1. */
export const legacyVote = defineMessage({
  codec: MsgVote,
  response: MsgVoteResponse,
  signers: (message) => [message.voter],
  describe: ({ voter, proposalId, option }) =>
    `${voter} votes ${optionName(option)} on proposal ${proposalId}`,
  validate(message) {
    fieldAddress(message.voter, 'voter')
    checkOption(message.option)
  },
  handle(ctx, { proposalId, voter, option }) {
    castVote(ctx, { proposalId, voter, options: [{ option, weight: WHOLE }], metadata: '' })
    return {}
  },
})

/** A split vote of v1beta1, whose weights are digits without a point. */
export const legacyVoteWeighted = defineMessage({
  codec: MsgVoteWeighted,
  response: MsgVoteWeightedResponse,
  signers: (message) => [message.voter],
  describe: ({ voter, proposalId, options }) =>
    `${voter} splits a vote on proposal ${proposalId}: ${optionNames(pointed(options))}`,
  validate(message) {
    fieldAddress(message.voter, 'voter')
    checkOptions(pointed(message.options))
  },
  handle(ctx, { proposalId, voter, options }) {
    castVote(ctx, { proposalId, voter, options: pointed(options), metadata: '' })
    return {}
  },
})

function pointed(options: MsgVoteWeighted['options']): MsgVoteWeighted['options'] {
  return options.map(({ option, weight }) => ({
    option,
    // Other text stays as it is, and is refused as no weight.
    weight: /^[0-9]{1,30}$/.test(weight) ? formatDec(decRaw(BigInt(weight))) : `"${weight}"`,
  }))
}

/** A deposit of v1beta1. */
export function legacyDeposit(needs: GovNeeds): MessageDef<MsgDeposit, MsgDepositResponse> {
  return defineMessage({
    codec: MsgDeposit,
    response: MsgDepositResponse,
    signers: (message) => [message.depositor],
    describe: ({ depositor, amount, proposalId }) =>
      `${depositor} deposits ${describeCoins(amount)} on proposal ${proposalId}`,
    validate: checkDeposit,
    handle(ctx, message) {
      takeDeposit(needs, ctx, message)
      return {}
    },
  })
}
