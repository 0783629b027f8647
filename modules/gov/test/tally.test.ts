import { expect } from 'chai'
import fc from 'fast-check'
import type { TallyResult } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import { decOf, decRaw, parseDec } from '../../kit/dec.ts'
import { type Ballot, count, tallyResult, verdict } from '../rules.ts'
import { ABSTAIN, consensusAddress, genesisOf, NO, numbers, T, VETO, World, YES } from './world.ts'

const [PASSED, REJECTED] = [3, 4]
const final = (w: World, id: bigint): bigint[] =>
  numbers(w.get(id)?.finalTallyResult as TallyResult)

/** Validators with 100, 60 and 40 of their own; 11, 12 and 13 delegate: 200, 80 and 40 in all, 320 bonded. */
function town(): World {
  const w = new World(genesisOf([100n * T, 60n * T, 40n * T]))
  w.delegate(11, 1, 30n * T)
  w.delegate(12, 1, 20n * T)
  w.delegate(12, 2, 20n * T)
  w.delegate(13, 1, 50n * T)
  w.pass(6n)
  return w
}

describe('a tally', () => {
  it('lets delegators inherit their validator, override a part of it and split their vote', () => {
    const w = town()
    const id = w.propose([])
    w.vote(1, id, YES)
    w.vote(2, id, NO)
    w.split(11, id, [NO, '0.5'], [ABSTAIN, '0.5'])
    w.vote(12, id, VETO)
    // 1: 200 - 30 of 11 - 20 of 12 = 150, with the 50 of 13, who said nothing. 2: 80 - 20 = 60. 3 did not vote.
    const expected = [150n * T, 15n * T, (60n + 15n) * T, (20n + 20n) * T]
    expect(w.tally(id)).to.deep.equal(expected)
    w.endVote()
    // 280 of 320 voted; veto 40 of 280; yes 150 of 265.
    expect(w.status(id)).to.equal(PASSED)
    expect(final(w, id)).to.deep.equal(expected)
    expect(w.tally(id)).to.deep.equal(expected)
  })

  it('counts the last vote of an account only', () => {
    const w = town()
    const id = w.propose([])
    w.vote(13, id, NO)
    w.vote(13, id, YES)
    expect(w.tally(id)).to.deep.equal([50n * T, 0n, 0n, 0n])
  })

  it('weighs shares by the tokens a slash left behind them', () => {
    const w = town()
    // Two blocks, until the delegations stand behind the set that signs.
    w.pass(6n)
    w.pass(6n)
    const id = w.propose([])
    w.modules.staking.api.slash(w.chain.write(), consensusAddress(1), {
      infractionHeight: w.chain.height,
      fraction: parseDec('0.1'),
      reason: 'double_sign',
    })
    w.vote(1, id, YES)
    w.vote(12, id, NO)
    // 200 shares stand for 180 tokens: 12 has 20 x 180 / 200 = 18 with validator 1 and 20 with 2; 1 has 162.
    expect(w.tally(id)).to.deep.equal([162n * T, 0n, 38n * T, 0n])
  })

  it('leaves out a jailed validator, in the block that jails it and after', () => {
    const w = town()
    const id = w.propose([])
    w.vote(1, id, YES)
    w.vote(2, id, NO)
    w.vote(12, id, ABSTAIN)
    expect(w.tally(id)).to.deep.equal([180n * T, 40n * T, 60n * T, 0n])
    w.modules.staking.api.jail(w.chain.write(), consensusAddress(2))
    expect(w.tally(id)).to.deep.equal([180n * T, 20n * T, 0n, 0n])
    w.pass(6n)
    expect(w.tally(id)).to.deep.equal([180n * T, 20n * T, 0n, 0n])
  })

  it('gives accounts without stake no voice', () => {
    const w = town()
    const id = w.propose([])
    w.vote(20, id, YES)
    expect(w.tally(id)).to.deep.equal([0n, 0n, 0n, 0n])
    w.endVote()
    expect(w.status(id)).to.equal(REJECTED)
  })
})

describe('a verdict', () => {
  const run = (tokens: bigint[], options: (number | undefined)[]): [World, bigint] => {
    const w = new World(genesisOf(tokens))
    const id = w.propose([])
    options.forEach((option, i) => {
      if (option !== undefined) w.vote(i + 1, id, option)
    })
    w.endVote()
    return [w, id]
  }

  it('accepts a quorum of exactly 33.4 %, and nothing below', () => {
    const [met, id] = run([334n * T, 666n * T], [YES, undefined])
    expect(met.status(id)).to.equal(PASSED)
    const [missed] = run([334n * T - 1n, 666n * T + 1n], [YES, undefined])
    expect(missed.status(id)).to.equal(REJECTED)
    expect(missed.get(id)?.failedReason).to.equal('proposal did not get enough votes to pass')
    // A missed quorum gives the deposit back by default.
    expect(missed.held('gov')).to.equal(0n)
    expect(missed.balance(11)).to.equal(T * T)
  })

  it('lets a veto of exactly 33.4 % pass and burns the deposit above it', () => {
    const [at, id] = run([666n * T, 334n * T], [YES, VETO])
    expect(at.status(id)).to.equal(PASSED)
    const [above] = run([666n * T - 1n, 334n * T + 1n], [YES, VETO])
    expect(above.status(id)).to.equal(REJECTED)
    expect(above.balance(11)).to.equal(T * T - 10n * T)
    expect(above.held('gov')).to.equal(0n)
  })

  it('needs more than half of those who do not abstain', () => {
    const [even, id] = run([500n * T, 500n * T, 100n * T], [YES, NO, ABSTAIN])
    expect(even.status(id)).to.equal(REJECTED)
    const [more] = run([500n * T + 1n, 500n * T, 100n * T], [YES, NO, ABSTAIN])
    expect(more.status(id)).to.equal(PASSED)
    const [nobody] = run([500n * T, 500n * T], [ABSTAIN, ABSTAIN])
    expect(nobody.status(id)).to.equal(REJECTED)
  })

  it('passes nothing where nothing is bonded', () => {
    const bars = {
      quorum: decRaw(0n),
      threshold: decRaw(0n),
      veto: decRaw(1n),
      burnQuorum: true,
      burnVeto: true,
    }
    expect(verdict(count([], []), 0n, bars)).to.deep.equal({ passes: false, burns: false })
  })
})

describe('the count', () => {
  it('rounds each worth to even at the 18th digit, and cuts the result to whole tokens', () => {
    // 1 share of 3 for 2 tokens: 0.666…667; half of it each: 0.333…333(5) goes to the even 0.333…334.
    const ballots: Ballot[] = [
      {
        operator: 'nobody',
        options: [
          { option: YES, weight: parseDec('0.5') },
          { option: NO, weight: parseDec('0.5') },
        ],
        delegations: [{ operator: 'v', shares: decOf(1n) }],
      },
    ]
    const counted = count([{ operator: 'v', tokens: 2n, shares: decOf(3n) }], ballots)
    expect(counted.total).to.equal(666_666_666_666_666_667n)
    expect(counted.yes).to.equal(333_333_333_333_333_334n)
    expect(tallyResult(counted).yesCount).to.equal('0')
  })

  it('never counts more than is bonded, whoever votes how', () => {
    const stake = fc.tuple(fc.nat(4), fc.bigInt(1n, 10n ** 12n))
    const ballot = fc.tuple(
      fc.constantFrom(YES, ABSTAIN, NO, VETO),
      fc.array(stake, { maxLength: 4 }),
    )
    fc.assert(
      fc.property(
        fc.array(ballot, { maxLength: 12 }),
        fc.bigInt(1n, 10n ** 12n),
        (cast, tokens) => {
          const seen = cast.map(
            ([option, stakes], i): Ballot => ({
              operator: `v${i}`,
              options: [{ option, weight: decOf(1n) }],
              delegations: [...new Map(stakes)].map(([to, shares]) => ({
                operator: `v${to}`,
                shares: decOf(shares),
              })),
            }),
          )
          const validators = [0, 1, 2, 3, 4].map((n) => ({
            operator: `v${n}`,
            tokens,
            shares: seen
              .flatMap(({ delegations }) => delegations)
              .filter(({ operator }) => operator === `v${n}`)
              .reduce((sum, { shares }) => decRaw(sum + shares), decOf(1n)),
          }))
          const counted = count(validators, seen)
          const sum = counted.yes + counted.abstain + counted.no + counted.veto
          expect(sum).to.equal(counted.total)
          // Halves to even may add half of the last digit for each part.
          expect(counted.total <= 5n * decOf(tokens) + 100n).to.equal(true)
          expect(
            [counted.yes, counted.abstain, counted.no, counted.veto].every((n) => n >= 0n),
          ).to.equal(true)
        },
      ),
    )
  })

  it('is one for every order of validators', () => {
    const validators = [1n, 2n, 3n].map((n) => ({
      operator: `v${n}`,
      tokens: n * T,
      shares: decOf(7n * n),
    }))
    const ballots: Ballot[] = validators.map(({ operator }, i) => ({
      operator,
      options: [{ option: i + 1, weight: decOf(1n) }],
      delegations: [{ operator: 'v3', shares: decOf(2n) }],
    }))
    expect(count([...validators].reverse(), ballots)).to.deep.equal(count(validators, ballots))
  })
})
