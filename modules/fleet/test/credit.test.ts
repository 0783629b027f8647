import { expect } from 'chai'
import { Way } from '../../../proto/gen/strom/device/v1/state.ts'
import { BatchStatus, Fault } from '../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgChallengeLeaf,
  type MsgChallengeLeafResponse,
  MsgEnterLeaves,
  type MsgEnterLeavesResponse,
  MsgSubmitRoot,
} from '../../../proto/gen/strom/fleet/v1/tx.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import type { AuthApi } from '../../auth/api.ts'
import type { BankApi } from '../../bank/api.ts'
import type { DeviceApi } from '../../device/api.ts'
import { makeLeaf } from '../../kit/fleet-leaf.ts'
import { proveRange, type SumLeaf } from '../../kit/sum-tree.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { MeteringApi } from '../../metering/api.ts'
import {
  GATEWAY,
  Meter,
  plant,
  quickVerifier,
  T0,
  type Town,
  townGenesis,
  townModules,
  townOn,
} from '../../metering/test/fixture.ts'
import { fleetModule } from '../module.ts'
import { mustBatch, totalsOf } from '../state.ts'
import { proof, submission, tree, WATCHER, wire } from './fixture.ts'

const PLANTS = ['roof-0', 'roof-1', 'roof-2', 'roof-3', 'roof-4']
const leaf = (reading: SignedReading, opening?: SignedReading): SumLeaf =>
  makeLeaf(nobleHasher, reading, opening)

/** The modules of a chain with five plants of one gateway's fleet and one that reports directly. */
function fleetTown(): Town {
  const chain = fakeChain({ time: T0 + 28_800n })
  chain.verifier = quickVerifier
  const modules = townModules()
  const api = <T>(name: string): T => modules.find((one) => one.name === name)?.api as T
  const fleet = fleetModule({
    auth: api<AuthApi>('auth'),
    bank: api<BankApi>('bank'),
    device: api<DeviceApi>('device'),
    metering: api<MeteringApi>('metering'),
  })
  const route = { gateway: GATEWAY, way: Way.WAY_ROOT }
  const devices = [...PLANTS.map((id) => plant(id, route)), plant('wall')]
  const genesis: Record<string, ReturnType<typeof fleet.genesis.defaults>> = townGenesis(devices)
  for (const module of [...modules, fleet]) {
    module.genesis.init(chain.write(), genesis[module.name] ?? module.genesis.defaults())
  }
  return townOn(chain, [...modules, fleet])
}

/** Openings at T0 and readings a quarter hour later, as leaves of the two ticks. Plant i exports 1,000 + i Wh. */
function quarter(ids: readonly string[]): {
  readonly before: SumLeaf[]
  readonly after: SumLeaf[]
} {
  const [before, after]: [SumLeaf[], SumLeaf[]] = [[], []]
  ids.forEach((id, i) => {
    const meter = new Meter(id)
    const opening = meter.read(0, 5_000_700n)
    before.push(leaf(opening))
    after.push(leaf(meter.read(15, 6_000_700n + BigInt(i) * 1000n), opening))
  })
  return { before, after }
}

function enter(town: Town, batch: bigint, list: readonly SumLeaf[], first: number, to: number) {
  const path = proveRange(tree(list), first, to)
  const leaves = list.slice(first, to).map(wire)
  const message = MsgEnterLeaves.create({ sender: GATEWAY, batch, first, leaves, path })
  return town.send(MsgEnterLeaves, message) as MsgEnterLeavesResponse
}

describe('a fleet on the real registry and metering', () => {
  it('is credited, after its window, exactly the Wh that stood in escrow', () => {
    const town = fleetTown()
    const { before, after } = quarter(PLANTS)
    town.send(MsgSubmitRoot, submission(before, { gateway: GATEWAY, tick: T0 - 900n }))
    town.send(MsgSubmitRoot, submission(after, { gateway: GATEWAY, tick: T0 }))
    expect(totalsOf(town.chain.query()).escrow.exportWh).to.equal(5010n)
    town.at(33 * 60)
    expect(enter(town, 2n, after, 3, 5)).to.deep.include({ entered: 2, refused: [] })
    expect(enter(town, 1n, before, 0, 5)).to.deep.include({ entered: 5, refused: [] })
    expect(enter(town, 2n, after, 0, 5)).to.deep.include({ entered: 3, repeatedLeaves: 2 })
    town.close()
    let credited = 0n
    PLANTS.forEach((id, i) => {
      const { creditedExportWh, root, reason } = town.reading(id, 2n)
      expect({ creditedExportWh, root, reason }, id).to.eql({
        creditedExportWh: 1000n + BigInt(i),
        root: true,
        reason: '',
      })
      credited += town.state(id).export.creditedWh
    })
    expect(credited).to.equal(totalsOf(town.chain.query()).entered.exportWh)
    expect(credited).to.equal(5010n)
    town.checkInvariants()
  })

  it('has one way in at a time: direct messages of its plants, and leaves of others, are refused', () => {
    const town = fleetTown()
    const ids = [...PLANTS, 'wall']
    const { before, after } = quarter(ids)
    const direct = new Meter('roof-0').read(0, 5_000_700n)
    expect(town.submit(direct)[0]?.reason).to.equal('other_way')
    town.send(MsgSubmitRoot, submission(before, { gateway: GATEWAY, tick: T0 - 900n }))
    town.send(MsgSubmitRoot, submission(after, { gateway: GATEWAY, tick: T0 }))
    town.at(33 * 60)
    for (const [batch, list] of [
      [1n, before],
      [2n, after],
    ] as const) {
      expect(enter(town, batch, list, 0, 6).refused).to.eql([{ index: 5, reason: 'way' }])
    }
    town.close()
    expect(mustRefused(town)).to.equal(1005n)
    expect(town.state('roof-1').export.creditedWh).to.equal(1001n)
    town.checkInvariants()
  })

  it('loses a whole batch to one leaf of a plant that is not its own, and may state the rest again', () => {
    const town = fleetTown()
    const { before, after } = quarter([...PLANTS, 'wall'])
    town.send(MsgSubmitRoot, submission(after, { gateway: GATEWAY, tick: T0 }))
    const challenge = MsgChallengeLeaf.create({
      reporter: WATCHER,
      batch: 1n,
      proof: proof(after, 5),
      fault: Fault.FAULT_WAY,
    })
    const answer = town.send(MsgChallengeLeaf, challenge) as MsgChallengeLeafResponse
    expect(answer).to.eql({ voided: true, slashed: 0n })
    expect(mustBatch(town.chain.query(), 1n).status).to.equal(BatchStatus.BATCH_STATUS_VOID)
    const [opened, own] = [before.slice(0, 5), after.slice(0, 5)]
    town.send(MsgSubmitRoot, submission(opened, { gateway: GATEWAY, tick: T0 - 900n }))
    town.send(MsgSubmitRoot, submission(own, { gateway: GATEWAY, tick: T0, part: 1 }))
    town.at(33 * 60)
    enter(town, 2n, opened, 0, 5)
    expect(enter(town, 3n, own, 0, 5).entered).to.equal(5)
    town.close()
    expect(town.state('roof-4').export.creditedWh).to.equal(1004n)
    town.checkInvariants()
  })
})

function mustRefused(town: Town): bigint {
  return totalsOf(town.chain.query()).refused.exportWh
}
