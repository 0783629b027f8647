import { GOV_ACCOUNT } from '../kit/authority.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { GovApi } from './api.ts'
import { endBlock } from './blocks.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { cancelProposal } from './messages/cancel-proposal.ts'
import { deposit } from './messages/deposit.ts'
import { execLegacyContent } from './messages/exec-legacy-content.ts'
import {
  legacyDeposit,
  legacySubmitProposal,
  legacyVote,
  legacyVoteWeighted,
} from './messages/legacy.ts'
import { submitProposal } from './messages/submit-proposal.ts'
import { updateParams } from './messages/update-params.ts'
import { vote } from './messages/vote.ts'
import { voteWeighted } from './messages/vote-weighted.ts'
import type { GovNeeds } from './needs.ts'
import { readParams } from './params.ts'
import * as legacy from './queries/legacy.ts'
import { constitution, params } from './queries/params.ts'
import { proposal, proposals, tallyResult } from './queries/proposals.ts'
import * as rows from './queries/votes.ts'
import { state } from './state.ts'

/** Governance: proposals, deposits, votes and what they carry out. Needs auth, the bank, staking and distribution. */
export function govModule(needs: GovNeeds): Module<GovApi> {
  needs.auth.declareModuleAccount(GOV_ACCOUNT, ['burner'])
  return defineModule<GovApi>({
    name: 'gov',
    store: 'gov',
    api: {
      params: readParams,
      proposal: (ctx, id) => state.proposals.get(ctx, id),
    },
    messages: [
      submitProposal(needs),
      execLegacyContent,
      vote,
      voteWeighted,
      deposit(needs),
      cancelProposal(needs),
      updateParams,
      legacySubmitProposal(needs),
      legacyVote,
      legacyVoteWeighted,
      legacyDeposit(needs),
    ],
    queries: [
      constitution,
      params,
      proposal,
      proposals,
      rows.vote,
      rows.votes,
      rows.deposit,
      rows.deposits,
      tallyResult(needs),
      legacy.params,
      legacy.proposal,
      legacy.proposals,
      legacy.vote,
      legacy.votes,
      legacy.deposit,
      legacy.deposits,
      legacy.tallyResult(needs),
    ],
    genesis: genesis(needs),
    invariants: invariants(needs),
    endBlock: (ctx) => endBlock(needs, ctx),
  })
}
