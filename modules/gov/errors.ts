import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `gov`: the SDK's numbers and texts. */
export const govErrors = defineErrors('gov', {
  inactive: [3, 'inactive proposal'],
  alreadyActive: [4, 'proposal already active'],
  invalidContent: [5, 'invalid proposal content'],
  invalidType: [6, 'invalid proposal type'],
  invalidVote: [7, 'invalid vote option'],
  genesis: [8, 'invalid genesis state'],
  noHandler: [9, 'no handler exists for proposal type'],
  unroutable: [10, 'proposal message not recognized by router'],
  noMessages: [11, 'no messages proposed'],
  invalidMessage: [12, 'invalid proposal message'],
  invalidSigner: [13, 'expected gov account as only signer for proposal message'],
  metadataTooLong: [15, 'metadata too long'],
  depositTooSmall: [16, 'minimum deposit is too small'],
  invalidProposer: [18, 'invalid proposer'],
  votingEnded: [20, 'voting period already ended'],
  invalidProposal: [21, 'invalid proposal'],
  summaryTooLong: [22, 'summary too long'],
  depositDenom: [23, 'invalid deposit denom'],
})
