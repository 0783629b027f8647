import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { group, homeOf, leaf, wholeNumber } from '../common.ts'
import { usageError } from '../errors.ts'
import {
  CONFIG_FILE,
  type GatewayConfig,
  gatewayInit,
  readGatewayConfig,
} from '../gateway/config.ts'
import { loadDeviceKey } from '../gateway/device-keys.ts'
import { gatewayQueue } from '../gateway/queue-rows.ts'
import { type ReadingSource, runGateway } from '../gateway/run.ts'
import { keepMemorySmall } from '../gateway/small-memory.ts'
import { type DeviceRow, gatewayStatus } from '../gateway/status.ts'
import { emit, note } from '../output.ts'
import { renderText, table } from '../table.ts'

interface Options {
  readonly home?: string
  readonly dir?: string
}

/** `strom gateway …`. */
export function gatewayCommand(): Command {
  return group('gateway', 'carry meter readings to the chain', [
    init(),
    scan(),
    test(),
    run(),
    setpoint(),
    status(),
    queue(),
  ])
}

function gatewayLeaf(name: string, description: string): Command {
  return leaf(name, description).option(
    '--dir <dir>',
    "the gateway's folder; <home>/gateway when absent",
  )
}

function init(): Command {
  return gatewayLeaf('init', 'make keys and gateway.toml')
    .option('--node <url>', 'JSON-RPC of a node, several separated by commas')
    .option('--chain-id <id>', "the node's chain when absent")
    .option('--device <ids>', 'devices to make keys for, separated by commas', 'meter-1')
    .action(async (options: Options & { node?: string; chainId?: string; device: string }) => {
      const { openClient, wantedChain } = await import('../client.ts')
      const home = homeOf(options)
      const nodes = (options.node ?? 'http://127.0.0.1:26657').split(',').map((one) => one.trim())
      const wanted = wantedChain(home, options.chainId)
      const chainId = wanted !== '' ? wanted : (await openClient(home, nodes[0]).status()).chainId
      const devices = options.device.split(',').map((one) => one.trim())
      const made = gatewayInit({ dir: dirOf(options), chainId, nodes, devices })
      note(
        `fund ${made.address}, and register the devices: strom tx device register --device-key …`,
      )
      emit({
        config: made.configFile,
        chain_id: chainId,
        address: made.address,
        devices: made.devices,
      })
    })
}

function run(): Command {
  return gatewayLeaf('run', 'carry what the sources or recordings tell, until stopped').action(
    async (options: Options) => {
      keepMemorySmall()
      const stop = new AbortController()
      process.once('SIGINT', () => stop.abort())
      process.once('SIGTERM', () => stop.abort())
      const log = {
        info: (text: string) => note(text),
        warn: (text: string) => note(`warning: ${text}`),
        error: (text: string) => note(`error: ${text}`),
      }
      const config = configOf(options)
      const source = await recordedSource(config)
      emit(
        await runGateway(config, {
          log,
          signal: stop.signal,
          ...(source === undefined ? {} : { source }),
        }),
      )
    },
  )
}

/**
 * Replays the folder of recordings of gateway.toml with the keys of its devices; undefined when it names none. Loaded
 * only then, because a gateway beside a meter has no room for it.
 */
async function recordedSource(config: GatewayConfig): Promise<ReadingSource | undefined> {
  const { recordings, deviceKeys, chainId } = config
  if (recordings === undefined) return undefined
  const { signersWithKeys, TownDriver } = await import('../../testnet/town/driver.ts')
  const { loadTownDir } = await import('../../testnet/town/own-town.ts')
  const town = loadTownDir(recordings)
  const signers = signersWithKeys(town, chainId, (device) => loadDeviceKey(deviceKeys, device))
  return async (gateway, signal) => {
    const driver = new TownDriver(town, signers, gateway, () =>
      BigInt(Math.floor(Date.now() / 1000)),
    )
    signal.addEventListener('abort', () => driver.stop(), { once: true })
    await driver.run()
  }
}

function scan(): Command {
  return gatewayLeaf('scan', 'look for meters and print ready [[source]] tables')
    .option('--mqtt <url>', 'broker to listen to, such as mqtt://127.0.0.1:1883')
    .option('--username <name>', 'of the broker')
    .option('--password <text>', 'of the broker')
    .option('--host <hosts>', 'hosts to ask over HTTP and Modbus, separated by commas', '')
    .option('--unit <id>', 'Modbus unit to ask', '1')
    .option('--seconds <n>', 'how long to listen to the broker', '30')
    .action(async (options: Options & Readonly<Record<string, string>>) => {
      const { scan: look } = await import('../gateway/scan.ts')
      const url = options['mqtt']
      const hosts = (options['host'] ?? '').split(',').flatMap((one) => one.trim() || [])
      if (url === undefined && hosts.length === 0)
        throw usageError('say where to look: --mqtt URL, --host NAMES or both')
      const { username, password } = options
      const found = await look({
        broker:
          url === undefined
            ? undefined
            : {
                url,
                ...(username === undefined ? {} : { username }),
                ...(password === undefined ? {} : { password }),
              },
        seconds: Number(wholeNumber(options['seconds'] ?? '', '--seconds')),
        hosts,
        unit: Number(wholeNumber(options['unit'] ?? '', '--unit')),
      })
      for (const one of found.found) note(`${one.make}  ${one.where}  ${one.value}`)
      emit(found, found.config === '' ? 'no meter found' : found.config)
    })
}

function test(): Command {
  return gatewayLeaf('test', 'read every source twice and look for wrong units, signs and clocks')
    .option('--seconds <n>', 'time between the first and the last reading', '60')
    .action(async (options: Options & { seconds: string }) => {
      const { checkSources } = await import('../gateway/check.ts')
      const seconds = Number(wholeNumber(options.seconds, '--seconds'))
      const found = await checkSources(configOf(options), seconds)
      for (const warning of found.warnings) note(`warning: ${warning}`)
      const rows = found.devices.map((one) => ({
        device: one.device,
        source: one.source,
        class: one.trustClass,
        samples: one.samples,
        energy_wh: wattHours(one.energyMwh),
        by_power_wh: wattHours(one.expectedMwh),
        problems: one.problems.length === 0 ? 'none' : one.problems.join('; '),
      }))
      emit(found, rows.length === 0 ? 'gateway.toml has no [[source]]' : table(rows))
    })
}

function setpoint(): Command {
  return gatewayLeaf('setpoint', 'ask the plant of a device for a power')
    .argument('<device>')
    .argument('<watts>', 'positive charges or consumes, negative feeds in; "release" lets go')
    .action(async (device: string, text: string, options: Options) => {
      if (text !== 'release' && !/^-?\d{1,12}$/.test(text))
        throw usageError(`"${text}" is neither whole watts nor release`)
      const { setOnce } = await import('../gateway/setpoint.ts')
      await setOnce(configOf(options), device, text === 'release' ? null : BigInt(text))
      emit({ device, setpoint_w: text === 'release' ? null : text })
    })
}

function wattHours(mwh: bigint | undefined): string {
  if (mwh === undefined) return ''
  const size = mwh < 0n ? -mwh : mwh
  return `${mwh < 0n ? '-' : ''}${size / 1_000n}.${(size % 1_000n).toString().padStart(3, '0')}`
}

function status(): Command {
  return gatewayLeaf('status', 'how the gateway and its chain stand').action(
    async (options: Options) => {
      const found = await gatewayStatus(configOf(options))
      const { chain, refusedByReason, sources, devices, ...rest } = found
      const shown = {
        ...rest,
        refused_by_reason: refusedByReason,
        sources: sources.map(({ trustClass, devices: ids, ...one }) => ({
          ...one,
          class: trustClass,
          devices: ids.join(' '),
        })),
        devices: devices.map(judgedRow),
        chain_id: chain?.chainId,
        height: chain?.height,
        problem: found.problem ?? 'none',
      }
      emit(
        shown,
        renderText(
          JSON.parse(
            JSON.stringify(shown, (_, value) =>
              typeof value === 'bigint' ? value.toString() : value,
            ),
          ),
        ),
      )
    },
  )
}

/** One line a device; counts of judged readings are blank while the chain says nothing of it. */
function judgedRow(found: DeviceRow): Record<string, unknown> {
  const { judged, trustClass, device, ...counts } = found
  const row = { device, class: trustClass, ...counts }
  if (judged === undefined) return row
  const { refusedByReason, withheldWh, ...sums } = judged
  return {
    ...row,
    waiting_for_judgement: sums.pending,
    accepted: sums.accepted,
    refused_when_judged: sums.refused,
    refused_by_reason: refusedByReason,
    credited_wh: sums.creditedWh,
    withheld_wh: withheldWh,
    open_wh: sums.openWh,
  }
}

function queue(): Command {
  return gatewayLeaf('queue', 'what waits, device by device').action((options: Options) => {
    const rows = gatewayQueue(configOf(options))
    const shown = rows.map((row) => ({
      device: row.device,
      context: row.context,
      queued: row.queued,
      oldest: row.oldest === undefined ? '' : new Date(Number(row.oldest) * 1000).toISOString(),
      accepted: row.accepted.toString(),
      refused: row.refused.length,
      acked_seq: row.ackedSeq.toString(),
    }))
    emit({ devices: rows }, rows.length === 0 ? 'the queue is empty' : table(shown))
  })
}

function dirOf(options: Options): string {
  return resolve(options.dir ?? join(homeOf(options).root, 'gateway'))
}

function configOf(options: Options): GatewayConfig {
  if (options.dir === '') throw usageError('--dir needs a folder')
  return readGatewayConfig(join(dirOf(options), CONFIG_FILE))
}
