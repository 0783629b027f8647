import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { RPCClient } from 'ocpp-rpc'
import { CONFIG_FILE, gatewayInit } from '../../../cli/gateway/config.ts'
import { type Broker, openBroker } from '../../../cli/gateway/test/broker.ts'
import { Charger } from '../../../cli/gateway/test/charger.ts'
import { ModbusDevice } from '../../../cli/gateway/test/sunspec-device.ts'
import { compressedKey, parseKey } from '../../../modules/kit/ocmf/key.ts'
import { isProblem } from '../../../modules/kit/ocmf/problem.ts'
import { type ClockAnchor, devCalendar, formatAnchor } from '../../../node/dev-clock.ts'
import { homeAt } from '../../../node/home.ts'
import { anchorAt } from '../../dev/clock-file.ts'
import { freePorts, Launcher } from '../../launch.ts'
import { prepareNetwork } from '../../network.ts'
import { entry } from '../command.ts'

const CHAIN = 'strom-gateway-1'
/** A minute of the calendar is half a second: an interval of 300 s takes 2.5 s, the settle close 15 s. */
const SPEED = 120
const INTERVAL_S = 300
const START = 1_780_300_800n // 2026-06-01T08:00:00Z

interface Row {
  readonly interval_start: string
  readonly interval_end: string
  readonly quantity_wh: string
}

describe('a gateway process between real meters and a real validator', function () {
  this.timeout(180_000)
  const dir = mkdtempSync(join(tmpdir(), 'strom-gateway-scenario-'))
  const home = join(dir, 'gateway')
  const modern = new Charger('secp256r1')
  const old = new Charger('brainpoolP384r1')
  const plant = new ModbusDevice()
  const acks = new Map<string, Record<string, unknown>>()
  const plugWh = new Set<bigint>()
  const roofWh = new Set<bigint>()
  let said = ''
  let broker: Broker
  let launcher: Launcher
  let anchor: ClockAnchor
  let gateway: ChildProcess
  let meters: NodeJS.Timeout
  let ocppPort = 0

  const now = (): number => Number(devCalendar(anchor).now().seconds)
  const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
    const end = performance.now() + 60_000
    while (!(await holds())) {
      if (gateway.exitCode !== null || performance.now() > end)
        throw new Error(`${what} does not come\n${said}\n${launcher.logTail(0)}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const rows = async (path: string, list: string): Promise<Row[]> => {
    const answer = await fetch(`${launcher.nodes[0]?.restUrl}/strom/certificate/v1/${path}`)
    return ((await answer.json()) as Record<string, Row[]>)[list] ?? []
  }
  const client = () => {
    const node = launcher.nodes[0]
    if (node === undefined) throw new Error('no node')
    return node.client
  }

  before(async () => {
    broker = await openBroker()
    await plant.listen()
    const ports = await freePorts(2)
    const [own, spare] = ports
    if (own === undefined || spare === undefined) throw new Error('no ports')
    ocppPort = spare.rpc
    const nodes = [`http://127.0.0.1:${own.rpc}`]
    const made = gatewayInit({
      dir: home,
      chainId: CHAIN,
      nodes,
      devices: ['old-box', 'plug', 'roof'],
    })
    writeConfig()
    const { network } = await prepareNetwork({
      dir: join(dir, 'net'),
      chainId: CHAIN,
      validators: 1,
      seed: '1',
      genesisTime: { seconds: START, nanos: 0 },
      ports: [own],
      funded: [{ address: made.address, ustrom: 1_000_000_000n }],
      devClock: { epoch: { seconds: START, nanos: 0 }, speed: SPEED },
      maxAheadSeconds: 900n,
      windows: { prelimCloseS: 900n, settleCloseS: 1800n, finalCloseS: 7200n },
      consensus: { timeout_commit: '200ms' },
    })
    const keys = new Map(made.devices.map((one) => [one.id, one.publicKey]))
    enterDevices(network.homes[0] ?? '', made.address, network.accounts[0]?.address ?? '', keys)
    anchor = anchorAt(START, SPEED)
    launcher = new Launcher(network, formatAnchor(anchor), (_, code, log) => {
      said += `the node ended with ${code}: ${log}`
    })
    launcher.startAll()
    await launcher.ready(2n)
    startMeters()
    gateway = startGateway()
  })

  after(async () => {
    clearInterval(meters)
    gateway?.kill('SIGKILL')
    await launcher?.stopAll()
    await broker?.close()
    await plant.close()
    rmSync(dir, { recursive: true, force: true })
  })

  function writeConfig(): void {
    const device = (id: string): string =>
      `[[device]]\nid = "${id}"\ninterval_s = ${INTERVAL_S}\ntolerance_s = 250\n`
    appendFileSync(
      join(home, CONFIG_FILE),
      `[[source]]\nkind = "mqtt"\nname = "house"\nurl = "${broker.url}"\npoll_s = 0\n` +
        '[[source.device]]\nid = "plug"\nformat = "tasmota"\ntopic = "plug7"\n' +
        `[[source]]\nkind = "sunspec"\nhost = "127.0.0.1"\nport = ${plant.port}\npoll_s = 1\n` +
        '[[source.device]]\nid = "roof"\nuse = "inverter"\n' +
        `[[source]]\nkind = "ocpp"\nname = "cars"\nport = ${ocppPort}\n` +
        `[[source.device]]\nid = "new-box"\ncharge_point = "CP1"\npublic_key = "${modern.spkiHex}"\n` +
        `[[source.device]]\nid = "old-box"\ncharge_point = "CP2"\nnotary = true\npublic_key = "${old.spkiHex}"\n` +
        device('plug') +
        device('roof'),
    )
  }

  /** The devices as a registry that has admitted them long ago would list them. */
  function enterDevices(
    nodeHome: string,
    address: string,
    owner: string,
    keys: ReadonlyMap<string, string>,
  ): void {
    const file = homeAt(nodeHome).genesis
    const genesis = JSON.parse(readFileSync(file, 'utf8')) as {
      app_state: { device: Record<string, unknown> }
    }
    const charger = parseKey(modern.spkiHex)
    if (isProblem(charger)) throw new Error(charger.detail)
    const device = (id: string, kind: string, trust: string, more: object = {}) => ({
      ...{ id, scheme: 'p256', owner, kind: `KIND_${kind}`, zone: 'DE', interval_s: INTERVAL_S },
      ...{ pubkey: keys.get(id), nameplate_w: '50000', class_ppm: 10_000, status: 'STATUS_ACTIVE' },
      ...{ trust_class: `TRUST_CLASS_${trust}`, registered_height: '0' },
      ...(trust === 'A' ? {} : { gateway: address }),
      ...more,
    })
    const newKey = Buffer.from(compressedKey(charger)).toString('base64')
    Object.assign(genesis.app_state.device, {
      gateways: [{ address, name: 'cellar', registered_height: '0', notary: true }],
      devices: [
        device('new-box', 'EVSE', 'A', { pubkey: newKey, serial: 'M-1' }),
        device('old-box', 'EVSE', 'N'),
        device('plug', 'LOAD', 'C'),
        device('roof', 'PV', 'C'),
      ],
    })
    writeFileSync(file, JSON.stringify(genesis))
  }

  /** A plug that tells 20 Wh more every quarter of a second, and an inverter of 240 Wh a second. */
  function startMeters(): void {
    broker.meter.on('message', (topic, payload) =>
      acks.set(topic, JSON.parse(payload.toString()) as Record<string, unknown>),
    )
    broker.meter.subscribe('strom/+/ack')
    const [, inverter = 0] = plant.models(40_000, [
      [1, 66],
      [103, 50],
    ])
    let [plug, roof] = [10_000, 500_000]
    meters = setInterval(() => {
      plug += 20
      roof += 60
      plugWh.add(BigInt(plug))
      roofWh.add(BigInt(roof))
      const time = new Date(now() * 1000).toISOString().slice(0, 19)
      const total = (plug / 1000).toFixed(3)
      broker.meter.publish('tele/plug7/SENSOR', `{"Time":"${time}","ENERGY":{"Total":${total}}}`)
      plant.set(inverter + 14, [24_000, 0])
      plant.set(inverter + 24, [Math.floor(roof / 65_536), roof % 65_536, 0])
      plant.set(inverter + 38, [4])
      plant.set(inverter + 40, [0, 0])
    }, 250)
  }

  function startGateway(): ChildProcess {
    const clock = join(dirname(entry()), '..', 'testnet', 'scenarios', 'fast-clock.js')
    const args = ['--import', pathToFileURL(clock).href, entry(), 'gateway', 'run', '--dir', home]
    const env = { ...process.env, NODE_OPTIONS: '', STROM_TEST_CLOCK: formatAnchor(anchor) }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    return child
  }

  /** A charger connects, charges for ten minutes of the calendar and hands its receipt over. */
  async function charge(identity: string, charger: Charger): Promise<void> {
    const cp = new RPCClient({
      endpoint: `ws://127.0.0.1:${ocppPort}/ocpp`,
      identity,
      protocols: ['ocpp1.6'],
      strictMode: true,
    } as unknown as ConstructorParameters<typeof RPCClient>[0])
    await until('the charge point', () => said.includes('carries readings'))
    await cp.connect()
    const from = now()
    await until('the end of the charging', () => now() > from + 600)
    const record = charger.receipt({
      page: 1,
      from,
      to: from + 600,
      fromWh: 1_000,
      toWh: 5_321,
    })
    const values = [{ value: record, format: 'SignedData', context: 'Transaction.End' }]
    const timestamp = new Date(now() * 1000).toISOString()
    await cp.call('MeterValues', {
      connectorId: 1,
      meterValue: [{ timestamp, sampledValue: values }],
    })
    await cp.close()
  }

  /** Each row against the registers of the readings at its ends, which the meters really showed. */
  async function compare(device: string, side: 'importMwh' | 'exportMwh', found: readonly Row[]) {
    const shown = device === 'plug' ? plugWh : roofWh
    const registers = new Map<string, bigint>()
    const state = await client().deviceState(device)
    for (let seq = 1n; seq <= (state?.newestSeq ?? 0n); seq += 1n) {
      const reading = await client().reading(device, 'main', seq)
      if (reading === undefined) throw new Error(`${device} ${seq} is not there`)
      expect(shown.has(reading[side] / 1000n), `${device} ${reading[side]}`).to.equal(true)
      registers.set(reading.time.toString(), reading[side])
    }
    for (const row of found) {
      const [from, to] = [registers.get(row.interval_start), registers.get(row.interval_end)]
      if (from === undefined || to === undefined) throw new Error(JSON.stringify(row))
      expect(row.quantity_wh).to.equal((to / 1000n - from / 1000n).toString())
      expect(Number(row.interval_end) - Number(row.interval_start)).to.equal(INTERVAL_S)
    }
  }

  it('turns a plug, an inverter and two chargers into records of the right Wh, and tells the meters', async () => {
    await until('the gateway', () => said.includes('carries readings'))
    await Promise.all([charge('CP1', modern), charge('CP2', old)])
    await until('consumption of the new charger', async () => {
      return (await rows('consumption/new-box', 'consumptions')).length > 0
    })
    await until(
      'certificates of the roof',
      async () => (await rows('certificates/roof', 'certificates')).length >= 2,
    )
    await until(
      'consumption of the plug',
      async () => (await rows('consumption/plug', 'consumptions')).length >= 2,
    )
    const session = await rows('consumption/new-box', 'consumptions')
    expect(session.map((row) => row.quantity_wh)).to.deep.equal(['4321'])
    await compare('plug', 'importMwh', await rows('consumption/plug', 'consumptions'))
    await compare('roof', 'exportMwh', await rows('certificates/roof', 'certificates'))
    await until('the verdict on the attested charger', async () => {
      const state = await client().deviceState('old-box')
      return (state?.accepted ?? 0n) === 2n
    })
    const attested = await client().deviceState('old-box')
    expect(attested?.import.creditedWh).to.equal(0n)
    expect([attested?.context, attested?.settled?.importMwh]).to.deep.equal(['main', 5_321_000n])
  })

  it('publishes on MQTT what was stored, judged, credited and withheld', async () => {
    const ack = (): Record<string, unknown> => acks.get('strom/plug/ack') ?? {}
    await until('a credit in the acknowledgement', () => BigInt(text(ack()['credited_wh'])) > 0n)
    expect(BigInt(text(ack()['accepted'])) > 2n).to.equal(true)
    expect(ack()).to.include({ device: 'plug', refused: '0', judged_refused: '0' })
    expect(BigInt(text(ack()['judged_pending'])) > 0n).to.equal(true)
  })

  it('shows all of it in its status', async () => {
    const child = spawn(
      process.execPath,
      [entry(), 'gateway', 'status', '--dir', home, '-o', 'json'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let out = ''
    for await (const chunk of child.stdout) out += String(chunk)
    const status = JSON.parse(out) as {
      receipts: Record<string, unknown>
      devices: { device: string; credited_wh?: string }[]
    }
    expect(status.receipts).to.deep.include({ waiting: 0, accepted: 1, attested: 1, refused: 0 })
    const box = status.devices.find((one) => one.device === 'new-box')
    expect(box?.credited_wh).to.equal('4321')
  })
})

function text(value: unknown): string {
  return typeof value === 'string' ? value : '0'
}
