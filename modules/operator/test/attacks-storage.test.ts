import { expect } from 'chai'
import {
  ChallengeStatus,
  History,
  type Params,
} from '../../../proto/gen/strom/operator/v1/state.ts'
import {
  MsgUpdateOperator,
  MsgUpdateOperatorResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { govAuthority } from '../../kit/authority.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { boundsOf } from '../capacity.ts'
import { joinSpans, stepSpan } from '../rules.ts'
import { state } from '../state.ts'
import { batteryOf, CAPACITY, type Deed, meterOf, valoper, World } from './world.ts'

const four = { stakes: [100n, 100n, 100n, 100n] }

function cycling(world: World, size: bigint): (n: number, tick: bigint) => Deed {
  return (n, tick) => {
    if (world.asked(n, tick) !== 0n) return {}
    return { net: (tick / 8n) % 2n === 0n ? -size : size }
  }
}

/** Params as governance sets them, by message. */
function govern(world: World, change: Partial<Params>): void {
  const message = {
    authority: govAuthority({ hasher: nobleHasher }),
    params: { ...world.params, ...change },
  }
  world.send(MsgUpdateParams, message, MsgUpdateParamsResponse)
}

describe('verified capacity', () => {
  it('is not built up by a meter that is dumb whenever the battery charges', () => {
    const world = new World({ ...four, params: { silentQuorumPpm: 1_000_000n } })
    // 7 kWh in, unseen, and 6.3 kWh out, measured: again and again, from a battery that never moves more than that.
    const hiding = (n: number, tick: bigint): Deed => {
      if (n !== 0 || world.asked(0, tick) !== 0n) return {}
      const phase = tick % 16n
      if (phase < 7n) return { net: -1_000n, silent: true }
      return phase < 8n ? { net: 0n } : { net: 790n }
    }
    world.run(24 * 6, hiding)
    const bounds = boundsOf(world.needs, world.chain.query(), world.params, world.op(0))
    // What it moved by itself, and a deep challenge on top of it.
    expect(bounds.drawdownWh < 40_000n, `${bounds.drawdownWh}`).to.equal(true)
  }).timeout(60_000)
})

describe('series of stored energy', () => {
  it('fit into 64 bits whatever a battery states, for the longest window there may be', () => {
    let [up, down] = [stepSpan(1n << 64n), stepSpan(-(1n << 64n))]
    // 2^20 ticks: 366 epochs of 2,880 ticks are not much more.
    for (let i = 0; i < 20; i += 1) [up, down] = [joinSpans(up, up), joinSpans(down, down)]
    for (const meter of [up, down]) {
      const row = History.create({ validatorAddress: valoper(0), epoch: 1n, meter, soc: meter })
      expect(History.decode(History.encode(row))).to.deep.equal(row)
    }
  })
})

describe('an exchange of storage', () => {
  it('in the face of a challenge is a miss like any other', () => {
    const world = new World(four)
    while (world.challenges(1).length === 0) world.run(1)
    const storage = { validatorAddress: valoper(1), battery: batteryOf(1), meter: meterOf(1) }
    const [open] = world.challenges(1)
    world.send(MsgUpdateOperator, storage, MsgUpdateOperatorResponse)
    expect(world.op(1).misses).to.deep.equal([open?.period])
    expect(world.challenges(1).map(({ status }) => status)).to.deep.equal([
      ChallengeStatus.CHALLENGE_STATUS_MISSED,
    ])
  })
})

describe('presence', () => {
  it('is not proven for ticks that have not begun', () => {
    const world = new World(four)
    world.run(3)
    const ahead = world.tick + 1n
    world.submit(world.sign(0, meterOf(0), (ahead + 1n) * 900n, world.anchor()))
    expect(world.results[world.results.length - 1]?.accepted).to.equal(true)
    expect(state.presences.has(world.chain.query(), [ahead, valoper(0)])).to.equal(false)
  })
})

describe('a challenge', () => {
  it('leaves its notice even when the chain stood still over the begin of the period', () => {
    const world = new World(four)
    world.run(24)
    while (world.tick % 24n !== 22n) world.run(1)
    const start = world.tick + 8n
    world.block(start * 900n + 60n)
    const drawn = [0, 1, 2, 3].flatMap((n) =>
      world
        .challenges(n)
        .filter(({ status }) => status === ChallengeStatus.CHALLENGE_STATUS_OPEN)
        .filter(({ period }) => period === start / 24n),
    )
    expect(drawn.length).to.equal(4)
    for (const { tick } of drawn) expect(tick >= start + 4n, `${tick - start}`).to.equal(true)
  })

  it('is not missed for being judged late: its ticks are known as long as it waits', () => {
    const world = new World({ ...four, params: { presenceLagTicks: 60 } })
    world.run(24 * 9)
    const rows = world.challenges(0)
    const judged = rows.filter(({ status }) => status !== ChallengeStatus.CHALLENGE_STATUS_OPEN)
    expect(judged.length).to.be.greaterThan(2)
    expect(judged.map(({ status }) => status)).to.not.include(ChallengeStatus.CHALLENGE_STATUS_VOID)
  }).timeout(60_000)
})

describe('a secret', () => {
  it('costs nobody the reward when the chain stood still while it was to be revealed', () => {
    const world = new World(four)
    world.run(24 * 3, cycling(world, 3_000n))
    while (world.tick % 24n !== 11n) world.run(1, cycling(world, 3_000n))
    const next = (world.tick / 24n + 1n) * 24n
    world.block(next * 900n + 60n)
    const before = world.events('storage_reward').length
    world.run(16, cycling(world, 3_000n))
    expect(world.events('storage_reward').length - before >= 4).to.equal(true)
    // The ordinary way: whoever is mute in a chain that goes on earns nothing.
    while (world.tick % 24n !== 0n) world.run(1, cycling(world, 3_000n))
    const mute = (n: number, tick: bigint): Deed => ({
      ...cycling(world, 3_000n)(n, tick),
      mute: true,
    })
    world.run(24, mute)
    const paid = world.events('storage_reward').length
    world.run(20, mute)
    expect(world.events('storage_reward').length - paid <= 4).to.equal(true)
  }).timeout(60_000)
})

describe('other lengths of periods and epochs', () => {
  it('neither lose challenges nor judge one twice, there and back again', () => {
    const world = new World(four)
    world.run(24 + 3)
    for (const periodTicks of [12, 24, 96, 24, 25]) {
      govern(world, { periodTicks })
      world.run(5)
      world.laws()
    }
    world.run(25 * 3)
    world.laws()
    const open = Array.from(state.open.keys(world.chain.query()))
    expect(open.every(([end]) => end + 4n > world.tick)).to.equal(true)
    expect(world.op(0).misses).to.deep.equal([])
    const now = world.tick / 25n
    expect(world.challenges(0).every(({ period }) => period <= now)).to.equal(true)
    const latest = Array.from(state.beacons.values(world.chain.query())).map((row) => row.period)
    expect(latest.every((period) => period <= now)).to.equal(true)
  }).timeout(60_000)

  it('leave what was verified as it is, and the next deep challenge where it was', () => {
    const world = new World(four)
    world.run(24 * 3, cycling(world, 3_000n))
    const { verifiedWh, deepPeriod } = world.op(1)
    expect(verifiedWh > 0n && deepPeriod > 0n).to.equal(true)
    govern(world, { epochTicks: 36, periodTicks: 48 })
    world.run(36, cycling(world, 3_000n))
    expect(world.op(1).verifiedWh >= verifiedWh).to.equal(true)
    expect(world.op(1).provenWh).to.equal(CAPACITY)
    const length = BigInt(world.params.periodTicks)
    expect(world.op(1).deepPeriod).to.equal((deepPeriod * 24n) / length)
    govern(world, { epochTicks: 5 })
    world.run(10, cycling(world, 3_000n))
    expect(world.op(1).verifiedWh >= verifiedWh).to.equal(true)
  }).timeout(60_000)
})
