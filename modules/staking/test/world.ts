import type { Codec, JsonValue } from '../../../proto/codec.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
  MsgUpdateParams,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { moduleAddress, PREFIX, toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { toHex } from '../../kit/bytes.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { StakingApi, StakingHooks } from '../api.ts'
import { buildStakingGenesis } from '../genesis-build.ts'
import { stakingModule } from '../module.ts'
import { NOT_EXPORTED } from '../state.ts'

/** Whole tokens in base units: one of them is one unit of power. */
export const T = 1_000_000n

/** Address of account and operator n, from 1. */
export const who = (n: number): Uint8Array => new Uint8Array(20).fill(n)
export const account = (n: number): string => toBech32(who(n))
export const valoper = (n: number): string => toBech32(who(n), PREFIX.validator)
/** Consensus key of validator n; nothing here signs with it. */
export const key = (n: number): Uint8Array => new Uint8Array(32).fill(n)
export const consensus = (n: number): Uint8Array => nobleHasher.sha256(key(n)).slice(0, 20)
export const coin = (amount: bigint): { denom: string; amount: string } => ({
  denom: 'ustrom',
  amount: amount.toString(),
})
export const authority = govAuthority({ hasher: nobleHasher })

/** An atomics text of a decimal such as `0.05`. */
export const atomics = (percent: bigint): string => (percent * 10n ** 16n).toString()

/** A chain with auth, bank and staking, and what its last block told consensus. */
export interface World {
  readonly chain: FakeChain
  /** auth, bank, staking. */
  readonly modules: readonly Module[]
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly staking: Module<StakingApi>
  readonly api: StakingApi
  /** Whether a message that fails is rolled back, which copies all stores; true unless a test knows better. */
  atomic: boolean
  /** Ends the block; its updates to consensus as `key byte: power`. Then `seconds` pass and the next one begins. */
  block(seconds?: bigint): string[]
  deliver<M>(codec: Codec<M>, message: Partial<M>): void
  delegate(n: number, to: number, amount: bigint): void
  undelegate(n: number, from: number, amount: bigint): void
  redelegate(n: number, from: number, to: number, amount: bigint): void
  cancel(n: number, from: number, amount: bigint, height: bigint): void
  create(n: number, amount: bigint, changes?: Partial<MsgCreateValidator>): void
  edit(n: number, changes: Partial<MsgEditValidator>): void
  updateParams(changes: Partial<MsgUpdateParams['params']>): void
  /** Balance of account n in base units. */
  balance(n: number): bigint
  /** What the bonded and the not bonded pool hold. */
  pools(): [bonded: bigint, notBonded: bigint]
  tokens(n: number): bigint
  status(n: number): string
  /** The answer of a query as proto JSON. */
  ask(method: string, request?: object): Record<string, JsonValue>
  /** Names of laws that are broken. */
  broken(): string[]
}

/** The three modules of a world, staking last. */
export function makeModules(
  hooks?: StakingHooks,
): readonly [Module<AuthApi>, Module<BankApi>, Module<StakingApi>] {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  if (hooks !== undefined) staking.api.registerHooks(hooks)
  return [auth, bank, staking]
}

/** Genesis of a world: validators with their tokens, and accounts 1 to `accounts` with a balance of 1,000 T each. */
export function genesisOf(
  validators: readonly (readonly [n: number, tokens: bigint])[],
  changes: Parameters<typeof buildStakingGenesis>[2] = {},
  accounts = 20,
): { readonly bank: JsonValue; readonly staking: JsonValue } {
  const { staking, pool } = buildStakingGenesis(
    nobleHasher,
    validators.map(([n, tokens]) => ({
      operator: who(n),
      consensusKey: key(n),
      moniker: `battery ${n}`,
      tokens,
    })),
    { historicalEntries: 0, ...changes },
  )
  const balances: JsonValue[] = Array.from({ length: accounts }, (_, i) => ({
    address: account(i + 1),
    coins: [coin(1000n * T)],
  }))
  return {
    staking,
    bank: { params: { default_send_enabled: true }, balances: [...balances, pool] },
  }
}

/** Starts a world of `genesisOf`. */
export function world(
  validators: readonly (readonly [n: number, tokens: bigint])[],
  changes: Parameters<typeof buildStakingGenesis>[2] = {},
  hooks?: StakingHooks,
): World {
  const modules = makeModules(hooks)
  const [auth, bank, staking] = modules
  const chain = fakeChain()
  const genesis: Record<string, JsonValue> = genesisOf(validators, changes)
  for (const module of modules)
    module.genesis.init(chain.write(), genesis[module.name] ?? module.genesis.defaults())
  chain.takeEvents()
  return viewOf(chain, auth.api, bank.api, staking, modules)
}

/** The genesis that a world exports, by module. */
export function exported({ chain, modules }: World): Record<string, JsonValue> {
  return Object.fromEntries(modules.map((m) => [m.name, m.genesis.export(chain.query())]))
}

/** A new chain at the height and time of a world, from what that exports. */
export function reimported(old: World): World {
  const modules = makeModules()
  const [auth, bank, staking] = modules
  const chain = fakeChain({ height: old.chain.height, time: old.chain.time })
  const genesis = exported(old)
  for (const module of modules) {
    const json = genesis[module.name] ?? module.genesis.defaults()
    module.genesis.validate(json)
    module.genesis.init(chain.write(), json)
  }
  return viewOf(chain, auth.api, bank.api, staking, modules)
}

/** Content of the store of staking without what genesis leaves out. */
export function exportedContent({ chain }: World): string {
  return chain.contentHash('staking', (row) =>
    NOT_EXPORTED.every(({ prefix }) => row[0] !== prefix[0]),
  )
}

function viewOf(
  chain: FakeChain,
  auth: AuthApi,
  bank: BankApi,
  staking: Module<StakingApi>,
  modules: readonly Module[],
): World {
  const { api } = staking
  const held = (address: Uint8Array): bigint => bank.balance(chain.query(), address, 'ustrom')
  const deliver = <M>(codec: Codec<M>, message: Partial<M>): void => {
    const found = staking.messages.find((m) => m.codec.typeUrl === codec.typeUrl)
    if (found === undefined) throw new Error(`no message ${codec.typeUrl}`)
    const value = codec.decode(codec.encode(codec.create(message)))
    found.validate(value)
    if (view.atomic) chain.atomically((ctx) => found.response.encode(found.handle(ctx, value)))
    else found.response.encode(found.handle(chain.message(), value))
  }
  const validator = (n: number) => api.validator(chain.query(), who(n))
  const view: World = {
    atomic: true,
    chain,
    modules,
    auth,
    bank,
    staking,
    api,
    deliver,
    ...messagesOf(deliver, () => api.params(chain.query())),
    block(seconds = 6n) {
      const updates = staking.endBlock?.(chain.write()) ?? []
      chain.nextBlock(seconds)
      staking.beginBlock?.(chain.write())
      return updates.map(({ pubKey, power }) => `${pubKey[0]}: ${power}`)
    },
    balance: (n) => held(who(n)),
    pools: () => [
      held(moduleAddress(nobleHasher, 'bonded_tokens_pool')),
      held(moduleAddress(nobleHasher, 'not_bonded_tokens_pool')),
    ],
    tokens: (n) => BigInt(validator(n)?.tokens ?? '0'),
    status: (n) => ['', 'unbonded', 'unbonding', 'bonded'][validator(n)?.status ?? 0] ?? '',
    ask(method, request = {}) {
      const query = staking.queries.find((q) => q.method === method)
      if (query === undefined) throw new Error(`no query ${method}`)
      const response = query.handle(chain.query(), query.request.create(request))
      const json = query.response.toJson(query.response.decode(query.response.encode(response)))
      return json as Record<string, JsonValue>
    },
    broken: () =>
      staking.invariants.flatMap((law) => {
        const fault = law.check(chain.query())
        return fault === undefined ? [] : [`${law.name}: ${fault}`]
      }),
  }
  return view
}

type Sent = Pick<
  World,
  'delegate' | 'undelegate' | 'redelegate' | 'cancel' | 'create' | 'edit' | 'updateParams'
>

function messagesOf(deliver: World['deliver'], params: () => MsgUpdateParams['params']): Sent {
  const pair = (n: number, to: number, amount: bigint) => ({
    delegatorAddress: account(n),
    validatorAddress: valoper(to),
    amount: coin(amount),
  })
  return {
    delegate: (n, to, amount) => deliver(MsgDelegate, pair(n, to, amount)),
    undelegate: (n, from, amount) => deliver(MsgUndelegate, pair(n, from, amount)),
    redelegate: (n, from, to, amount) =>
      deliver(MsgBeginRedelegate, {
        delegatorAddress: account(n),
        validatorSrcAddress: valoper(from),
        validatorDstAddress: valoper(to),
        amount: coin(amount),
      }),
    cancel: (n, from, amount, creationHeight) =>
      deliver(MsgCancelUnbondingDelegation, { ...pair(n, from, amount), creationHeight }),
    create: (n, amount, changes = {}) =>
      deliver(MsgCreateValidator, { ...creation(n, amount), ...changes }),
    edit: (n, changes) =>
      deliver(MsgEditValidator, {
        validatorAddress: valoper(n),
        description: unchanged,
        ...changes,
      }),
    updateParams: (changes) =>
      deliver(MsgUpdateParams, { authority, params: { ...params(), ...changes } }),
  }
}

/** A description that changes nothing. */
export const unchanged = {
  moniker: '[do-not-modify]',
  identity: '[do-not-modify]',
  website: '[do-not-modify]',
  securityContact: '[do-not-modify]',
  details: '[do-not-modify]',
}

/** The message that creates validator n: 10 % commission, at most 20 %, 1 point a day, 1 base unit of its own. */
export function creation(n: number, amount: bigint): MsgCreateValidator {
  return MsgCreateValidator.create({
    validatorAddress: valoper(n),
    description: {
      moniker: `new ${n}`,
      identity: '',
      website: '',
      securityContact: '',
      details: '',
    },
    commission: { rate: atomics(10n), maxRate: atomics(20n), maxChangeRate: atomics(1n) },
    minSelfDelegation: '1',
    pubkey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: key(n) }) },
    value: coin(amount),
  })
}

/** All stores of a world in one hex text. */
export function contents({ chain }: World): string {
  return chain.storeNames.map((name) => `${name} ${chain.contentHash(name)}`).join(' ')
}

/** A name for each hook with the first byte of its addresses: `afterDelegationModified 1 2`. */
export function recorder(log: string[]): StakingHooks {
  const note =
    (name: string) =>
    (_: unknown, ...parts: readonly (Uint8Array | bigint)[]): void => {
      const words = parts.map((part) =>
        typeof part === 'bigint'
          ? part.toString()
          : part.every((byte) => byte === part[0])
            ? String(part[0])
            : toHex(part).slice(0, 6),
      )
      log.push([name, ...words].join(' '))
    }
  return {
    afterValidatorCreated: note('afterValidatorCreated'),
    beforeValidatorModified: note('beforeValidatorModified'),
    afterValidatorRemoved: note('afterValidatorRemoved'),
    afterValidatorBonded: note('afterValidatorBonded'),
    afterValidatorBeginUnbonding: note('afterValidatorBeginUnbonding'),
    beforeDelegationCreated: note('beforeDelegationCreated'),
    beforeDelegationSharesModified: note('beforeDelegationSharesModified'),
    beforeDelegationRemoved: note('beforeDelegationRemoved'),
    afterDelegationModified: note('afterDelegationModified'),
    beforeValidatorSlashed: note('beforeValidatorSlashed'),
  }
}
