import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { CONFIG_FILE, gatewayInit, readGatewayConfig } from '../config.ts'
import { deriveDeviceKey } from '../device-keys.ts'
import { DeviceSigner } from '../device-signer.ts'
import { Gateway } from '../gateway.ts'
import { gatewayQueue } from '../queue-rows.ts'
import { runGateway } from '../run.ts'
import { gatewayStatus } from '../status.ts'
import { FakeChain } from './fake-chain.ts'

const PRIVKEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('gateway', () => {
  let dir: string
  let chain: FakeChain
  let url: string
  let warnings: string[]
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) }
  let gateways: Gateway[]

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-gateway-'))
    chain = new FakeChain()
    chain.time = 1_000_000n
    url = await chain.listen()
    warnings = []
    gateways = []
  })
  afterEach(async () => {
    for (const gateway of gateways) await gateway.stop()
    await chain.closeAll()
    rmSync(dir, { recursive: true, force: true })
  })

  const open = (urls: string[] = [url], more: object = {}): Gateway => {
    const gateway = new Gateway({
      queueFile: join(dir, 'queue.bin'),
      chainId: chain.chainId,
      rpcUrls: urls,
      account: { privkey: PRIVKEY },
      log,
      pollMs: 10,
      resendMs: 80,
      ...more,
    })
    gateways.push(gateway)
    return gateway
  }
  const signer = (device: string, known = true): DeviceSigner => {
    const key = deriveDeviceKey('1', device)
    if (known) chain.register(device, key)
    return new DeviceSigner({ chainId: chain.chainId, device, key })
  }
  const sign = (
    device: DeviceSigner,
    exportMwh = 10n * device.position.seq,
    time = 900n * device.position.seq,
  ): SignedReading => device.sign({ time, importMwh: 0n, exportMwh, status: 1n })
  const blocksUntil = async (done: Promise<void>, everyMs = 25): Promise<void> => {
    const timer = setInterval(() => chain.block(), everyMs)
    try {
      await done
    } finally {
      clearInterval(timer)
    }
  }

  it('brings 1,000 readings of 20 devices on chain in full batches within 64 KiB and empties its queue', async () => {
    const devices = Array.from({ length: 20 }, (_, i) => signer(`meter-${i}`))
    const gateway = open()
    await gateway.submit(
      Array.from({ length: 50 }, () => devices.map((device) => sign(device))).flat(),
    )
    await gateway.start()
    await blocksUntil(gateway.drained())
    expect(gateway.stats()).to.deep.equal({
      queued: 0,
      sent: 1000,
      accepted: 1000n,
      refused: 0n,
      refusedByReason: {},
    })
    expect(chain.stored.size).to.equal(1000)
    expect(chain.txCount).to.equal(20)
    expect(chain.largestTx).to.be.lessThan(65_536)
  })

  it('splits by bytes where the batch would pass the limit of a transaction', async () => {
    const device = signer('meter-1')
    const gateway = open([url], { maxTxBytes: 4_096 })
    await gateway.submit(Array.from({ length: 40 }, () => sign(device)))
    await gateway.start()
    await blocksUntil(gateway.drained())
    expect(chain.largestTx).to.be.within(2_000, 4_096)
    expect(chain.stored.size).to.equal(40)
  })

  it('sends again what a mempool lost, and a repeat changes nothing', async () => {
    const device = signer('meter-1')
    const gateway = open()
    chain.loseNext = 2
    await gateway.start()
    await gateway.submit([sign(device), sign(device), sign(device)])
    await blocksUntil(gateway.drained())
    expect(gateway.stats().accepted).to.equal(3n)
    expect(gateway.stats().sent).to.be.at.least(9)
    expect(gateway.stats().refused).to.equal(0n)
  })

  it('goes to another node when one is down and waits while all are', async () => {
    const second = await chain.listen()
    const device = signer('meter-1')
    const gateway = open([url, second])
    await gateway.start()
    await chain.close(0)
    await gateway.submit([sign(device)])
    await blocksUntil(gateway.drained())
    await chain.close(1)
    await gateway.submit([sign(device)])
    await wait(100)
    expect(gateway.stats().queued).to.equal(1)
    expect(warnings.join()).to.match(/no node answers \(.*ECONNREFUSED/)
  })

  it('holds a reading back until the chain clock plus max_ahead has reached it', async () => {
    const device = signer('meter-1')
    const gateway = open()
    await gateway.start()
    await gateway.submit([sign(device, 1n, chain.time + 61n)])
    await wait(100)
    expect(chain.waiting).to.equal(0)
    chain.block(1n)
    await wait(100)
    expect(chain.waiting).to.equal(1)
    await blocksUntil(gateway.drained())
    expect(gateway.stats().refused).to.equal(0n)
  })

  it('books a refused reading with its reason and keeps the good ones before and after it', async () => {
    const device = signer('meter-1')
    const other = signer('meter-2')
    const gateway = open()
    await gateway.submit([
      sign(device, 100n),
      sign(device, 50n),
      sign(device, 200n),
      sign(other, 5n),
    ])
    await gateway.start()
    await blocksUntil(gateway.drained())
    expect(gateway.stats().refusedByReason).to.deep.equal({ register_fell: 1n })
    expect(gateway.refusals()).to.deep.equal([
      { device: 'meter-1', seq: 2n, reason: 'register_fell' },
    ])
    expect(gateway.stats().accepted).to.equal(3n)
  })

  it('lets readings go whose window has closed, and those behind them that the chain has', async () => {
    const device = signer('meter-1')
    chain.closedBefore = 1_000n
    const gateway = open()
    // Number 1 and 2 are too old: the chain's last_seq stays 0, though it stores 3 to 5.
    await gateway.submit(Array.from({ length: 5 }, () => sign(device)))
    await gateway.start()
    await blocksUntil(gateway.drained())
    expect(chain.states.get('meter-1')?.lastSeq).to.equal(0n)
    expect(gateway.refusals().map((one) => [one.seq, one.reason])).to.deep.equal([
      [1n, 'window_closed'],
      [2n, 'window_closed'],
    ])
    expect(gateway.stats()).to.include({ queued: 0, accepted: 3n, refused: 2n })
    await gateway.stop()
    const again = open()
    await again.submit([])
    expect(again.stats()).to.include({ queued: 0, accepted: 3n, refused: 2n })
    await again.drained()
  })

  it('asks for single devices while there are few, and for all states when there are many', async () => {
    const few = signer('meter-1')
    const gateway = open()
    await gateway.submit([sign(few)])
    await gateway.start()
    await blocksUntil(gateway.drained())
    expect([...chain.queries.keys()].some((path) => path.endsWith('/DeviceStates'))).to.equal(false)
    expect([...chain.queries.keys()].some((path) => path.endsWith('/DeviceState'))).to.equal(true)
    const many = Array.from({ length: 70 }, (_, i) => sign(signer(`other-${i}`)))
    await gateway.submit(many)
    await blocksUntil(gateway.drained())
    expect([...chain.queries.keys()].some((path) => path.endsWith('/DeviceStates'))).to.equal(true)
  })

  it('gives up on devices the chain does not know and on signatures of another key', async () => {
    const stranger = signer('stranger', false)
    const forger = signer('meter-1')
    chain.register('meter-1', deriveDeviceKey('2', 'meter-1'))
    const honest = signer('meter-2')
    const gateway = open()
    await gateway.submit([sign(stranger), sign(forger), sign(honest)])
    await gateway.start()
    await blocksUntil(gateway.drained())
    expect(gateway.stats().refusedByReason).to.deep.equal({ unknown_device: 1n, bad_signature: 1n })
    expect(gateway.stats().accepted).to.equal(1n)
  })

  it('carries the others on when one reading can be in no transaction', async () => {
    const gateway = open()
    const bad = sign(signer('meter-1'))
    const devices = Array.from({ length: 7 }, (_, i) => signer(`good-${i}`))
    await gateway.submit([
      { ...bad, signature: new Uint8Array(63) },
      ...devices.map((device) => sign(device)),
    ])
    await gateway.start()
    const timer = setInterval(() => chain.block(), 25)
    while (gateway.stats().accepted < 7n) await wait(20)
    clearInterval(timer)
    expect(gateway.stats().queued).to.equal(1)
    expect(warnings.join()).to.contain('bad signature length')
  })

  it('started again on its queue goes on, corrects its sequence and loses nothing', async () => {
    const device = signer('meter-1')
    const first = open()
    await first.start()
    await first.submit([sign(device), sign(device)])
    while (chain.waiting === 0) await wait(10)
    await first.stop()
    const second = open()
    expect(await second.lastSeq('meter-1')).to.equal(2n)
    await second.submit([sign(device)])
    await second.start()
    await blocksUntil(second.drained())
    expect(chain.stored.size).to.equal(3)
    expect(second.stats().accepted).to.equal(3n)
    expect(second.stats().refused).to.equal(0n)
  })

  it('sends nothing to a node of another chain', async () => {
    const device = signer('meter-1')
    const gateway = open([url], { chainId: 'elsewhere-1' })
    await gateway.submit([sign(device)])
    await gateway.start()
    let message = ''
    await gateway.drained().catch((error: Error) => {
      message = error.message
    })
    expect(message).to.contain('serves strom-test-1, this gateway signs for elsewhere-1')
    expect(chain.waiting).to.equal(0)
  })

  it('is set up, run and asked from a folder with gateway.toml', async () => {
    const home = join(dir, 'home')
    const made = gatewayInit({
      dir: home,
      chainId: chain.chainId,
      nodes: [url],
      devices: ['meter-1'],
    })
    expect(made.address).to.match(/^strom1[a-z0-9]{38}$/)
    expect(() => gatewayInit({ dir: home, chainId: 'x', nodes: [url], devices: [] })).to.throw(
      'exists already',
    )
    const config = readGatewayConfig(join(home, CONFIG_FILE))
    const device = signer('meter-1')
    const timer = setInterval(() => chain.block(), 25)
    const stats = await runGateway(config, {
      log,
      signal: new AbortController().signal,
      source: (gateway) => gateway.submit([sign(device), sign(device)]),
    })
    clearInterval(timer)
    expect(stats.accepted).to.equal(2n)
    expect(gatewayQueue(config).map((row) => [row.device, row.ackedSeq, row.queued])).to.deep.equal(
      [['meter-1', 2n, 0]],
    )
    const status = await gatewayStatus(config)
    expect([status.accepted, status.problem, status.chain?.chainId]).to.deep.equal([
      2n,
      undefined,
      chain.chainId,
    ])
    await chain.closeAll()
    expect((await gatewayStatus(config)).problem).to.contain('no node answers')
  })

  it('names file and setting of a configuration it cannot use', () => {
    const file = join(dir, CONFIG_FILE)
    expect(() => readGatewayConfig(file)).to.throw('strom gateway init')
    const good =
      'chain_id = "c"\nnodes = ["http://x"]\naccount_key = "a"\ndevice_keys = "d"\nqueue = "q"\n'
    for (const [text, message] of [
      [`${good}colour = 1\n`, 'unknown setting colour'],
      [good.replace('["http://x"]', '[]'), 'nodes should be a list'],
      [good.replace('"c"', '3'), 'chain_id should be a text'],
      ['chain_id = ', 'cannot read'],
    ] as const) {
      writeFileSync(file, text)
      expect(() => readGatewayConfig(file), text).to.throw(message)
    }
    writeFileSync(file, good)
    expect(readGatewayConfig(file).queue).to.equal(join(dir, 'q'))
    expect(readFileSync(file, 'utf8')).to.equal(good)
  })
})
