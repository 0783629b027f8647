import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { TownNetwork } from '../../kill/town-network.ts'
import { freePorts, heightOf, type NodeProcess } from '../../launch.ts'

const PATIENCE_MS = 120_000

describe('all validators lose power at once', function () {
  this.timeout(600_000)
  let dir: string
  let town: TownNetwork

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-full-stop-'))
    town = await TownNetwork.start({ dir, ports: await freePorts(4), seed: '0', log: () => {} })
  })

  after(async () => {
    await town?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  it('the chain goes on from where it was', async () => {
    const { launcher } = town.session
    const first = launcher.nodes[0] as NodeProcess
    await launcher.ready(6n, PATIENCE_MS)
    const before = await heightOf(first)
    await Promise.all(launcher.nodes.map(({ index }) => launcher.kill(index)))
    expect(await heightOf(first), 'nobody answers').to.equal(-1n)
    launcher.startAll()
    await launcher.ready(before + 5n, PATIENCE_MS)
    expect((await heightOf(first)) >= before + 5n).to.equal(true)
  })

  it('every reading of the town arrives, and nothing was signed twice', async () => {
    const end = await town.end()
    expect(end.faults).to.deep.equal([])
    expect(end.fed).to.be.greaterThan(0)
    expect(end.statement?.facts.accepted).to.equal(BigInt(end.fed))
  })
})
