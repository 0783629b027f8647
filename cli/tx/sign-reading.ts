import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import { parseTime } from '../../node/chain/time.ts'
import {
  QueryDeviceStateRequest,
  QueryDeviceStateResponse,
  QueryReadingRequest,
  QueryReadingResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import { DeviceMessage, SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { type NodeClient, openClient, wantedChain } from '../client.ts'
import { homeOf, leaf } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { loadDeviceKey } from '../gateway/device-keys.ts'
import { type ChainPosition, DeviceSigner, identityOf } from '../gateway/device-signer.ts'
import { emit, note } from '../output.ts'
import { exampleText } from '../sample.ts'

interface Options {
  readonly home?: string
  readonly node?: string
  readonly chainId?: string
  readonly key: string
  readonly importKwh: string
  readonly exportKwh: string
  readonly socKwh?: string
  readonly time?: string
  readonly after?: string
  readonly out?: string
}

const CONTEXT = 'main'
const MEASURED = 1n

/** `strom device sign-reading`: the next message of a device, for hand-overs, new keys and meters without a gateway. */
export function signReadingCommand(): Command {
  return leaf('sign-reading', 'sign the next reading of a device by hand')
    .argument('<device>')
    .requiredOption('--key <file>', "the device's P-256 key (.pem)")
    .requiredOption('--import-kwh <number>', 'register of what it took, such as 12.345')
    .requiredOption('--export-kwh <number>', 'register of what it gave')
    .option('--soc-kwh <number>', 'what a battery holds')
    .option(
      '--time <time>',
      'when it was read, such as 2026-03-01T12:00:00Z; else the latest block',
    )
    .option('--after <file>', 'a signed reading it follows; else the newest one on the chain')
    .option('--chain-id <id>', "the node's when absent")
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .option('--out <file>', 'where to write; stdout when absent')
    .addHelpText('after', () =>
      exampleText([
        'strom device sign-reading roof-1 --key roof-1.pem --import-kwh 0 --export-kwh 812.5 --out handover.json',
        'strom device sign-reading roof-1 --key new.pem --import-kwh 0 --export-kwh 812.5 --after closing.json --time 2026-03-01T12:00:01Z',
      ]),
    )
    .action(signReading)
}

async function signReading(device: string, options: Options): Promise<void> {
  if (!options.key.endsWith('.pem')) throw usageError(`--key ${options.key}: a .pem file is needed`)
  const home = homeOf(options)
  const client = openClient(home, options.node)
  const status = await client.statusOn(wantedChain(home, options.chainId))
  const signer = new DeviceSigner({
    chainId: status.chainId,
    device,
    key: loadDeviceKey(dirname(options.key), basename(options.key, '.pem')),
    position:
      options.after === undefined
        ? await newestOnChain(client, device)
        : positionAfter(options.after, device),
  })
  const soc = options.socKwh === undefined ? {} : { socMwh: milli(options.socKwh, '--soc-kwh') }
  const reading = signer.sign({
    time: timeOf(options.time ?? status.time),
    importMwh: milli(options.importKwh, '--import-kwh'),
    exportMwh: milli(options.exportKwh, '--export-kwh'),
    status: MEASURED,
    ...soc,
  })
  const json = SignedReading.toJson(reading)
  note(`reading ${signer.position.seq} of ${device}; a second one of this number costs the bond`)
  if (options.out === undefined) return emit(json, JSON.stringify(json, undefined, 1))
  writeFileSync(options.out, `${JSON.stringify(json)}\n`)
  emit({ file: options.out, device, seq: signer.position.seq }, options.out)
}

/** Where the chain has the device: after the highest number that ever arrived. */
async function newestOnChain(client: NodeClient, device: string): Promise<ChainPosition> {
  try {
    const { state } = await client.query(
      '/strom.metering.v1.Query/DeviceState',
      QueryDeviceStateRequest,
      QueryDeviceStateResponse,
      { device, context: CONTEXT },
    )
    if (state.newestSeq <= state.lastSeq) return { seq: state.lastSeq, hash: state.lastHash }
    const { reading } = await client.query(
      '/strom.metering.v1.Query/Reading',
      QueryReadingRequest,
      QueryReadingResponse,
      { device, context: CONTEXT, seq: state.newestSeq },
    )
    return { seq: state.newestSeq, hash: reading.identity }
  } catch (error) {
    // A device that never reported has no state: its first message is number 1.
    if (error instanceof CliError && error.exitCode === EXIT.notFound)
      return { seq: 0n, hash: new Uint8Array() }
    throw error
  }
}

function positionAfter(file: string, device: string): ChainPosition {
  let bytes: Uint8Array
  try {
    bytes = SignedReading.fromJson(JSON.parse(readFileSync(file, 'utf8'))).message
  } catch (error) {
    throw usageError(`${file} is no signed reading: ${(error as Error).message}`)
  }
  const message = DeviceMessage.decode(bytes)
  if (message.device !== device)
    throw usageError(`${file} is a reading of ${message.device}, not of ${device}`)
  return { seq: message.seq, hash: identityOf(bytes) }
}

/** kWh with up to six decimals as mWh. */
function milli(text: string, flag: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text)
  if (match === null)
    throw usageError(`${flag} ${text}: kWh with up to six decimals are needed, such as 12.345`)
  return BigInt(`${match[1]}${(match[2] ?? '').padEnd(6, '0')}`)
}

function timeOf(text: string): bigint {
  try {
    return parseTime(text).seconds
  } catch {
    throw usageError(`--time ${text}: write a time such as 2026-03-01T12:00:00Z`)
  }
}
