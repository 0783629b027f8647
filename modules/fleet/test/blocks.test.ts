import { expect } from 'chai'
import { BatchStatus } from '../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgAnswerDemands,
  MsgAnswerDemandsResponse,
  MsgDemandLeaf,
  MsgDemandLeafResponse,
} from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { SumLeaf } from '../../kit/sum-tree.ts'
import { BLOCK_WORK } from '../blocks.ts'
import { state } from '../state.ts'
import { fleet, GATEWAY, leaves, OTHER, proof, refusal, submission, WATCHER } from './fixture.ts'

type World = ReturnType<typeof fleet>

const demand = (world: World, index: number, demander = WATCHER, batch = 1n) =>
  world.send(MsgDemandLeaf, MsgDemandLeafResponse, MsgDemandLeaf.create({ demander, batch, index }))
    .due
const answer = (world: World, list: readonly SumLeaf[], index: number) =>
  world.send(
    MsgAnswerDemands,
    MsgAnswerDemandsResponse,
    MsgAnswerDemands.create({ sender: OTHER, batch: 1n, leaves: [proof(list, index)] }),
  ).paid
const balance = (world: World, who: string): bigint =>
  world.bank.balance(world.chain.query(), fromBech32(who), 'ustrom')

describe('demands', () => {
  it('pay the gateway when they are answered, whoever sends the answer', () => {
    const world = fleet()
    const list = leaves(5)
    world.submit(submission(list))
    const due = demand(world, 3)
    expect(due).to.equal(world.chain.height + 100n)
    expect(balance(world, WATCHER)).to.equal(9_000_000n)
    for (let i = 0; i < 100; i++) world.block()
    expect(world.chain.height).to.equal(due)
    expect(answer(world, list, 3)).to.equal(1_000_000n)
    expect(balance(world, GATEWAY)).to.equal(11_000_000n)
    world.block()
    expect(world.batch().status).to.equal(BatchStatus.BATCH_STATUS_ESCROW)
    expect(world.registry.slashes).to.eql([])
  })

  it('void the batch after 100 blocks without an answer, slash once and give every deposit back', () => {
    const world = fleet()
    const list = leaves(5)
    world.submit(submission(list))
    const due = demand(world, 3)
    demand(world, 4, OTHER)
    while (world.chain.height < due) world.block()
    expect(world.batch().status).to.equal(BatchStatus.BATCH_STATUS_ESCROW)
    world.block()
    const batch = world.batch()
    expect([batch.voidReason, batch.openDemands]).to.eql(['withheld', 0])
    expect(batch.dropped).to.eql(batch.stated)
    expect(refusal(() => answer(world, list, 3))).to.match(/^fleet 10: batch 1: withheld/)
    expect(world.registry.slashes).to.eql([
      {
        gateway: GATEWAY,
        ppm: 100_000n,
        reason: 'fleet batch 1: withheld',
        reporter: WATCHER,
      },
    ])
    expect([balance(world, WATCHER), balance(world, OTHER)]).to.eql([10_000_000n, 10_000_000n])
  })

  it(`fall due at most ${BLOCK_WORK} a block, and an answer to a waiting one is too late`, () => {
    const world = fleet()
    const params = state.params.must(world.chain.query())
    state.params.set(world.chain.write(), { ...params, demandDeposit: 0n, demandBlocks: 2n })
    const bytes = (i: number) => Uint8Array.of(i >> 8, i & 255)
    const list = Array.from({ length: BLOCK_WORK + 4 }, (_, i) => ({
      bytes: bytes(i),
      importWh: 0n,
      exportWh: 1n,
    }))
    world.submit(submission(list))
    const other = world.submit(submission(list, { part: 1 }))
    for (let i = 0; i < BLOCK_WORK; i++) demand(world, i)
    demand(world, 1, OTHER, other)
    for (let i = 0; i < 3; i++) world.block()
    expect(world.batch().status).to.equal(BatchStatus.BATCH_STATUS_VOID)
    expect(world.batch(other).openDemands).to.equal(1)
    expect(
      refusal(() =>
        world.send(
          MsgAnswerDemands,
          MsgAnswerDemandsResponse,
          MsgAnswerDemands.create({ sender: OTHER, batch: other, leaves: [proof(list, 1)] }),
        ),
      ),
    ).to.match(/^fleet 11: leaf 1 was due/)
    world.block()
    expect(world.batch(other).voidReason).to.equal('withheld')
    expect(world.registry.slashes.length).to.equal(2)
  })
})

describe('batches', () => {
  it('go away once metering has closed their tick, dropping what nobody entered', () => {
    const world = fleet()
    const list = leaves(5)
    world.submit(submission(list))
    const { expiry, stated } = world.batch()
    world.chain.time = expiry
    world.block(1n)
    expect(world.batch().escrow).to.eql(stated)
    world.block(1n)
    expect(() => world.batch()).to.throw(/no such batch/)
    expect(world.totals()).to.deep.include({ batches: 1n, expired: 1n, stated, dropped: stated })
    expect(world.chain.store('fleet').size).to.equal(3)
  })

  it(`go away at most ${BLOCK_WORK} a block`, () => {
    const world = fleet()
    const list = leaves(1)
    for (let part = 0; part < BLOCK_WORK + 3; part++) world.submit(submission(list, { part }))
    world.chain.time += 600_000n
    world.block()
    expect(world.totals().expired).to.equal(BigInt(BLOCK_WORK))
    world.block()
    expect(world.totals().expired).to.equal(BigInt(BLOCK_WORK + 3))
  })

  it('give deposits back when they expire before a demand falls due', () => {
    const world = fleet()
    world.submit(submission(leaves(2)))
    demand(world, 0)
    world.chain.time += 600_000n
    for (let i = 0; i < 102; i++) world.block()
    expect(balance(world, WATCHER)).to.equal(10_000_000n)
    expect(world.registry.slashes).to.eql([])
  })
})
