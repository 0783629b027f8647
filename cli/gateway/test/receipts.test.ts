import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Gateway } from '../gateway.ts'
import { ReceiptStore } from '../receipts.ts'
import { Charger } from './charger.ts'
import { FakeChain } from './fake-chain.ts'

const PRIVKEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const NOW = 1_780_000_000

describe('receipts on their way to the chain', () => {
  let dir: string
  let chain: FakeChain
  let url: string
  let store: ReceiptStore
  let warnings: string[]
  let gateway: Gateway
  const charger = new Charger('secp256r1')
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) }

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-receipts-'))
    chain = new FakeChain()
    chain.time = BigInt(NOW)
    chain.registerCharger('wallbox', charger.spkiHex)
    url = await chain.listen()
    warnings = []
    await open()
  })
  afterEach(async () => {
    await gateway.stop()
    await store.close()
    await chain.closeAll()
    rmSync(dir, { recursive: true, force: true })
  })

  const open = async (): Promise<void> => {
    store = await ReceiptStore.open(join(dir, 'receipts.jsonl'))
    gateway = new Gateway({
      queueFile: join(dir, 'queue.bin'),
      chainId: chain.chainId,
      rpcUrls: [url],
      account: { privkey: PRIVKEY },
      log,
      pollMs: 10,
      resendMs: 80,
    })
    gateway.carry(store, () => true)
  }
  const receipt = (page: number, more: object = {}): string =>
    charger.receipt({
      page,
      from: NOW - 20_000 + 100 * page,
      to: NOW - 20_000 + 100 * page + 50,
      fromWh: 10 * page,
      toWh: 10 * page + 7,
      ...more,
    })
  const add = async (record: string, device = 'wallbox'): Promise<boolean> =>
    await store.add({ device, format: 'OCMF', record, receivedAt: BigInt(NOW) })
  const drain = async (everyMs = 25): Promise<void> => {
    const timer = setInterval(() => chain.block(1n), everyMs)
    try {
      await gateway.drained()
    } finally {
      clearInterval(timer)
    }
  }
  const book = () => store.books().get('wallbox')

  it('brings 120 of them on chain in batches, each once', async () => {
    for (let page = 1; page <= 120; page += 1) await add(receipt(page))
    await gateway.start()
    await drain()
    expect([chain.receipts.size, chain.receiptRepeats, chain.txCount]).to.deep.equal([120, 0, 3])
    expect(chain.largestTx).to.be.lessThan(65_536)
    expect(book()).to.deep.include({ waiting: 0, accepted: 120, refusedCount: 0 })
    expect(await add(receipt(7, { toWh: 78 }))).to.equal(true)
    expect(await add([...chain.receipts.values()].map(textOf)[4] ?? '')).to.equal(false)
  })

  it('sends again what a mempool lost, and takes a repeat for what it is', async () => {
    for (const page of [1, 2, 3]) await add(receipt(page))
    chain.loseNext = 2
    await gateway.start()
    await drain(150)
    expect(chain.receipts.size).to.equal(3)
    expect(book()).to.deep.include({ waiting: 0, accepted: 3 })
  })

  it('takes refused ones off with the reason in words, says so once, and still knows it after a start', async () => {
    const forged = receipt(1).replace('"RV":17', '"RV":18')
    await add(forged)
    await add(receipt(2, { clock: 'U' }))
    await add(receipt(3), 'stranger')
    await add(receipt(4))
    await gateway.start()
    await drain()
    const refused = [...store.books()].flatMap(([device, one]) =>
      one.refused.map(({ reason, detail }) => [device, reason, detail]),
    )
    const expected = [
      ['wallbox', 'bad_signature', 'not a signature of the key'],
      ['wallbox', 'receipt', 'the clock of the charger is unknown'],
      ['stranger', 'unknown_device', ''],
    ]
    expect(refused).to.have.deep.members(expected)
    expect(book()).to.deep.include({ waiting: 0, accepted: 1, refusedCount: 2 })
    expect(warnings.filter((one) => one.includes('clock of the charger'))).to.have.lengthOf(1)
    await gateway.stop()
    await store.close()
    await open()
    expect(book()).to.deep.include({ waiting: 0, accepted: 1, refusedCount: 2 })
    expect(await add(forged)).to.equal(false)
    await gateway.start()
    await gateway.drained()
    expect(warnings.filter((one) => one.includes('clock of the charger'))).to.have.lengthOf(1)
  })

  it('sends one whose clock is ahead again until its time has come', async () => {
    await add(receipt(1, { from: NOW + 50, to: NOW + 100 }))
    await gateway.start()
    await drain()
    expect(chain.receipts.size).to.equal(1)
    expect(Number(chain.time)).to.be.at.least(NOW + 40)
    expect(warnings.join()).to.contain("the charger's clock is ahead")
    expect(book()).to.deep.include({ waiting: 0, accepted: 1, refusedCount: 0 })
  })

  it('carries the others on when one can be in no transaction, or makes its transaction fail', async () => {
    chain.poison = '"PG":"T5"'
    for (let page = 1; page <= 8; page += 1) await add(receipt(page))
    await add(`${receipt(9)} untakeable`)
    await gateway.start()
    const timer = setInterval(() => chain.block(1n), 25)
    const end = Date.now() + 10_000
    while ((book()?.accepted ?? 0) < 7 && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(book()).to.deep.include({ waiting: 2, accepted: 7, refusedCount: 0 })
    expect(warnings.join()).to.contain('a receipt nobody takes').and.to.contain('poisoned')
    chain.poison = ''
    while ((book()?.waiting ?? 0) > 1 && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20))
    clearInterval(timer)
    expect(book()).to.deep.include({ waiting: 1, accepted: 8 })
  })

  it('stopped while transactions are on their way, asks the chain for them again after a start', async () => {
    for (const page of [1, 2]) await add(receipt(page))
    await gateway.start()
    while (chain.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await gateway.stop()
    await store.close()
    chain.block()
    await open()
    expect(book()?.waiting).to.equal(2)
    await gateway.start()
    await drain()
    expect([chain.receipts.size, chain.receiptRepeats]).to.deep.equal([2, 2])
    expect(book()).to.deep.include({ waiting: 0, accepted: 2 })
  })

  it('names the line of a damaged file rather than lose what is in it', async () => {
    await add(receipt(1))
    await add(receipt(2))
    await store.close()
    const file = join(dir, 'receipts.jsonl')
    const text = readFileSync(file, 'utf8')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(file, text.slice(10))
    const failed = await ReceiptStore.open(file).catch((error: Error) => error)
    expect(failed).to.be.instanceOf(Error)
    expect((failed as Error).message).to.contain('damaged at line 1')
    writeFileSync(file, text)
    await open()
    expect(book()?.waiting).to.equal(2)
  })
})

function textOf(receipt: { readonly record: Uint8Array }): string {
  return Buffer.from(receipt.record).toString('utf8')
}
