import type { AnyValue, Codec, JsonValue } from '../../../proto/codec.ts'
import { GenericAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { MsgExec, MsgGrant } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { certificateModule } from '../../certificate/module.ts'
import { deviceModule } from '../../device/module.ts'
import { toBech32 } from '../../kit/address.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { type FakeRouter, fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { meteringModule } from '../../metering/module.ts'
import { stakingModule } from '../../staking/module.ts'
import { authzModule } from '../module.ts'

/** 2026-01-01T00:00:00Z, where the fake chain's clock starts. */
export const T0 = 1_767_225_600n

/** Bytes and text of a person's address. */
export const bytesOf = (n: number): Uint8Array => new Uint8Array(20).fill(n)
export const person = (n: number): string => toBech32(bytesOf(n))

/** Coins of one denomination as messages carry them. */
export const ustrom = (amount: bigint): { denom: string; amount: string }[] => [
  { denom: 'ustrom', amount: amount.toString() },
]

/** Real modules of everything that tests grant. */
export interface AuthzWorld {
  readonly modules: readonly Module[]
  readonly bank: BankApi
}

/** Builds them, authz last. */
export function makeModules(): AuthzWorld {
  const auth = authModule()
  auth.api.declareModuleAccount('pool', [])
  const bank = bankModule({ auth: auth.api })
  const base = { auth: auth.api, bank: bank.api }
  const device = deviceModule(base)
  const certificate = certificateModule()
  const modules = [
    auth,
    bank,
    stakingModule(base),
    device,
    certificate,
    meteringModule({ ...base, device: device.api, certificate: certificate.api }),
    authzModule(base),
  ]
  return { modules, bank: bank.api }
}

/** A running chain of these modules. */
export interface Started extends AuthzWorld {
  readonly chain: FakeChain
  readonly router: FakeRouter
  /** `ok`, or codespace and code of the refusal; then nothing is written. */
  send<M>(codec: Codec<M>, message: M): string
  /** Runs messages as `grantee`. */
  exec(grantee: string, ...msgs: AnyValue[]): string
  grant(granter: string, grantee: string, authorization: AnyValue, expires?: bigint): string
}

/** Starts them with people 1 to 5 who own 1,000 ustrom each, and these devices. */
export function start(genesis: { readonly [module: string]: JsonValue } = {}): Started {
  const world = makeModules()
  const chain = fakeChain()
  const all: { readonly [module: string]: JsonValue } = { bank: bankGenesis(), ...genesis }
  for (const module of world.modules)
    module.genesis.init(chain.write(), all[module.name] ?? module.genesis.defaults())
  chain.takeEvents()
  const router = fakeRouter(chain, world.modules)
  const send: Started['send'] = (codec, message) =>
    told(() => router.atomically((ctx) => ctx.dispatch(pack(codec, message))))
  return {
    ...world,
    chain,
    router,
    send,
    exec: (grantee, ...msgs) => send(MsgExec, { grantee, msgs }),
    grant: (granter, grantee, authorization, expires) =>
      send(MsgGrant, {
        granter,
        grantee,
        grant: {
          authorization,
          expiration: expires === undefined ? undefined : { seconds: expires, nanos: 0 },
        },
      }),
  }
}

/** 1,000 ustrom for each of five people. */
export function bankGenesis(): JsonValue {
  return {
    params: { default_send_enabled: true },
    balances: [1, 2, 3, 4, 5].map((n) => ({ address: person(n), coins: ustrom(1000n) })),
  }
}

/** `ok`, or codespace and code. */
export function told(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}`
    throw error
  }
  return 'ok'
}

/** Packed authorization over all messages of a type. */
export const generic = (msg: string): AnyValue => pack(GenericAuthorization, { msg })

/** Packed transfer. */
export const transfer = (from: string, to: string, amount: bigint): AnyValue =>
  pack(MsgSend, { fromAddress: from, toAddress: to, amount: ustrom(amount) })

/** Packed execution. */
export const execution = (grantee: string, ...msgs: AnyValue[]): AnyValue =>
  pack(MsgExec, { grantee, msgs })
