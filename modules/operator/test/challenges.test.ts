import { expect } from 'chai'
import {
  MsgTransferDevice,
  MsgTransferDeviceResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import { type Challenge, ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import { boundsOf } from '../capacity.ts'
import { accountText, CAPACITY, type Deed, devicesOf, meterOf, World } from './world.ts'

const four = { stakes: [100n, 100n, 100n, 100n] }
const { CHALLENGE_STATUS_MET: MET, CHALLENGE_STATUS_MISSED: MISSED } = ChallengeStatus

const closed = (world: World, n: number): Challenge[] =>
  world.challenges(n).filter(({ status }) => status !== ChallengeStatus.CHALLENGE_STATUS_OPEN)

/** A battery that goes its own way between challenges: charges in one half of 16 ticks and discharges in the other. */
function cycling(world: World, size: bigint): (n: number, tick: bigint) => Deed {
  return (n, tick) => {
    if (world.asked(n, tick) !== 0n) return {}
    return { net: (tick / 8n) % 2n === 0n ? -size : size }
  }
}

describe('challenges', () => {
  it('come once in a period to each operator, the first of them deep, and are met by a battery', () => {
    const world = new World(four)
    world.run(24 * 4)
    for (const n of [0, 1, 2, 3]) {
      const rows = world.challenges(n)
      expect(rows.map(({ period }) => period)).to.deep.equal([
        ...new Set(rows.map(({ period }) => period)),
      ])
      expect(rows.length).to.equal(4)
      expect(rows[0]?.deep).to.equal(true)
      expect(rows.slice(1).every(({ deep }) => !deep)).to.equal(true)
      for (const row of closed(world, n)) expect(row.status, row.reason).to.equal(MET)
      const [deep, second] = rows as [Challenge, Challenge]
      expect([20_000n, -20_000n]).to.include(deep.targetWh)
      expect(deep.toleranceWh).to.equal(1_000n)
      expect(deep.ticks).to.equal(4)
      const size = second.targetWh < 0n ? -second.targetWh : second.targetWh
      expect(size <= 5_000n && size >= 190n).to.equal(true)
      const length = BigInt(world.params.periodTicks)
      for (const row of rows) {
        expect(row.tick - row.period * length >= 4n).to.equal(true)
        expect(row.tick + BigInt(row.ticks) <= (row.period + 1n) * length).to.equal(true)
      }
    }
  }).timeout(60_000)

  it('verify the least of nameplate, drawdown and what the deep one proved', () => {
    const world = new World(four)
    world.run(24 * 3, cycling(world, 3_000n))
    world.run(Number(8n - (world.tick % 8n)), cycling(world, 3_000n))
    const op = world.op(0)
    expect(op.provenWh).to.equal(CAPACITY)
    // Eight ticks of 3,000 Wh out of the meter draw 8 x ceil(3,000 / 0.95) = 25,264 Wh; challenges add to it.
    expect(op.verifiedWh >= 25_264n && op.verifiedWh <= CAPACITY, `${op.verifiedWh}`).to.equal(true)
    const bounds = boundsOf(world.needs, world.chain.query(), world.params, op)
    const falls = [bounds.drawdownWh, bounds.socDrawdownWh ?? 0n, CAPACITY]
    expect(falls).to.include(op.verifiedWh)
    expect(falls.every((one) => one >= op.verifiedWh)).to.equal(true)
    expect(op.factorPpm).to.equal(1_000_000n)
  }).timeout(60_000)

  it('that are missed cut a quarter each, and three of them take everything', () => {
    const world = new World(four)
    world.run(24 * 2, cycling(world, 3_000n))
    const verified = world.op(1).verifiedWh
    expect(verified > 0n).to.equal(true)
    const idle = (n: number): Deed => (n === 1 ? { net: 0n } : {})
    world.run(24, idle)
    expect(world.op(1).factorPpm).to.equal(750_000n)
    expect(world.op(1).verifiedWh < verified).to.equal(true)
    world.run(24, idle)
    expect(world.op(1).factorPpm).to.equal(562_500n)
    world.run(28, idle)
    expect(world.op(1)).to.include({ provenWh: 0n, verifiedWh: 0n, deepDue: true })
    expect(closed(world, 1).filter(({ status }) => status === MISSED).length).to.equal(3)
    // A deep challenge met proves it anew.
    world.run(24 * 2)
    expect(world.op(1).provenWh).to.equal(CAPACITY)
  }).timeout(60_000)

  it('ask for the other direction at a limit of charge, but not in two periods running', () => {
    const world = new World(four)
    world.pack(0).soc = 0n
    const empty = (n: number, tick: bigint): Deed => {
      if (n !== 0 || world.asked(0, tick) !== 0n) return {}
      // Parking: whatever a challenge brought in is let out again.
      const out = (world.pack(0).soc * 95n) / 100_000n - 1n
      return { net: out > 0n ? (out > 12_000n ? 12_000n : out) : 0n }
    }
    world.run(24 * 8, empty)
    const rows = closed(world, 0)
    const turned = rows.filter(({ reversed }) => reversed)
    expect(turned.length).to.be.greaterThan(1)
    const dodged = rows.filter(({ reason }) => reason === 'no headroom in two periods running')
    for (const row of dodged) {
      const before = rows.find(({ period }) => period === row.period - 1n)
      expect(before?.reversed).to.equal(true)
    }
    expect(dodged.length).to.be.greaterThan(0)
  }).timeout(120_000)

  it('are not met by a state of charge that moves while the registers of the meter do not', () => {
    const world = new World(four)
    const lying = (n: number): Deed => (n === 0 ? { shown: 0n } : {})
    world.run(24 * 2, lying)
    expect(closed(world, 0).map(({ status }) => status)).to.include(MISSED)
    expect(world.op(0)).to.include({ provenWh: 0n, verifiedWh: 0n })
  }).timeout(60_000)

  it('are not met by PV and a dump load: at night nothing comes out', () => {
    const world = new World(four)
    // 96 ticks a day; sun in ticks 28 to 68: PV gives what is asked then, and a load takes what is asked at any time.
    const plant = (n: number, tick: bigint): Deed => {
      if (n !== 0) return {}
      const day = tick % 96n
      const asked = world.asked(0, tick)
      const sun = day >= 28n && day < 68n
      const ordinary = sun ? 2_000n : -2_000n
      return { shown: asked === 0n ? ordinary : asked < 0n || sun ? asked : 0n }
    }
    world.run(96 * 3, plant)
    const rows = closed(world, 0)
    expect(rows.filter(({ status }) => status === MISSED).length).to.be.greaterThan(2)
    expect(world.op(0).verifiedWh).to.equal(0n)
  }).timeout(120_000)

  it('say so when more comes out than the battery could hold', () => {
    const world = new World(four)
    // 40 ticks of 3,000 Wh out and nothing in: 120,000 Wh out of 100,000.
    world.run(60, (n, tick) => (n === 0 && world.asked(0, tick) === 0n ? { shown: 3_000n } : {}))
    expect(world.op(0).fault).to.match(/gave \d+ Wh more than it took in/)
    expect(world.op(0).verifiedWh).to.equal(0n)
  }).timeout(60_000)

  it('fall into one tick and one direction for batteries of one maker, so that one pack cannot answer for two', () => {
    const shared = [0, 1, 2, 3]
      .flatMap((n) => devicesOf(n))
      .map((device) =>
        ['battery-0', 'battery-1'].includes(device.id) ? { ...device, maker: 'pack-x' } : device,
      )
    const world = new World({ ...four, devices: shared })
    // One pack of 100 kWh stands behind both meters: what one shows, the other cannot.
    const one = (n: number, tick: bigint): Deed => {
      if (n !== 1) return {}
      return { shown: world.asked(1, tick) === 0n ? 0n : 0n }
    }
    world.run(24 * 5, one)
    const [first, second] = [world.challenges(0), world.challenges(1)]
    expect(first.length).to.equal(5)
    first.forEach((row, i) => {
      expect(second[i]?.tick).to.equal(row.tick)
      expect((second[i]?.targetWh ?? 0n) > 0n).to.equal(row.targetWh > 0n)
    })
    expect(closed(world, 1).every(({ status }) => status === MISSED)).to.equal(true)
    const apart = world.challenges(2).filter((row, i) => row.tick !== first[i]?.tick)
    expect(apart.length).to.be.greaterThan(0)
  }).timeout(60_000)

  it('stop counting when a device is transferred away while its validator is bonded', () => {
    const world = new World(four)
    world.run(24 * 2, cycling(world, 3_000n))
    expect(world.op(3).verifiedWh > 0n).to.equal(true)
    transfer(world, meterOf(3))
    world.run(16, cycling(world, 3_000n))
    expect(world.op(3).fault).to.match(/belongs to/)
    expect(world.op(3).verifiedWh).to.equal(0n)
  }).timeout(60_000)
})

/** Makes another account the owner, from the device's next reading on. */
function transfer(world: World, id: string): void {
  const handover = world.sign(3, id, world.chain.time - 1n, undefined)
  const message = { owner: accountText(3), newOwner: accountText(9), device: id, handover }
  world.send(MsgTransferDevice, MsgTransferDevice.create(message), MsgTransferDeviceResponse)
}
