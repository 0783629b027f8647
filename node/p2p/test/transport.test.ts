import '../shim.ts'
import { expect } from 'chai'
import { encodeFrame } from '../frames.ts'
import { Host } from '../host.ts'
import { generateNodeKey } from '../node-key.ts'
import { startNode, stopAll, type TestNode, until } from './helpers.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const text = (data: Uint8Array): string => Buffer.from(data).toString()

function received(node: TestNode): { peer: string; kind: string; data: Uint8Array }[] {
  const list: { peer: string; kind: string; data: Uint8Array }[] = []
  node.transport.onMessage((peer, kind, data) => list.push({ peer, kind, data }))
  return list
}

function connected(...nodes: TestNode[]): () => boolean {
  return () => nodes.every((node) => node.transport.peers().length === nodes.length - 1)
}

describe('p2p transport between real hosts', () => {
  afterEach(stopAll)

  it('starts libp2p on this version of Node because of the shim', async () => {
    expect(Promise).to.have.property('withResolvers')
    const node = await startNode()
    expect(node.address).to.match(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3/)
  })

  it('carries frames both ways, in order, up to the largest size', async () => {
    const a = await startNode()
    const b = await startNode({ persistentPeers: [a.address] })
    const [atA, atB] = [received(a), received(b)]
    await until('both see each other', connected(a, b))
    for (let i = 0; i < 500; i++) a.transport.broadcast('consensus', bytes(`a${i}`))
    b.transport.send(a.host.id, 'consensus', new Uint8Array(128 * 1024).fill(7))
    b.transport.send(a.host.id, 'status', bytes('height 5'))
    await until('all frames', () => atB.length === 500 && atA.length === 2)
    expect(atB.map(({ data }) => text(data))).to.deep.equal(
      [...Array(500).keys()].map((i) => `a${i}`),
    )
    const large = atA.find((one) => one.kind === 'consensus')
    expect(large?.data).to.deep.equal(new Uint8Array(128 * 1024).fill(7))
    expect(large?.peer).to.equal(b.host.id)
    expect(atA.find((one) => one.kind === 'status')?.data).to.deep.equal(bytes('height 5'))
  })

  it('learns who answers when the address names no identity, and both dialling gives one peer', async () => {
    const a = await startNode()
    const port = /tcp\/(\d+)/.exec(a.address)?.[1] ?? ''
    const b = await startNode({ persistentPeers: [`localhost:${port}`] })
    a.host.addPersistentPeer(b.address)
    await until('both see each other', connected(a, b))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(a.transport.peers()).to.have.length(1)
    expect(b.host.peers()[0]).to.include({ id: a.host.id, nodeId: a.host.nodeId, ip: '127.0.0.1' })
    expect(b.host.isPersistent(a.host.id)).to.equal(true)
  })

  it('refuses a node that is not the one its address names', async () => {
    const a = await startNode()
    const b = await startNode()
    const port = /tcp\/(\d+)/.exec(a.address)?.[1] ?? ''
    const other = await generateNodeKey()
    for (const id of [other.nodeId, other.peerId]) {
      const outcome = await b.host
        .dial({
          text: 'x',
          host: '127.0.0.1',
          port: Number(port),
          ...(id.length === 40 ? { nodeId: id } : { peerId: id }),
        })
        .catch((error: unknown) => error)
      expect(outcome).to.be.instanceOf(Error)
    }
    await until('nobody is connected', () => b.transport.peers().length === 0)
  })

  it('answers requests of several MiB, refuses without details, and reports no peer for it', async () => {
    const big = new Uint8Array(6 * 1024 * 1024).map((_, i) => i % 251)
    const a = await startNode({}, (transport) => {
      transport.handle('/strom/sync/1', async (_peer, request) => {
        if (text(request) === 'fail') throw new Error('secret')
        return text(request) === 'none' ? undefined : big
      })
    })
    const b = await startNode({ persistentPeers: [a.address] })
    await until('both see each other', connected(a, b))
    const answers = await Promise.all(
      [1, 2, 3].map((i) => b.transport.request(a.host.id, '/strom/sync/1', bytes(`${i}`))),
    )
    for (const answer of answers) expect(Buffer.compare(answer, big)).to.equal(0)
    for (const request of ['fail', 'none']) {
      const error = await b.transport
        .request(a.host.id, '/strom/sync/1', bytes(request))
        .catch((e: unknown) => e)
      expect(error).to.include({ reason: 'refused' })
      expect(String(error)).to.not.contain('secret')
    }
    expect(b.host.scores.points(a.host.id)).to.equal(0)
  })

  it('times a request out, bounds waiting ones and fails at once when nobody is there', async () => {
    let asked = 0
    const a = await startNode({}, (transport) => {
      transport.handle('/slow/1', () => {
        asked++
        return new Promise(() => undefined)
      })
    })
    const requests = { timeoutMs: 300, concurrency: 2, maxWaiting: 3 }
    const b = await startNode({ persistentPeers: [a.address], requests })
    await until('both see each other', connected(a, b))
    const ask = (): Promise<unknown> =>
      b.transport
        .request(a.host.id, '/slow/1', bytes('x'))
        .catch((error: { reason: string }) => error.reason)
    const reasons = await Promise.all([...Array(7)].map(ask))
    expect(reasons.filter((reason) => reason === 'busy')).to.have.length(2)
    expect(reasons.filter((reason) => reason === 'timeout')).to.have.length(5)
    expect(asked).to.equal(5)
    const nobody = await b.transport
      .request(b.host.id, '/slow/1', bytes('x'))
      .catch((e: { reason: string }) => e.reason)
    expect(nobody).to.equal('unreachable')
  })

  it('refuses a response above the limit and reports the peer', async () => {
    const a = await startNode({}, (transport) =>
      transport.handle('/big/1', async () => new Uint8Array(5000)),
    )
    const b = await startNode({ persistentPeers: [a.address], requests: { maxResponse: 4000 } })
    await until('both see each other', connected(a, b))
    const error = await b.transport
      .request(a.host.id, '/big/1', bytes('x'))
      .catch((e: unknown) => e)
    expect(error).to.include({ reason: 'refused' })
    expect(b.host.scores.points(a.host.id)).to.be.greaterThan(40)
  })

  it('finds a restarted peer again within seconds and talks on', async () => {
    const nodeKey = await generateNodeKey()
    const a = await startNode({ nodeKey })
    const listen = [a.address.replace(/\/p2p\/.*/, '')]
    const b = await startNode({ persistentPeers: [a.address] })
    const changes: boolean[] = []
    b.transport.onPeer((_peer, up) => changes.push(up))
    await until('both see each other', connected(a, b))
    await a.transport.stop()
    await until('b notices', () => b.transport.peers().length === 0)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const again = await startNode({ nodeKey, listen })
    const got = received(again)
    const began = performance.now()
    await until(
      'b is back',
      () => again.transport.peers().length === 1 && b.transport.peers().length === 1,
    )
    b.transport.broadcast('consensus', bytes('hello again'))
    await until('a frame', () => got.length === 1)
    expect(performance.now() - began).to.be.lessThan(5000)
    expect(changes.slice(-2)).to.deep.equal([false, true])
  })

  it('opens a stream again that was reset under it', async () => {
    const a = await startNode()
    const b = await startNode({ persistentPeers: [a.address] })
    const got = received(a)
    await until('both see each other', connected(a, b))
    b.transport.broadcast('consensus', bytes('1'))
    await until('the first frame', () => got.length === 1)
    for (const connection of a.host.connectionsOf(b.host.id)) {
      for (const stream of connection.streams) {
        if (stream.protocol.includes('consensus') && stream.direction === 'inbound')
          stream.abort(new Error('test'))
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    b.transport.broadcast('consensus', bytes('2'))
    await until('the second frame', () => got.length === 2)
    expect(text(got[1]?.data ?? new Uint8Array())).to.equal('2')
    expect(b.transport.peers()).to.have.length(1)
  })

  it('refuses an oversized frame, reports the peer, and bans it end to end when it goes on', async () => {
    const a = await startNode()
    const got = received(a)
    const evil = await startNode()
    const address = { text: '', host: '127.0.0.1', port: Number(/tcp\/(\d+)/.exec(a.address)?.[1]) }
    await evil.host.dial(address)
    const attack = async (): Promise<void> => {
      const connection = evil.host.connectionsOf(a.host.id)[0]
      if (connection === undefined) throw new Error('not connected')
      const stream = await connection.newStream('/strom/consensus/1/test-1')
      stream.send(new Uint8Array([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]))
      stream.send(encodeFrame(bytes('after')))
    }
    await attack()
    await until('a reports', () => a.host.scores.points(evil.host.id) > 40)
    expect(a.host.isUp(evil.host.id)).to.equal(true)
    await attack()
    await attack().catch(() => undefined)
    await until('a bans', () => a.metrics.value('strom_p2p_bans_total') === 1)
    await until('evil is out', () => !a.host.isUp(evil.host.id))
    const outcome = await evil.host.dial(address).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(a.host.isUp(evil.host.id), String(outcome)).to.equal(false)
    expect(got).to.have.length(0)
    expect(
      await a.host.dial({ ...address, port: 1, peerId: evil.host.id }).catch(() => 'refused'),
    ).to.equal('refused')
  })

  it('keeps memory bounded for a peer that does not read, and others get everything', async () => {
    const a = await startNode()
    const good = await startNode({ persistentPeers: [a.address] })
    const got = received(good)
    const slow = await Host.create({
      chainId: 'test-1',
      nodeKey: await generateNodeKey(),
      listen: [],
    })
    await slow.libp2p.handle('/strom/consensus/1/test-1', (stream) => stream.pause())
    await slow.libp2p.handle('/strom/status/1/test-1', (stream) => stream.pause())
    await slow.start()
    await slow.dial({
      text: '',
      host: '127.0.0.1',
      port: Number(/tcp\/(\d+)/.exec(a.address)?.[1]),
    })
    await until('both are up', () => a.transport.peers().length === 2)
    const frame = new Uint8Array(100_000)
    for (let i = 0; i < 400; i++) {
      a.transport.broadcast('consensus', frame)
      if (i % 20 === 19) await until('good has it', () => got.length === i + 1)
    }
    expect(got).to.have.length(400)
    expect(a.transport.channels.queued(slow.id)).to.be.within(1, 168)
    expect(
      a.metrics.value('strom_queue_dropped_total', { queue: 'p2p_consensus' }),
    ).to.be.greaterThan(200)
    await slow.close()
  })

  it('keeps chains apart', async () => {
    const a = await startNode()
    const b = await startNode({ chainId: 'other-1', persistentPeers: [a.address] })
    await until(
      'b gives up',
      () => b.metrics.value('strom_p2p_bans_total') + a.metrics.value('strom_p2p_bans_total') > 0,
    )
    await until('they part', () => a.transport.peers().length === 0)
  })

  it('lets only listed peers in', async () => {
    const friend = await generateNodeKey()
    const a = await startNode({ allow: [friend.nodeId] })
    const b = await startNode({ nodeKey: friend, persistentPeers: [a.address] })
    const c = await startNode({ persistentPeers: [a.address] })
    await until('the friend is in', () => a.transport.peers().length === 1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(a.transport.peers().map((peer) => peer.id)).to.deep.equal([b.host.id])
    // A stranger may stand in the door for a moment on a busy machine.
    await until('the stranger is out', () => !c.host.isUp(a.host.id))
  })

  it('limits inbound peers but always takes persistent ones', async () => {
    const a = await startNode({ maxInbound: 1 })
    const b = await startNode({ persistentPeers: [a.address] })
    await until('b is in', () => a.transport.peers().length === 1)
    const c = await startNode({ persistentPeers: [a.address] })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(a.transport.peers().map((peer) => peer.id)).to.deep.equal([b.host.id])
    a.host.addPersistentPeer(c.address)
    await until('c is in', () => a.transport.peers().length === 2)
  })

  it('relays consensus messages once over gossip when the mesh is sparse', async () => {
    const middle = await startNode({ meshTarget: 2 })
    const left = await startNode({ persistentPeers: [middle.address], meshTarget: 2 })
    const right = await startNode({ persistentPeers: [middle.address], meshTarget: 2 })
    const [atMiddle, atRight] = [received(middle), received(right)]
    await until('a line of three', () => middle.transport.peers().length === 2)
    const topic = '/strom/relay/1/test-1'
    const subscribers = (node: TestNode): number =>
      node.host.libp2p.services.pubsub.getSubscribers(topic).length
    await until(
      'subscribed',
      () => subscribers(middle) === 2 && subscribers(left) === 1 && subscribers(right) === 1,
    )
    await until('mesh', () => {
      left.transport.broadcast('consensus', bytes('probe'))
      return atRight.length > 0
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    atMiddle.length = 0
    atRight.length = 0
    for (let i = 0; i < 20; i++) left.transport.broadcast('consensus', bytes(`vote ${i}`))
    await until('all at the far end', () => atRight.length === 20)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(atRight).to.have.length(20)
    expect(atMiddle.length, 'direct and relayed copies are one message').to.equal(20)
    // Sent again a second later, it must arrive again: the first copy may have met a node that could not use it.
    await new Promise((resolve) => setTimeout(resolve, 900))
    left.transport.broadcast('consensus', bytes('vote 0'))
    await until('again', () => atRight.length === 21)
  })

  it('says which address is taken', async () => {
    const a = await startNode()
    const error = await startNode({ listen: [a.address.replace(/\/p2p\/.*/, '')] }).catch(
      (e: unknown) => e,
    )
    expect(String(error)).to.match(/p2p cannot start.*EADDRINUSE/s)
  })
})
