import { expect } from 'chai'
import { random } from './queue.ts'
import { heights, type Scenario, Simulation } from './sim.ts'

const SEEDS = 200
const FOUR = [10, 20, 15, 12]
const SEVEN = [5, 10, 8, 12, 9, 7, 11]

/** Swarm: every seed draws its own mix of faults. */
function scenarioOf(seed: number): Scenario {
  const roll = random(seed * 7919 + 1)
  const powers = seed % 3 === 0 ? SEVEN : FOUR
  // Indexes are by power, descending: the last ones are the weakest, far below a third.
  const byzantine = roll() < 0.5 ? [powers.length - 1] : []
  const crashes = roll() < 0.5
  return {
    seed,
    powers,
    byzantine,
    loss: roll() * 0.3,
    duplicate: roll() * 0.3,
    delay: 20 + Math.floor(roll() * 600),
    healAt: 6000,
    crash: crashes ? Math.floor(roll() * (powers.length - 1)) : -1,
    partition: roll() < 0.5,
  }
}

describe('A network of cores in virtual time', () => {
  it(`agrees in every seed and goes on after the faults end (${SEEDS} seeds, 4 and 7 nodes)`, function () {
    this.timeout(60_000)
    let reached = 0n
    let equivocations = 0
    let slowest = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const scenario = scenarioOf(seed)
      const sim = new Simulation(scenario)
      sim.run(scenario.healAt)
      const highest = heights(sim.nodes).at(-1) ?? 0n
      const goal = highest + 2n
      const name = `seed ${seed}`
      sim.run(scenario.healAt + 60_000, () => sim.height >= goal || sim.disagreement !== undefined)
      expect(sim.disagreement, name).to.equal(undefined)
      expect(sim.replayDiffered, name).to.equal(false)
      expect(sim.height >= goal, `${name} stands still at height ${sim.height}`).to.equal(true)
      slowest = Math.max(slowest, sim.now - scenario.healAt)
      reached += sim.height
      equivocations += sim.honest.reduce((sum, n) => sum + n.equivocations, 0)
    }
    expect(reached > BigInt(SEEDS) * 4n).to.equal(true)
    expect(equivocations).to.be.greaterThan(SEEDS / 10)
    expect(slowest).to.be.lessThan(30_000)
  })

  it('gives the same run for the same seed', () => {
    const run = () => {
      const sim = new Simulation(scenarioOf(3))
      sim.run(8000)
      return sim.nodes.map((n) => [n.state.height, n.state.round, n.equivocations])
    }
    expect(run()).to.deep.equal(run())
  })

  it('can see disagreement: with two of four byzantine it happens', () => {
    let found = 0
    for (let seed = 0; seed < 20; seed++) {
      const base = scenarioOf(seed)
      const sim = new Simulation({
        ...base,
        powers: [10, 10, 10, 10],
        byzantine: [2, 3],
        loss: 0,
        duplicate: 0,
        delay: 50,
        crash: -1,
        partition: false,
      })
      sim.run(20_000, () => sim.disagreement !== undefined)
      if (sim.disagreement !== undefined) found++
    }
    expect(found).to.be.greaterThan(0)
  })
})
