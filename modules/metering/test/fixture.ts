import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nativeSign,
  verify as nativeVerify,
} from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Codec } from '../../../proto/codec.ts'
import { GenesisState as DeviceGenesis } from '../../../proto/gen/strom/device/v1/genesis.ts'
import {
  Device,
  Gateway,
  Kind,
  Status,
  TrustClass,
} from '../../../proto/gen/strom/device/v1/state.ts'
import { GenesisState } from '../../../proto/gen/strom/metering/v1/genesis.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  type DeviceState,
  type Params,
  type StoredReading,
  Sweep,
} from '../../../proto/gen/strom/metering/v1/state.ts'
import { MsgSubmitReadings, type ReadingResult } from '../../../proto/gen/strom/metering/v1/tx.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import { certificateModule } from '../../certificate/module.ts'
import type { DeviceApi } from '../../device/api.ts'
import { deviceModule } from '../../device/module.ts'
import { toBech32 } from '../../kit/address.ts'
import { concatBytes, toHex, utf8Encode } from '../../kit/bytes.ts'
import type { MsgContext } from '../../kit/context.ts'
import type { Verifier } from '../../kit/crypto.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { nobleVerifier } from '../../kit/testing/noble-crypto.ts'
import { meteringModule } from '../module.ts'
import { defaultParams } from '../params.ts'
import { state, stateOf } from '../state.ts'

/** 2026-01-01T00:00:00Z, where the fake chain's clock starts too. */
export const T0 = 1_767_225_600n
export const OWNER = toBech32(new Uint8Array(20).fill(7))
export const GATEWAY = toBech32(new Uint8Array(20).fill(9))
export const AUTHORITY = toBech32(new Uint8Array(20).fill(5))
export const MEASURED = 1

const keys = new Map<string, { secret: KeyObject; pubkey: Uint8Array }>()
const publics = new Map<string, KeyObject>()

/** The key of a test device, derived from its name. */
export function keyOf(name: string): { secret: KeyObject; pubkey: Uint8Array } {
  const found = keys.get(name)
  if (found !== undefined) return found
  const d = sha256(utf8Encode(`device ${name}`))
  const pubkey = p256.getPublicKey(d, true)
  const secret = createPrivateKey({ key: { ...jwk(pubkey), d: base64(d) }, format: 'jwk' })
  keys.set(name, { secret, pubkey })
  return { secret, pubkey }
}

/** P-256 by the platform, everything else by the reference implementation. */
export const quickVerifier: Verifier = {
  verify(scheme, key, bytes, signature) {
    if (scheme !== 'p256') return nobleVerifier.verify(scheme, key, bytes, signature)
    const name = toHex(key)
    const found = publics.get(name) ?? createPublicKey({ key: jwk(key), format: 'jwk' })
    publics.set(name, found)
    return nativeVerify('sha256', bytes, { key: found, dsaEncoding: 'ieee-p1363' }, signature)
  },
}

/** A registered device with sensible figures; 10 kW of PV unless told otherwise. */
export function plant(id: string, fields: Partial<Device> = {}): Device {
  const bess = fields.kind === Kind.KIND_BESS
  return Device.create({
    id,
    pubkey: keyOf(id).pubkey,
    scheme: 'p256',
    owner: OWNER,
    kind: Kind.KIND_PV,
    nameplateW: 10_000n,
    zone: 'DE-LU',
    site: 'home-1',
    intervalS: 900,
    status: Status.STATUS_ACTIVE,
    registeredHeight: 1n,
    trustClass: TrustClass.TRUST_CLASS_A,
    classPpm: 10_000,
    ...(bess
      ? { storageWh: 100_000n, etaCPpm: 950_000n, etaDPpm: 950_000n, sohPpm: 1_000_000n }
      : {}),
    ...fields,
  })
}

/** One chain with metering and all it needs, and some devices. */
export interface Town {
  readonly chain: FakeChain
  readonly modules: readonly Module[]
  /** Devices at work, as the metering module sees them. */
  readonly devices: DeviceApi
  submit(...readings: SignedReading[]): ReadingResult[]
  /** Runs any message. */
  send<M>(codec: Codec<M>, message: M): unknown
  /** Moves the time on to `minutes` after T0 and runs blocks until nothing is left to judge. */
  at(minutes: number): void
  /** Everything submitted so far is judged, late readings too. */
  close(): void
  state(device: string): DeviceState
  reading(device: string, seq: bigint): StoredReading
  query(service: string, method: string, request: object): unknown
  checkInvariants(): void
}

/** Genesis by module name of a town with these devices. */
export function townGenesis(devices: readonly Device[], params: Partial<Params> = {}) {
  const { device } = townParts()
  const defaults = DeviceGenesis.fromJson(device.genesis.defaults())
  const ordered = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1))
  const gateways = [Gateway.create({ address: GATEWAY, name: 'box', registeredHeight: 1n })]
  const deviceParams = { ...defaults.params, authority: AUTHORITY }
  return {
    device: DeviceGenesis.toJson({ ...defaults, params: deviceParams, devices: ordered, gateways }),
    metering: GenesisState.toJson(
      GenesisState.create({ params: { ...defaultParams(), challengeDeposit: 0n, ...params } }),
    ),
  }
}

function townParts() {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const device = deviceModule({ auth: auth.api, bank: bank.api })
  const certificate = certificateModule()
  const metering = meteringModule({
    auth: auth.api,
    bank: bank.api,
    device: device.api,
    certificate: certificate.api,
  })
  return { auth, bank, device, certificate, metering }
}

/** Fresh modules, dependencies first. */
export function townModules(): readonly Module[] {
  const { auth, bank, device, certificate, metering } = townParts()
  return [auth, bank, device, certificate, metering]
}

/** Starts a town. The chain's clock stands at T0 + 8 hours, so that readings of the first hours are in the past. */
export function town(devices: readonly Device[], params: Partial<Params> = {}): Town {
  const chain = fakeChain({ time: T0 + 28_800n })
  chain.verifier = quickVerifier
  const modules = townModules()
  const genesis: Record<string, ReturnType<typeof DeviceGenesis.toJson>> = townGenesis(
    devices,
    params,
  )
  for (const module of modules) {
    const json = genesis[module.name] ?? module.genesis.defaults()
    module.genesis.validate(json)
    module.genesis.init(chain.write(), json)
  }
  return townOn(chain, modules)
}

/** The handles of a town on a chain whose genesis is done. */
export function townOn(chain: FakeChain, modules: readonly Module[]): Town {
  const messages = modules.flatMap((m) => m.messages)
  const send: Town['send'] = (codec, message) => {
    const found = messages.find((m) => m.codec.typeName === codec.typeName)
    if (found === undefined) throw new Error(`no handler for ${codec.typeName}`)
    found.validate(message)
    return chain.atomically((ctx) => found.handle(ctx, message), { dispatch })
  }
  // A rotation or a transfer hands its readings to metering as messages.
  const dispatch: MsgContext['dispatch'] = ({ typeUrl, value }) => {
    const found = messages.find((m) => m.codec.typeUrl === typeUrl)
    if (found === undefined) throw new Error(`no handler for ${typeUrl}`)
    return found.response.encode(found.handle(chain.message(), found.codec.decode(value)))
  }
  const running = () => (state.sweep.get(chain.query()) ?? Sweep.create()).running
  const t: Town = {
    chain,
    modules,
    devices: modules.find((m) => m.name === 'device')?.api as DeviceApi,
    send,
    submit: (...readings) =>
      (send(MsgSubmitReadings, { gateway: GATEWAY, readings }) as { results: ReadingResult[] })
        .results,
    at(minutes) {
      const time = T0 + BigInt(minutes) * 60n
      chain.nextBlock(time > chain.time ? time - chain.time : 0n)
      do {
        chain.nextBlock(0n)
        for (const module of modules) module.beginBlock?.(chain.write())
        for (const module of modules) module.endBlock?.(chain.write())
      } while (running())
    },
    close() {
      const day = 24 * 60
      const now = Number((chain.time - T0) / 60n)
      t.at(now + day + 15)
      t.at(now + 6 * day)
    },
    state(device) {
      const found = stateOf(chain.query(), device)
      if (found === undefined) throw new Error(`${device} has no state`)
      return found
    },
    reading(device, seq) {
      const { context } = t.state(device)
      return state.readings.must(chain.query(), [device, context, seq])
    },
    query(service, method, request) {
      const found = modules
        .flatMap((m) => m.queries)
        .find((q) => q.service === service && q.method === method)
      if (found === undefined) throw new Error(`no query ${service}/${method}`)
      return found.handle(chain.query(), found.request.create(request))
    },
    checkInvariants() {
      for (const law of modules.flatMap((m) => m.invariants)) {
        const broken = law.check(chain.query())
        if (broken !== undefined) throw new Error(`${law.name}: ${broken}`)
      }
    },
  }
  return t
}

/** sha256 of sign bytes. */
export function identityOf(reading: SignedReading): Uint8Array {
  return sha256(reading.message)
}

/** Signs a message with the key of a test device. */
export function signed(message: Partial<DeviceMessage>, key: string): SignedReading {
  return signBytes(DeviceMessage.encode(DeviceMessage.create(message)), key)
}

/** Signs any bytes with the key of a test device. */
export function signBytes(bytes: Uint8Array, key: string): SignedReading {
  const { secret } = keyOf(key)
  const signature = nativeSign('sha256', bytes, { key: secret, dsaEncoding: 'ieee-p1363' })
  return { message: bytes, signature: new Uint8Array(signature) }
}

/** The other valid signature of the same bytes: (r, n - s). */
export function otherS(reading: SignedReading): SignedReading {
  const n = p256.Point.Fn.ORDER
  const s = BigInt(`0x${toHex(reading.signature.subarray(32))}`)
  const flipped = (n - s).toString(16).padStart(64, '0')
  const bytes = Uint8Array.from(flipped.match(/../g) as string[], (two) => Number.parseInt(two, 16))
  return {
    message: reading.message,
    signature: concatBytes(reading.signature.subarray(0, 32), bytes),
  }
}

/** A device that keeps its own counter and chain of hashes, as a meter does. */
export class Meter {
  seq = 0n
  last: Uint8Array = new Uint8Array()
  readonly id: string
  readonly chainId: string
  constructor(id: string, chainId = 'strom-test-1') {
    this.id = id
    this.chainId = chainId
  }
  /** Signs the next message; fields given replace what the meter would say. */
  read(minutes: number, exportMwh: bigint, fields: Partial<DeviceMessage> = {}): SignedReading {
    this.seq += 1n
    const reading = this.peek(minutes, exportMwh, fields)
    this.last = identityOf(reading)
    return reading
  }
  /** Signs a message for the present counter without keeping it as the link. */
  peek(minutes: number, exportMwh: bigint, fields: Partial<DeviceMessage> = {}): SignedReading {
    return signed(
      {
        chainId: this.chainId,
        device: this.id,
        context: 'F',
        seq: this.seq,
        time: T0 + BigInt(minutes) * 60n,
        importMwh: 0n,
        exportMwh,
        status: MEASURED,
        prevHash: this.last,
        ...fields,
      },
      this.id,
    )
  }
}

function jwk(pubkey: Uint8Array) {
  const { x, y } = p256.Point.fromBytes(pubkey).toAffine()
  return { kty: 'EC', crv: 'P-256', x: base64(wide(x)), y: base64(wide(y)) }
}

function wide(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
