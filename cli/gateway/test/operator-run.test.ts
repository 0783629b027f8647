import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import { CONFIG_FILE, gatewayInit, readGatewayConfig } from '../config.ts'
import { createDeviceKey, deriveDeviceKey, loadDeviceKey } from '../device-keys.ts'
import { GatewayError } from '../errors.ts'
import { Ledger } from '../ledger.ts'
import { runGateway } from '../run.ts'
import { SigningBook } from '../signing-book.ts'
import { SigningDesk } from '../signing-desk.ts'
import { nowSeconds } from '../sources/clock.ts'
import { gatewayStatus } from '../status.ts'
import { type Broker, openBroker } from './broker.ts'
import { until } from './collector.ts'
import { VALIDATOR } from './fake-operator.ts'
import { OperatorBench } from './operator-bench.ts'

const toml = (url: string): string => `
[operator]
validator = "${VALIDATOR}"
battery = "bess"
meter = "bess-meter"
reserve_wh = 200

[[source]]
kind = "mqtt"
name = "cellar"
url = "${url}"
class = "B"
poll_s = 0

[[source.device]]
id = "bess"
format = "generic"
setpoint_topic = "bess/set"
setpoint_release = "auto"
[[source.device.register]]
register = "import"
topic = "bess"
path = "in"
unit = "mWh"
time_path = "t"
time_form = "unix"
[[source.device.register]]
register = "soc"
topic = "bess"
path = "soc"
unit = "mWh"
time_path = "t"
time_form = "unix"

[[source.device]]
id = "bess-meter"
format = "generic"
[[source.device.register]]
register = "import"
topic = "meter"
path = "in"
unit = "mWh"
time_path = "t"
time_form = "unix"
[[source.device.register]]
register = "export"
topic = "meter"
path = "out"
unit = "mWh"
time_path = "t"
time_form = "unix"
`

describe('a gateway that keeps the storage of a validator', () => {
  const bench = new OperatorBench()
  let broker: Broker
  let stop: AbortController
  let running: Promise<unknown> | undefined
  beforeEach(async () => {
    broker = await openBroker()
    stop = new AbortController()
    running = undefined
  })
  afterEach(async () => {
    stop.abort()
    await running
    await broker.close()
  })

  /** Makes the gateway's folder; returns its configuration file. */
  const home = (): string => {
    const dir = join(bench.dir, 'gateway')
    const { chain } = bench
    const made = gatewayInit({
      dir,
      chainId: chain.chainId,
      nodes: [bench.url],
      devices: ['bess', 'bess-meter'],
    })
    for (const id of ['bess', 'bess-meter'])
      chain.register(id, loadDeviceKey(join(dir, 'devices'), id))
    bench.operator.grants.push(made.address)
    appendFileSync(join(dir, CONFIG_FILE), toml(broker.url))
    return join(dir, CONFIG_FILE)
  }
  const say = (topic: string, payload: object): Promise<unknown> =>
    broker.meter.publishAsync(topic, JSON.stringify(payload), { qos: 1 })
  const log = {
    info: (text: string) => void bench.messages.push(text),
    warn: (text: string) => void bench.messages.push(text),
  }

  it('anchors the readings of its meter, commits, drives a challenge, lets go, and tells all that', async function () {
    this.timeout(40_000)
    const { chain, operator } = bench
    const tick = nowSeconds() / 900n
    const start = tick * 900n
    chain.time = nowSeconds()
    const file = home()
    const asked = operator.ask(tick, 4_000n, { ticks: 4, deep: true })
    const setpoints: string[] = []
    broker.meter.on('message', (topic, payload) => {
      if (topic === 'bess/set') setpoints.push(payload.toString())
    })
    await broker.meter.subscribeAsync('bess/set')
    running = runGateway(readGatewayConfig(file), { log, signal: stop.signal })
    await until(() => bench.said('carries readings'))
    chain.block(0n)
    const height = chain.height
    await say('bess', { in: 1_000, soc: 9_000_000, t: Number(start) })
    await say('meter', { in: 5_000, out: 7_000, t: Number(start) })
    await until(() => bench.said('challenge of period'))
    await say('meter', { in: 5_000, out: 7_000, t: Number(nowSeconds()) })
    const blocks = setInterval(() => chain.block(0n), 150)
    await until(() => chain.stored.size === 2)
    while (setpoints.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    // 1,000 Wh in what is left of this tick, at least 1,000 W and at most the nameplate.
    expect(Number(setpoints[0])).to.be.within(-5_000, -1_000)
    const inBook = JSON.parse(readFileSync(join(bench.dir, 'gateway', 'signing.json'), 'utf8')) as {
      devices: Record<string, { reading: { anchor?: { height: string; hash: string } } }>
    }
    expect(inBook.devices['bess-meter']?.reading.anchor).to.deep.equal({
      height: height.toString(),
      hash: chain.hashAt(height),
    })
    expect(inBook.devices['bess']?.reading.anchor).to.equal(undefined)
    if (operator.committing) await until(() => operator.taken.length === 1)
    const status = await gatewayStatus(readGatewayConfig(file))
    expect(status.problem).to.equal(undefined)
    expect(status.operator?.anchored).to.contain(
      `block ${height} ${chain.hashAt(height).slice(0, 16)}`,
    )
    expect(status.operator?.presence).to.contain('2 of at most 672 ticks silent')
    expect(status.operator?.secret).to.match(/^(committed|not committed) for period \d+/)
    expect(status.operator?.next).to.contain('discharge 4000 Wh (± 50, deep, over 4 ticks)')
    expect(status.operator?.last).to.equal('none')
    expect(status.operator?.problems).to.deep.equal([])
    asked.status = ChallengeStatus.CHALLENGE_STATUS_MET
    asked.measuredWh = 4_010n
    await until(() => bench.said('was met: 4010 Wh of 4000 Wh'))
    while (setpoints.at(-1) !== 'auto') await new Promise((resolve) => setTimeout(resolve, 20))
    clearInterval(blocks)
    const after = await gatewayStatus(readGatewayConfig(file))
    expect([after.operator?.next, after.operator?.last]).to.deep.equal([
      'none',
      `the challenge of period ${asked.period} was met: 4010 Wh of 4000 Wh, ± 50`,
    ])
    stop.abort()
    await running
    const seed = readFileSync(join(bench.dir, 'gateway', 'operator.seed'), 'utf8').trim()
    expect(bench.messages.join('\n')).not.to.contain(seed)
    expect(bench.messages.filter((text) => text.includes('made a new seed'))).to.have.length(1)
    await chain.closeAll()
    const alone = await gatewayStatus(readGatewayConfig(file))
    expect(alone.operator?.anchored).to.contain(`block ${height} `)
    expect(alone.operator?.problems[0]).to.contain('no node answers')
  })

  it('refuses a battery that its source cannot steer, a meter nobody reads, and no source at all', async () => {
    const file = home()
    const bare = join(bench.dir, 'bare.toml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(bare, text.slice(0, text.indexOf('[[source]]')))
    expect(() => readGatewayConfig(bare)).to.throw('[operator] needs a [[source]]')
    const config = readGatewayConfig(file)
    const run = async (change: object, base = config): Promise<string> => {
      try {
        const { operator } = base
        if (operator === undefined) throw new Error('no operator was read')
        await runGateway(
          { ...base, operator: { ...operator, ...change } },
          { log, signal: stop.signal },
        )
      } catch (error) {
        if (error instanceof GatewayError) return error.message
        throw error
      }
      return ''
    }
    expect(await run({ meter: 'nobody' })).to.contain('meter "nobody": no [[source]] brings values')
    expect(existsSync(join(bench.dir, 'gateway', 'operator.seed'))).to.equal(false)
    appendFileSync(
      file,
      '\n[[source]]\nkind = "push"\nname = "p"\nport = 0\ndevices = ["pushed"]\n',
    )
    createDeviceKey(config.deviceKeys, 'pushed')
    const wider = { ...config, sources: readGatewayConfig(file).sources }
    expect(await run({ battery: 'pushed' }, wider)).to.contain(
      'battery "pushed": source "p" of kind push cannot steer it',
    )
  })

  it('makes the same bytes again from its book, anchor and all, and others without one', async () => {
    const file = join(bench.dir, 'signing.json')
    const sent: Uint8Array[] = []
    let height = 41n
    const open = async (): Promise<SigningDesk> => {
      const desk = new SigningDesk({
        chainId: 'c',
        devices: ['bess', 'bess-meter'],
        book: await SigningBook.open(file, 'c'),
        queued: new Ledger(),
        key: (device) => deriveDeviceKey('1', device),
        submit: async (readings) => void sent.push(...readings.map((one) => one.message)),
        anchor: async (device) =>
          device === 'bess-meter' ? { height: (height += 1n), hash: 'ab'.repeat(32) } : undefined,
      })
      await desk.start()
      return desk
    }
    const desk = await open()
    const nothing = { seq: 0n, hash: '', last: undefined }
    await desk.verify(
      new Map([
        ['bess', nothing],
        ['bess-meter', nothing],
      ]),
    )
    await desk.take('bess', { time: 900n, importMwh: 1n, exportMwh: 0n })
    await desk.take('bess-meter', { time: 900n, importMwh: 1n, exportMwh: 0n })
    await desk.take('bess-meter', { time: 1_800n, importMwh: 2n, exportMwh: 0n })
    const first = sent.splice(0)
    const decoded = first.map((bytes) => DeviceMessage.decode(bytes))
    expect(decoded.map((one) => one.anchor?.height)).to.deep.equal([undefined, 42n, 43n])
    expect(Buffer.from(decoded[1]?.anchor?.hash ?? []).toString('hex')).to.equal('ab'.repeat(32))
    await open()
    const again = sent.map((one) => Buffer.from(one).toString('hex'))
    expect(again).to.deep.equal(
      [first[0], first[2]].map((one) => Buffer.from(one ?? []).toString('hex')),
    )
    expect(height).to.equal(43n)
  })
})
