import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { toHex } from '../../kit/bytes.ts'
import { anyMessage, dice, mood } from './histories.ts'
import { consensusOf, World } from './world.ts'

const five = { stakes: [400n, 200n, 200n, 100n, 100n] }

/** Runs a history of some steps; every law is checked on the way, and nothing may stop the chain. */
function live(world: World, seed: string, steps: number): number {
  const roll = dice(seed)
  let accepted = 0
  for (let i = 0; i < steps; i += 1) {
    for (let j = roll.upTo(5); j > 0; j -= 1) {
      if (world.router.attempt([anyMessage(world, roll)]).ok) accepted += 1
    }
    if (roll.upTo(12) === 0) fault(world, roll.upTo(7))
    if (roll.upTo(15) === 0) world.block((world.tick + BigInt(roll.upTo(40))) * 900n + 1_000n)
    world.run(1 + roll.upTo(4), mood(world, roll), [0, 1, 2, 3, 4, 5, 6, 7])
    world.laws()
  }
  return accepted
}

function fault(world: World, n: number): void {
  const { height, time } = world.chain
  if (height < 6n) return
  const found = world.api.staking.api.validatorByConsensusAddress(
    world.chain.query(),
    consensusOf(n),
  )
  if (found === undefined) return
  world.faults.push({
    type: 'duplicate_vote',
    address: consensusOf(n),
    power: 100n,
    height: height - 3n,
    time: time - 900n,
    timeNanos: 0,
    totalPower: 1_000n,
  })
}

describe('random histories of everything that touches operators', () => {
  const seeds = ['n1', 'n6']
  for (const seed of seeds) {
    it(`never stop the chain nor break a law (${seed})`, () => {
      const world = new World(five)
      const accepted = live(world, seed, 30)
      expect(accepted).to.be.greaterThan(10)
      expect(Object.keys(world.powers()).length).to.be.greaterThan(0)
      expect(toHex(world.hashOf(world.chain.height)).length).to.equal(64)
    }).timeout(300_000)
  }

  for (const seed of seeds) {
    it(`go on after export and import as they would have without (${seed})`, () => {
      const first = new World(five)
      live(first, seed, 12)
      // Votes and evidence on the last blocks of the old chain are not carried over: a quiet while lies between.
      first.absent = new Set()
      first.run(1)
      first.end()
      const second = new World(five, first)
      expect(second.exported()).to.deep.equal(first.exported())
      const time = first.chain.time + 6n
      for (const world of [first, second]) {
        world.begin(time)
        world.run(1)
        live(world, `${seed} goes on`, 10)
      }
      const [left, right] = [first, second].map((world) => world.exported())
      for (const name of Object.keys(left ?? {}))
        expect(plain(right?.[name]), name).to.deep.equal(plain(left?.[name]))
    }).timeout(300_000)
  }
})

/** Genesis without the numbers of unbondings, which go on after the largest in use. */
function plain(json: JsonValue | undefined): JsonValue {
  const text = JSON.stringify(json, (key, value: JsonValue) =>
    key === 'unbonding_id' || key === 'unbonding_ids' ? undefined : value,
  )
  return JSON.parse(text) as JsonValue
}
