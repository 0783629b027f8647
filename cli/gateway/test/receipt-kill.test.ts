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

/** A charger that hands over one receipt after the other, each until it is confirmed. */
class Posts {
  readonly confirmed: string[] = []
  stopped = false
  readonly #charger: Charger
  readonly #url: string

  constructor(charger: Charger, url: string) {
    this.#charger = charger
    this.#url = url
  }

  async run(): Promise<void> {
    const first = Math.floor(Date.now() / 1_000) - 5_000_000
    for (let page = 1; !this.stopped; ) {
      const from = first + 100 * page
      const wh = { fromWh: 10 * page, toWh: 10 * page + 9 }
      const record = this.#charger.receipt({ page, from, to: from + 60, ...wh })
      const answer = await fetch(this.#url, { method: 'POST', body: record }).catch(() => undefined)
      if (answer?.status === 202) {
        this.confirmed.push(record)
        page += 1
      }
      await pause(answer === undefined ? 5 : 30)
    }
  }
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
    const box = new Posts(chargers.new, `http://127.0.0.1:${port}/ocmf?device=new`)
    const oldBox = new Posts(chargers.old, `http://127.0.0.1:${port}/ocmf?device=old`)
    const posting = [box.run(), oldBox.run()]
    for (let kills = 0; kills < KILLS; kills += 1) {
      child = start(file)
      const before = box.confirmed.length
      const end = Date.now() + 20_000
      while (box.confirmed.length < before + 3 && Date.now() < end) await pause(5)
      await pause(Math.random() * 500)
      const gone = new Promise((resolve) => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    for (const one of [box, oldBox]) one.stopped = true
    await Promise.all(posting)
    child = start(file)
    const settled = (): boolean => {
      const books = receiptBooks(config.receipts, readFileSync(config.receipts, 'utf8'))
      const waits = [...books.values()].some((book) => book.waiting > 0)
      return !waits && chain.stored.size >= 2 * oldBox.confirmed.length
    }
    const end = Date.now() + 60_000
    while (!settled() && Date.now() < end) await pause(100)
    clearInterval(blocks)

    expect(box.confirmed.length).to.be.greaterThan(3 * KILLS - 1)
    const missing = box.confirmed.filter((record) => !chain.receipts.has(receiptId(record)))
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
    expect(old?.attested).to.be.at.least(oldBox.confirmed.length)
    expect(chain.stored.size).to.equal(2 * (old?.attested ?? 0))
  })
})
