import { expect } from 'chai'
import { MsgUnjail, MsgUnjailResponse } from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import { ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import { lostPpm } from '../losses.ts'
import { state } from '../state.ts'
import { account, batteryOf, meterOf, STROM, valoper, World } from './world.ts'

const four = { stakes: [100n, 100n, 100n, 100n] }

describe('presence of operators', () => {
  it('counts each tick with an anchored reading of the meter', () => {
    const world = new World(four)
    world.run(6)
    for (const n of [0, 1, 2, 3]) {
      expect(world.op(n).silentTicks).to.equal(0n)
      expect(world.op(n).lastPresent).to.equal(world.tick - 2n)
      expect(world.op(n).epochPresent).to.equal(world.op(n).epochCounted)
    }
    expect(world.results.every(({ accepted }) => accepted)).to.equal(true)
    expect(world.events('silent')).to.deep.equal([])
  })
})

describe('silence', () => {
  const silentFrom =
    (who: readonly number[], from: bigint, to = 1n << 60n) =>
    (n: number, tick: bigint) => ({ silent: who.includes(n) && tick >= from && tick < to })

  it('jails after max_silent_ticks without a slash, and unjails once the meter spoke again', () => {
    const world = new World(four)
    const from = world.tick + 4n
    world.run(4 + 8 + 1, silentFrom([2], from))
    expect(world.op(2).silentTicks).to.equal(8n)
    expect(world.jailed(2)).to.equal(true)
    expect(world.api.staking.api.validator(world.chain.query(), account(2))?.tokens).to.equal(
      (100n * STROM).toString(),
    )
    expect(world.events('exit_executed').length).to.equal(1)
    world.run(1, silentFrom([2], from))
    expect(world.powers()).to.deep.equal({ 0: 100n, 1: 100n, 3: 100n })
    expect(() => unjail(world, 2)).to.throw('let it bring a reading anchored to a recent block')
    world.run(2)
    expect(world.op(2).silentTicks).to.equal(0n)
    unjail(world, 2)
    world.run(1)
    expect(world.powers()[2]).to.equal(100n)
    // What came back is no loss any more.
    expect(lostPpm(world.chain.query())).to.equal(0n)
  })

  it('of more than a third of power counts against nobody, even for two days', () => {
    const world = new World(four)
    const from = world.tick + 4n
    world.run(4 + 192, silentFrom([0, 1, 2, 3], from))
    expect(world.powers()).to.deep.equal({ 0: 100n, 1: 100n, 2: 100n, 3: 100n })
    expect(Math.max(...[0, 1, 2, 3].map((n) => Number(world.op(n).silentTicks)))).to.equal(0)
    const rows = world.challenges(0).filter(({ tick }) => tick > from && tick + 8n < world.tick)
    expect(rows.length).to.be.greaterThan(4)
    for (const row of rows) expect(row.status).to.equal(ChallengeStatus.CHALLENGE_STATUS_VOID)
  }).timeout(60_000)

  it('of 60 % of power for a day changes nothing; each tick of it is void', () => {
    const world = new World({ stakes: [300n, 300n, 200n, 200n] })
    const from = world.tick + 4n
    world.run(4 + 96, silentFrom([0, 1], from, from + 96n))
    expect(Object.keys(world.powers()).length).to.equal(4)
    expect(world.events('exit_queued')).to.deep.equal([])
    world.run(4)
    expect(world.op(0).silentTicks).to.equal(0n)
  }).timeout(60_000)

  it('does not count while the chain stands still', () => {
    const world = new World(four)
    world.run(4)
    // Six hours without a block, then on from the middle of a tick.
    world.block(world.chain.time + 21_600n)
    world.run(4)
    for (const n of [0, 1, 2, 3]) expect(world.op(n).silentTicks).to.be.lessThan(2)
    expect(world.events('exit_queued')).to.deep.equal([])
    expect(Object.keys(world.powers()).length).to.equal(4)
  })

  it('lets one leave in a window, never under min_validators, never a third in an unbonding period', () => {
    const world = new World({ stakes: [100n, 100n, 100n, 100n, 100n, 100n, 100n] })
    const from = world.tick + 2n
    // Two of seven: 28.6 % of power, so their silence counts.
    const deed = silentFrom([5, 6], from)
    world.run(2 + 8 + 1, deed)
    expect(world.events('exit_executed').length).to.equal(1)
    expect(world.events('exit_queued').length).to.equal(2)
    world.run(6, deed)
    expect(world.events('exit_executed').length).to.equal(1)
    world.run(4, deed)
    expect(world.events('exit_executed').length).to.equal(2)
    expect(Object.keys(world.powers()).length).to.equal(5)
    // A third one would make three of seven.
    world.run(24, silentFrom([4, 5, 6], from))
    expect(world.events('exit_executed').length).to.equal(2)
    expect(state.exitOf.has(world.chain.query(), valoper(4))).to.equal(true)
  }).timeout(60_000)

  it('never lifts another over a third nor takes the set under three', () => {
    const world = new World({ stakes: [100n, 100n, 100n] })
    world.run(2 + 20, silentFrom([2], world.tick + 2n))
    expect(world.events('exit_queued').length).to.equal(1)
    expect(world.powers()).to.deep.equal({ 0: 100n, 1: 100n, 2: 100n })
    const other = new World({ stakes: [300n, 220n, 220n, 180n] })
    // Without the last, 300 of 740 would be over a third, where it holds 300 of 920 now.
    other.run(2 + 20, silentFrom([3], other.tick + 2n))
    expect(Object.keys(other.powers()).length).to.equal(4)
  }).timeout(60_000)
})

describe('an anchor', () => {
  it('signed in advance, to a block that never was, or too old proves nothing', () => {
    const world = new World({ ...four, params: { anchorMaxAge: 6 } })
    world.run(1)
    const old = world.anchor(1n)
    const wrong = { height: world.chain.height - 1n, hash: world.hashOf(999n) }
    const ahead = { height: world.chain.height + 3n, hash: world.hashOf(world.chain.height + 3n) }
    const presences = () => Array.from(state.presences.keys(world.chain.query())).length
    for (const anchor of [wrong, ahead]) {
      const before = presences()
      world.submit(world.sign(0, meterOf(0), world.chain.time - 30n, anchor))
      expect(presences()).to.equal(before)
    }
    const kept = world.sign(0, meterOf(0), world.chain.time - 20n, old)
    world.run(4, () => ({ silent: true }))
    const before = presences()
    world.submit(kept)
    expect(presences()).to.equal(before)
  })

  it('replayed is a duplicate and counts for no further tick', () => {
    const world = new World(four)
    world.run(1)
    const reading = world.sign(0, meterOf(0), world.chain.time - 1n, world.anchor())
    expect(world.submit(reading)[0]?.duplicate).to.equal(false)
    const after = Array.from(state.presences.keys(world.chain.query()))
    world.block(world.chain.time + 900n)
    expect(world.submit(reading)[0]?.duplicate).to.equal(true)
    const later = Array.from(state.presences.keys(world.chain.query()))
    expect(later.every((key) => after.some((one) => one[0] === key[0]))).to.equal(true)
  })

  it('of the battery instead of the meter does not count', () => {
    const world = new World(four)
    world.run(1)
    const before = Array.from(state.presences.keys(world.chain.query())).length
    world.submit(world.sign(0, batteryOf(0), world.chain.time - 1n, world.anchor()))
    expect(Array.from(state.presences.keys(world.chain.query())).length).to.equal(before)
  })
})

function unjail(world: World, n: number): void {
  world.send(MsgUnjail, { validatorAddr: valoper(n) }, MsgUnjailResponse)
}
