import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'smol-toml'
import { checkDevice, checkSources } from '../check.ts'
import { CONFIG_FILE, defaultPlan, gatewayInit, readGatewayConfig } from '../config.ts'
import { loadDeviceKey } from '../device-keys.ts'
import { runGateway } from '../run.ts'
import { scan } from '../scan.ts'
import type { Sample } from '../sources/contract.ts'
import { createSources } from '../sources/kinds.ts'
import { gatewayStatus } from '../status.ts'
import { type Broker, openBroker } from './broker.ts'
import { until } from './collector.ts'
import { FakeChain } from './fake-chain.ts'

const T = 1_782_907_200n
const sample = (at: bigint, importMwh: bigint, powerW: bigint): Sample => ({
  device: 'd',
  time: T + at,
  receivedAt: T + at,
  importMwh,
  powerW,
  good: true,
})

describe('gateway test', () => {
  const check = (...samples: Sample[]): string =>
    checkDevice(samples, { ...defaultPlan('d'), toleranceS: 60n }).problems.join('; ')
  // 1,000 W for 36 s are 10 Wh.
  const two = (gain: bigint, power = 1_000n): string =>
    check(sample(0n, 5_000_000n, power), sample(36n, 5_000_000n + gain, power))

  it('is content when registers and power agree', () => {
    expect(two(10_000n)).to.equal('')
    expect(two(9_000n)).to.equal('')
  })

  it('finds units a thousand or a million times off, and inverted signs', () => {
    expect(two(10_000_000n)).to.contain('a thousand times too fast')
    expect(two(10n)).to.contain('a thousand times too slow')
    expect(two(10_000_000_000n)).to.contain('a million times too fast')
    expect(two(10_000n, -1_000n)).to.contain('the sign is inverted')
    expect(two(0n)).to.contain('stands still although power flows')
    expect(two(55_000n)).to.contain('disagree by a factor of 5.5')
  })

  it('says when nothing can be said: too little energy, no power, one sample, a standing time', () => {
    expect(two(0n, 3n)).to.contain('too little energy')
    const { powerW: _, ...silent } = sample(0n, 1n, 1n)
    expect(check(silent, { ...silent, time: T + 9n, receivedAt: T + 9n })).to.contain('no power')
    expect(check(sample(0n, 1n, 1n))).to.contain('only one sample')
    expect(check()).to.contain('no sample came')
    expect(check({ ...sample(0n, 1n, 1n), receivedAt: T + 100n })).to.contain('-100 s off ours')
    const slow = [sample(0n, 0n, 0n), sample(300n, 0n, 0n)]
    expect(checkDevice(slow, defaultPlan('d')).problems.join()).to.contain(
      'boundaries will be missed',
    )
  })
})

describe('a gateway with a broker and a host', () => {
  let broker: Broker
  let shelly: Server
  let dir: string
  let chain: FakeChain
  beforeEach(async () => {
    broker = await openBroker()
    dir = mkdtempSync(join(tmpdir(), 'strom-scan-'))
    chain = new FakeChain()
    shelly = createServer((request, response) => {
      const known = request.url === '/rpc/Shelly.GetStatus'
      response.statusCode = known ? 200 : 404
      response.end(known ? '{"switch:0":{"apower":1,"aenergy":{"total":12.5}}}' : '')
    })
    await new Promise<void>((resolve) => shelly.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    await broker.close()
    await chain.closeAll()
    shelly.closeAllConnections()
    await new Promise((resolve) => shelly.close(resolve))
    rmSync(dir, { recursive: true, force: true })
  })
  const say = (topic: string, payload: string): Promise<unknown> =>
    broker.meter.publishAsync(topic, payload, { qos: 1, retain: true })

  it('prints tables that gateway.toml takes as they are', async () => {
    await say('tele/plug7/SENSOR', '{"Time":"2026-07-01T12:00:00","ENERGY":{"Total":12.345}}')
    await say('tele/weather/SENSOR', '{"BME280":{"Temperature":20.1}}')
    await say(
      'shellypro3em-1/events/rpc',
      '{"params":{"ts":1,"emdata:0":{"total_act":5.5,"total_act_ret":1.5}}}',
    )
    await say(
      'homeassistant/sensor/x/total/config',
      '{"stat_t":"x/t","dev_cla":"energy","stat_cla":"total_increasing","unit_of_meas":"kWh","uniq_id":"x_total"}',
    )
    const host = `127.0.0.1:${(shelly.address() as AddressInfo).port}`
    const found = await scan({ broker: { url: broker.url }, seconds: 1, hosts: [host], unit: 1 })
    expect(found.found.map((one) => one.make).sort()).to.deep.equal([
      'Home Assistant',
      'Shelly',
      'Shelly',
      'Tasmota',
    ])
    expect(found.found.map((one) => one.value)).to.include('12.345 kWh')
    const tables = (parse(found.config) as { source: Record<string, unknown>[] }).source
    const sources = await createSources(tables, 'scan', dir)
    expect(sources.map((one) => one.kind)).to.deep.equal(['mqtt', 'http'])
    expect(sources.flatMap((one) => one.devices)).to.include.members(['plug7', 'x_total'])
  })

  it('carries meters of the broker to the chain, tells them so, and shows its sources in the status', async () => {
    const url = await chain.listen()
    chain.time = BigInt(Math.floor(Date.now() / 1_000))
    const home = join(dir, 'g')
    gatewayInit({ dir: home, chainId: chain.chainId, nodes: [url], devices: ['plug7'] })
    chain.register('plug7', loadDeviceKey(join(home, 'devices'), 'plug7'))
    const file = join(home, CONFIG_FILE)
    appendFileSync(
      file,
      `[[source]]\nkind = "mqtt"\nname = "house"\nurl = "${broker.url}"\n` +
        '[[source.device]]\nid = "plug7"\nformat = "tasmota"\ntopic = "plug7"\n' +
        '[[device]]\nid = "plug7"\ninterval_s = 1\ntolerance_s = 0\n',
    )
    const config = readGatewayConfig(file)
    const heard = new Map<string, string>()
    broker.meter.on('message', (topic, payload) => void heard.set(topic, payload.toString()))
    await broker.meter.subscribeAsync('strom/#')
    let total = 0
    const meter = setInterval(() => {
      total += 1
      void broker.meter.publishAsync(
        'tele/plug7/SENSOR',
        `{"ENERGY":{"Total":${(total / 1_000).toFixed(3)},"Power":12000}}`,
      )
    }, 300)
    const found = await checkSources(config, 3)
    expect(found.devices[0]?.problems).to.deep.equal([])
    const blocks = setInterval(() => chain.block(1n), 50)
    const stop = new AbortController()
    const log = { info: () => undefined, warn: () => undefined }
    const running = runGateway(config, { log, signal: stop.signal })
    const accepted = (): number => {
      const ack = heard.get('strom/plug7/ack')
      return ack === undefined ? 0 : Number(JSON.parse(ack).accepted)
    }
    await until(() => accepted() >= 2, 'two accepted readings in the acknowledgement')
    stop.abort()
    clearInterval(meter)
    const stats = await running
    clearInterval(blocks)
    expect(stats.refused).to.equal(0n)
    const ack = JSON.parse(heard.get('strom/plug7/ack') ?? '{}') as Record<string, string>
    expect(Number(ack['accepted_import_kwh'])).to.be.within(0.001, total / 1_000)
    const status = await gatewayStatus(config)
    expect(status.sources).to.deep.equal([
      { name: 'house', kind: 'mqtt', trustClass: 'C', devices: ['plug7'] },
    ])
    // A block behind the gateway's last look may have accepted one more.
    expect(status.accepted >= stats.accepted).to.equal(true)
    expect(status.accepted <= stats.accepted + 1n).to.equal(true)
  })

  it('keeps receipts of chargers without holding their keys', async () => {
    const home = join(dir, 'g')
    const url = await chain.listen()
    gatewayInit({ dir: home, chainId: chain.chainId, nodes: [url], devices: ['own'] })
    const file = join(home, CONFIG_FILE)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    appendFileSync(
      file,
      `[[source]]\nkind = "push"\nname = "p"\nport = ${port}\nclass = "A"\ndevices = ["wallbox"]\n`,
    )
    const config = readGatewayConfig(file)
    const stop = new AbortController()
    const log = { info: () => undefined, warn: () => undefined }
    const running = runGateway(config, { log, signal: stop.signal })
    const post = (path: string, body: string): Promise<number> =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body }).then(
        (response) => response.status,
        () => 0,
      )
    const record = 'OCMF|{"FV":"1.0"}|{"SD":"30"}'
    let status = 0
    while (status === 0) status = await post('/ocmf?device=wallbox', record)
    expect(status).to.equal(202)
    expect(await post('/readings', '{"device":"wallbox","import_wh":1}')).to.equal(400)
    stop.abort()
    await running
    expect((await gatewayStatus(config)).receipts.waiting).to.equal(1)
  })

  it('refuses a configuration in which two parts would sign for one device, and plans nobody speaks of', async () => {
    const home = join(dir, 'g')
    gatewayInit({ dir: home, chainId: 'c', nodes: ['http://127.0.0.1:1'], devices: ['a'] })
    const file = join(home, CONFIG_FILE)
    const source = '[[source]]\nkind = "push"\nname = "p"\nport = 0\ndevices = ["a"]\n'
    appendFileSync(file, `${source}[[device]]\nid = "b"\n`)
    let message = ''
    const log = { info: () => undefined, warn: () => undefined }
    await runGateway(readGatewayConfig(file), { log, signal: new AbortController().signal }).catch(
      (error: Error) => {
        message = error.message
      },
    )
    expect(message).to.contain('device "b": no [[source]] brings values of it')
    appendFileSync(file, 'interval_s = 5000\n')
    expect(() => readGatewayConfig(file)).to.throw(
      'device "b": interval_s should be a whole number',
    )
  })
})
