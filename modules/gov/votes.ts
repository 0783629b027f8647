import type { WeightedVoteOption } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { fieldAddress, toBech32 } from '../kit/address.ts'
import type { WriteContext } from '../kit/context.ts'
import { DEC_ONE } from '../kit/dec.ts'
import { sdkErrors } from '../kit/errors.ts'
import { govErrors } from './errors.ts'
import { voted } from './events.ts'
import { checkMetadata } from './metadata.ts'
import { isOption, readDec, type Weighted, weightProblem } from './rules.ts'
import { state } from './state.ts'

/** Weight of a vote for one option only, as the SDK writes it. */
export const WHOLE = '1.000000000000000000'

/** A vote as it is cast. */
export interface CastVote {
  readonly proposalId: bigint
  readonly voter: string
  readonly options: readonly WeightedVoteOption[]
  readonly metadata: string
}

/** Throws gov 7 when it is none of the four options. */
export function checkOption(option: number): void {
  if (!isOption(option)) throw govErrors.invalidVote(option.toString())
}

/** Stateless checks of a weighted vote. Throws sdk 18 without options, gov 7 for the rest. */
export function checkOptions(options: readonly WeightedVoteOption[]): void {
  if (options.length === 0) throw sdkErrors.invalidRequest('[]')
  const read: Weighted[] = []
  for (const { option, weight } of options) {
    const value = readDec(weight)
    if (value === undefined || value <= 0n || value > DEC_ONE || !isOption(option))
      throw govErrors.invalidVote(`option:${option} weight:"${weight}"`)
    if (read.some((before) => before.option === option))
      throw govErrors.invalidVote('duplicated vote option')
    read.push({ option, weight: value })
  }
  const problem = weightProblem(read)
  if (problem !== undefined) throw govErrors.invalidVote(problem)
}

/** Writes a checked vote in place of an earlier one of the same account. Throws gov 3 when nothing is voted on there. */
export function castVote(ctx: WriteContext, cast: CastVote): void {
  const voter = fieldAddress(cast.voter, 'voter')
  const { proposalId } = cast
  if (!state.voting.has(ctx, proposalId)) throw govErrors.inactive(proposalId.toString())
  checkMetadata(cast.metadata)
  const address = toBech32(voter)
  state.votes.set(ctx, [proposalId, voter], {
    proposalId,
    voter: address,
    options: cast.options.map(({ option, weight }) => ({ option, weight })),
    metadata: cast.metadata,
  })
  ctx.emit(voted(proposalId, address, cast.options))
}
