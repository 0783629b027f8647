import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Codec, JsonValue } from '../../../proto/codec.ts'
import { Device, Epoch, Kind, Status, Way } from '../../../proto/gen/strom/device/v1/state.ts'
import type { LeafProof, SummedLeaf } from '../../../proto/gen/strom/fleet/v1/leaf.ts'
import type { Batch, Fault, Totals } from '../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgChallengeLeaf,
  MsgChallengeLeafResponse,
  MsgSubmitRoot,
  type MsgSubmitRootResponse,
} from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { Params, type StoredReading } from '../../../proto/gen/strom/metering/v1/state.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import type { DeviceApi, Slash } from '../../device/api.ts'
import { toBech32 } from '../../kit/address.ts'
import { toHex, utf8Encode } from '../../kit/bytes.ts'
import { makeLeaf } from '../../kit/fleet-leaf.ts'
import type { Module } from '../../kit/module.ts'
import { buildTree, proveRange, type SumLeaf, type SumTree } from '../../kit/sum-tree.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { MeteringApi } from '../../metering/api.ts'
import { fleetModule } from '../module.ts'
import { mustBatch, totalsOf } from '../state.ts'

/** 2026-01-01T00:00:00Z, where the fake chain's clock starts too: the tick of most tests. */
export const TICK = 1_767_225_600n
export const CHAIN = 'strom-test-1'
export const [GATEWAY, OTHER, WATCHER, AUTHORITY] = [9, 8, 7, 6].map((n) =>
  toBech32(new Uint8Array(20).fill(n)),
) as [string, string, string, string]

const secrets = new Map<string, Uint8Array>()

function secretOf(name: string): Uint8Array {
  const found = secrets.get(name) ?? sha256(utf8Encode(`device ${name}`))
  secrets.set(name, found)
  return found
}

/** A registry of three epochs at most a device, gateways, and a record of what was slashed. */
export interface FakeRegistry {
  readonly devices: Map<string, Device>
  /** Epochs of devices that changed, in order of time. */
  readonly changes: Map<string, Epoch[]>
  readonly gateways: Set<string>
  readonly slashes: (Slash & { readonly gateway: string })[]
  readonly api: DeviceApi
}

/** Metering that takes every message once, but those of the devices it is told to refuse. */
export interface FakeMetering {
  readonly entered: string[]
  readonly refuses: Map<string, string>
  readonly stored: StoredReading[]
  readonly api: MeteringApi
}

/** A 10 kW plant of the fleet, of interval 900 s. */
export function plant(id: string, fields: Partial<Device> = {}): Device {
  return Device.create({
    id,
    pubkey: p256.getPublicKey(secretOf(id), true),
    scheme: 'p256',
    owner: OTHER,
    kind: Kind.KIND_PV,
    nameplateW: 10_000n,
    intervalS: 900,
    status: Status.STATUS_ACTIVE,
    gateway: GATEWAY,
    way: Way.WAY_ROOT,
    ...fields,
  })
}

function fakeRegistry(): FakeRegistry {
  const ids = ['pv-0', 'pv-1', 'pv-2', 'pv-3', 'pv-4', 'pv-5', 'pv-6']
  const devices = new Map(ids.map((id) => [id, plant(id)]))
  const changes = new Map<string, Epoch[]>()
  const gateways = new Set([GATEWAY, OTHER])
  const slashes: FakeRegistry['slashes'] = []
  const unused = (): never => {
    throw new Error('fleet does not call this')
  }
  const api: DeviceApi = {
    get: (_, id) => devices.get(id),
    at(_, device, time) {
      const { id, owner, pubkey, scheme, status, gateway, way } = device
      const implied = Epoch.create({ device: id, owner, pubkey, scheme, status, gateway, way })
      return changes.get(id)?.findLast((epoch) => epoch.from <= time) ?? implied
    },
    gatewayInForce: (_, address) => gateways.has(address),
    authority: () => AUTHORITY,
    slashGateway(_, gateway, slash) {
      slashes.push({ gateway, ...slash })
      return (slash.ppm * 50n) / 1_000_000n
    },
    epochs: (ctx, device) => changes.get(device.id) ?? [api.at(ctx, device, 0n)],
    mayAct: unused,
    gateway: unused,
    ofSite: unused,
    jail: unused,
    slashDevice: unused,
    revokeGateway: unused,
  }
  return { devices, changes, gateways, slashes, api }
}

function fakeMetering(): FakeMetering {
  const entered: string[] = []
  const refuses = new Map<string, string>()
  const stored: StoredReading[] = []
  const params = Params.create({ finalCloseS: 432_000n, nameplateMarginPpm: 20_000n })
  const api: MeteringApi = {
    state: () => undefined,
    params: () => params,
    tickEnergy: () => undefined,
    onStored: () => undefined,
    readings: (_, device, from, to) =>
      stored.filter((row) => row.device === device && row.time >= from && row.time < to),
    enterLeaf(_, message, identity) {
      if (!refuses.has(message.device)) entered.push(`${message.device} ${toHex(identity)}`)
      return refuses.get(message.device)
    },
  }
  return { entered, refuses, stored, api }
}

/** Signs any sign bytes with the key of a device. */
export function signBytes(message: Uint8Array, key: string): SignedReading {
  return { message, signature: p256.sign(message, secretOf(key)) }
}

/** A signed message of a device at the end of the tick unless told otherwise. */
export function signed(device: string, fields: Partial<DeviceMessage>, key = device) {
  const message = DeviceMessage.create({
    chainId: CHAIN,
    device,
    context: 'F',
    seq: 1n,
    time: TICK + 900n,
    status: 1,
    ...fields,
  })
  return signBytes(DeviceMessage.encode(message), key)
}

/** What an interval of a device says; the opening is linked by prev_hash. */
export interface Interval {
  readonly device: string
  /** Registers at its end; they begin at 1,000,500 mWh. */
  readonly importMwh?: bigint
  readonly exportMwh?: bigint
  readonly opening?: Partial<DeviceMessage>
  readonly reading?: Partial<DeviceMessage>
  /** Whose key signs the reading. */
  readonly key?: string
}

/** Opening and reading of an interval as the device signed them. */
export function interval(given: Interval): { opening: SignedReading; reading: SignedReading } {
  const { device, importMwh = 1_000_500n, exportMwh = 2_000_400n } = given
  const before = { seq: 7n, time: TICK, importMwh: 1_000_500n, exportMwh: 1_000_500n }
  const opening = signed(device, { ...before, ...given.opening })
  const reading = signed(
    device,
    { seq: 8n, importMwh, exportMwh, prevHash: sha256(opening.message), ...given.reading },
    given.key,
  )
  return { opening, reading }
}

/** The honest leaf of an interval: 1,000 Wh of export unless told otherwise. */
export function leafOf(given: Interval, modulus = 0n): SumLeaf {
  const { opening, reading } = interval(given)
  return makeLeaf(nobleHasher, reading, opening, modulus)
}

/** One honest leaf of each of `count` devices, in turn. */
export function leaves(count: number): SumLeaf[] {
  return Array.from({ length: count }, (_, i) =>
    leafOf({ device: `pv-${i}`, exportMwh: 2_000_400n + BigInt(i) * 1000n }),
  )
}

const trees = new WeakMap<readonly SumLeaf[], SumTree>()

/** The tree of a list, built once. */
export function tree(list: readonly SumLeaf[]): SumTree {
  const found = trees.get(list) ?? buildTree(nobleHasher, list)
  trees.set(list, found)
  return found
}

export function wire({ bytes, importWh, exportWh }: SumLeaf): SummedLeaf {
  return { leaf: bytes, importWh, exportWh }
}

/** The proof of one leaf. */
export function proof(list: readonly SumLeaf[], index: number): LeafProof {
  const leaf = wire(list[index] as SumLeaf)
  return { index, leaf, path: proveRange(tree(list), index, index + 1) }
}

/** A submission of these leaves; published when asked for. */
export function submission(
  list: readonly SumLeaf[],
  fields: Partial<MsgSubmitRoot> & { readonly publish?: boolean } = {},
): MsgSubmitRoot {
  const { publish, ...more } = fields
  const { root } = tree(list)
  return MsgSubmitRoot.create({
    gateway: GATEWAY,
    tick: TICK,
    root: root.hash,
    count: list.length,
    sumImportWh: root.importWh,
    sumExportWh: root.exportWh,
    leaves: publish === true ? list.map(wire) : [],
    ...more,
  })
}

/** Genesis by module name: everybody holds 10 STROM. */
export const GENESIS: { readonly [module: string]: JsonValue } = {
  bank: {
    params: { send_enabled: [], default_send_enabled: true },
    balances: [GATEWAY, OTHER, WATCHER].map((address) => ({
      address,
      coins: [{ denom: 'ustrom', amount: '10000000' }],
    })),
    supply: [],
    denom_metadata: [],
    send_enabled: [],
  },
}

/** Fresh modules with the fakes behind them. */
export function modules() {
  const [registry, metering, auth] = [fakeRegistry(), fakeMetering(), authModule()]
  const bank = bankModule({ auth: auth.api })
  const device = registry.api
  const needs = { auth: auth.api, bank: bank.api, device, metering: metering.api }
  const list: readonly Module[] = [auth, bank, fleetModule(needs)]
  return { registry, metering, bank: bank.api, list }
}

/** A chain with a fleet. The clock stands one minute after the tick. */
export function fleet() {
  const { registry, metering, bank, list } = modules()
  const chain: FakeChain = fakeChain({ time: TICK + 960n })
  for (const module of list) {
    const json = GENESIS[module.name] ?? module.genesis.defaults()
    module.genesis.validate(json)
    module.genesis.init(chain.write(), json)
  }
  const send = <M, R>(codec: Codec<M>, response: Codec<R>, value: M): R => {
    const found = list
      .flatMap((module) => module.messages)
      .find((message) => message.codec.typeUrl === codec.typeUrl)
    if (found === undefined) throw new Error(`no handler of ${codec.typeUrl}`)
    const message = codec.decode(codec.encode(value))
    found.validate(message)
    const answer = chain.atomically((ctx) => found.handle(ctx, message)) as R
    checkInvariants()
    return response.decode(response.encode(answer))
  }
  const checkInvariants = (): void => {
    for (const law of list.flatMap((module) => module.invariants)) {
      const broken = law.check(chain.query())
      if (broken !== undefined) throw new Error(`${law.name}: ${broken}`)
    }
  }
  return {
    chain,
    registry,
    metering,
    bank,
    send,
    checkInvariants,
    laws: list.at(-1)?.invariants ?? [],
    submit(message: MsgSubmitRoot): bigint {
      const codec = list.at(-1)?.messages[0]?.response as Codec<MsgSubmitRootResponse>
      return send(MsgSubmitRoot, codec, message).batch
    },
    batch: (id = 1n): Batch => mustBatch(chain.query(), id),
    totals: (): Totals => totalsOf(chain.query()),
    block(seconds = 6n): void {
      for (const module of list) module.endBlock?.(chain.write())
      checkInvariants()
      chain.nextBlock(seconds)
    },
    query<Q, R>(method: string, request: Partial<Q>): R {
      const found = list.at(-1)?.queries.find((one) => one.method === method)
      if (found === undefined) throw new Error(`no query ${method}`)
      return found.handle(chain.query(), found.request.create(request)) as R
    },
  }
}

/** Codespace and code of the error that `run` throws. */
export function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    const { codespace, code, message } = error as {
      codespace?: string
      code?: number
      message: string
    }
    if (codespace === undefined) throw error
    return `${codespace} ${code}: ${message}`
  }
  return 'accepted'
}

/** A challenge of batch 1 by the watcher, unless told otherwise. */
export function challenge(
  world: ReturnType<typeof fleet>,
  list: readonly SumLeaf[],
  index: number,
  fault: Fault,
  more: Partial<MsgChallengeLeaf> = {},
): MsgChallengeLeafResponse {
  const message = { reporter: WATCHER, batch: 1n, fault, proof: proof(list, index), ...more }
  return world.send(MsgChallengeLeaf, MsgChallengeLeafResponse, MsgChallengeLeaf.create(message))
}
