import '../shim.ts'
import { Socket } from 'node:net'
import { expect } from 'chai'
import { startNode, stopAll, until } from './helpers.ts'

describe('p2p/frugal', () => {
  afterEach(stopAll)

  it('spends one write on a message and none on an answer, and still moves many windows of data', async () => {
    const a = await startNode()
    const b = await startNode({ persistentPeers: [a.address] })
    let arrived = 0
    let bytes = 0
    b.transport.onMessage((_peer, _kind, data) => {
      arrived++
      bytes += data.length
    })
    await until('peers', () => a.transport.peers().length === 1 && b.transport.peers().length === 1)
    a.transport.broadcast('consensus', new Uint8Array(100))
    await until('the first message', () => arrived === 1)
    await new Promise((resolve) => setTimeout(resolve, 200))

    const write = Socket.prototype.write
    let writes = 0
    Socket.prototype.write = function (this: Socket, ...args: Parameters<Socket['write']>) {
      writes++
      return write.apply(this, args)
    } as Socket['write']
    try {
      for (let i = 1; i <= 100; i++) {
        a.transport.broadcast('consensus', new Uint8Array(200))
        await until(`message ${i}`, () => arrived === i + 1)
      }
    } finally {
      Socket.prototype.write = write
    }
    // Pings and gossip heartbeats may fall into the time; four writes a message was the rule without the economy.
    expect(writes).to.be.within(100, 160)

    bytes = 0
    for (let i = 0; i < 100; i++) {
      a.transport.broadcast('consensus', new Uint8Array(60_000))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('six megabytes', () => bytes === 6_000_000)
  })
})
