import { sha256 } from '@noble/hashes/sha2.js'
import { expect } from 'chai'
import { Epoch, Status, Way } from '../../../../proto/gen/strom/device/v1/state.ts'
import { BatchStatus, Fault } from '../../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgChallengeLeaf,
  MsgChallengeLeafResponse,
  MsgEnterLeaves,
  MsgEnterLeavesResponse,
} from '../../../../proto/gen/strom/fleet/v1/tx.ts'
import { StoredReading } from '../../../../proto/gen/strom/metering/v1/state.ts'
import { toHex } from '../../../kit/bytes.ts'
import { proveRange, type SumLeaf } from '../../../kit/sum-tree.ts'
import {
  fleet,
  GATEWAY,
  interval,
  leafOf,
  leaves,
  OTHER,
  plant,
  proof,
  submission,
  TICK,
  tree,
  WATCHER,
  wire,
} from '../fixture.ts'

type World = ReturnType<typeof fleet>

function enter(world: World, list: readonly SumLeaf[], first: number, to: number, batch = 1n) {
  const message = MsgEnterLeaves.create({
    sender: OTHER,
    batch,
    first,
    leaves: list.slice(first, to).map(wire),
    path: proveRange(tree(list), first, to),
  })
  return world.send(MsgEnterLeaves, MsgEnterLeavesResponse, message)
}

/** A world whose batch of these leaves outlived its window. */
function ripe(list: readonly SumLeaf[]): World {
  const world = fleet()
  world.submit(submission(list))
  world.block(86_400n)
  return world
}

describe('MsgEnterLeaves', () => {
  it('hands each message to metering once, with its identity, in any order of ranges', () => {
    const list = leaves(7)
    const world = ripe(list)
    expect(enter(world, list, 4, 6).entered).to.equal(2)
    expect(enter(world, list, 0, 5)).to.include({ entered: 4, repeatedLeaves: 1 })
    expect(enter(world, list, 6, 7).entered).to.equal(1)
    expect(enter(world, list, 0, 7)).to.include({ entered: 0, repeatedLeaves: 7 })
    const identities = Array.from({ length: 7 }, (_, i) => {
      const { reading } = interval({ device: `pv-${i}`, exportMwh: 2_000_400n + BigInt(i) * 1000n })
      return `pv-${i} ${toHex(sha256(reading.message))}`
    })
    expect([...world.metering.entered].sort()).to.eql(identities)
    expect(world.batch().entered).to.eql({ importWh: 0n, exportWh: 7021n })
    expect(world.batch().escrow).to.eql({ importWh: 0n, exportWh: 0n })
    const { settled } = world.query<object, { settled: Uint8Array }>('Batch', { id: 1n })
    expect([...settled]).to.eql([0b1111111])
  })

  it('moves the Wh of refused leaves to refused, with the reason, and enters the others', () => {
    const list = [
      ...leaves(4),
      leafOf({ device: 'pv-4', exportMwh: 9_000_500n }),
      { ...leafOf({ device: 'pv-5' }), importWh: 3n },
      { bytes: Uint8Array.of(7), importWh: 0n, exportWh: 11n },
    ]
    const world = ripe(list)
    const { id, pubkey, scheme } = plant('pv-0')
    const sound = { device: id, pubkey, scheme, status: Status.STATUS_ACTIVE, gateway: GATEWAY }
    world.registry.changes.set('pv-0', [Epoch.create({ ...sound, way: Way.WAY_DIRECT })])
    world.registry.changes.set('pv-1', [
      Epoch.create({ ...sound, way: Way.WAY_ROOT, gateway: OTHER }),
    ])
    world.metering.refuses.set('pv-2', 'window_closed')
    const answer = enter(world, list, 0, 7)
    expect(answer.entered).to.equal(1)
    expect(answer.refused.map(({ index, reason }) => `${index} ${reason}`)).to.eql([
      '0 way',
      '1 way',
      '2 window_closed',
      '4 nameplate',
      '5 registers',
      '6 malformed',
    ])
    expect(world.batch().entered.exportWh).to.equal(1003n)
    expect(world.batch().refused).to.eql({
      importWh: 3n,
      exportWh: 1000n + 1001n + 1002n + 8000n + 1000n + 11n,
    })
    const reasons = world.totals().refusedByReason.map(({ reason, count }) => `${reason} ${count}`)
    expect(reasons).to.eql([
      'malformed 1',
      'nameplate 1',
      'registers 1',
      'way 2',
      'window_closed 1',
    ])
    expect(enter(world, list, 0, 7)).to.include({ entered: 0, repeatedLeaves: 7 })
  })

  it('does not enter a struck leaf, and a challenge fails when a leaf to strike is settled', () => {
    const list = leaves(3)
    const world = ripe(list)
    const { reading } = interval({ device: 'pv-1', exportMwh: 2_001_400n })
    const stored = { device: 'pv-1', context: 'F', seq: 8n, time: TICK + 60n }
    world.metering.stored.push(
      StoredReading.create({ ...stored, identity: sha256(reading.signature) }),
    )
    const strike = () =>
      world.send(
        MsgChallengeLeaf,
        MsgChallengeLeafResponse,
        MsgChallengeLeaf.create({
          reporter: WATCHER,
          batch: 1n,
          fault: Fault.FAULT_EQUIVOCATION,
          proof: proof(list, 1),
          storedTime: TICK + 60n,
        }),
      )
    expect(strike().voided).to.equal(false)
    expect(strike).to.throw(/settled already/)
    expect(enter(world, list, 0, 3)).to.include({ entered: 2, repeatedLeaves: 1 })
    const { entered, dropped } = world.batch()
    expect([entered.exportWh, dropped.exportWh]).to.eql([2002n, 1001n])
  })

  it('keeps what was entered when the batch is voided after its window', () => {
    const list = [...leaves(2), leafOf({ device: 'pv-2', key: 'pv-0' })]
    const world = ripe(list)
    enter(world, list, 0, 1)
    const message = { reporter: WATCHER, batch: 1n, fault: Fault.FAULT_SIGNATURE }
    world.send(
      MsgChallengeLeaf,
      MsgChallengeLeafResponse,
      MsgChallengeLeaf.create({ ...message, proof: proof(list, 2) }),
    )
    const { status, entered, dropped } = world.batch()
    expect(status).to.equal(BatchStatus.BATCH_STATUS_VOID)
    expect([entered.exportWh, dropped.exportWh]).to.eql([1000n, 2001n])
    expect(() => enter(world, list, 1, 2)).to.throw(/batch is void/)
  })

  it('enters a batch of 5,000 leaves over three pieces of its bitmap', () => {
    const list: SumLeaf[] = Array.from({ length: 5000 }, (_, i) => ({
      bytes: new TextEncoder().encode(`leaf ${i}`),
      importWh: 1n,
      exportWh: 2n,
    }))
    const world = ripe(list)
    for (const [first, to] of [
      [4096, 5000],
      [1500, 2500],
      [0, 1000],
      [900, 1600],
      [2047, 3000],
      [3000, 4000],
    ] as const) {
      enter(world, list, first, to)
    }
    expect(world.batch().refusedLeaves).to.equal(4904)
    expect(enter(world, list, 3996, 4100)).to.include({ repeatedLeaves: 8 })
    expect(world.batch().refused).to.eql({ importWh: 5000n, exportWh: 10_000n })
    expect(world.batch().escrow.exportWh).to.equal(0n)
  })
})
