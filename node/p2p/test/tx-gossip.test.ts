import '../shim.ts'
import { expect } from 'chai'
import { type GossipedTx, TxGossip, type TxGossipOptions } from '../tx-gossip.ts'
import { startNode, stopAll, type TestNode, until } from './helpers.ts'

interface GossipNode extends TestNode {
  readonly gossip: TxGossip
  readonly got: GossipedTx[]
  readonly messages: () => number
}

async function gossipNode(peers: string[], options: TxGossipOptions = {}): Promise<GossipNode> {
  const node = await startNode({ persistentPeers: peers })
  const got: GossipedTx[] = []
  let messages = 0
  const onTxs = (txs: readonly GossipedTx[]): void => {
    messages++
    got.push(...txs)
  }
  const gossip = new TxGossip(node.host, onTxs, options)
  gossip.start()
  return { ...node, gossip, got, messages: () => messages }
}

function tx(i: number, size = 200): Uint8Array {
  const bytes = new Uint8Array(size)
  new DataView(bytes.buffer).setUint32(0, i)
  return bytes
}

async function meshed(...nodes: GossipNode[]): Promise<void> {
  const others = nodes.length - 1
  const count = (node: GossipNode): number =>
    node.host.libp2p.services.pubsub.getSubscribers('/strom/txs/1/test-1').length
  await until('all subscribed', () => nodes.every((node) => count(node) === others))
}

describe('transaction gossip between real hosts', () => {
  afterEach(stopAll)

  it('bundles many transactions in one message and delivers each once to everybody', async () => {
    const a = await gossipNode([])
    const b = await gossipNode([a.address])
    const c = await gossipNode([a.address, b.address])
    const d = await gossipNode([a.address, b.address, c.address])
    await meshed(a, b, c, d)
    for (let i = 0; i < 1000; i++) a.gossip.publish(tx(i))
    for (let i = 0; i < 100; i++) b.gossip.publish(tx(i))
    const full = (): boolean =>
      [b, c, d].every((node) => node.got.length >= (node === b ? 900 : 1000))
    await until('everybody has all', full)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(c.got.length).to.equal(1000)
    expect(d.got.length).to.equal(1000)
    expect(a.got.length, 'what a published itself is not new to it').to.equal(0)
    expect(new Set(d.got.map((one) => one.hash)).size).to.equal(1000)
    expect(d.messages(), '204 kB in bundles of 32 KiB and what b sent').to.be.at.most(12)
  })

  it('does not pass on a bundle that breaks the format, and blames the neighbour', async () => {
    const a = await gossipNode([])
    const b = await gossipNode([a.address], { maxTxBytes: 200 })
    const c = await gossipNode([b.address])
    await until('a line', () => b.transport.peers().length === 2)
    await until(
      'subscribed',
      () => b.host.libp2p.services.pubsub.getSubscribers('/strom/txs/1/test-1').length === 2,
    )
    a.gossip.publish(tx(1, 201))
    await until('b reports', () => b.host.scores.points(a.host.id) > 0)
    a.gossip.publish(tx(2, 200))
    await until('the next arrives', () => c.got.length === 1)
    expect(c.got[0]?.tx).to.deep.equal(tx(2, 200))
    expect(b.got).to.have.length(1)
  })

  it('takes no more of one neighbour than its rate allows', async () => {
    const a = await gossipNode([], { bundleBytes: 2048 })
    const b = await gossipNode([a.address], { maxTxsPerSecond: 100 })
    await meshed(a, b)
    for (let i = 0; i < 300; i++) a.gossip.publish(tx(i))
    await until(
      'b drops',
      () => b.metrics.value('strom_queue_dropped_total', { queue: 'p2p_txs' }) > 0,
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(b.got.length).to.be.within(50, 150)
    expect(b.host.scores.points(a.host.id)).to.be.greaterThan(0)
  })

  it('refuses to publish what others would refuse', async () => {
    const a = await gossipNode([])
    expect(() => a.gossip.publish(new Uint8Array(64 * 1024 + 1))).to.throw(
      RangeError,
      '65537 bytes',
    )
    expect(() => a.gossip.publish(new Uint8Array(0))).to.throw(RangeError)
  })
})
