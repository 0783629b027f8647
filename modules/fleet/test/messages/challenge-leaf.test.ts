import { expect } from 'chai'
import { Epoch, Status, Way } from '../../../../proto/gen/strom/device/v1/state.ts'
import { Leaf } from '../../../../proto/gen/strom/fleet/v1/leaf.ts'
import { BatchStatus, Fault } from '../../../../proto/gen/strom/fleet/v1/state.ts'
import type { DeviceMessage } from '../../../../proto/gen/strom/metering/v1/reading.ts'
import { StoredReading } from '../../../../proto/gen/strom/metering/v1/state.ts'
import { concatBytes } from '../../../kit/bytes.ts'
import { makeLeaf } from '../../../kit/fleet-leaf.ts'
import type { SumLeaf } from '../../../kit/sum-tree.ts'
import { nobleHasher } from '../../../kit/testing/noble-crypto.ts'
import {
  challenge,
  fleet,
  GATEWAY,
  type Interval,
  interval,
  leafOf,
  leaves,
  OTHER,
  plant,
  proof,
  refusal,
  signBytes,
  signed,
  submission,
  TICK,
  WATCHER,
} from '../fixture.ts'

type World = ReturnType<typeof fleet>

/** An honest interval of pv-0 with one thing wrong. */
const wrong = (given: Partial<Interval>): SumLeaf => leafOf({ device: 'pv-0', ...given })
/** A leaf with Wh of export that nobody computed. */
const stated = (given: Interval, exportWh: bigint): SumLeaf => {
  const { opening, reading } = interval(given)
  const kept = { message: opening.message, signature: new Uint8Array() }
  return { bytes: Leaf.encode({ reading, opening: kept }), importWh: 0n, exportWh }
}
const unlinked = (opening: Partial<DeviceMessage>, key = 'pv-0'): SumLeaf => {
  const signedOpening = signed('pv-0', { seq: 6n, time: TICK, ...opening }, key)
  const reading = signed('pv-0', { seq: 8n, exportMwh: 1_000_000n })
  return makeLeaf(nobleHasher, reading, signedOpening)
}
const honest = (): SumLeaf => wrong({})
const epoch = (fields: Partial<Epoch>): Epoch => {
  const { id, pubkey, scheme, owner } = plant('pv-0')
  const sound = { status: Status.STATUS_ACTIVE, gateway: GATEWAY, way: Way.WAY_ROOT }
  return Epoch.create({ device: id, from: TICK, pubkey, scheme, owner, ...sound, ...fields })
}
const changed = (fields: Partial<Epoch>) => (world: World) =>
  world.registry.changes.set('pv-0', [epoch(fields)])

interface Case {
  readonly title: string
  readonly fault: Fault
  readonly leaf: SumLeaf
  readonly detail: RegExp
  readonly prepare?: (world: World) => void
  readonly struck?: boolean
}

const CASES: readonly Case[] = [
  {
    title: 'garbage',
    fault: Fault.FAULT_MALFORMED,
    leaf: { bytes: Uint8Array.of(1, 2, 3), importWh: 0n, exportWh: 5n },
    detail: /no canonical leaf/,
  },
  {
    title: 'a leaf with bytes behind it',
    fault: Fault.FAULT_MALFORMED,
    leaf: { ...honest(), bytes: concatBytes(honest().bytes, Uint8Array.of(0)) },
    detail: /no canonical leaf/,
  },
  {
    title: 'a leaf that is too long',
    fault: Fault.FAULT_MALFORMED,
    leaf: { bytes: new Uint8Array(3000), importWh: 0n, exportWh: 0n },
    detail: /longer than/,
  },
  {
    title: 'sign bytes that are no message',
    fault: Fault.FAULT_MALFORMED,
    leaf: {
      bytes: Leaf.encode({ reading: signBytes(Uint8Array.of(255), 'pv-0'), opening: undefined }),
      importWh: 0n,
      exportWh: 0n,
    },
    detail: /no canonical device message/,
  },
  {
    title: 'a message for another chain',
    fault: Fault.FAULT_MALFORMED,
    leaf: wrong({ reading: { chainId: 'other-1' } }),
    detail: /another chain/,
  },
  {
    title: 'an unknown device',
    fault: Fault.FAULT_DEVICE,
    leaf: leafOf({ device: 'nobody' }),
    detail: /not registered/,
  },
  {
    title: 'a suspended device',
    fault: Fault.FAULT_DEVICE,
    leaf: honest(),
    detail: /not active/,
    prepare: changed({ status: Status.STATUS_SUSPENDED }),
  },
  {
    title: 'a retired device',
    fault: Fault.FAULT_DEVICE,
    leaf: honest(),
    detail: /not active/,
    prepare: changed({ status: Status.STATUS_RETIRED }),
  },
  {
    title: 'a device that reports directly',
    fault: Fault.FAULT_WAY,
    leaf: honest(),
    detail: /did not report by root/,
    prepare: changed({ way: Way.WAY_DIRECT }),
  },
  {
    title: 'a device of another gateway',
    fault: Fault.FAULT_WAY,
    leaf: honest(),
    detail: /reported through/,
    prepare: changed({ gateway: OTHER }),
  },
  {
    title: 'a reading before the tick ends its interval',
    fault: Fault.FAULT_TIME,
    leaf: wrong({ opening: { time: TICK - 900n }, reading: { time: TICK } }),
    detail: /not in the tick/,
  },
  {
    title: 'a reading after the tick',
    fault: Fault.FAULT_TIME,
    leaf: wrong({ opening: { time: TICK + 900n }, reading: { time: TICK + 1800n } }),
    detail: /not in the tick/,
  },
  {
    title: 'a reading within an interval',
    fault: Fault.FAULT_TIME,
    leaf: wrong({ opening: { time: TICK - 60n }, reading: { time: TICK + 840n } }),
    detail: /ends no interval of 900 s/,
  },
  {
    title: 'Wh without an opening',
    fault: Fault.FAULT_OPENING,
    leaf: {
      ...makeLeaf(nobleHasher, interval({ device: 'pv-0' }).reading, undefined),
      importWh: 1n,
    },
    detail: /without an opening/,
  },
  {
    title: 'an opening of another time',
    fault: Fault.FAULT_OPENING,
    leaf: wrong({ opening: { time: TICK - 900n } }),
    detail: /the opening is of 1767224700, not of 1767225600/,
  },
  {
    title: 'an opening of another device',
    fault: Fault.FAULT_OPENING,
    leaf: wrong({ opening: { device: 'pv-1' } }),
    detail: /another device/,
  },
  {
    title: 'an opening of another context',
    fault: Fault.FAULT_OPENING,
    leaf: wrong({ opening: { context: 'T' } }),
    detail: /another context/,
  },
  {
    title: 'an opening with a later number',
    fault: Fault.FAULT_OPENING,
    leaf: wrong({ opening: { seq: 8n } }),
    detail: /the opening has number 8, the reading 8/,
  },
  {
    title: 'one Wh too much',
    fault: Fault.FAULT_REGISTERS,
    leaf: { ...honest(), exportWh: 1001n },
    detail: /export says 1000 Wh, 1001 Wh are stated/,
  },
  {
    title: 'export stated as import',
    fault: Fault.FAULT_REGISTERS,
    leaf: { ...honest(), importWh: 1000n, exportWh: 0n },
    detail: /import says 0 Wh, 1000 Wh are stated/,
  },
  {
    title: 'a register that fell',
    fault: Fault.FAULT_REGISTERS,
    leaf: stated({ device: 'pv-0', exportMwh: 1_000_499n }, 0n),
    detail: /export fell from 1000500 to 1000499 mWh/,
  },
  {
    title: 'more than the plate',
    fault: Fault.FAULT_NAMEPLATE,
    leaf: wrong({ exportMwh: 1_000_500n + 2_551_000n }),
    detail: /2551 Wh of export, at most 2550/,
  },
  {
    title: 'a reading signed by another key',
    fault: Fault.FAULT_SIGNATURE,
    leaf: wrong({ key: 'pv-1' }),
    detail: /not signed by a key of pv-0/,
  },
  {
    title: 'a signature of the key before a rotation that reaches back',
    fault: Fault.FAULT_SIGNATURE,
    leaf: honest(),
    detail: /not signed by the key of that time/,
    prepare: ({ registry }) =>
      registry.changes.set('pv-0', [epoch({ from: 0n }), epoch({ pubkey: plant('pv-1').pubkey })]),
    struck: true,
  },
  {
    title: 'an opening that is neither linked nor signed',
    fault: Fault.FAULT_SIGNATURE,
    leaf: unlinked({}, 'pv-1'),
    detail: /not signed/,
  },
  {
    title: 'a number of which another message is stored',
    fault: Fault.FAULT_EQUIVOCATION,
    leaf: honest(),
    detail: /another message 8 of pv-0/,
    prepare: ({ metering }) =>
      metering.stored.push(
        StoredReading.create({
          device: 'pv-0',
          context: 'F',
          seq: 8n,
          time: TICK + 60n,
          identity: new Uint8Array(32),
        }),
      ),
    struck: true,
  },
]

describe('MsgChallengeLeaf', () => {
  it(`proves ${CASES.length} invalid leaves: batch void and gateway slashed, or the leaf struck`, () => {
    for (const { title, fault, leaf, prepare, struck = false } of CASES) {
      const world = fleet()
      prepare?.(world)
      const list = [leaf, ...leaves(4).slice(1)]
      world.submit(submission(list))
      const answer = challenge(world, list, 0, fault, { storedTime: TICK + 60n })
      const { status, dropped, escrow, stated, struckLeaves } = world.batch()
      if (struck) {
        expect(answer, title).to.eql({ voided: false, slashed: 0n })
        expect([struckLeaves, dropped.exportWh, world.registry.slashes.length], title).to.eql([
          1,
          1000n,
          0,
        ])
        continue
      }
      expect(answer.voided, title).to.equal(true)
      expect(status, title).to.equal(BatchStatus.BATCH_STATUS_VOID)
      expect([escrow.exportWh, dropped], title).to.eql([0n, stated])
      const ppm = fault === Fault.FAULT_SIGNATURE ? 1_000_000n : 100_000n
      expect(world.registry.slashes[0], title).to.include({
        gateway: GATEWAY,
        reporter: WATCHER,
        ppm,
      })
      expect(answer.slashed, title).to.equal((50n * ppm) / 1_000_000n)
    }
  })

  it(`tells what is wrong in the event of ${CASES.length} cases, and names the true fault when another is claimed`, () => {
    for (const { title, fault, leaf, detail, prepare, struck } of CASES) {
      const world = fleet()
      prepare?.(world)
      const list = [leaf, ...leaves(3).slice(1)]
      world.submit(submission(list))
      if (fault < Fault.FAULT_SIGNATURE) {
        const claimed = fault === Fault.FAULT_TIME ? Fault.FAULT_WAY : Fault.FAULT_TIME
        const said = refusal(() => challenge(world, list, 0, claimed))
        expect(said, title).to.match(/^fleet 16: the leaf's fault is/)
        expect(said, title).to.match(detail)
      }
      if (struck === true) continue
      world.chain.takeEvents()
      challenge(world, list, 0, fault, { storedTime: TICK + 60n })
      const event = world.chain.takeEvents().find((one) => one.type === 'batch_voided')
      expect(new Map(event?.attributes).get('detail'), title).to.match(detail)
    }
  })

  it('fails for a sound leaf, whatever fault is claimed', () => {
    const world = fleet()
    const list = leaves(4)
    world.submit(submission(list))
    for (let fault = Fault.FAULT_MALFORMED; fault <= Fault.FAULT_EQUIVOCATION; fault++) {
      const earlier = { batch: 1n, proof: proof(list, 0) }
      const said = refusal(() => challenge(world, list, 1, fault, { earlier }))
      expect(said, `${fault}`).to.match(/^fleet 16: .*shows no such fault: unfounded challenge$/)
    }
    for (const fault of [Fault.FAULT_UNSPECIFIED, 11 as Fault]) {
      expect(refusal(() => challenge(world, list, 1, fault))).to.match(/^fleet 16: fault \d+ is/)
    }
    expect(refusal(() => challenge(world, list, 1, Fault.FAULT_REPEATED))).to.match(/is missing/)
  })

  it('holds leaves without an opening, with a signed one, at the plate and over a roll-over for sound', () => {
    const world = fleet()
    world.registry.devices.set('pv-3', plant('pv-3', { registerModulusMwh: 10_000_000n }))
    const rolled = leafOf(
      { device: 'pv-3', opening: { exportMwh: 9_999_500n }, exportMwh: 1_000_200n },
      10_000_000n,
    )
    expect(rolled.exportWh).to.equal(1001n)
    const list = [
      unlinked({}),
      makeLeaf(nobleHasher, interval({ device: 'pv-1' }).reading, undefined),
      leafOf({ device: 'pv-2', exportMwh: 1_000_500n + 2_550_000n }),
      rolled,
    ]
    world.submit(submission(list))
    for (const index of list.keys()) {
      for (const fault of [Fault.FAULT_NAMEPLATE, Fault.FAULT_SIGNATURE]) {
        const said = refusal(() => challenge(world, list, index, fault))
        expect(said, `leaf ${index}`).to.match(/shows no such fault/)
      }
    }
  })

  it('holds a leaf of a device that was jailed since for sound: metering withholds it', () => {
    const world = fleet()
    const list = leaves(2)
    world.submit(submission(list))
    changed({ status: Status.STATUS_JAILED })(world)
    expect(refusal(() => challenge(world, list, 0, Fault.FAULT_DEVICE))).to.match(/no such fault/)
  })

  it('fails when the proof is of another batch, leaf, index or sum', () => {
    const world = fleet()
    const list = leaves(5)
    world.submit(submission(list))
    const good = proof(list, 2)
    const bad = [
      { ...good, index: 3 },
      { ...good, leaf: { ...good.leaf, exportWh: good.leaf.exportWh + 1n } },
      { ...good, path: good.path.slice(1) },
      proof(leaves(4), 2),
    ]
    for (const one of bad) {
      const said = refusal(() => challenge(world, list, 2, Fault.FAULT_TIME, { proof: one }))
      expect(said).to.match(/^fleet 15/)
    }
    const unknown = refusal(() => challenge(world, list, 2, Fault.FAULT_TIME, { batch: 9n }))
    expect(unknown).to.match(/^fleet 9/)
  })
})
