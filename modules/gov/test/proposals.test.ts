import { expect } from 'chai'
import { MsgUpdateParams as BankParams } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { MsgUpdateParams as EngineParams } from '../../../proto/gen/cosmos/consensus/v1/tx.ts'
import { MsgCommunityPoolSpend } from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import type { Proposal } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import {
  MsgCancelProposal,
  MsgCancelProposalResponse,
  MsgDeposit,
  MsgVote,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { defaultParams as engineDefaults } from '../../consensus/rules.ts'
import type { Attempt } from '../../kit/context.ts'
import { ChainError } from '../../kit/errors.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { MAX_ENDING } from '../blocks.ts'
import { writeProposal } from '../state.ts'
import {
  account,
  authority,
  coins,
  DAY,
  genesisOf,
  moduleText,
  NO,
  T,
  VETO,
  World,
  who,
  YES,
} from './world.ts'

const [DEPOSIT, VOTING, PASSED, REJECTED, FAILED] = [1, 2, 3, 4, 5]
const town = (params = {}): World => new World(genesisOf([700n * T, 300n * T], params))
const sendingOff = pack(BankParams, {
  authority,
  params: { sendEnabled: [], defaultSendEnabled: false },
})
const spend = (amount: bigint): ReturnType<typeof pack> =>
  pack(MsgCommunityPoolSpend, { authority, recipient: account(19), amount: coins(amount) })
const cancel = (w: World, id: bigint, n = 11): MsgCancelProposalResponse =>
  MsgCancelProposalResponse.decode(
    w.send(MsgCancelProposal, { proposalId: id, proposer: account(n) }),
  )

describe('a deposit', () => {
  it('gathers until the vote begins, by several hands', () => {
    const w = town()
    const id = w.propose([], { initialDeposit: coins(4n * T) })
    expect(w.status(id)).to.equal(DEPOSIT)
    expect(w.event('submit_proposal')).to.deep.equal({
      proposal_id: '1',
      proposal_proposer: account(11),
      proposal_messages: '',
    })
    expect(
      w.refusal(MsgVote, { proposalId: id, voter: account(1), option: YES, metadata: '' }),
    ).to.equal('gov 3')
    w.deposit(12, id, 5n * T)
    expect(w.status(id)).to.equal(DEPOSIT)
    w.deposit(12, id, T)
    expect(w.status(id)).to.equal(VOTING)
    expect(w.event('proposal_deposit')).to.deep.equal({ voting_period_start: '1' })
    expect(w.get(id)?.totalDeposit).to.deep.equal(coins(10n * T))
    expect(w.get(id)?.votingEndTime?.seconds).to.equal(w.chain.time + 2n * DAY)
    expect(w.held('gov')).to.equal(10n * T)
    w.checkLaws()
  })

  it('goes back when it did not come in time, and is burned where params say so', () => {
    for (const burns of [false, true]) {
      const w = town({ burn_proposal_deposit_prevote: burns })
      const supply = w.supply()
      const id = w.propose([], { initialDeposit: coins(4n * T) })
      w.deposit(12, id, T)
      w.pass(2n * DAY)
      expect(w.status(id)).to.equal(DEPOSIT)
      w.chain.takeEvents()
      w.pass(1n)
      expect(w.get(id)).to.equal(undefined)
      expect(w.event('inactive_proposal')).to.deep.equal({
        proposal_id: '1',
        proposal_result: 'proposal_dropped',
      })
      expect(w.balance(11)).to.equal(T * T - (burns ? 4n * T : 0n))
      expect(w.balance(12)).to.equal(T * T - (burns ? T : 0n))
      expect(w.supply()).to.equal(supply - (burns ? 5n * T : 0n))
    }
  })

  it('goes back after any vote but a veto, and is burned for a missed quorum where params say so', () => {
    const cases: [params: object, options: number[], burned: bigint][] = [
      [{}, [YES, YES], 0n],
      [{}, [NO, NO], 0n],
      [{}, [YES, VETO], 0n],
      [{}, [VETO, YES], 10n * T],
      [{ burn_vote_veto: false }, [VETO, YES], 0n],
      [{}, [], 0n],
      [{ burn_vote_quorum: true }, [], 10n * T],
    ]
    for (const [params, options, burned] of cases) {
      const w = town(params)
      const supply = w.supply()
      const id = w.propose([])
      options.forEach((option, i) => void w.vote(i + 1, id, option))
      w.endVote()
      expect(w.supply(), JSON.stringify([params, options])).to.equal(supply - burned)
      expect(w.balance(11)).to.equal(T * T - burned)
      expect(w.held('gov')).to.equal(0n)
    }
  })

  it('comes from no module account, so that governance cannot lend itself what others gave', () => {
    const w = town()
    w.modules.bank.api.send(
      w.chain.write(),
      who(5),
      w.modules.auth.api.moduleAddress(w.chain.query().hasher, 'gov'),
      [{ denom: 'ustrom', amount: 50n * T }],
    )
    const id = w.propose([], { initialDeposit: coins(T) })
    expect(
      w.refusal(MsgDeposit, { proposalId: id, depositor: authority, amount: coins(9n * T) }),
    ).to.equal('sdk 4')
  })
})

describe('the end of a vote', () => {
  it('runs what was decided, in the block at its end', () => {
    const w = town()
    const id = w.propose([sendingOff])
    w.vote(1, id, YES)
    w.pass(2n * DAY)
    expect(w.status(id)).to.equal(VOTING)
    w.chain.takeEvents()
    w.pass(1n)
    expect(w.status(id)).to.equal(PASSED)
    expect(w.event('active_proposal')).to.deep.equal({
      proposal_id: '1',
      proposal_result: 'proposal_passed',
      proposal_log: 'passed',
    })
    expect(
      w.refusal(MsgVote, { proposalId: id, voter: account(1), option: YES, metadata: '' }),
    ).to.equal('gov 3')
    expect(
      w.refusal(MsgDeposit, { proposalId: id, depositor: account(1), amount: coins(T) }),
    ).to.equal('gov 3')
  })

  it('undoes all messages when one fails, keeps the reason and gives the deposit back', () => {
    const w = town()
    const before = w.chain.contentHash('bank')
    const id = w.propose([sendingOff, spend(10n ** 18n)])
    w.vote(1, id, YES)
    w.chain.takeEvents()
    w.endVote()
    expect(w.status(id)).to.equal(FAILED)
    expect(w.get(id)?.failedReason).to.be.a('string').and.not.equal('')
    expect(w.event('active_proposal')).to.deep.include({ proposal_result: 'proposal_failed' })
    expect(w.event('active_proposal')?.proposal_log).to.match(
      /^passed, but msg 1 \(\/cosmos\.distribution\.v1beta1\.MsgCommunityPoolSpend\) failed on execution: /,
    )
    // Deposits came and went; sending is as it was.
    expect(w.chain.contentHash('bank')).to.equal(before)
    expect(w.balance(11)).to.equal(T * T)
  })

  it('keeps no text of a broken handler, which differs between machines', () => {
    const w = town()
    const id = w.propose([sendingOff])
    w.vote(1, id, YES)
    w.pass(2n * DAY)
    w.chain.nextBlock(1n)
    const error = new ChainError('undefined', 111222, 'recovered: at /somewhere/file.ts:7')
    const attempt = (): Attempt => ({ ok: false, index: 0, error })
    w.modules.gov.endBlock?.({ ...w.router.block(), attempt })
    expect(w.status(id)).to.equal(FAILED)
    expect(w.get(id)?.failedReason).to.equal(
      'handling x/gov proposal msg [/cosmos.bank.v1beta1.MsgUpdateParams] PANICKED',
    )
  })

  it('takes at most 100 proposals in a block, the oldest first', () => {
    const w = town()
    const ids = Array.from({ length: MAX_ENDING + 5 }, () => w.propose([]))
    w.endVote()
    expect(ids.filter((id) => w.status(id) === VOTING)).to.deep.equal(ids.slice(MAX_ENDING))
    w.pass(1n)
    expect(ids.filter((id) => w.status(id) === VOTING)).to.deep.equal([])
  })

  it('tells consensus of new params at the height that decided them', () => {
    const w = town()
    const { block, evidence, validator } = engineDefaults()
    const value = EngineParams.create({
      authority,
      block: { ...block, maxGas: 77n },
      evidence,
      validator,
    })
    const id = w.propose([pack(EngineParams, value)])
    w.vote(1, id, YES)
    w.pass(2n * DAY)
    const engine = w.modules.list.find(({ name }) => name === 'consensus')
    for (const module of w.modules.list) module.endBlock?.(w.router.block())
    const api = engine?.api as {
      changed(ctx: unknown): boolean
      params(ctx: unknown): { block: object }
    }
    expect(w.status(id)).to.equal(PASSED)
    expect(api.changed(w.chain.query())).to.equal(true)
    expect(api.params(w.chain.query()).block).to.deep.include({ maxGas: 77n })
  })
})

describe('an expedited proposal', () => {
  const hasty = { expedited: true, initialDeposit: coins(50n * T) }

  it('needs more deposit, ends after a day and passes above 66.7 %', () => {
    const w = town()
    const poor = w.propose([], { expedited: true })
    expect(w.status(poor)).to.equal(DEPOSIT)
    const id = w.propose([sendingOff], hasty)
    w.vote(1, id, YES)
    w.vote(2, id, NO)
    w.pass(DAY)
    w.pass(1n)
    expect(w.status(id)).to.equal(PASSED)
  })

  it('goes on as a regular one when it fails: deposits stay, votes are cast anew', () => {
    const w = new World(genesisOf([667n * T, 333n * T]))
    const id = w.propose([sendingOff], hasty)
    const start = w.chain.time
    w.vote(1, id, YES)
    w.vote(2, id, NO)
    w.pass(DAY)
    w.chain.takeEvents()
    w.pass(1n)
    // Exactly 66.7 % is not above it.
    expect(w.event('active_proposal')).to.deep.equal({
      proposal_id: '1',
      proposal_result: 'expedited_proposal_rejected',
      proposal_log: 'expedited proposal converted to regular',
    })
    expect(w.status(id)).to.equal(VOTING)
    expect(w.get(id)).to.deep.include({
      expedited: false,
      votingEndTime: { seconds: start + 2n * DAY, nanos: 0 },
    })
    expect(w.held('gov')).to.equal(50n * T)
    expect(w.tally(id)).to.deep.equal([0n, 0n, 0n, 0n])
    w.vote(1, id, YES)
    w.pass(DAY)
    w.pass(1n)
    expect(w.status(id)).to.equal(PASSED)
    expect(w.balance(11)).to.equal(T * T)
  })
})

describe('a cancelled proposal', () => {
  it('burns half of every deposit, gives the rest back and is gone', () => {
    const w = town()
    const supply = w.supply()
    const id = w.propose([], { initialDeposit: coins(3n * T + 1n) })
    w.deposit(12, id, 8n * T)
    w.vote(1, id, YES)
    expect(w.refusal(MsgCancelProposal, { proposalId: id, proposer: account(12) })).to.equal(
      'gov 18',
    )
    const answer = cancel(w, id)
    expect(answer).to.deep.equal({
      proposalId: id,
      canceledTime: { seconds: w.chain.time, nanos: 0 },
      canceledHeight: w.chain.height,
    })
    // Half of 3,000,001 is cut to 1,500,000.
    expect(w.balance(11)).to.equal(T * T - 1_500_000n)
    expect(w.balance(12)).to.equal(T * T - 4n * T)
    expect(w.supply()).to.equal(supply - 5_500_000n)
    expect(w.get(id)).to.equal(undefined)
    expect(w.event('cancel_proposal')).to.deep.equal({ sender: account(11), proposal_id: '1' })
    w.checkLaws()
    w.endVote()
    expect(w.refusal(MsgCancelProposal, { proposalId: id, proposer: account(11) })).to.equal(
      'sdk 38',
    )
  })

  it('pays the community pool or an account where params name one', () => {
    const pool = town({ proposal_cancel_dest: moduleText('distribution') })
    cancel(pool, pool.propose([]))
    const found = pool.modules.distribution.api.communityPool(pool.chain.query())
    expect(found.map(({ amount }) => amount)).to.deep.equal([(5n * T * 10n ** 18n).toString()])
    pool.checkLaws()
    const one = town({ proposal_cancel_dest: account(19), proposal_cancel_ratio: '1' })
    cancel(one, one.propose([]))
    expect(one.balance(19)).to.equal(T * T + 10n * T)
    const free = town({ proposal_cancel_ratio: '0' })
    cancel(free, free.propose([]))
    expect(free.balance(11)).to.equal(T * T)
  })

  it('cannot be taken back when its vote is over', () => {
    const w = town()
    const id = w.propose([])
    w.pass(2n * DAY + 1n)
    expect(w.refusal(MsgCancelProposal, { proposalId: id, proposer: account(11) })).to.equal(
      'gov 20',
    )
    w.pass(1n)
    expect(w.status(id)).to.equal(REJECTED)
    expect(w.refusal(MsgCancelProposal, { proposalId: id, proposer: account(11) })).to.equal(
      'gov 21',
    )
  })

  it('may be the work of another one that ends in the same block', () => {
    const w = town()
    const first = w.propose([pack(MsgCancelProposal, { proposalId: 2n, proposer: authority })])
    const second = w.propose([])
    writeProposal(w.chain.write(), { ...(w.get(second) as Proposal), proposer: authority })
    w.vote(1, first, YES)
    w.pass(2n * DAY - 1n)
    w.pass(1n)
    w.pass(1n)
    expect(w.status(first)).to.equal(PASSED)
    expect(w.get(second)).to.equal(undefined)
    expect(w.held('gov')).to.equal(0n)
  })
})
