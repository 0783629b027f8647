import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deriveDeviceKey } from '../cli/gateway/device-keys.ts'
import { buildGenesis, type GenesisAccount } from '../genesis/build.ts'
import {
  type DevClock,
  type GenesisDocument,
  genesisJson,
  readGenesis,
} from '../genesis/document.ts'
import { fromBech32 } from '../modules/kit/address.ts'
import type { Time } from '../node/chain/types.ts'
import { type AppConfigInput, type NodeConfigInput, writeConfig } from '../node/config.ts'
import { consensusKeyFromSeed, writeKeyFile } from '../node/consensus/key-file.ts'
import { homeAt, makeHome } from '../node/home.ts'
import { loadOrCreateNodeKey } from '../node/p2p/node-key.ts'
import type { JsonValue } from '../proto/codec.ts'
import { type DevAccount, devSeed, processAccount, walletAccount } from './accounts.ts'
import { withStorage } from './storage-genesis.ts'
import type { StorageSite } from './town/storage.ts'
import type { Town } from './town/town.ts'

/** Ports of one node. */
export interface NodePorts {
  readonly p2p: number
  readonly rpc: number
  readonly rest: number
}

/** Seconds after the end of an interval until it is priced, settled and final. */
export interface Windows {
  readonly prelimCloseS: bigint
  readonly settleCloseS: bigint
  readonly finalCloseS: bigint
}

/** How to make the homes of a development network. */
export interface NetworkPlan {
  readonly dir: string
  readonly chainId: string
  readonly validators: number
  readonly seed: string
  readonly genesisTime: Time
  readonly ports: readonly NodePorts[]
  readonly town?: Town
  /** Batteries of the first validators. */
  readonly storage?: readonly StorageSite[]
  /** Further funded accounts; their numbers follow those of the network's own. */
  readonly funded?: readonly GenesisAccount[]
  readonly devClock?: DevClock
  readonly maxAheadSeconds?: bigint
  /** When intervals close; the chain's own defaults when left out. */
  readonly windows?: Windows
  readonly consensus?: NodeConfigInput['consensus']
  readonly app?: AppConfigInput
  readonly logLevel?: string
}

/** A development network on disk. */
export interface Network {
  readonly dir: string
  readonly chainId: string
  readonly seed: string
  readonly homes: readonly string[]
  readonly ports: readonly NodePorts[]
  /** Funded accounts: two for people (the first is the chain's authority), the gateway's, the operators'. */
  readonly accounts: readonly DevAccount[]
  readonly gateway: DevAccount
  readonly devClock: DevClock | undefined
}

const FILE = 'network.json'
const OPERATOR_TOKENS = 10_000_000_000n
const PEOPLE = ['alice', 'bob'] as const
const GATEWAY = 'gateway'
const FUNDS = 1_000_000_000_000n

/** CometBFT's neighbouring ports for each node, ten apart; REST ports one apart. */
export function portsFor(count: number, offset = 0): NodePorts[] {
  return Array.from({ length: count }, (_, i) => ({
    p2p: 26656 + offset + 10 * i,
    rpc: 26657 + offset + 10 * i,
    rest: 1317 + offset + i,
  }))
}

/** Accounts of a seeded network, made anew from the seed. */
export function devAccounts(seed: string, validators: number): DevAccount[] {
  const operators = Array.from({ length: validators }, (_, i) => `operator-${i + 1}`)
  return [
    ...PEOPLE.map((name) => walletAccount(seed, name)),
    ...[GATEWAY, ...operators].map((name) => processAccount(seed, name)),
  ]
}

/** The speed at which 8 ticks are 16 s: up to it a town has the windows of a development chain as they are. */
const WATCHED_SPEED = 450
/** Real seconds that a reading may need into a block where the calendar runs faster than that. */
const DELIVERY_S = 120
const DEFAULT_KEEP_S = 3_024_000n

/**
 * Windows of a town whose calendar runs `speed` times as fast: 1, 2 and 8 ticks. The last is longer where 8 ticks pass in
 * less real time than a busy machine, or one whose validators are being killed, needs for a reading.
 */
export function townWindows(speed: number): Windows {
  const finalCloseS = speed <= WATCHED_SPEED ? 7200n : BigInt(Math.ceil(speed * DELIVERY_S))
  return { prelimCloseS: 900n, settleCloseS: 1800n, finalCloseS }
}

/** Makes all homes and one genesis; a network that exists in `dir` is opened instead, with the plan's ports. */
export async function prepareNetwork(
  plan: NetworkPlan,
): Promise<{ network: Network; existed: boolean }> {
  const existing = openNetwork(plan.dir, plan.ports)
  if (existing !== undefined) return { network: existing, existed: true }
  mkdirSync(plan.dir, { recursive: true, mode: 0o700 })
  const accounts = devAccounts(plan.seed, plan.validators)
  const homes = Array.from({ length: plan.validators }, (_, i) => join(plan.dir, `node${i}`))
  const genesis = `${JSON.stringify(genesisJson(genesisOf(plan, accounts)), null, 1)}\n`
  for (const [i, root] of homes.entries()) {
    const home = homeAt(root)
    makeHome(home)
    writeKeyFile(home.validatorKey, devSeed(plan.seed, `validator-${i}`))
    await loadOrCreateNodeKey(home.nodeKey)
    writeFileSync(home.genesis, genesis)
    writeConfig(home, await nodeConfig(plan, homes, i), appConfig(plan, i))
  }
  const meta = { chain_id: plan.chainId, seed: plan.seed, validators: plan.validators }
  writeFileSync(join(plan.dir, FILE), `${JSON.stringify(meta, null, 2)}\n`)
  const network = openNetwork(plan.dir, plan.ports)
  if (network === undefined) throw new Error(`${plan.dir}: the network was not written`)
  return { network, existed: false }
}

/** The network in `dir`, undefined when there is none. */
export function openNetwork(dir: string, ports: readonly NodePorts[]): Network | undefined {
  const file = join(dir, FILE)
  if (!existsSync(file)) return undefined
  const meta = JSON.parse(readFileSync(file, 'utf8')) as {
    chain_id: string
    seed: string
    validators: number
  }
  const homes = Array.from({ length: meta.validators }, (_, i) => join(dir, `node${i}`))
  const accounts = devAccounts(meta.seed, meta.validators)
  const gateway = accounts.find((account) => account.name === GATEWAY)
  if (gateway === undefined) throw new Error('the network has no gateway account')
  const { document } = readGenesis(homeAt(homes[0] ?? dir).genesis)
  return {
    dir,
    chainId: meta.chain_id,
    seed: meta.seed,
    homes,
    ports,
    accounts,
    gateway,
    devClock: document.devClock,
  }
}

function genesisOf(plan: NetworkPlan, accounts: readonly DevAccount[]) {
  const operators = accountsOfOperators(accounts)
  const own: GenesisAccount[] = accounts.map(({ address }) => ({ address, ustrom: FUNDS }))
  const document = buildGenesis({
    chainId: plan.chainId,
    genesisTime: plan.genesisTime,
    operators: operators.map((account, i) => ({
      moniker: `node${i}`,
      pubKey: consensusKeyFromSeed(devSeed(plan.seed, `validator-${i}`)).pubKey,
      operator: fromBech32(account.address),
      tokens: OPERATOR_TOKENS,
    })),
    accounts: [...own, ...(plan.funded ?? [])],
    devices: plan.town === undefined ? [] : townDevices(plan.town, plan.seed, accounts),
    // Somebody has to admit makers and decide disputes, and nobody holds the account of governance.
    authority: accounts[0]?.address ?? '',
    ...(plan.devClock === undefined ? {} : { devClock: plan.devClock }),
    ...(plan.maxAheadSeconds === undefined ? {} : { maxAheadSeconds: plan.maxAheadSeconds }),
  })
  const owned = (plan.storage ?? []).map((storage, i) => {
    const account = operators[i]
    if (account === undefined) throw new Error(`${storage.id} has no validator`)
    return { storage, account }
  })
  const behind = withStorage(document, owned, plan.seed)
  return plan.windows === undefined ? behind : withWindows(behind, plan.windows)
}

/** The accounts of a network's validators, in their order. */
export function operatorAccounts(network: Network): readonly DevAccount[] {
  return accountsOfOperators(network.accounts)
}

function accountsOfOperators(accounts: readonly DevAccount[]): readonly DevAccount[] {
  return accounts.filter((account) => account.name.startsWith('operator-'))
}

function withWindows(document: GenesisDocument, windows: Windows): GenesisDocument {
  const metering = document.appState.metering as { params: { [name: string]: JsonValue } }
  const params = {
    ...metering.params,
    prelim_close_s: windows.prelimCloseS.toString(),
    settle_close_s: windows.settleCloseS.toString(),
    final_close_s: windows.finalCloseS.toString(),
    // What is not final yet is kept.
    keep_s: (windows.finalCloseS > DEFAULT_KEEP_S
      ? windows.finalCloseS
      : DEFAULT_KEEP_S
    ).toString(),
  }
  return {
    ...document,
    appState: { ...document.appState, metering: { ...metering, params } },
  }
}

function townDevices(town: Town, seed: string, accounts: readonly DevAccount[]) {
  const owner = accounts[0]?.address ?? ''
  // Genesis lists are in key order, so that equal towns give equal documents.
  const devices = [...town.devices].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  return devices.map((device) => ({
    id: device.id,
    pubkey: Buffer.from(deriveDeviceKey(seed, device.id).publicKey).toString('base64'),
    scheme: 'p256',
    owner,
    kind: `KIND_${device.kind}`,
    nameplate_w: device.nameplateW.toString(),
    storage_wh: device.storageWh.toString(),
    eta_c_ppm: device.etaCPpm.toString(),
    eta_d_ppm: device.etaDPpm.toString(),
    zone: device.zone,
    site: device.site,
    interval_s: Number(device.intervalS),
    simulated: device.simulated !== false,
    // Development keys stand for those of the meters; the accuracy class is that of the site balance.
    trust_class: 'TRUST_CLASS_A',
    class_ppm: 10_000,
    derived: device.simulated === 'derived',
    status: 'STATUS_ACTIVE',
    registered_height: '0',
  }))
}

async function nodeConfig(
  plan: NetworkPlan,
  homes: readonly string[],
  i: number,
): Promise<NodeConfigInput> {
  const peers: string[] = []
  for (const [j, root] of homes.entries()) {
    if (j === i) continue
    const { nodeId } = await loadOrCreateNodeKey(homeAt(root).nodeKey)
    peers.push(`${nodeId}@127.0.0.1:${plan.ports[j]?.p2p}`)
  }
  return {
    moniker: `node${i}`,
    log_level: plan.logLevel ?? 'info',
    rpc: { laddr: `tcp://127.0.0.1:${plan.ports[i]?.rpc}`, cors_allowed_origins: ['*'] },
    p2p: { laddr: `tcp://127.0.0.1:${plan.ports[i]?.p2p}`, persistent_peers: peers.join(',') },
    ...(plan.consensus === undefined ? {} : { consensus: plan.consensus }),
  }
}

function appConfig(plan: NetworkPlan, i: number): AppConfigInput {
  return {
    // Ten times as often as a chain in earnest: a development state is small, and faults should show soon.
    'invariants-every': 10,
    ...plan.app,
    api: { enable: true, address: `tcp://127.0.0.1:${plan.ports[i]?.rest}` },
  }
}
