import type { JsonValue } from '../../../proto/codec.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import type { Params as SlashingParams } from '../../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import { MsgUnjail, MsgUnjailResponse } from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import {
  Description,
  type Params as StakingParams,
  type Validator,
} from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import {
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
  MsgCreateValidator,
  MsgCreateValidatorResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import type { EvidenceAge } from '../../evidence/api.ts'
import { evidenceModule } from '../../evidence/module.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import type { LastVote, Misbehavior } from '../../kit/context.ts'
import type { Module, PowerUpdate } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { type FakeRouter, fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { StakingApi } from '../../staking/api.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { stakingModule } from '../../staking/module.ts'
import type { SlashingApi } from '../api.ts'
import { slashingModule } from '../module.ts'
import { slashingGenesisOf } from './samples.ts'

/** Tokens of one STROM. */
export const STROM = 1_000_000n

/** Account address n, which is an operator too where n is the number of a validator. */
export const account = (n: number): Uint8Array => new Uint8Array(20).fill(n + 1)
export const valoper = (n: number): string => toBech32(account(n), PREFIX.validator)
const keyOf = (n: number): Uint8Array => new Uint8Array(32).fill(n + 101)
/** Consensus address of validator n. */
export const consensus = (n: number): Uint8Array => nobleHasher.sha256(keyOf(n)).slice(0, 20)
export const valcons = (n: number): string => toBech32(consensus(n), PREFIX.consensus)

export interface WorldOptions {
  /** Own stake of validators 0, 1, … in tokens. */
  readonly stakes: readonly bigint[]
  readonly slashing?: Partial<SlashingParams>
  readonly staking?: Partial<StakingParams>
  readonly age?: EvidenceAge
}

/** What may be said of one block: who of the signers of the height before was absent, and faults. */
export interface BlockFacts {
  readonly absent?: readonly number[]
  readonly faults?: readonly Misbehavior[]
  readonly seconds?: bigint
}

/** The real modules of stake on a chain in memory, with a set that follows their updates two heights later. */
export interface World {
  readonly chain: FakeChain
  readonly router: FakeRouter
  readonly modules: readonly Module[]
  readonly bank: BankApi
  readonly staking: StakingApi
  readonly slashing: SlashingApi
  /** Ends the block and begins the next. */
  next(facts?: BlockFacts): void
  /** Begins blocks until the chain is at `height`. */
  to(height: bigint, facts?: BlockFacts): void
  validator(n: number): Validator
  tokens(n: number): bigint
  delegate(who: number, n: number, amount: bigint): void
  undelegate(who: number, n: number, amount: bigint): void
  redelegate(who: number, from: number, to: number, amount: bigint): void
  unjail(n: number): void
  /** Account `who` makes a validator of the consensus key of validator n. */
  create(who: number, n: number, amount: bigint): void
  /** Power of validator n in the set that signs `height`; undefined when it is not in it. */
  powerAt(n: number, height: bigint): bigint | undefined
  /** A fault of validator n at `height`, as the engine would report it. */
  fault(n: number, height: bigint, type?: Misbehavior['type']): Misbehavior
  /** Throws when an invariant of a module is broken. */
  checkLaws(): void
}

/** The limits of CometBFT's defaults. */
export const AGE: EvidenceAge = { blocks: 100_000n, seconds: 172_800n }

/** Modules in the order in which the app begins a block. */
export function stakeModules(age: EvidenceAge = AGE): {
  readonly modules: readonly Module[]
  readonly bank: BankApi
  readonly staking: Module<StakingApi>
  readonly slashing: Module<SlashingApi>
} {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const slashing = slashingModule({ staking: staking.api })
  const evidence = evidenceModule({
    staking: staking.api,
    slashing: slashing.api,
    evidenceAge: () => age,
  })
  return { modules: [auth, bank, slashing, evidence, staking], bank: bank.api, staking, slashing }
}

/** Accounts 0 to 19 own this much each, beside what they stake. */
export const PURSE = 1_000_000n * STROM

/** Genesis of bank and staking for validators with these stakes. */
export function stakeGenesis(
  stakes: readonly bigint[],
  params: Partial<StakingParams> = {},
): { readonly bank: JsonValue; readonly staking: JsonValue } {
  const first = stakes.map((tokens, n) => ({
    operator: account(n),
    consensusKey: keyOf(n),
    moniker: `v${n}`,
    tokens,
  }))
  const { staking, pool } = buildStakingGenesis(nobleHasher, first, params)
  const rich = Array.from({ length: 20 }, (_, n) => ({
    address: toBech32(account(n)),
    coins: [{ denom: 'ustrom', amount: PURSE.toString() }],
  }))
  const bank = {
    params: { send_enabled: [], default_send_enabled: true },
    balances: [pool, ...rich],
    supply: [],
    denom_metadata: [],
    send_enabled: [],
  }
  return { bank, staking }
}

/** Starts a world at height 1. */
export function startWorld(options: WorldOptions): World {
  const wired = stakeModules(options.age)
  const chain = fakeChain({ height: 0n })
  const json: Record<string, JsonValue> = {
    ...stakeGenesis(options.stakes, options.staking),
    slashing: slashingGenesisOf(options.slashing),
  }
  const genesis: PowerUpdate[] = []
  for (const module of wired.modules) {
    const own = json[module.name] ?? module.genesis.defaults()
    module.genesis.validate(own)
    genesis.push(...(module.genesis.init(chain.write(), own) ?? []))
  }
  const world = makeWorld(chain, wired, genesis, options.stakes.length)
  world.next()
  return world
}

type Wired = ReturnType<typeof stakeModules>

function makeWorld(
  chain: FakeChain,
  wired: Wired,
  genesis: readonly PowerUpdate[],
  count: number,
): World {
  const { modules } = wired
  const router = fakeRouter(chain, modules)
  const numbers = new Map(Array.from({ length: count }, (_, n) => [toHex(keyOf(n)), n]))
  const start = changed(new Map(), genesis)
  // The set that signs each height; what a block decides holds two heights later.
  const sets = new Map<bigint, ReadonlyMap<string, bigint>>([
    [1n, start],
    [2n, start],
  ])
  const numberOf = (key: string): number => numbers.get(key) ?? -1
  const votes = (height: bigint, absent: readonly number[]): LastVote[] =>
    [...(sets.get(height) ?? [])].map(([key, power]) => ({
      address: consensus(numberOf(key)),
      power,
      signed: !absent.includes(numberOf(key)),
    }))
  const end = (): void => {
    const enders = [...modules].sort((a, b) => rank(a) - rank(b))
    const updates = enders.flatMap((module) => [...(module.endBlock?.(router.block()) ?? [])])
    const last = sets.get(chain.height + 1n) ?? start
    sets.set(chain.height + 2n, changed(last, updates))
  }
  const world: World = {
    chain,
    router,
    modules,
    bank: wired.bank,
    staking: wired.staking.api,
    slashing: wired.slashing.api,
    next({ absent = [], faults = [], seconds = 6n } = {}) {
      if (chain.height > 0n) end()
      chain.nextBlock(seconds)
      const lastCommit = votes(chain.height - 1n, absent)
      const ctx = { ...router.block(), lastCommit, misbehavior: faults }
      for (const module of modules) module.beginBlock?.(ctx)
    },
    to(height, facts) {
      while (chain.height < height) world.next(facts)
    },
    validator(n) {
      const found = wired.staking.api.validator(chain.query(), account(n))
      if (found === undefined) throw new Error(`validator ${n} is gone`)
      return found
    },
    tokens: (n) => BigInt(world.validator(n).tokens),
    powerAt: (n, height) => sets.get(height)?.get(toHex(keyOf(n))),
    fault: (n, height, type = 'duplicate_vote') => ({
      type,
      address: consensus(n),
      power: sets.get(height)?.get(toHex(keyOf(n))) ?? 1n,
      height,
      time: chain.time - 6n * (chain.height - height),
      timeNanos: 0,
      totalPower: [...(sets.get(height)?.values() ?? [])].reduce((sum, power) => sum + power, 0n),
    }),
    ...stakeMessages(router),
    checkLaws: () => checkLaws(chain, modules),
  }
  return world
}

function checkLaws(chain: FakeChain, modules: readonly Module[]): void {
  for (const module of modules) {
    for (const law of module.invariants) {
      const broken = law.check(chain.query())
      if (broken !== undefined) throw new Error(`${module.name}/${law.name}: ${broken}`)
    }
  }
}

function stakeMessages(
  router: FakeRouter,
): Pick<World, 'delegate' | 'undelegate' | 'redelegate' | 'unjail' | 'create'> {
  const coin = (amount: bigint): { denom: string; amount: string } => ({
    denom: 'ustrom',
    amount: amount.toString(),
  })
  const pair = (who: number, n: number, amount: bigint) => ({
    delegatorAddress: toBech32(account(who)),
    validatorAddress: valoper(n),
    amount: coin(amount),
  })
  return {
    delegate: (who, n, amount) =>
      void router.deliver(pack(MsgDelegate, pair(who, n, amount)), MsgDelegateResponse),
    undelegate: (who, n, amount) =>
      void router.deliver(pack(MsgUndelegate, pair(who, n, amount)), MsgUndelegateResponse),
    redelegate: (who, from, to, amount) =>
      void router.deliver(
        pack(MsgBeginRedelegate, {
          delegatorAddress: toBech32(account(who)),
          validatorSrcAddress: valoper(from),
          validatorDstAddress: valoper(to),
          amount: coin(amount),
        }),
        MsgBeginRedelegateResponse,
      ),
    unjail: (n) =>
      void router.deliver(pack(MsgUnjail, { validatorAddr: valoper(n) }), MsgUnjailResponse),
    create: (who, n, amount) =>
      void router.deliver(
        pack(MsgCreateValidator, {
          description: Description.create({ moniker: `key ${n}` }),
          commission: { rate: '0', maxRate: '0', maxChangeRate: '0' },
          minSelfDelegation: '1',
          delegatorAddress: '',
          validatorAddress: valoper(who),
          pubkey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: keyOf(n) }) },
          value: coin(amount),
        }),
        MsgCreateValidatorResponse,
      ),
  }
}

const rank = (module: Module): number => (module.name === 'staking' ? 1 : 0)

function changed(
  set: ReadonlyMap<string, bigint>,
  updates: readonly PowerUpdate[],
): ReadonlyMap<string, bigint> {
  const next = new Map(set)
  for (const { pubKey, power } of updates) {
    if (power === 0n) next.delete(toHex(pubKey))
    else next.set(toHex(pubKey), power)
  }
  return next
}
