import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { CONFIG_FILE, gatewayInit, readGatewayConfig } from '../config.ts'
import { loadDeviceKey } from '../device-keys.ts'
import { inspectQueue } from '../queue.ts'
import { runGateway } from '../run.ts'
import { FakeChain } from './fake-chain.ts'

const DEVICES = ['m0', 'm1', 'm2', 'm3', 'm4']
const KILLS = 10
const MOST_KILLS = 40
const CHILD = fileURLToPath(new URL('./run-config.ts', import.meta.url))

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Meters that post without end; a value that was not confirmed is posted again for the same time, but higher. */
class Meters {
  time = BigInt(Math.floor(Date.now() / 60_000) * 60) - 6_000_000n
  confirmed = 0
  stopped = false
  readonly #values = new Map(DEVICES.map((one) => [one, 0n]))
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      for (const device of DEVICES) {
        const step = BigInt(1 + Math.floor(Math.random() * 1_000))
        this.#values.set(device, (this.#values.get(device) ?? 0n) + step)
      }
      const list = DEVICES.map(
        (device) =>
          `{"device":"${device}","time":${this.time},"export_mwh":${this.#values.get(device)}}`,
      )
      try {
        const response = await fetch(this.#url, { method: 'POST', body: `[${list.join(',')}]` })
        await response.text()
        if (!response.ok) throw new Error(String(response.status))
        this.time += 60n
        this.confirmed += 1
      } catch {
        await pause(5)
      }
    }
  }
}

describe('a gateway killed at random moments', () => {
  let dir: string
  let chain: FakeChain
  let child: ChildProcess | undefined
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-kill-'))
    chain = new FakeChain()
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await chain.closeAll()
    rmSync(dir, { recursive: true, force: true })
  })

  const start = (file: string): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', CHILD, file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })

  it('never signs two messages under one number, nor leaves a number out', async function () {
    this.timeout(180_000)
    chain.time = BigInt(Math.floor(Date.now() / 1_000))
    const home = join(dir, 'gateway')
    const url = await chain.listen()
    gatewayInit({ dir: home, chainId: chain.chainId, nodes: [url], devices: DEVICES })
    for (const device of DEVICES)
      chain.register(device, loadDeviceKey(join(home, 'devices'), device))
    const port = await freePort()
    const file = join(home, CONFIG_FILE)
    const lists = JSON.stringify(DEVICES)
    appendFileSync(
      file,
      `[[source]]\nkind = "push"\nname = "posts"\nport = ${port}\ndevices = ${lists}\n`,
    )
    for (const device of DEVICES)
      appendFileSync(file, `[[device]]\nid = "${device}"\ninterval_s = 60\n`)
    const blocks = setInterval(() => chain.block(1n), 50)
    const meters = new Meters(`http://127.0.0.1:${port}/readings`)
    const posting = meters.run()
    let between = 0
    let kills = 0
    while (kills < KILLS || (between === 0 && kills < MOST_KILLS)) {
      child = start(file)
      const before = meters.confirmed
      const end = Date.now() + 20_000
      while (meters.confirmed < before + 3 && Date.now() < end) await pause(5)
      await pause(Math.random() * 400)
      const gone = new Promise((resolve) => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      kills += 1
      if (signedButNotQueued(home)) between += 1
    }
    meters.stopped = true
    await posting
    const stop = new AbortController()
    const config = readGatewayConfig(file)
    const last = runGateway(config, {
      log: { info: () => undefined, warn: () => undefined },
      signal: stop.signal,
    })
    const end = Date.now() + 30_000
    while (Date.now() < end && waiting(home) > 0) await pause(100)
    stop.abort()
    await last
    clearInterval(blocks)

    expect(between, 'no kill fell between the book and the queue').to.be.greaterThan(0)
    const twice = [...chain.identities].filter(([, identities]) => identities.size > 1)
    expect(twice).to.deep.equal([])
    expect(chain.stored.size).to.be.greaterThan(KILLS * DEVICES.length)
    for (const device of DEVICES) {
      const book = JSON.parse(readFileSync(join(home, 'signing.json'), 'utf8')) as {
        devices: Record<string, { seq: string }>
      }
      const last = BigInt(book.devices[device]?.seq ?? '0') + 1n
      expect(chain.states.get(device)?.lastSeq).to.equal(last)
      expect([...chain.stored.values()].filter((one) => one.reason !== '')).to.deep.equal([])
    }
  })

  function waiting(home: string): number {
    return inspectQueue('q', readFileSync(join(home, 'queue.bin'))).queued
  }

  /** Whether the book intends a message that the queue does not have: the moment that tempts to sign anew. */
  function signedButNotQueued(home: string): boolean {
    const file = join(home, 'queue.bin')
    if (!existsSync(file)) return false
    const ledger = inspectQueue('q', readFileSync(file))
    const book = JSON.parse(readFileSync(join(home, 'signing.json'), 'utf8')) as {
      devices: Record<string, { seq: string; reading?: object }>
    }
    return Object.entries(book.devices).some(
      ([device, entry]) =>
        entry.reading !== undefined && BigInt(entry.seq) + 1n > ledger.lastSeq(device),
    )
  }
})
