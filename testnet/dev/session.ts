import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Gateway, type GatewayLog } from '../../cli/gateway/gateway.ts'
import { RpcClient } from '../../cli/gateway/rpc-client.ts'
import { readGenesis } from '../../genesis/document.ts'
import { devCalendar, formatAnchor, moveLeash } from '../../node/dev-clock.ts'
import { homeAt } from '../../node/home.ts'
import type { DevAccount } from '../accounts.ts'
import { assertPortsFree, LaunchError, Launcher } from '../launch.ts'
import {
  type Network,
  type NodePorts,
  operatorAccounts,
  prepareNetwork,
  townWindows,
} from '../network.ts'
import { dispatchCsv } from '../town/dispatch-file.ts'
import { TownDriver, townSigners } from '../town/driver.ts'
import { type StorageSite, storageDevices } from '../town/storage.ts'
import { type Silence, StorageDriver } from '../town/storage-driver.ts'
import { StorageBook } from '../town/storage-file.ts'
import type { Town } from '../town/town.ts'
import { chainFacts, signers } from './chain-facts.ts'
import { anchorAt, ClockFile } from './clock-file.ts'
import { Operators } from './operators.ts'
import type { Glance } from './screen.ts'

/** How a town is run. */
export interface SessionOptions {
  readonly dir: string
  readonly town: Town
  readonly seed: string
  readonly validators: number
  /** Batteries of the first validators; none when absent. */
  readonly storage?: readonly StorageSite[]
  readonly ports: readonly NodePorts[]
  /** Calendar seconds per real second. */
  readonly speed: number
  /** No pause after a commit. */
  readonly fast: boolean
  readonly chainId: string
  readonly log: GatewayLog
  /** A validator process ended by itself. */
  readonly onExit: (index: number, code: number | null, log: string) => void
}

/** Seconds a reading may be ahead of block time: one interval plus what passes in a slow block at this speed. */
function maxAhead(speed: number): bigint {
  return 3600n + BigInt(Math.ceil(speed * 2))
}

/**
 * Seconds by which the devices of a fast run are ahead of a calendar on a leash: their readings are on chain before their
 * time, so that blocks need not wait for them. Not more than the notice of a challenge.
 */
function aheadOf(storage: readonly StorageSite[]): bigint {
  return storage.length === 0 ? 0n : 7_200n
}

/** A town on its network: validators, gateway, devices and their calendar. */
export class Session {
  readonly network: Network
  readonly launcher: Launcher
  readonly gateway: Gateway
  readonly driver: TownDriver
  readonly town: Town
  readonly storage: readonly StorageSite[]
  /** The hands of validators with storage. */
  readonly operators: Operators | undefined
  /** Calendar seconds when this session began. */
  readonly startedAt: bigint
  readonly #clockFile: ClockFile
  readonly #rpc: RpcClient
  #seen: { height: bigint; at: number } | undefined
  #secondsPerBlock: number | undefined

  private constructor(options: SessionOptions, network: Network) {
    this.network = network
    this.town = options.town
    this.#clockFile = new ClockFile(options.dir)
    // The calendar stands a little before the first reading, so that the opening readings are never ahead of a block.
    this.startedAt = this.#clockFile.read() ?? options.town.start
    this.storage = options.storage ?? []
    const leash = join(resolve(options.dir), 'leash')
    const anchor = {
      ...anchorAt(this.startedAt, options.speed),
      ...(this.storage.length === 0 ? {} : { leash }),
    }
    if (this.storage.length > 0) moveLeash(leash, { end: this.startedAt, slow: [] })
    this.launcher = new Launcher(network, formatAnchor(anchor), options.onExit)
    const urls = this.launcher.nodes.map((node) => node.rpcUrl)
    this.#rpc = new RpcClient(urls)
    this.gateway = new Gateway({
      queueFile: join(options.dir, 'gateway', 'queue.log'),
      chainId: network.chainId,
      rpcUrls: urls,
      account: { privkey: network.gateway.privkey },
      log: options.log,
      pollMs: options.fast ? 25 : 200,
    })
    const calendar = devCalendar(anchor)
    const signersOf = townSigners(options.town, network.chainId, network.seed)
    const ahead = options.fast ? aheadOf(this.storage) : 0n
    const clock = (): bigint => calendar.now().seconds + ahead
    const pollMs = options.fast ? 10 : 100
    this.driver = new TownDriver(options.town, signersOf, this.gateway, clock, pollMs)
    this.operators = this.#operatorsOf(options, { clock, leash, pollMs })
  }

  #operatorsOf(
    options: SessionOptions,
    parts: { readonly clock: () => bigint; readonly leash: string; readonly pollMs: number },
  ): Operators | undefined {
    const { storage: sites, network } = this
    if (sites.length === 0) return undefined
    const { chainId, seed } = network
    const book = new StorageBook(storageFile(network.dir), storageDevices(sites))
    const silence = silenceOf(options.town, sites)
    const driver = new StorageDriver({ sites, book, sink: this.gateway, chainId, seed, silence })
    const accounts = operatorAccounts(network)
    return new Operators({
      ...parts,
      operators: sites.map((storage, i) => ({ account: accounts[i] as DevAccount, storage })),
      driver,
      rpcUrls: this.launcher.nodes.map((node) => node.rpcUrl),
      chainId,
      seed,
      silence,
      storedUntil: () => {
        const settled = (device: string): bigint => this.gateway.book(device)?.ackedSeq ?? 0n
        const [town, own] = [this.driver.storedUntil(settled), driver.storedUntil(settled)]
        if (town === undefined || own === undefined) return options.town.start
        return town < own ? town : own
      },
      warn: (message) => options.log.warn(message),
    })
  }

  /** Makes or opens the network and starts all processes; resolves when every validator has a block. */
  static async start(options: SessionOptions): Promise<Session> {
    await assertPortsFree(options.ports)
    mkdirSync(join(options.dir, 'gateway'), { recursive: true, mode: 0o700 })
    const { network } = await prepareNetwork({
      dir: options.dir,
      chainId: options.chainId,
      validators: options.validators,
      seed: options.seed,
      genesisTime: { seconds: options.town.start, nanos: 0 },
      ports: options.ports,
      town: options.town,
      storage: options.storage ?? [],
      devClock: { epoch: { seconds: options.town.start, nanos: 0 }, speed: options.speed },
      maxAheadSeconds: maxAhead(options.speed),
      windows: townWindows(options.speed),
      consensus: {
        timeout_commit: options.fast ? '0ms' : '400ms',
        timeout_propose: '1s',
        timeout_prevote: '500ms',
        timeout_precommit: '500ms',
      },
    })
    if (network.seed !== options.seed || network.homes.length !== options.validators) {
      throw new LaunchError(
        `${options.dir} holds a network of ${network.homes.length} validators with seed ${network.seed}`,
        'use the same --seed and --validators, or another --home',
      )
    }
    const session = new Session(options, network)
    session.#requireSameTown(options.dir)
    writeFileSync(join(options.dir, 'dispatch.csv'), dispatchCsv(options.town))
    try {
      session.launcher.startAll()
      await session.launcher.ready(1n)
      await session.gateway.start()
    } catch (error) {
      await session.stop()
      throw error
    }
    return session
  }

  /** Feeds readings up to `end` (calendar seconds; the town's end when undefined). True when it came to the end. */
  async run(end: bigint | undefined): Promise<boolean> {
    const until = end === undefined || end > this.town.end ? this.town.end : end
    const operators = this.operators?.run(until)
    // Whoever fails first ends the run; the other is stopped with the session.
    const [ended] = await Promise.all([this.driver.run(until), operators])
    if (ended && end === undefined) this.operators?.free()
    return ended
  }

  /** The present figures; undefined while no validator answers. */
  async glance(): Promise<Glance | undefined> {
    try {
      const node = this.launcher.nodes.find(({ index }) => this.launcher.running(index))
      if (node === undefined) return undefined
      const head = await node.client.head()
      const facts = await chainFacts(node.client.rpc, 0n)
      const { signed, total } = await signers(node.client.rpc, head.height)
      this.#clockFile.write(head.time)
      this.#measure(head.height)
      return {
        chainId: this.network.chainId,
        height: head.height,
        secondsPerBlock: this.#secondsPerBlock,
        signed,
        validators: total,
        time: head.time,
        facts,
        queued: this.gateway.stats().queued,
      }
    } catch {
      // A node between two lives; the next look asks again.
      return undefined
    }
  }

  /** Any validator that answers. */
  get rpc(): RpcClient {
    return this.#rpc
  }

  /** Stops devices, gateway and validators; everything can go on from here. */
  async stop(): Promise<void> {
    this.driver.stop()
    this.operators?.stop()
    await this.gateway.stop()
    await this.#keepTime()
    await this.launcher.stopAll()
  }

  /** Writes down where the chain's calendar stands, for the next start; a run may be over before the first look at it. */
  async #keepTime(): Promise<void> {
    const node = this.launcher.nodes.find(({ index }) => this.launcher.running(index))
    if (node === undefined) return
    try {
      this.#clockFile.write((await node.client.head()).time)
    } catch {
      // A node that ends just now: what the last look wrote stands.
    }
  }

  /** The genesis document of the network, as its nodes read it. */
  genesis(): ReturnType<typeof readGenesis> {
    return readGenesis(homeAt(this.network.homes[0] ?? this.network.dir).genesis)
  }

  // Readings of devices the genesis does not register would all be refused: say so before anything is sent.
  #requireSameTown(dir: string): void {
    const { devices } = this.genesis().document.appState.device as { devices: { id: string }[] }
    const registered = new Set(devices.map(({ id }) => id))
    const own = [...this.town.devices, ...storageDevices(this.storage)]
    const missing = own.find(({ id }) => !registered.has(id))
    if (missing === undefined && registered.size === own.length) return
    throw new LaunchError(
      `${dir} holds another town: ${missing === undefined ? 'it has more devices' : `${missing.id} is not registered there`}`,
      'use the recordings it was made with, or another --home',
    )
  }

  #measure(height: bigint): void {
    const at = performance.now()
    const last = this.#seen
    if (last === undefined || at - last.at > 5_000) this.#seen = { height, at }
    if (last !== undefined && height > last.height) {
      this.#secondsPerBlock = (at - last.at) / 1000 / Number(height - last.height)
    }
  }
}

/** The file with what the validators' storage signed. */
export function storageFile(dir: string): string {
  return join(dir, 'storage.csv')
}

/** On the first day the fourth validator's meter is silent from 11:00 to 14:30. */
function silenceOf(town: Town, sites: readonly StorageSite[]): Silence | undefined {
  const silent = sites[3]
  if (silent === undefined) return undefined
  return { site: silent.id, from: town.start + 39_600n, to: town.start + 52_200n }
}
