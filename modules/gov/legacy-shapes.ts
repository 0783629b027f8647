import type { Params, Proposal, TallyResult, Vote } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { MsgExecLegacyContent } from '../../proto/gen/cosmos/gov/v1/tx.ts'
import {
  DepositParams,
  Proposal as LegacyProposal,
  type TallyResult as LegacyTally,
  type Vote as LegacyVote,
  type TallyParams,
  VotingParams,
} from '../../proto/gen/cosmos/gov/v1beta1/gov.ts'
import type { QueryParamsResponse } from '../../proto/gen/cosmos/gov/v1beta1/query.ts'
import type { Duration } from '../../proto/gen/google/protobuf/duration.ts'
import type { Timestamp } from '../../proto/gen/google/protobuf/timestamp.ts'
import { utf8Encode } from '../kit/bytes.ts'
import { InvariantError, sdkErrors } from '../kit/errors.ts'
import { emptyTally, storedDec } from './rules.ts'

/** Go's zero time, 0001-01-01T00:00:00Z, which v1beta1 shows where a time is not set. */
const NO_TIME: Timestamp = { seconds: -62_135_596_800n, nanos: 0 }

/** A proposal as v1beta1 shows it: its one message as content, a legacy content itself. Undefined when there is not one. */
export function legacyProposal(proposal: Proposal): LegacyProposal | undefined {
  const [message] = proposal.messages
  if (message === undefined || proposal.messages.length !== 1) return undefined
  const content =
    message.typeUrl === MsgExecLegacyContent.typeUrl
      ? MsgExecLegacyContent.decode(message.value).content
      : message
  return LegacyProposal.create({
    proposalId: proposal.id,
    content,
    status: proposal.status,
    finalTallyResult: legacyTally(proposal.finalTallyResult ?? emptyTally()),
    submitTime: proposal.submitTime ?? NO_TIME,
    depositEndTime: proposal.depositEndTime ?? NO_TIME,
    totalDeposit: proposal.totalDeposit,
    votingStartTime: proposal.votingStartTime ?? NO_TIME,
    votingEndTime: proposal.votingEndTime ?? NO_TIME,
  })
}

/** The same. Throws sdk 29 when the proposal has not exactly one message. */
export function mustBeLegacy(proposal: Proposal): LegacyProposal {
  const found = legacyProposal(proposal)
  if (found !== undefined) return found
  throw sdkErrors.invalidType(
    "can't convert a gov/v1 Proposal to gov/v1beta1 Proposal when amount of proposal messages not exactly one",
  )
}

/** A result as v1beta1 names it. */
export function legacyTally(result: TallyResult): LegacyTally {
  return {
    yes: result.yesCount,
    abstain: result.abstainCount,
    no: result.noCount,
    noWithVeto: result.noWithVetoCount,
  }
}

/** A vote as v1beta1 carries it: weights as digits without a point. */
export function legacyVote(vote: Vote): LegacyVote {
  return {
    proposalId: vote.proposalId,
    voter: vote.voter,
    option: 0,
    options: vote.options.map(({ option, weight }) => ({
      option,
      weight: storedDec(weight).toString(),
    })),
  }
}

/** One group of params; the others as Go writes them when they are not set. Undefined for an unknown group. */
export function legacyParams(params: Params, type: string): QueryParamsResponse | undefined {
  const none: QueryParamsResponse = {
    votingParams: VotingParams.create(),
    depositParams: DepositParams.create(),
    tallyParams: tallyParams('0', '0', '0'),
  }
  switch (type) {
    case 'voting':
      return { ...none, votingParams: { votingPeriod: stated(params.votingPeriod) } }
    case 'deposit':
      return {
        ...none,
        depositParams: {
          minDeposit: params.minDeposit,
          maxDepositPeriod: stated(params.maxDepositPeriod),
        },
      }
    case 'tallying':
      return {
        ...none,
        tallyParams: tallyParams(params.quorum, params.threshold, params.vetoThreshold),
      }
    default:
      return undefined
  }
}

function tallyParams(quorum: string, threshold: string, veto: string): TallyParams {
  const digits = (text: string): Uint8Array => utf8Encode(storedDec(text).toString())
  return { quorum: digits(quorum), threshold: digits(threshold), vetoThreshold: digits(veto) }
}

function stated(period: Duration | undefined): Duration {
  if (period === undefined) throw new InvariantError('gov: params state no period')
  return period
}
