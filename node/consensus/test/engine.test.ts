import { expect } from 'chai'
import { compareTime } from '../../chain/time.ts'
import { Cluster } from './support/harness.ts'

describe('consensus/engine', () => {
  let cluster: Cluster
  afterEach(async () => {
    const { conflicts } = cluster
    await cluster.close()
    expect(conflicts).to.deep.equal([])
  })

  it('makes 50 heights with four nodes, equal app hashes and advancing time', async function () {
    cluster = new Cluster(4)
    const started = performance.now()
    await cluster.start()
    cluster.node(0).txs.add('first')
    cluster.node(2).txs.add('bad second')
    await cluster.reach(50n)
    const ms = (performance.now() - started) / 50
    for (let height = 1n; height <= 50n; height++) {
      const metas = cluster.nodes.map((node) => node.engine?.blocks.metaAt(height))
      for (const meta of metas) {
        expect(meta?.blockId).to.deep.equal(metas[0]?.blockId)
        expect(meta?.header.appHash).to.deep.equal(metas[0]?.header.appHash)
      }
      const before = cluster.node(0).engine?.blocks.metaAt(height - 1n)
      const now = metas[0]
      if (before !== undefined && now !== undefined) {
        expect(compareTime(now.header.time, before.header.time)).to.be.greaterThan(0)
      }
    }
    expect(cluster.nodes.map((node) => node.app?.count)).to.deep.equal([2n, 2n, 2n, 2n])
    expect(ms, 'milliseconds a height').to.be.lessThan(200)
    console.log(`      ${ms.toFixed(1)} ms a height, four nodes in one process`)
  })
})
