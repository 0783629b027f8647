import { expect } from 'chai'
import { Candidates } from '../candidates.ts'
import { systemMonotonic } from '../clock.ts'
import { apply } from '../core/core.ts'
import { summary } from '../core/news.ts'
import type { CoreState } from '../core/state.ts'
import { begin, header, P, pc, play, prop, pv } from '../core/test/helpers.ts'
import type { Input } from '../core/types.ts'
import { wantsVote } from '../core-view.ts'
import { Gossip } from '../gossip.ts'
import { decodePeerMessage, type PeerMessage } from '../messages.ts'
import { MemoryNet } from './support/memory-net.ts'

const [p0, p1, p2, me] = [P(0), P(1), P(2), P(3)]

/** Two nodes on a network, each with a core, that only answer each other's statuses. */
class Pair {
  readonly cores: CoreState[]
  readonly #inbox: { to: number; message: PeerMessage }[] = []
  readonly #gossips: Gossip[]

  constructor(a: Input[], b: Input[]) {
    this.cores = [a, b].map((inputs) => play(apply, inputs).state)
    const net = new MemoryNet()
    const transports = ['a', 'b'].map((id) => net.join(id))
    for (const [to, transport] of transports.entries()) {
      transport.onMessage((_peer, _kind, bytes) =>
        this.#inbox.push({ to, message: decodePeerMessage(bytes) }),
      )
    }
    this.#gossips = transports.map(
      (transport) => new Gossip(transport, new Candidates(), systemMonotonic),
    )
  }

  core(index: number): CoreState {
    return this.cores[index] as CoreState
  }

  /** One second: both say what they have, the other answers. The number of proposals and votes that travelled. */
  async second(): Promise<number> {
    for (const [i, gossip] of this.#gossips.entries()) gossip.roundStatus(this.core(i))
    let items = 0
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      for (const { to, message } of this.#inbox.splice(0)) {
        if (message.type === 'roundStatus')
          this.#gossips[to]?.answer(to === 0 ? 'b' : 'a', message.status, this.core(to))
        if (message.type !== 'consensus' || message.message.type === 'blockPart') continue
        items++
        if (message.message.type === 'vote' && !wantsVote(this.core(to), message.message.vote))
          continue
        this.cores[to] = apply(this.core(to), message.message).state
      }
    }
    return items
  }
}

describe('consensus/gossip', () => {
  it('shows a quorum to a peer that holds the other vote of an equivocator', async () => {
    const pair = new Pair(
      [...begin(me), ...pv(0, 'A', p0, p1, p2)],
      [...begin(p1), ...pv(0, 'B', p0), ...pv(0, 'A', p1, p2)],
    )
    expect(summary(pair.core(1)).rounds[0]).to.include({ prevoteQuorum: false })
    expect(summary(pair.core(1)).rounds[0]?.prevotes).to.deep.equal(
      summary(pair.core(0)).rounds[0]?.prevotes,
    )
    await pair.second()
    expect(summary(pair.core(1)).rounds[0]).to.include({ prevoteQuorum: true })
  })

  it('brings the polka of the valid round to a peer that is asked to vote for it again', async () => {
    const skipped = pc(1, 'nil', p0, p1)
    const pair = new Pair(
      [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0, p1), ...skipped, ...header(1, 'A', 0)],
      [...begin(p2), ...skipped, ...prop(1, 'A', 0)],
    )
    expect([pair.core(0).round, pair.core(1).round, pair.core(1).step]).to.deep.equal([
      1,
      1,
      'propose',
    ])
    await pair.second()
    expect(pair.core(1).step).to.equal('prevote')
  })

  it('falls silent when both know the same', async () => {
    const pair = new Pair(
      [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0)],
      [...begin(p1), ...pv(0, 'A', p1)],
    )
    expect(await pair.second()).to.equal(4)
    expect(await pair.second()).to.equal(0)
  })
})
