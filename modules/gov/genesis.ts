import { GenesisState } from '../../proto/gen/cosmos/gov/v1/genesis.ts'
import { type Params, ProposalStatus } from '../../proto/gen/cosmos/gov/v1/gov.ts'
// Proposals carry packed messages, whose JSON needs the types of all modules.
import '../../proto/registry.ts'
import { fromBech32 } from '../kit/address.ts'
import { GOV_ACCOUNT } from '../kit/authority.ts'
import { type ChainError, InvariantError } from '../kit/errors.ts'
import type { GenesisDef } from '../kit/module.ts'
import { govErrors } from './errors.ts'
import { depositsProblem } from './invariants.ts'
import type { GovNeeds } from './needs.ts'
import { checkParams, defaultParams, readParams } from './params.ts'
import { storedCoins } from './rules.ts'
import { state, writeProposal } from './state.ts'
import { checkOptions } from './votes.ts'

const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus

/** Genesis of governance: proto JSON of `cosmos.gov.v1.GenesisState`; queues follow from the proposals. */
export function genesis(needs: GovNeeds): GenesisDef {
  return {
    defaults: () =>
      GenesisState.toJson(GenesisState.create({ startingProposalId: 1n, params: defaultParams() })),
    validate: (json) => void check(GenesisState.fromJson(json)),
    init(ctx, json) {
      const found = GenesisState.fromJson(json)
      state.params.set(ctx, check(found))
      state.nextId.set(ctx, found.startingProposalId)
      if (found.constitution !== '') state.constitution.set(ctx, found.constitution)
      needs.auth.ensureModuleAccount(ctx, GOV_ACCOUNT)
      for (const deposit of found.deposits)
        state.deposits.set(ctx, [deposit.proposalId, fromBech32(deposit.depositor)], deposit)
      for (const vote of found.votes)
        state.votes.set(ctx, [vote.proposalId, fromBech32(vote.voter)], vote)
      for (const proposal of found.proposals) {
        const { id, status, depositEndTime, votingEndTime } = proposal
        if (status === PROPOSAL_STATUS_DEPOSIT_PERIOD && depositEndTime !== undefined)
          state.inactive.set(ctx, [depositEndTime, id], id)
        if (status === PROPOSAL_STATUS_VOTING_PERIOD && votingEndTime !== undefined)
          state.active.set(ctx, [votingEndTime, id], id)
        writeProposal(ctx, proposal)
      }
      const problem = depositsProblem(needs, ctx)
      if (problem !== undefined) throw bad(problem)
      return undefined
    },
    export(ctx) {
      const next = state.nextId.get(ctx)
      if (next === undefined) throw new InvariantError('gov: no next proposal id')
      return GenesisState.toJson(
        GenesisState.create({
          startingProposalId: next,
          deposits: [...state.deposits.values(ctx)],
          votes: [...state.votes.values(ctx)],
          proposals: [...state.proposals.values(ctx)],
          params: readParams(ctx),
          constitution: state.constitution.get(ctx) ?? '',
        }),
      )
    },
  }
}

function bad(why: string): ChainError {
  return govErrors.genesis(why)
}

/** Checks the whole and returns the params. Throws gov 8 naming the entry, sdk 18 for params. */
function check(found: GenesisState): Params {
  if (found.startingProposalId === 0n) throw bad('starting proposal id must be greater than 0')
  const ids = new Set<bigint>()
  for (const { id, status, depositEndTime, votingStartTime, votingEndTime } of found.proposals) {
    if (ids.has(id)) throw bad(`duplicate proposal id: ${id}`)
    if (id === 0n || id >= found.startingProposalId)
      throw bad(`proposal id ${id} is not below the starting proposal id`)
    if (depositEndTime === undefined) throw bad(`proposal ${id} has no deposit_end_time`)
    if (
      status === PROPOSAL_STATUS_VOTING_PERIOD &&
      (votingStartTime === undefined || votingEndTime === undefined)
    )
      throw bad(`proposal ${id} is voted on without voting_start_time or voting_end_time`)
    ids.add(id)
  }
  const seen = new Set<string>()
  const once = (kind: string, id: bigint, address: string): void => {
    if (!ids.has(id)) throw bad(`${kind} of ${address} has non-existent proposal id: ${id}`)
    const key = `${kind} ${id} ${address}`
    if (seen.has(key)) throw bad(`duplicate ${key}`)
    seen.add(key)
    fromBech32(address)
  }
  for (const { proposalId, depositor, amount } of found.deposits) {
    once('deposit', proposalId, depositor)
    storedCoins(amount)
  }
  for (const { proposalId, voter, options } of found.votes) {
    once('vote', proposalId, voter)
    checkOptions(options)
  }
  if (found.params === undefined) throw bad('params are missing')
  checkParams(found.params)
  return found.params
}
