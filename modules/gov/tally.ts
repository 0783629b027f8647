import type { Params, Proposal, TallyResult } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { BondStatus } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { ReadContext } from '../kit/context.ts'
import { decRaw } from '../kit/dec.ts'
import type { GovNeeds } from './needs.ts'
import { readParams } from './params.ts'
import {
  type Ballot,
  type Bars,
  count,
  readOptions,
  storedDec,
  tallyResult,
  type VotingValidator,
  verdict,
} from './rules.ts'
import { votesOf } from './state.ts'

/** What a vote comes to now. */
export interface Tally {
  readonly passes: boolean
  /** Whether the deposits are lost. */
  readonly burns: boolean
  readonly result: TallyResult
}

/**
 * Counts the votes on a proposal by the tokens behind them: tokens of bonded validators, never their effective power. Writes
 * nothing, so that a query may ask in the midst of a vote.
 */
export function tally(needs: GovNeeds, ctx: ReadContext, proposal: Proposal): Tally {
  const ballots = votesOf(ctx, proposal.id).map(
    ({ voter, vote }): Ballot => ({
      operator: toBech32(voter, PREFIX.validator),
      options: readOptions(vote.options),
      delegations: needs.staking.delegationsOf(ctx, voter).map((delegation) => ({
        operator: delegation.validatorAddress,
        shares: decRaw(BigInt(delegation.shares)),
      })),
    }),
  )
  const counted = count(votingValidators(needs, ctx), ballots)
  const bars = barsOf(readParams(ctx), proposal.expedited)
  const { passes, burns } = verdict(counted, needs.staking.bondedTokens(ctx), bars)
  return { passes, burns, result: tallyResult(counted) }
}

/** Bonded validators that are not jailed: the power index of the SDK holds no others. */
function votingValidators(needs: GovNeeds, ctx: ReadContext): VotingValidator[] {
  return needs.staking.bondedValidators(ctx).flatMap(({ operator }) => {
    const found = needs.staking.validator(ctx, operator)
    if (found?.status !== BondStatus.BOND_STATUS_BONDED || found.jailed) return []
    return [
      {
        operator: found.operatorAddress,
        tokens: BigInt(found.tokens),
        shares: decRaw(BigInt(found.delegatorShares)),
      },
    ]
  })
}

function barsOf(params: Params, expedited: boolean): Bars {
  return {
    quorum: storedDec(params.quorum),
    threshold: storedDec(expedited ? params.expeditedThreshold : params.threshold),
    veto: storedDec(params.vetoThreshold),
    burnQuorum: params.burnVoteQuorum,
    burnVeto: params.burnVoteVeto,
  }
}
