import { expect } from 'chai'
import fc from 'fast-check'
import { Fault } from '../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgAnswerDemands,
  MsgAnswerDemandsResponse,
  MsgChallengeLeaf,
  MsgChallengeLeafResponse,
  MsgDemandLeaf,
  MsgDemandLeafResponse,
  MsgEnterLeaves,
  MsgEnterLeavesResponse,
} from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { proveRange } from '../../kit/sum-tree.ts'
import { ACCOUNTS, bitCount } from '../rules.ts'
import { state, totalsOf } from '../state.ts'
import { fleet, leaves, OTHER, proof, submission, tree, WATCHER, wire } from './fixture.ts'

type World = ReturnType<typeof fleet>

const list = leaves(7)

function enter(world: World, batch: bigint, first: number, to: number): void {
  const path = proveRange(tree(list), first, to)
  const shown = list.slice(first, to).map(wire)
  const message = MsgEnterLeaves.create({ sender: OTHER, batch, first, leaves: shown, path })
  world.send(MsgEnterLeaves, MsgEnterLeavesResponse, message)
}

/** A world with something in every account: pv-3 is refused, pv-5 struck. */
function busy(): World {
  const world = fleet()
  world.metering.refuses.set('pv-3', 'gap')
  world.submit(submission(list))
  world.block(86_400n)
  enter(world, 1n, 2, 5)
  return world
}

describe('invariants of fleet', () => {
  const broken = (world: World): string[] =>
    world.laws.filter((law) => law.check(world.chain.query()) !== undefined).map((law) => law.name)

  it(`name every one of ${8 * ACCOUNTS.length} Wh moved by hand`, () => {
    for (const account of ACCOUNTS) {
      for (const side of ['importWh', 'exportWh'] as const) {
        for (const by of [1n, 2n]) {
          const world = busy()
          const batch = world.batch()
          batch[account] = { ...batch[account], [side]: batch[account][side] + by }
          state.batches.set(world.chain.write(), 1n, batch)
          expect(broken(world), `batch ${account} ${side}`).to.eql(['books-balance'])
          const again = busy()
          const totals = totalsOf(again.chain.query())
          totals[account] = { ...totals[account], [side]: totals[account][side] + by }
          state.totals.set(again.chain.write(), totals)
          expect(broken(again), `totals ${account} ${side}`).to.eql(['books-balance'])
        }
      }
    }
  })

  it('name a Wh that moved from entered back to escrow in one batch, where its books still balance', () => {
    const world = busy()
    const batch = world.batch()
    batch.entered = { ...batch.entered, exportWh: batch.entered.exportWh - 1n }
    batch.escrow = { ...batch.escrow, exportWh: batch.escrow.exportWh + 1n }
    state.batches.set(world.chain.write(), 1n, batch)
    expect(broken(world)).to.eql(['books-balance'])
  })

  it('name a bit set by hand, a lost queue entry, a lost index and a missing deposit', () => {
    const bit = busy()
    const row = state.entered.must(bit.chain.query(), [1n, 0n])
    state.entered.set(bit.chain.write(), [1n, 0n], { ...row, bits: Uint8Array.of(127) })
    expect(broken(bit)).to.eql(['bitmaps-match'])
    const lost = busy()
    state.expiring.delete(lost.chain.write(), [lost.batch().expiry, 1n])
    expect(broken(lost)).to.eql(['indexes-match'])
    const world = fleet()
    world.submit(submission(list))
    const message = MsgDemandLeaf.create({ demander: WATCHER, batch: 1n, index: 2 })
    world.send(MsgDemandLeaf, MsgDemandLeafResponse, message)
    const demand = state.demands.must(world.chain.query(), [1n, 2n])
    state.demands.set(world.chain.write(), [1n, 2n], { ...demand, deposit: 1_000_001n })
    expect(broken(world)).to.eql(['deposits-held'])
    state.demands.set(world.chain.write(), [1n, 2n], demand)
    state.due.delete(world.chain.write(), [demand.due, 1n, 2n])
    expect(broken(world)).to.eql(['demands-match'])
  })

  it('count bits', () => {
    expect(bitCount(Uint8Array.of(0, 1, 255, 0b1010))).to.equal(11)
  })
})

describe('any history', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('submit' as const), part: fc.nat(3), publish: fc.boolean() }),
    fc.record({ do: fc.constant('demand' as const), batch: fc.nat(4), index: fc.nat(7) }),
    fc.record({ do: fc.constant('answer' as const), batch: fc.nat(4), index: fc.nat(6) }),
    fc.record({
      do: fc.constant('enter' as const),
      batch: fc.nat(4),
      first: fc.nat(6),
      length: fc.integer({ min: 1, max: 7 }),
    }),
    fc.record({ do: fc.constant('repeat' as const), batch: fc.nat(4), index: fc.nat(6) }),
    fc.record({
      do: fc.constant('wait' as const),
      seconds: fc.constantFrom(6n, 86_400n, 200_000n),
    }),
    fc.record({ do: fc.constant('blocks' as const), count: fc.constantFrom(1, 99, 101) }),
  )

  it('of submissions, demands, answers, challenges, entries and waiting conserves every Wh and deposit', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
        const world = fleet()
        world.submit(submission(list))
        for (const one of steps) accepted += run(world, one)
        const { stated, escrow, entered, refused, dropped } = world.totals()
        const sum = [escrow, entered, refused, dropped].reduce((t, e) => t + e.exportWh, 0n)
        expect(sum).to.equal(stated.exportWh)
        world.checkInvariants()
      }),
      { numRuns: 60 },
    )
    expect(accepted).to.be.greaterThan(100)
  })

  /** Runs a step; 1 when it was accepted. Errors of users are part of the history. */
  function run(world: World, one: typeof step extends fc.Arbitrary<infer T> ? T : never): number {
    try {
      apply(world, one)
      return 1
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      return 0
    }
  }

  function apply(world: World, one: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    if (one.do === 'submit') {
      world.submit(submission(list, { part: one.part, publish: one.publish }))
    } else if (one.do === 'wait') {
      world.block(one.seconds)
    } else if (one.do === 'blocks') {
      for (let i = 0; i < one.count; i++) world.block()
    } else if (one.do === 'enter') {
      enter(world, BigInt(one.batch), one.first, Math.min(7, one.first + one.length))
    } else if (one.do === 'demand') {
      const { batch, index } = one
      const message = MsgDemandLeaf.create({ demander: WATCHER, batch: BigInt(batch), index })
      world.send(MsgDemandLeaf, MsgDemandLeafResponse, message)
    } else if (one.do === 'answer') {
      const shown = [proof(list, one.index)]
      const message = { sender: OTHER, batch: BigInt(one.batch), leaves: shown }
      world.send(MsgAnswerDemands, MsgAnswerDemandsResponse, MsgAnswerDemands.create(message))
    } else {
      const shown = proof(list, one.index)
      const message = MsgChallengeLeaf.create({
        reporter: WATCHER,
        batch: BigInt(one.batch),
        proof: shown,
        fault: Fault.FAULT_REPEATED,
        earlier: { batch: 1n, proof: shown },
      })
      world.send(MsgChallengeLeaf, MsgChallengeLeafResponse, message)
    }
  }
})
