import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import type { Params } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import { MsgSubmitProposal } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { checkTexts } from '../metadata.ts'
import { optionNames } from '../names.ts'
import { checkParams, defaultParams } from '../params.ts'
import { after } from '../times.ts'
import { account, authority, coins, genesisOf, makeModules, T, World, YES } from './world.ts'

function refusal(run: () => void): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}: ${error.message}`
    throw error
  }
}

describe('metadata', () => {
  const check = (metadata: string): string =>
    refusal(() => checkTexts({ title: 'A', summary: 'B', metadata }))

  it('may be a link, other text, or JSON that is no object', () => {
    for (const text of ['', 'ipfs://x', '{', '[1]', '"A"', '7', '{"title":7}', '{"authors":"me"}'])
      expect(check(text), text).to.equal('accepted')
  })

  it('in JSON must state the same title and summary, in keys of any case', () => {
    for (const text of [
      '{"title":"A","summary":"B"}',
      '{"Title":"A","SUMMARY":"B","authors":["me"]}',
    ])
      expect(check(text), text).to.equal('accepted')
    expect(check('{"title":"C","summary":"B"}')).to.equal(
      "gov 5: metadata title 'C' must equal proposal title 'A': invalid proposal content",
    )
    expect(check('{"title":"A"}')).to.contain("metadata summary '' must equal proposal summary 'B'")
    expect(check('null')).to.contain('gov 5')
  })

  it('and titles are measured in bytes', () => {
    const texts = { title: 'ä'.repeat(127), summary: 'x'.repeat(10_200), metadata: 'x'.repeat(255) }
    expect(refusal(() => checkTexts(texts))).to.equal('accepted')
    expect(refusal(() => checkTexts({ ...texts, title: 'ä'.repeat(128) }))).to.contain('length 256')
  })
})

describe('params of governance', () => {
  const check = (changes: Partial<Params>): string =>
    refusal(() => checkParams({ ...defaultParams(), ...changes }))

  it('stand as the SDK has them by default', () => {
    expect(check({})).to.equal('accepted')
  })

  it('are refused beyond their bounds', () => {
    const cases: [Partial<Params>, string][] = [
      [{ minDeposit: [] }, 'invalid minimum deposit'],
      [{ minDeposit: coins(0n) }, 'invalid minimum deposit'],
      [{ expeditedMinDeposit: coins(10n * T) }, 'must be greater than minimum deposit'],
      [{ maxDepositPeriod: undefined }, 'maximum deposit period must not be nil'],
      [{ votingPeriod: { seconds: 0n, nanos: 0 } }, 'voting period must be positive'],
      [{ votingPeriod: { seconds: 10n ** 10n, nanos: 0 } }, 'voting period is above'],
      [{ expeditedVotingPeriod: { seconds: 172_800n, nanos: 0 } }, 'strictly less'],
      [{ quorum: '1.1' }, 'quorum too large'],
      [{ quorum: '-0.1' }, 'quorum cannot be negative'],
      [{ quorum: 'half' }, 'invalid quorum'],
      [{ threshold: '0' }, 'vote threshold must be positive'],
      [{ expeditedThreshold: '0.5' }, 'must be greater than the regular threshold'],
      [{ vetoThreshold: '0' }, 'veto threshold must be positive'],
      [{ minInitialDepositRatio: '2' }, 'too large'],
      [{ proposalCancelRatio: '2' }, 'too large'],
      [{ minDepositRatio: '' }, 'invalid minimum deposit ratio'],
      [{ proposalCancelDest: 'nobody' }, 'destination address is invalid'],
    ]
    for (const [changes, why] of cases) {
      expect(check(changes), why).to.contain(why)
      expect(check(changes)).to.match(/^sdk 18: /)
    }
  })

  it('ask a part of the deposit at once where they say so, rounded to the nearest', () => {
    const w = new World(
      genesisOf([T], { min_initial_deposit_ratio: '0.25', min_deposit_ratio: '0' }),
    )
    const send = (amount: bigint): string =>
      refusal(() => void w.send(MsgSubmitProposal, w.proposal({ initialDeposit: coins(amount) })))
    expect(send(2_499_999n)).to.equal(
      'gov 16: was (2499999ustrom), need (2500000ustrom): minimum deposit is too small',
    )
    expect(send(2_500_000n)).to.equal('accepted')
    const free = new World(genesisOf([T], { min_deposit_ratio: '0' }))
    const id = free.propose([], { initialDeposit: [] })
    expect(free.status(id)).to.equal(1)
    free.deposit(11, id, 1n)
  })
})

describe('genesis of governance', () => {
  type Json = Record<string, JsonValue>
  const gov = genesisOf([T]).gov as Json
  const validate = (changes: Json): string =>
    refusal(() => makeModules().gov.genesis.validate({ ...gov, ...changes }))
  const proposal = {
    id: '1',
    status: 'PROPOSAL_STATUS_PASSED',
    deposit_end_time: '2026-01-01T00:00:00Z',
  }
  const deposit = { proposal_id: '1', depositor: account(1), amount: coins(T) }
  const vote = { proposal_id: '1', voter: account(1), options: [{ option: YES, weight: '1' }] }

  it('is refused where its entries contradict each other', () => {
    const next = { starting_proposal_id: '2' }
    expect(validate({ ...next, proposals: [proposal] })).to.equal('accepted')
    const cases: [Json, string][] = [
      [{ starting_proposal_id: '0' }, 'must be greater than 0'],
      [{ ...next, proposals: [proposal, proposal] }, 'duplicate proposal id'],
      [{ proposals: [proposal] }, 'not below the starting proposal id'],
      [{ ...next, proposals: [{ ...proposal, deposit_end_time: null }] }, 'no deposit_end_time'],
      [
        { ...next, proposals: [{ ...proposal, status: 'PROPOSAL_STATUS_VOTING_PERIOD' }] },
        'voted on without',
      ],
      [{ deposits: [deposit] }, 'non-existent proposal'],
      [{ ...next, proposals: [proposal], deposits: [deposit, deposit] }, 'duplicate deposit'],
      [{ votes: [vote] }, 'non-existent proposal'],
      [{ ...next, proposals: [proposal], votes: [vote, vote] }, 'duplicate vote'],
      [{ params: null }, 'params are missing'],
    ]
    for (const [changes, why] of cases) {
      expect(validate(changes), why).to.contain(why)
      expect(validate(changes)).to.match(/^gov 8: /)
    }
  })

  it('is refused where the account of governance has less than the deposits', () => {
    const all = genesisOf([T])
    const changed = {
      ...all,
      gov: { ...gov, starting_proposal_id: '2', proposals: [proposal], deposits: [deposit] },
    }
    expect(refusal(() => void new World(changed))).to.contain('the account gov has')
  })
})

describe('words and times of governance', () => {
  it('name the parts of a split vote', () => {
    const options = [
      { option: 1, weight: '0.700000000000000000' },
      { option: 4, weight: '0.3' },
    ]
    expect(optionNames(options)).to.equal('yes 0.7, no with veto 0.3')
    expect(optionNames([{ option: 1, weight: '1.000000000000000000' }])).to.equal('yes 1')
  })

  it('carry nanoseconds over', () => {
    expect(
      after({ seconds: 1n, nanos: 600_000_000 }, { seconds: 2n, nanos: 500_000_000 }),
    ).to.deep.equal({
      seconds: 4n,
      nanos: 100_000_000,
    })
  })

  it('know governance by the SDK address of its name', () => {
    // sha256("gov")[:20], as cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn carries it.
    expect(authority).to.match(/^strom10d07y265gmmuvt4z0w9aw880jnsr700j/)
  })
})
