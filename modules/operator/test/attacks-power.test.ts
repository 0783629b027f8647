import { expect } from 'chai'
import { MsgUnjail, MsgUnjailResponse } from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import { lostPpm } from '../losses.ts'
import { moveCaps, targetsOf } from '../power.ts'
import { state } from '../state.ts'
import { account, consensusOf, type Deed, valoper, World } from './world.ts'

const cycling =
  (world: World, size: bigint) =>
  (n: number, tick: bigint): Deed => {
    if (world.asked(n, tick) !== 0n) return {}
    return { net: (tick / 8n) % 2n === 0n ? -size : size }
  }

const total = (powers: Record<number, bigint>): bigint =>
  Object.values(powers).reduce((sum, power) => sum + power, 0n)

describe('the ramp of power is not dodged', () => {
  it('by sitting in jail over the end of an epoch', () => {
    const world = new World({ stakes: [400n, 200n, 200n, 200n, 200n] })
    world.run(24 * 2, cycling(world, 3_000n))
    world.setParams({ powerCap: true, powerPerKwh: 1_000n })
    const { staking } = world.api
    // A newcomer whose storage is verified begins at nothing.
    staking.api.setPowerCap(world.chain.write(), account(0), 0n)
    world.run(2, cycling(world, 3_000n))
    expect(world.powers()[0]).to.equal(undefined)
    staking.api.jail(world.chain.write(), consensusOf(0))
    world.run(8, cycling(world, 3_000n))
    world.send(MsgUnjail, { validatorAddr: valoper(0) }, MsgUnjailResponse)
    const before = total(world.powers())
    world.run(1, cycling(world, 3_000n))
    const power = world.powers()[0] ?? 0n
    expect(power * 10n <= before, `${power} of ${before} at once`).to.equal(true)
  }).timeout(60_000)
})

describe('the grace of genesis', () => {
  it('is over for whoever missed what it was asked, and does not come back when misses are forgotten', () => {
    const world = new World({ stakes: [100n, 100n, 100n, 100n], params: { graceEpochs: 1_000 } })
    world.setParams({ powerCap: true, powerPerKwh: 1_000n })
    const lazy = (n: number, tick: bigint): Deed =>
      n === 1 ? { net: 0n } : cycling(world, 3_000n)(n, tick)
    expect(targetsOf(world.needs, world.chain.query(), world.params)(valoper(1))).to.equal(
      undefined,
    )
    for (let period = 0; period < 5; period += 1) {
      world.run(24, lazy)
      if (period === 0) continue
      const target = targetsOf(world.needs, world.chain.query(), world.params)(valoper(1))
      expect(target, `period ${period}`).to.equal(0n)
    }
    expect((world.powers()[1] ?? 0n) < 100n).to.equal(true)
  }).timeout(60_000)
})

describe('power that may be lost', () => {
  it('is not used up by storage that comes and goes', () => {
    const world = new World({ stakes: [100n, 100n, 100n, 100n, 100n] })
    world.run(24 * 2, cycling(world, 3_000n))
    const { ctx, needs } = { ctx: world.chain.write(), needs: world.needs }
    const params = { ...world.params, powerCap: true, powerPerKwh: 1_000n }
    const op = world.op(0)
    // Ten times toward nothing for an epoch, and up again in the next.
    for (let i = 0; i < 10; i += 1) {
      for (const verifiedWh of [0n, 25_000n, 25_000n, 25_000n]) {
        state.operators.set(ctx, valoper(0), { ...op, verifiedWh })
        moveCaps(needs, ctx, params, world.tick)
        world.block(world.chain.time + 6n)
      }
    }
    expect(world.powers()[0]).to.equal(100n)
    expect(lostPpm(world.chain.query())).to.equal(0n)
  })
})
