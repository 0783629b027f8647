import '../../p2p/shim.ts'
import { expect } from 'chai'
import { startNode, stopAll, until } from '../../p2p/test/helpers.ts'
import { TxGossip } from '../../p2p/tx-gossip.ts'
import { Pool } from '../pool.ts'
import { LedgerApp, makeTx } from './ledger-app.ts'

const COUNT = 10_000
const PADDING = 'x'.repeat(280)

describe('mempool throughput', () => {
  afterEach(stopAll)

  it('carries transactions from one node to another through real gossip without loss', async function () {
    this.timeout(60_000)
    const nodes = []
    for (let i = 0; i < 2; i++) {
      const node = await startNode({ persistentPeers: nodes.map((one) => one.address) })
      const pool = new Pool(new LedgerApp())
      const gossip = new TxGossip(node.host, (txs, peer) => pool.addRemote(txs, peer), {
        maxTxsPerSecond: 50_000,
      })
      pool.spreadWith((tx, hash) => gossip.publish(tx, hash))
      pool.onRefused((hash) => gossip.forget(hash))
      gossip.start()
      nodes.push({ ...node, pool })
    }
    const [a, b] = nodes
    if (a === undefined || b === undefined) throw new Error('two nodes')
    const pubsub = a.host.libp2p.services.pubsub
    await until('subscribed', () => pubsub.getSubscribers('/strom/txs/1/test-1').length === 1)
    const txs = [...Array(COUNT).keys()].map((i) =>
      makeTx(`user${i % 500}`, Math.floor(i / 500), 1, PADDING),
    )
    const began = performance.now()
    for (let at = 0; at < COUNT; at += 100) {
      const responses = await Promise.all(txs.slice(at, at + 100).map((tx) => a.pool.add(tx)))
      expect(responses.every((response) => response.code === 0)).to.equal(true)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('all at b', () => b.pool.size() === COUNT, 40_000)
    expect(b.pool.reap(-1n, -1n)).to.have.length(COUNT)
    const rate = COUNT / ((performance.now() - began) / 1000)
    if (this.test !== undefined)
      this.test.title += ` (${rate.toFixed(0)} tx/s of 290 B, both nodes on one core)`
    expect(rate).to.be.greaterThan(1000)
  })
})
