import { expect } from 'chai'
import { CrashError, FAIL_POINTS, type FailPoint, type FailPointName } from '../fail-points.ts'
import { Cluster, FAST, type TestNode } from './support/harness.ts'

/** Kills a node at the named point, once, when armed. */
class Trap {
  armed: FailPointName | 'any' | undefined
  powerLost = false
  /** How often the point is passed before it kills: proposal, prevote and precommit pass K1-K10 one after another. */
  passes = 0
  readonly failPoint: FailPoint = (name) => {
    if (name !== this.armed && this.armed !== 'any') return
    if (this.passes-- > 0) return
    this.passes = 0
    this.armed = undefined
    throw new CrashError(name, this.powerLost)
  }
}

describe('consensus/crash', () => {
  let cluster: Cluster
  let traps: Trap[]

  beforeEach(async () => {
    cluster = new Cluster(4, { ...FAST, propose: 150, prevote: 100, precommit: 100 })
    traps = cluster.nodes.map(() => new Trap())
    for (const [i, node] of cluster.nodes.entries()) await node.start(traps[i]?.failPoint)
    await cluster.reach(2n)
  })
  afterEach(async () => {
    const { conflicts } = cluster
    await cluster.close()
    expect(conflicts).to.deep.equal([])
  })

  async function revive(node: TestNode, name: FailPointName): Promise<void> {
    expect(node.fatal, `${node.id} died at ${name}`).to.be.instanceOf(CrashError)
    await node.stop()
    await node.start(traps[node.index]?.failPoint)
  }

  function expectEqualStates(): void {
    const height = cluster.heights()[0] ?? 0n
    const blocks = cluster.nodes.map((node) => node.engine?.blocks.metaAt(height))
    for (const meta of blocks) expect(meta).to.deep.equal(blocks[0])
    for (const node of cluster.nodes) {
      const twice = node.app?.executed.filter((h, i, all) => all.indexOf(h) !== i)
      expect(twice, 'heights one process executed twice').to.deep.equal([])
    }
  }

  const CRASHES = [
    ['killed', false],
    ['without power', true],
  ] as const
  for (const [what, powerLost] of CRASHES) {
    it(`goes on after one node is ${what} at each of ${FAIL_POINTS.length} points, the others never stopping`, async function () {
      this.timeout(60_000)
      for (const [i, name] of FAIL_POINTS.entries()) {
        const node = cluster.node(i % 4)
        const trap = traps[i % 4] as Trap
        trap.armed = name
        trap.powerLost = powerLost
        await cluster.until(`kill at ${name}`, () => node.fatal !== undefined)
        await revive(node, name)
        await cluster.reach(node.height + 3n)
      }
      expectEqualStates()
    })

    it(`goes on after all four nodes are ${what} at the same point, for each of ${FAIL_POINTS.length} points`, async function () {
      this.timeout(60_000)
      for (const [i, name] of FAIL_POINTS.entries()) {
        for (const trap of traps) Object.assign(trap, { armed: name, powerLost, passes: i % 3 })
        await cluster.until(`first kill at ${name}`, () =>
          cluster.nodes.some((n) => n.fatal !== undefined),
        )
        // The dead cannot help the living reach the point; those die wherever they are next, which is a kill as well.
        for (const [i, trap] of traps.entries())
          if (cluster.node(i).fatal === undefined) trap.armed = 'any'
        await new Promise((resolve) => setTimeout(resolve, 20))
        const before = cluster.heights().at(-1) ?? 0n
        for (const node of cluster.nodes) await node.stop()
        for (const trap of traps) trap.armed = undefined
        for (const [i, node] of cluster.nodes.entries()) await node.start(traps[i]?.failPoint)
        await cluster.reach(before + 2n)
      }
      expectEqualStates()
    })
  }
})

describe('consensus/crash of the only validator', () => {
  it(`goes on after a loss of power at each of ${FAIL_POINTS.length} points, though nobody can send it what it lost`, async function () {
    this.timeout(60_000)
    const cluster = new Cluster(1, { ...FAST, propose: 50, prevote: 20, precommit: 20 })
    const node = cluster.node(0)
    const trap = new Trap()
    trap.powerLost = true
    for (const name of FAIL_POINTS) {
      for (const passes of [0, 1, 2]) {
        await node.start(trap.failPoint)
        await cluster.reach(node.height + 2n)
        Object.assign(trap, { armed: name, passes })
        await cluster.until(`kill at ${name}`, () => node.fatal !== undefined)
        await node.stop()
      }
    }
    await node.start()
    await cluster.reach(node.height + 2n)
    const { conflicts } = cluster
    await cluster.close()
    expect(conflicts).to.deep.equal([])
  })
})
