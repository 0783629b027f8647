import { expect } from 'chai'
import fc from 'fast-check'
import { CodecError } from '../../../../proto/codec.ts'
import { apply } from '../core.ts'
import { newsFor, summary, votesOf } from '../news.ts'
import type { CoreState } from '../state.ts'
import { decodeSummary, encodeSummary } from '../summary-codec.ts'
import type { Input } from '../types.ts'
import { begin, header, P, pc, play, prop, pv, start } from './helpers.ts'

const [p0, p1, p2, me] = [P(0), P(1), P(2), P(3)]

/** Sends everything `from` has for `to` until there is no news; the number of items sent. */
function exchange(from: CoreState, to: CoreState): { to: CoreState; sent: number } {
  let state = to
  let sent = 0
  for (let turn = 0; turn < 10; turn++) {
    const news = newsFor(from, summary(state))
    if (news.length === 0) return { to: state, sent }
    for (const item of news) state = apply(state, item as Input).state
    sent += news.length
  }
  throw new Error('news without end')
}

describe('News', () => {
  it('bring a node that missed everything to the round of the others', () => {
    const ahead = play(apply, [
      ...begin(me),
      ...header(2, 'A'),
      ...pv(2, 'nil', p0, p1, p2),
      ...header(2, 'A'),
      ...pc(2, 'A', p0),
    ]).state
    const { to, sent } = exchange(ahead, play(apply, begin(p2)).state)
    expect(to.round).to.equal(2)
    expect(sent).to.be.at.least(4)
    expect(votesOf(to, 2, 1)).to.deep.equal(votesOf(ahead, 2, 1))
    expect(votesOf(to, 2, 2)).to.deep.equal(votesOf(ahead, 2, 2))
  })

  it('are none for a node that has the same or stands at another height', () => {
    const { state } = play(apply, [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0)])
    expect(newsFor(state, summary(state))).to.deep.equal([])
    const other = play(apply, start(me, 8n)).state
    expect(newsFor(state, summary(other))).to.deep.equal([])
  })

  it('contain the other vote of an equivocator when a quorum hangs on it', () => {
    const mine = play(apply, [...begin(me), ...pc(0, 'A', p0, p1, p2)]).state
    const misled = play(apply, [...begin(p1), ...pc(0, 'B', p0), ...pc(0, 'A', p1, p2)]).state
    const { to } = exchange(mine, misled)
    expect(summary(to).rounds[0]?.precommitQuorum).to.equal(true)
  })

  it('bring the polka of the valid round, without which its value cannot win', () => {
    const locked = play(apply, [
      ...begin(me),
      ...prop(0, 'A'),
      ...pv(0, 'A', me, p0, p1),
      ...pc(1, 'nil', p0, p1),
    ]).state
    expect(locked.round).to.equal(1)
    const { to } = exchange(locked, play(apply, [...begin(p2), ...pc(1, 'nil', p0, p1)]).state)
    expect(votesOf(to, 0, 1)).to.have.length(3)
  })

  it('are limited', () => {
    const { state } = play(apply, [...begin(me), ...pv(0, 'nil', p0, p1, p2, me)])
    expect(newsFor(state, summary(play(apply, begin(p0)).state), 3)).to.have.length(3)
  })

  it('never end up one-sided: after both told each other, both know the same of their round', () => {
    const who = fc.integer({ min: 0, max: 3 })
    const letter = fc.constantFrom('A', 'nil')
    const some = fc.array(
      fc.tuple(fc.boolean(), letter, who).map(([pre, l, i]) => (pre ? pv(0, l, i) : pc(0, l, i))),
      { maxLength: 6 },
    )
    // One letter per validator and type, so that nobody equivocates.
    const honest = (inputs: Input[]) =>
      inputs.filter(
        (x) => x.type === 'vote' && x.vote.blockId.hash.length > 0 === x.vote.validatorIndex > 1,
      )
    fc.assert(
      fc.property(some, some, (a, b) => {
        const one = play(apply, [...begin(undefined), ...honest(a.flat())]).state
        const two = play(apply, [...begin(undefined), ...honest(b.flat())]).state
        const told = exchange(one, two).to
        const back = exchange(told, one).to
        for (const type of [1, 2] as const) {
          expect(votesOf(back, 0, type)).to.deep.equal(votesOf(told, 0, type))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('travel by summaries that survive their codec and are refused when malformed', () => {
    const { state } = play(apply, [
      ...begin(me),
      ...prop(0, 'A'),
      ...pv(0, 'A', me, p0, p1),
      ...pv(3, 'nil', p0),
    ])
    const bytes = encodeSummary(summary(state))
    expect(decodeSummary(bytes)).to.deep.equal(summary(state))
    expect(() => decodeSummary(Uint8Array.of(...bytes, 0x28, 1))).to.throw(CodecError)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          expect(newsFor(state, decodeSummary(noise))).to.be.an('array')
        } catch (error) {
          if (!(error instanceof CodecError)) throw error
        }
      }),
    )
  })
})
