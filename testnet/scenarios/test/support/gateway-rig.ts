import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFIG_FILE, gatewayInit } from '../../../../cli/gateway/config.ts'
import { OperatorChain } from '../../../../cli/gateway/operator/operator-chain.ts'
import { fromBech32, PREFIX, toBech32 } from '../../../../modules/kit/address.ts'
import { devCalendar, formatAnchor } from '../../../../node/dev-clock.ts'
import { homeAt } from '../../../../node/home.ts'
import { TxBody, TxRaw } from '../../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { MsgCommitSecret, MsgRevealSecret } from '../../../../proto/gen/strom/operator/v1/tx.ts'
import { anchorAt } from '../../../dev/clock-file.ts'
import { freePorts, Launcher } from '../../../launch.ts'
import { type Network, operatorAccounts, prepareNetwork } from '../../../network.ts'
import type { StorageSite } from '../../../town/storage.ts'
import { entry } from '../../command.ts'
import { PLATE, Plant } from './gateway-plant.ts'

/** What a rig is made of. */
export interface RigOptions {
  /** Seconds of the calendar in one of ours. */
  readonly speed: number
  /** Unix second at which the calendar begins. */
  readonly start: bigint
  /** Changes of the operator module's params. */
  readonly params: Readonly<Record<string, number>>
}

const CHAIN = 'strom-storage-1'
const BATTERY = 'bess'
const METER = 'bess-meter'
const WAIT_MS = 90_000

/** A validator with a battery behind it: one node process, one gateway process and a plant, all on one fast calendar. */
export class Rig {
  readonly plant: Plant
  readonly launcher: Launcher
  readonly chain: OperatorChain
  /** All that gateway processes wrote. */
  said = ''
  readonly #dir: string
  readonly #now: () => number
  #gateway: ChildProcess | undefined

  private constructor(dir: string, network: Network, anchor: ReturnType<typeof anchorAt>) {
    this.#dir = dir
    this.#now = () => {
      const { seconds, nanos } = devCalendar(anchor).now()
      return Number(seconds) + nanos / 1e9
    }
    this.plant = new Plant(this.#now)
    this.launcher = new Launcher(network, formatAnchor(anchor), (_, code, log) => {
      this.said += `the node ended with ${code}: ${log}`
    })
    const client = this.launcher.nodes[0]?.client
    if (client === undefined) throw new Error('no node')
    this.chain = new OperatorChain(client, validatorOf(network))
  }

  /** Starts node, plant and gateway. */
  static async start(options: RigOptions): Promise<Rig> {
    const dir = mkdtempSync(join(tmpdir(), 'strom-storage-'))
    const ports = await freePorts(1)
    const made = gatewayInit({
      dir: join(dir, 'gateway'),
      chainId: CHAIN,
      nodes: [`http://127.0.0.1:${ports[0]?.rpc}`],
      devices: [BATTERY, METER],
    })
    const { network } = await prepareNetwork({
      dir: join(dir, 'net'),
      chainId: CHAIN,
      validators: 1,
      seed: '1',
      genesisTime: { seconds: options.start, nanos: 0 },
      ports,
      storage: [site(options.start)],
      funded: [{ address: made.address, ustrom: 1_000_000_000n }],
      devClock: { epoch: { seconds: options.start, nanos: 0 }, speed: options.speed },
      maxAheadSeconds: 900n,
      windows: { prelimCloseS: 900n, settleCloseS: 1800n, finalCloseS: 7200n },
      consensus: { timeout_commit: '200ms' },
    })
    changeGenesis(network, made, options.params)
    const anchor = anchorAt(options.start, options.speed)
    const rig = new Rig(dir, network, anchor)
    await rig.plant.start()
    appendFileSync(
      join(dir, 'gateway', CONFIG_FILE),
      configText(rig.plant.port, validatorOf(network), formatAnchor(anchor)),
    )
    rig.launcher.startAll()
    rig.startGateway()
    await rig.launcher.ready(2n)
    return rig
  }

  /** Unix seconds of the calendar. */
  get now(): number {
    return this.#now()
  }

  startGateway(): void {
    const args = [entry(), 'gateway', 'run', '--dir', join(this.#dir, 'gateway')]
    const env = { ...process.env, NODE_OPTIONS: '' }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said += text
      })
    this.#gateway = child
  }

  /** Ends the gateway as a power cut does. */
  async killGateway(): Promise<void> {
    await this.#endGateway('SIGKILL')
  }

  /** Asks the gateway to end. */
  async stopGateway(): Promise<void> {
    await this.#endGateway('SIGTERM')
  }

  async #endGateway(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#gateway
    this.#gateway = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    await gone
  }

  /** Waits until something holds, and says what the processes wrote if it does not. */
  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const end = performance.now() + WAIT_MS
    while (!(await holds())) {
      const ended = this.#gateway !== undefined && this.#gateway.exitCode !== null
      if (ended || performance.now() > end)
        throw new Error(`${what} does not come\n${this.said}\n${this.launcher.logTail(0)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** What `strom gateway status` shows. */
  async status(): Promise<Record<string, unknown>> {
    const dir = join(this.#dir, 'gateway')
    const args = [entry(), 'gateway', 'status', '--dir', dir, '-o', 'json']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    for await (const chunk of child.stdout) out += String(chunk)
    return JSON.parse(out) as Record<string, unknown>
  }

  /** The secrets sent in all blocks, failed ones too: kind of message and period. */
  async operatorMessages(): Promise<string[]> {
    const { rpc } = this.chain.chain
    const { height } = await this.chain.chain.head()
    const found: string[] = []
    for (let at = 1n; at <= height; at += 1n) {
      const { block } = (await rpc.call('block', { height: at.toString() })) as {
        block: { data: { txs: string[] } }
      }
      for (const tx of block.data.txs) {
        const { bodyBytes } = TxRaw.decode(Buffer.from(tx, 'base64'))
        for (const { typeUrl, value } of TxBody.decode(bodyBytes).messages)
          for (const kind of [MsgCommitSecret, MsgRevealSecret])
            if (typeUrl === kind.typeUrl)
              found.push(`${typeUrl.split('.').at(-1)} ${kind.decode(value).period}`)
      }
    }
    return found
  }

  async stop(): Promise<void> {
    await this.killGateway()
    await this.launcher.stopAll()
    await this.plant.stop()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

function validatorOf(network: Network): string {
  const [account] = operatorAccounts(network)
  return toBech32(fromBech32(account?.address ?? ''), PREFIX.validator)
}

function site(start: bigint): StorageSite {
  const common = {
    ...{ zone: 'DE', site: 'cellar', intervalS: 900n, simulated: 'simulated' as const },
    ...{ source: 'a plant of the test', nameplateW: BigInt(PLATE.powerW) },
  }
  const eta = BigInt(PLATE.etaPpm)
  const plate = { storageWh: BigInt(PLATE.storageWh), etaCPpm: eta, etaDPpm: eta }
  const none = { storageWh: 0n, etaCPpm: 0n, etaDPpm: 0n }
  return {
    id: 'cellar',
    follows: '',
    battery: { ...common, ...plate, id: BATTERY, kind: 'BESS' },
    meter: { ...common, ...none, id: METER, kind: 'METER' },
    spec: {
      capacityMwh: plate.storageWh * 1_000n,
      powerW: common.nameplateW,
      etaCPpm: eta,
      etaDPpm: eta,
    },
    start,
    startMwh: plate.storageWh * 500n,
    surplus: [],
  }
}

/** The gateway's own keys, its right to act for the battery, and other params. */
function changeGenesis(
  network: Network,
  made: ReturnType<typeof gatewayInit>,
  params: RigOptions['params'],
): void {
  const file = homeAt(network.homes[0] ?? '').genesis
  const genesis = JSON.parse(readFileSync(file, 'utf8')) as {
    app_state: {
      device: { devices: { id: string; pubkey: string }[]; operators: object[] }
      operator: { params: object }
    }
  }
  const { device, operator } = genesis.app_state
  for (const one of device.devices)
    one.pubkey = made.devices.find(({ id }) => id === one.id)?.publicKey ?? one.pubkey
  device.operators = [{ device: BATTERY, operator: made.address, expires: '0' }]
  operator.params = { ...operator.params, ...params }
  writeFileSync(file, JSON.stringify(genesis))
}

function configText(port: number, validator: string, anchor: string): string {
  const device = (id: string): string => `[[device]]\nid = "${id}"\ntolerance_s = 300\n`
  return `
clock_anchor = "${anchor}"

[operator]
validator = "${validator}"
battery = "${BATTERY}"
meter = "${METER}"

[[source]]
kind = "sunspec"
host = "127.0.0.1"
port = ${port}
class = "B"
poll_s = 15

[[source.device]]
id = "${BATTERY}"
use = "battery"
setpoint = "auto"
revert_s = 300

[[source.device]]
id = "${METER}"
use = "meter"

${device(BATTERY)}
${device(METER)}`
}
