import '../shim.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { startNode, stopAll, type TestNode, until } from './helpers.ts'

const SCRIPT = fileURLToPath(new URL('./peer-process.ts', import.meta.url))

async function startPeer(...args: string[]): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, ['--import=tsx', SCRIPT, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('no stdout')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, address: line.toString().trim() }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(sorted.length * q)] ?? Number.NaN
}

/** Half the round trip of `count` messages of `size` bytes, one every 2 ms, in milliseconds. */
async function latency(
  node: TestNode,
  size: number,
  count: number,
): Promise<{ p50: number; p99: number }> {
  const peer = node.transport.peers()[0]?.id ?? ''
  const halves: number[] = []
  const sent = new Map<number, number>()
  node.transport.onMessage((_peer, _kind, data) => {
    const began = sent.get(new DataView(data.buffer).getUint32(1))
    if (began !== undefined && data.length === size) halves.push((performance.now() - began) / 2)
  })
  for (let i = 0; i < count; i++) {
    const message = new Uint8Array(size)
    message[0] = 1
    new DataView(message.buffer).setUint32(1, i)
    sent.set(i, performance.now())
    node.transport.send(peer, 'consensus', message)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await until('all echoes', () => halves.length === count)
  halves.sort((a, b) => a - b)
  return { p50: quantile(halves, 0.5), p99: quantile(halves, 0.99) }
}

/** Messages a second that arrive at the other process, sent without a pause but never more than 2,000 ahead. */
async function throughput(node: TestNode, size: number, count: number): Promise<number> {
  const peer = node.transport.peers()[0]?.id ?? ''
  let done = 0
  node.transport.onMessage((_peer, _kind, data) => {
    if (data[0] === 0x7b) done = JSON.parse(Buffer.from(data).toString()).counted
  })
  const message = new Uint8Array(size).fill(2)
  const began = performance.now()
  const window = Math.max(50, Math.floor(8_000_000 / size))
  for (let i = 0; i < count; i++) {
    node.transport.send(peer, 'consensus', message)
    if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve))
    while (node.transport.channels.queued(peer) > Math.min(window, 2000))
      await new Promise((r) => setImmediate(r))
  }
  node.transport.send(peer, 'consensus', new Uint8Array([3]))
  await until('the count', () => done >= count, 60_000)
  return count / ((performance.now() - began) / 1000)
}

/** The message pattern of consensus without its rules: three messages a node and height, each needs three of four. */
function runRounds(node: TestNode, index: number, heights: number): Promise<void> {
  return new Promise((resolve) => {
    const counts = new Map<string, number>()
    let height = 0
    const say = (step: number, size: number): void => {
      const message = new Uint8Array(size)
      message[0] = step
      new DataView(message.buffer).setUint32(1, height)
      node.transport.broadcast('consensus', message)
      hear(step, height)
    }
    const enter = (): void => {
      if (height === heights) resolve()
      else if (height % 4 === index) say(0, 1000)
      else if ((counts.get(`0/${height}`) ?? 0) > 0) say(1, 200)
    }
    const hear = (step: number, at: number): void => {
      const count = (counts.get(`${step}/${at}`) ?? 0) + 1
      counts.set(`${step}/${at}`, count)
      if (at !== height) return
      if (step === 0) say(1, 200)
      if (step === 1 && count === 3) say(2, 200)
      if (step === 2 && count >= 3) {
        height++
        enter()
      }
    }
    node.transport.onMessage((_peer, _kind, data) => {
      hear(data[0] ?? 0, new DataView(data.buffer, data.byteOffset).getUint32(1))
    })
    enter()
  })
}

describe('p2p between processes', () => {
  afterEach(stopAll)

  it('sends small messages within a few milliseconds and loses none', async function () {
    this.timeout(60_000)
    const { child, address } = await startPeer()
    const node = await startNode({ chainId: 'bench-1', persistentPeers: [address] })
    await until('connected', () => node.transport.peers().length === 1)
    const small = await latency(node, 200, 1000)
    const large = await latency(node, 65_000, 200)
    const rate = await throughput(node, 200, 20_000)
    const bulk = await throughput(node, 65_000, 2000)
    const show = (n: number): string => n.toFixed(2)
    const figures =
      `200 B ${show(small.p50)}/${show(small.p99)} ms p50/p99, ${rate.toFixed(0)}/s; ` +
      `65 kB ${show(large.p50)}/${show(large.p99)} ms, ${((bulk * 65_000) / 1e6).toFixed(0)} MB/s`
    if (this.test !== undefined) this.test.title += ` (${figures})`
    child.kill('SIGKILL')
    // Generous bounds: they catch a broken path (Nagle, polling), not a busy machine.
    expect(small.p50).to.be.lessThan(20)
    expect(rate).to.be.greaterThan(500)
  })

  it('lets four nodes agree fast: propose, prevote, precommit with empty blocks', async function () {
    this.timeout(60_000)
    const nodes: TestNode[] = []
    for (let i = 0; i < 4; i++)
      nodes.push(await startNode({ persistentPeers: nodes.map((one) => one.address) }))
    await until('full mesh', () => nodes.every((node) => node.transport.peers().length === 3))
    const HEIGHTS = 300
    const done = nodes.map((node, i) => runRounds(node, i, HEIGHTS))
    const began = performance.now()
    await Promise.all(done)
    const rate = HEIGHTS / ((performance.now() - began) / 1000)
    if (this.test !== undefined)
      this.test.title += ` (${rate.toFixed(0)} heights/s, all four in one process)`
    expect(rate).to.be.greaterThan(5)
  })

  it('connects again when a neighbour killed with signal 9 is back', async function () {
    this.timeout(60_000)
    const dir = mkdtempSync(join(tmpdir(), 'strom-p2p-'))
    const keyFile = join(dir, 'node_key.json')
    const first = await startPeer(keyFile)
    const node = await startNode({ chainId: 'bench-1', persistentPeers: [first.address] })
    await until('connected', () => node.transport.peers().length === 1)
    first.child.kill('SIGKILL')
    await until('lost', () => node.transport.peers().length === 0)
    const port = /tcp\/(\d+)/.exec(first.address)?.[1] ?? ''
    const second = await startPeer(keyFile, port)
    const began = performance.now()
    await until('connected again', () => node.transport.peers().length === 1)
    expect(performance.now() - began).to.be.lessThan(8000)
    second.child.kill('SIGKILL')
    rmSync(dir, { recursive: true })
  })
})
