import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { CONFIG_FILE, gatewayInit, readGatewayConfig } from '../config.ts'
import { loadDeviceKey } from '../device-keys.ts'
import { receiptBooks, receiptId } from '../receipts.ts'
import { Charger } from './charger.ts'
import { FakeChain } from './fake-chain.ts'

const KILLS = 8
const CHILD = fileURLToPath(new URL('./run-config.ts', import.meta.url))

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('a gateway with chargers killed at random moments', () => {
  let dir: string
  let chain: FakeChain
  let child: ChildProcess | undefined
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-receipt-kill-'))
    chain = new FakeChain()
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await chain.closeAll()
    rmSync(dir, { recursive: true, force: true })
  })

  const start = (file: string): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', CHILD, file], {
      stdio: 'ignore',
      env: { ...process.env, NODE_OPTIONS: '' },
    })

  it('brings every receipt it confirmed on chain, and attests each foreign one once', async function () {
    this.timeout(180_000)
    chain.time = BigInt(Math.floor(Date.now() / 1_000))
    const home = join(dir, 'gateway')
    const url = await chain.listen()
    gatewayInit({ dir: home, chainId: chain.chainId, nodes: [url], devices: ['old'] })
    const file = join(home, CONFIG_FILE)
    const port = await freePort()
    const chargers = { new: new Charger('secp256k1'), old: new Charger('brainpoolP256r1') }
    chain.register('old', loadDeviceKey(join(home, 'devices'), 'old'))
    chain.registerCharger('new', chargers.new.spkiHex)
    appendFileSync(
      file,
      `[[source]]\nkind = "push"\nname = "p"\nclass = "A"\nport = ${port}\n` +
        `[[source.device]]\nid = "new"\n` +
        `[[source.device]]\nid = "old"\nnotary = true\npublic_key = "${chargers.old.spkiHex}"\n`,
    )
    const config = readGatewayConfig(file)
    const blocks = setInterval(() => chain.block(1n), 50)
    const confirmed = { new: [] as string[], old: [] as string[] }
    let stopped = false
    const first = Math.floor(Date.now() / 1_000) - 5_000_000
    const post = async (device: 'new' | 'old'): Promise<void> => {
      for (let page = 1; !stopped; ) {
        const from = first + 100 * page
        const wh = { fromWh: 10 * page, toWh: 10 * page + 9 }
        const record = chargers[device].receipt({ page, from, to: from + 60, ...wh })
        const address = `http://127.0.0.1:${port}/ocmf?device=${device}`
        const answer = await fetch(address, { method: 'POST', body: record }).catch(() => undefined)
        if (answer?.status === 202) {
          confirmed[device].push(record)
          page += 1
        }
        // A charger that got no answer sends the same receipt again.
        await pause(answer === undefined ? 5 : 30)
      }
    }
    const posting = [post('new'), post('old')]
    for (let kills = 0; kills < KILLS; kills += 1) {
      child = start(file)
      const before = confirmed.new.length
      const end = Date.now() + 20_000
      while (confirmed.new.length < before + 3 && Date.now() < end) await pause(5)
      await pause(Math.random() * 500)
      const gone = new Promise((resolve) => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    stopped = true
    await Promise.all(posting)
    child = start(file)
    const settled = (): boolean => {
      const books = receiptBooks(config.receipts, readFileSync(config.receipts, 'utf8'))
      const waits = [...books.values()].some((book) => book.waiting > 0)
      return !waits && chain.stored.size >= 2 * confirmed.old.length
    }
    const end = Date.now() + 60_000
    while (!settled() && Date.now() < end) await pause(100)
    clearInterval(blocks)

    expect(confirmed.new.length).to.be.greaterThan(3 * KILLS - 1)
    const missing = confirmed.new.filter((record) => !chain.receipts.has(receiptId(record)))
    expect(missing).to.deep.equal([])
    const books = receiptBooks(config.receipts, readFileSync(config.receipts, 'utf8'))
    expect([...books.values()].map((book) => [book.waiting, book.refusedCount])).to.deep.equal([
      [0, 0],
      [0, 0],
    ])
    // Begin and end of every foreign receipt under one number each, in the order of their times.
    const twice = [...chain.identities].filter(([, identities]) => identities.size > 1)
    expect(twice).to.deep.equal([])
    const { old } = Object.fromEntries(books)
    expect(old?.attested).to.be.at.least(confirmed.old.length)
    expect(chain.stored.size).to.equal(2 * (old?.attested ?? 0))
  })
})
