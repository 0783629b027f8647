import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Codec, JsonValue } from '../../../proto/codec.ts'
import { GenesisState } from '../../../proto/gen/strom/device/v1/genesis.ts'
import {
  Attestation,
  MakerCertificate,
  type SignedCertificate,
} from '../../../proto/gen/strom/device/v1/signed.ts'
import {
  Device,
  Gateway,
  Kind,
  Maker,
  type Params,
  Status,
  TrustClass,
} from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterDevice } from '../../../proto/gen/strom/device/v1/tx.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { certificateModule } from '../../certificate/module.ts'
import { fromBech32, toBech32 } from '../../kit/address.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { meteringModule } from '../../metering/module.ts'
import type { DeviceApi } from '../api.ts'
import { deviceModule } from '../module.ts'
import { defaultParams } from '../params.ts'
import { attestationBytes, certificateBytes, PURPOSE, possessionBytes } from '../sign-bytes.ts'

export const CHAIN = 'strom-test-1'
/** 2026-01-01T00:00:00Z, where the fake chain's clock starts too. */
export const T0 = 1_767_225_600n
const person = (n: number): string => toBech32(new Uint8Array(20).fill(n))
export const OWNER = person(7)
export const OTHER = person(8)
export const BOX = person(9)
export const AUTHORITY = person(10)
export const STROM = 1_000_000n

/** The P-256 key of anybody, derived from a name. */
export function keyOf(name: string): { secret: Uint8Array; pubkey: Uint8Array } {
  const secret = sha256(utf8Encode(`device ${name}`))
  return { secret, pubkey: p256.getPublicKey(secret, true) }
}

/** 64 bytes r||s over the SHA-256 of the bytes. */
export function sign(name: string, bytes: Uint8Array): Uint8Array {
  return p256.sign(bytes, keyOf(name).secret, { lowS: false })
}

/** One link of a chain, signed by `issuer`. */
export function certificate(
  issuer: string,
  subject: string,
  fields: Partial<MakerCertificate> = {},
): SignedCertificate {
  const body = MakerCertificate.create({
    chainId: CHAIN,
    purpose: PURPOSE.certificate,
    issuer: keyOf(issuer).pubkey,
    subject: keyOf(subject).pubkey,
    scheme: 'p256',
    notAfter: T0 + 31_536_000n,
    ...fields,
  })
  return { certificate: body, signature: sign(issuer, certificateBytes(body)) }
}

/** Who signs what in a registration; names of keys. */
export interface Signers {
  /** Whom the maker names as owner; nobody unless a receipt proves the key. */
  readonly attestedOwner?: string
  readonly device?: string
  readonly chainId?: string
  readonly maker?: string
  readonly chain?: SignedCertificate[]
}

/** A registration as its owner sends it, class A and attested by acme; `fields` are changed before anybody signs. */
export function registration(
  id: string,
  fields: Partial<MsgRegisterDevice> = {},
  signers: Signers = {},
): MsgRegisterDevice {
  const message = MsgRegisterDevice.create({
    owner: OWNER,
    id,
    pubkey: keyOf(id).pubkey,
    scheme: 'p256',
    kind: Kind.KIND_PV,
    nameplateW: 10_000n,
    zone: 'DE-LU',
    site: 'home-1',
    intervalS: 900,
    proofExpiryHeight: 1000n,
    maker: 'acme',
    serial: `sn-${id}`,
    model: 'M1',
    trustClass: TrustClass.TRUST_CLASS_A,
    classPpm: 10_000,
    bond: STROM,
    ...fields,
  })
  const chainId = signers.chainId ?? CHAIN
  const proof = possessionBytes(chainId, message, message.proofExpiryHeight)
  const attestation = Attestation.create({
    chain: signers.chain ?? [],
    signature: sign(
      signers.maker ?? 'acme',
      attestationBytes(chainId, message, signers.attestedOwner),
    ),
  })
  const receipt = message.receipt.length > 0
  return {
    ...message,
    proofOfPossession: receipt ? new Uint8Array() : sign(signers.device ?? id, proof),
    attestation: message.maker === '' ? undefined : attestation,
    ...('attestation' in fields ? { attestation: fields.attestation } : {}),
  }
}

/** What turns a registration into one of class C behind the box. */
export const CLASS_C: Partial<MsgRegisterDevice> = {
  trustClass: TrustClass.TRUST_CLASS_C,
  maker: '',
  gateway: BOX,
}

/** A device of the genesis. */
export function stored(id: string, fields: Partial<Device> = {}): Device {
  const { proofOfPossession, proofExpiryHeight, attestation, ...rest } = registration(id)
  return Device.create({
    ...rest,
    bond: 0n,
    status: Status.STATUS_ACTIVE,
    registeredHeight: 1n,
    ...fields,
  })
}

/** Genesis with makers acme and (as tester) lab, the gateway BOX, and these devices. */
export function sample(devices: readonly Device[] = [], params: Partial<Params> = {}): JsonValue {
  const maker = (id: string, tester: boolean) =>
    Maker.create({ id, name: id, scheme: 'p256', pubkey: keyOf(id).pubkey, tester })
  return GenesisState.toJson(
    GenesisState.create({
      params: { ...defaultParams(), authority: AUTHORITY, ...params },
      devices: [...devices],
      makers: [maker('acme', false), maker('lab', true)],
      gateways: [Gateway.create({ address: BOX, name: 'box' })],
    }),
  )
}

/** 1,000 STROM for everybody. */
export const bankGenesis: JsonValue = {
  params: { send_enabled: [], default_send_enabled: true },
  balances: [OWNER, OTHER, BOX, AUTHORITY].sort().map((address) => ({
    address,
    coins: [{ denom: 'ustrom', amount: (1000n * STROM).toString() }],
  })),
  supply: [],
  denom_metadata: [],
  send_enabled: [],
}

/** A chain with the registry and real metering behind it. */
export interface World {
  readonly chain: FakeChain
  readonly api: DeviceApi
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly modules: readonly Module[]
  /** `ok`, or codespace and code of the refusal; then nothing is written. */
  send<M>(codec: Codec<M>, message: M): string
  /** The same, with the response; throws on refusal. */
  run<M, R>(codec: Codec<M>, message: M): R
  query<R>(method: string, request: object): R
  balance(address: string): bigint
  begin(seconds?: bigint): void
  checkInvariants(): void
}

/** Starts a world. */
export function world(devices: readonly Device[] = [], params: Partial<Params> = {}): World {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const device = deviceModule({ auth: auth.api, bank: bank.api })
  const issued = certificateModule()
  const needs = { auth: auth.api, bank: bank.api, device: device.api, certificate: issued.api }
  const modules = [auth, bank, device, issued, meteringModule(needs)]
  const chain = fakeChain()
  const genesis: Record<string, JsonValue> = { bank: bankGenesis, device: sample(devices, params) }
  for (const module of modules) {
    const json = genesis[module.name] ?? module.genesis.defaults()
    module.genesis.validate(json)
    module.genesis.init(chain.write(), json)
  }
  chain.takeEvents()
  return handles(chain, modules, { api: device.api, auth: auth.api, bank: bank.api })
}

function handles(
  chain: FakeChain,
  modules: readonly Module[],
  { api, auth, bank }: Pick<World, 'api' | 'auth' | 'bank'>,
): World {
  const found = (typeUrl: string) => {
    const message = modules.flatMap((m) => m.messages).find((m) => m.codec.typeUrl === typeUrl)
    if (message === undefined) throw new Error(`nobody handles ${typeUrl}`)
    return message
  }
  const w: World = {
    chain,
    api,
    auth,
    bank,
    modules,
    run(codec, message) {
      const { validate, handle } = found(codec.typeUrl)
      validate(codec.decode(codec.encode(message)))
      return chain.atomically((outer) => {
        const ctx = {
          ...outer,
          dispatch: (any: { typeUrl: string; value: Uint8Array }) => {
            const inner = found(any.typeUrl)
            const value: unknown = inner.codec.decode(any.value)
            inner.validate(value)
            return inner.response.encode(inner.handle(ctx, value))
          },
        }
        return handle(ctx, message)
      })
    },
    send(codec, message) {
      try {
        w.run(codec, message)
      } catch (error) {
        if (error instanceof ChainError) return `${error.codespace} ${error.code}`
        throw error
      }
      return 'ok'
    },
    query(method, request) {
      const query = modules
        .flatMap((m) => m.queries)
        .find((q) => q.service === 'strom.device.v1.Query' && q.method === method)
      if (query === undefined) throw new Error(`no query ${method}`)
      return query.handle(chain.query(), query.request.create(request))
    },
    balance: (address) => bank.balance(chain.query(), fromBech32(address), 'ustrom'),
    begin(seconds = 6n) {
      chain.nextBlock(seconds)
      for (const module of modules) module.beginBlock?.(chain.write())
    },
    checkInvariants() {
      for (const law of modules.flatMap((m) => m.invariants)) {
        const broken = law.check(chain.query())
        if (broken !== undefined) throw new Error(`${law.name}: ${broken}`)
      }
    },
  }
  return w
}

/** A reading of a device, signed by a named key. */
export function reading(
  device: string,
  key: string,
  fields: Partial<DeviceMessage> = {},
): SignedReading {
  const message = DeviceMessage.encode(
    DeviceMessage.create({
      chainId: CHAIN,
      device,
      context: 'F',
      seq: 1n,
      time: T0,
      status: 1,
      ...fields,
    }),
  )
  return { message, signature: sign(key, message) }
}

/** The identity of a reading. */
export function identityOf(one: SignedReading): Uint8Array {
  return sha256(one.message)
}
