import { expect } from 'chai'
import fc from 'fast-check'
import { apply } from '../core.ts'
import { CoreInvariantError } from '../rules.ts'
import { initialState, proposerFor } from '../state.ts'
import type { Input } from '../types.ts'
import {
  begin,
  block,
  commit,
  outcome,
  P,
  pc,
  play,
  prop,
  pv,
  SET,
  start,
  timeout,
  value,
} from './helpers.ts'
import { TABLE } from './tables-votes.ts'

const [p0, p1, p2, me] = [P(0), P(1), P(2), P(3)]

describe('The rules of Tendermint', () => {
  for (const { rule, description, given, when, expected, config } of TABLE) {
    it(`${rule}: ${description}`, () => {
      expect(outcome(apply, given, when, config)).to.deep.equal(expected)
    })
  }

  it('cover a proposal from the first timer to the decision', () => {
    const inputs = [
      ...begin(p0),
      ...value(0, 'A'),
      ...prop(0, 'A'),
      ...pv(0, 'A', p0, p1, p2),
      ...pc(0, 'A', p0, p1, p2),
    ]
    const { effects, state } = play(apply, inputs)
    expect(state.step).to.equal('commit')
    const steps = effects.flatMap((e) => (e.type === 'stepChanged' ? [e.step] : []))
    expect(steps).to.deep.equal(['newHeight', 'propose', 'prevote', 'precommit', 'commit'])
    const decided = effects.find((e) => e.type === 'decide')
    expect(
      decided?.type === 'decide' && decided.commit.signatures.map((s) => s.flag),
    ).to.deep.equal(SET.validators.map((_, i) => (i === me ? 1 : 2)))
  })

  it('put nil precommits as nil and votes for other blocks as absent into the commit', () => {
    const set = [...begin(me), ...prop(0, 'A'), ...pc(0, 'nil', me), ...pc(0, 'B', p0)]
    const seen = play(apply, set).state
    expect(seen.decided).to.equal(false)
    // With three for A a fourth may be anything: nil stays nil.
    const { effects } = play(apply, [
      ...begin(me),
      ...prop(0, 'A'),
      ...pc(0, 'nil', me),
      ...pc(0, 'A', p0, p1, p2),
    ])
    const decided = effects.find((e) => e.type === 'decide')
    if (decided?.type !== 'decide') throw new Error('not decided')
    expect(decided.commit.signatures[me]?.flag).to.equal(3)
  })

  it('stop the node when 2/3 commit what is invalid here', () => {
    const given = [...begin(me), ...prop(0, 'A', -1, false), ...pc(0, 'A', p0, p1)]
    expect(() => outcome(apply, given, pc(0, 'A', p2))).to.throw(CoreInvariantError)
  })

  it('ignore everything before the first height', () => {
    const fresh = initialState({ createEmptyBlocks: true })
    for (const input of [
      ...prop(0, 'A'),
      ...pv(0, 'A', 0),
      ...timeout('newHeight', 0, 0n),
      ...commit('A'),
    ]) {
      expect(apply(fresh, input)).to.deep.equal({ state: fresh, effects: [] })
    }
  })

  it('keep one round beyond the next per validator, the highest', () => {
    const flood = Array.from({ length: 50 }, (_, i) => pv(i + 2, 'nil', p0)).flat()
    const { state } = play(apply, [...begin(me), ...flood])
    expect([...state.rounds.keys()]).to.deep.equal([51])
    const back = play(apply, pv(5, 'nil', p0), state).state
    expect([...back.rounds.keys()]).to.deep.equal([51])
  })

  it('bound what an equivocator can store', () => {
    const many = Array.from({ length: 30 }, (_, i) => pv(0, `X${i}`, p0)).flat()
    const { state } = play(apply, [...begin(me), ...many])
    expect(state.rounds.get(0)?.prevotes.votes.get(p0)).to.have.length(2)
    expect(state.rounds.get(0)?.prevotes.anyPower).to.equal(10n)
  })

  it('ignore votes under a foreign index or address', () => {
    const [input] = pv(0, 'A', p0)
    if (input?.type !== 'vote') throw new Error('no vote')
    const state = play(apply, begin(me)).state
    for (const change of [
      { validatorIndex: p1 },
      { validatorIndex: 9 },
      { validatorIndex: -1 },
      { round: -1 },
    ]) {
      expect(apply(state, { type: 'vote', vote: { ...input.vote, ...change } }).state).to.equal(
        state,
      )
    }
  })

  it('name proposers only for rounds within reach', () => {
    const state = play(apply, begin(me)).state
    expect(proposerFor(state, 0)).to.deep.equal(SET.proposer)
    expect(proposerFor(state, 1)).to.not.equal(undefined)
    expect(proposerFor(state, 2)).to.equal(undefined)
    expect(proposerFor(state, 2 ** 31 - 1)).to.equal(undefined)
  })
})

describe('The core as a function', () => {
  const rounds = fc.integer({ min: 0, max: 4 })
  const letters = fc.constantFrom('A', 'B', 'nil')
  const who = fc.integer({ min: 0, max: 3 })
  const anyInput: fc.Arbitrary<Input[]> = fc.oneof(
    fc.tuple(rounds, letters, who).map(([r, l, i]) => pv(r, l, i)),
    fc.tuple(rounds, letters, who).map(([r, l, i]) => pc(r, l, i)),
    fc
      .tuple(rounds, fc.constantFrom('A', 'B'), fc.integer({ min: -1, max: 2 }))
      .map(([r, l, pol]) => prop(r, l, pol)),
    fc
      .tuple(fc.constantFrom('propose' as const, 'prevote' as const, 'precommit' as const), rounds)
      .map(([k, r]) => timeout(k, r)),
    fc.tuple(rounds, fc.constantFrom('A', 'B')).map(([r, l]) => value(r, l)),
    fc.constant(block('B')),
    fc.constant(start(0, 8n)),
  )
  const run = fc.tuple(who, fc.array(anyInput, { maxLength: 60 }))

  it('gives the same state and effects when the same inputs are replayed', () => {
    fc.assert(
      fc.property(run, ([own, inputs]) => {
        const all = [...begin(own), ...inputs.flat()]
        expect(play(apply, all)).to.deep.equal(play(apply, all))
      }),
      { numRuns: 60 },
    )
  })

  it('changes nothing when votes, proposals and blocks are repeated', () => {
    fc.assert(
      fc.property(run, ([own, inputs]) => {
        let { state } = play(apply, begin(own))
        for (const input of inputs.flat()) {
          if (input.type === 'timeout' || input.type === 'value') continue
          state = apply(state, input).state
          const again = apply(state, input)
          expect(again.effects).to.deep.equal([])
          expect(again.state).to.deep.equal(state)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('never votes twice for one height, round and type, nor goes back a round', () => {
    fc.assert(
      fc.property(run, ([own, inputs]) => {
        const seen = new Set<string>()
        let round = -1
        for (const effect of play(apply, [...begin(own), ...inputs.flat()]).effects) {
          if (effect.type !== 'vote') continue
          const key = `${effect.height}/${effect.round}/${effect.voteType}`
          expect(seen.has(key), key).to.equal(false)
          seen.add(key)
          expect(effect.round).to.be.at.least(round)
          round = effect.round
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never precommits a value without a polka for it in that round', () => {
    fc.assert(
      fc.property(run, ([own, inputs]) => {
        let { state } = play(apply, begin(own))
        for (const input of inputs.flat()) {
          const next = apply(state, input)
          state = next.state
          for (const effect of next.effects) {
            if (effect.type !== 'vote' || effect.voteType !== 2 || effect.blockId === undefined)
              continue
            const { prevotes } = state.rounds.get(effect.round) ?? {}
            const forIt = [...(prevotes?.votes.values() ?? [])].filter((list) =>
              list.some((v) => v.blockId.hash.every((b, i) => b === effect.blockId?.hash[i])),
            )
            expect(forIt.length).to.be.at.least(3)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
