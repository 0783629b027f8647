import { ed25519 } from '@noble/curves/ed25519.js'
import type { AnyValue, Codec, JsonValue } from '../../../proto/codec.ts'
import {
  MsgWithdrawDelegatorReward,
  MsgWithdrawDelegatorRewardResponse,
  MsgWithdrawValidatorCommission,
  MsgWithdrawValidatorCommissionResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import {
  MsgBeginRedelegate,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { type Coin, parseCoins, toWire } from '../../kit/coin.ts'
import type { LastVote } from '../../kit/context.ts'
import { type Dec, parseDec } from '../../kit/dec.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { type FakeRouter, fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { StakingApi } from '../../staking/api.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { stakingModule } from '../../staking/module.ts'
import type { DistributionApi } from '../api.ts'
import { type DecCoins, formatDecCoins, readDecCoins } from '../dec-coins.ts'
import { distributionModule } from '../module.ts'

type Json = Record<string, JsonValue>

/** Account address bytes; operators have those of the small numbers. */
export const address = (n: number): Uint8Array => new Uint8Array(20).fill(n)
export const account = (n: number): string => toBech32(address(n))
export const valoper = (n: number): string => toBech32(address(n), PREFIX.validator)
export const ustrom = (amount: bigint): Coin => ({ denom: 'ustrom', amount })
const key = (n: number): Uint8Array => ed25519.getPublicKey(new Uint8Array(32).fill(n))
/** Consensus address of a validator. */
export const consensus = (n: number): Uint8Array => nobleHasher.sha256(key(n)).slice(0, 20)

/** Account that pays fees. */
export const PAYER = 99

export interface Modules {
  readonly auth: Module<AuthApi>
  readonly bank: Module<BankApi>
  readonly distribution: Module<DistributionApi>
  readonly staking: Module<StakingApi>
}

/** Real modules in genesis order. */
export function makeModules(): Modules {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const needs = { auth: auth.api, bank: bank.api, staking: staking.api }
  return { auth, bank, distribution: distributionModule(needs), staking }
}

/** Genesis of validators 1, 2, … with tokens and commission, and of accounts with 10^15 ustrom each. */
export function genesisOf(
  tokens: readonly bigint[],
  commission = '0.1',
  accounts: readonly number[] = [11, 12, 13, 14, 15, PAYER],
): Record<string, JsonValue> {
  const built = buildStakingGenesis(
    nobleHasher,
    tokens.map((amount, i) => ({
      operator: address(i + 1),
      consensusKey: key(i + 1),
      moniker: `battery ${i + 1}`,
      tokens: amount,
    })),
    { historicalEntries: 0 },
  )
  const staking = built.staking as Json & { validators: Json[] }
  const rates = { rate: commission, max_rate: '1', max_change_rate: '1' }
  const time = '2025-01-01T00:00:00Z'
  return {
    bank: {
      params: { default_send_enabled: true },
      balances: [
        built.pool,
        ...[...tokens.map((_, i) => i + 1), ...accounts].map((n) => ({
          address: account(n),
          coins: [toWire(ustrom(10n ** 15n))],
        })),
      ],
    },
    staking: {
      ...staking,
      validators: staking.validators.map((validator) => ({
        ...validator,
        commission: { commission_rates: rates, update_time: time },
      })),
    },
  }
}

/** A chain with real modules, driven block by block. */
export class World {
  readonly modules: Modules = makeModules()
  readonly list: readonly Module[]
  readonly chain: FakeChain
  readonly router: FakeRouter
  /** Sets by the end of each block; the last but one votes for the present block's parent. */
  readonly #sets: LastVote[][] = []

  constructor(genesis: Record<string, JsonValue>, height = 1n) {
    const { auth, bank, distribution, staking } = this.modules
    this.list = [auth, bank, distribution, staking]
    this.chain = fakeChain({ height })
    this.router = fakeRouter(this.chain, this.list)
    for (const module of this.list) {
      const json = genesis[module.name] ?? module.genesis.defaults()
      module.genesis.validate(json)
      module.genesis.init(this.chain.write(), json)
    }
    this.#sets.push(this.#set(), this.#set())
    this.chain.takeEvents()
  }

  #set(): LastVote[] {
    return this.modules.staking.api
      .bondedValidators(this.chain.query())
      .map(({ pubKey, power }) => ({
        address: nobleHasher.sha256(pubKey).slice(0, 20),
        power,
        signed: true,
      }))
  }

  /** Pays fees, ends the block and begins the next, which allocates them by the votes given or those of the set. */
  block(fees = 0n, votes?: readonly LastVote[]): void {
    if (fees > 0n) {
      const { bank } = this.modules
      bank.api.sendToModule(this.chain.write(), address(PAYER), 'fee_collector', [ustrom(fees)])
    }
    const enders = this.list.filter(({ name }) => name !== 'staking')
    for (const module of [...enders, this.modules.staking]) module.endBlock?.(this.router.block())
    this.#sets.push(this.#set())
    this.chain.nextBlock(5n)
    const lastCommit = votes ?? this.#sets.at(-2) ?? []
    for (const module of this.list) module.beginBlock?.({ ...this.router.block(), lastCommit })
  }

  deliver<M, R>(codec: Codec<M>, value: M, response: Codec<R>): R {
    return this.router.deliver(pack(codec, value), response)
  }

  /** Runs a message; its events alone are left to take. */
  run(message: AnyValue): void {
    this.chain.takeEvents()
    this.router.atomically((ctx) => ctx.dispatch(message))
  }

  delegate(by: number, to: number, amount: bigint): void {
    this.run(
      pack(MsgDelegate, {
        delegatorAddress: account(by),
        validatorAddress: valoper(to),
        amount: toWire(ustrom(amount)),
      }),
    )
  }

  undelegate(by: number, from: number, amount: bigint): void {
    this.run(
      pack(MsgUndelegate, {
        delegatorAddress: account(by),
        validatorAddress: valoper(from),
        amount: toWire(ustrom(amount)),
      }),
    )
  }

  redelegate(by: number, from: number, to: number, amount: bigint): void {
    this.run(
      pack(MsgBeginRedelegate, {
        delegatorAddress: account(by),
        validatorSrcAddress: valoper(from),
        validatorDstAddress: valoper(to),
        amount: toWire(ustrom(amount)),
      }),
    )
  }

  /** Changes the commission of a validator. */
  commission(n: number, rate: string): void {
    const same = '[do-not-modify]'
    this.run(
      pack(
        MsgEditValidator,
        MsgEditValidator.create({
          description: {
            moniker: same,
            identity: same,
            website: same,
            securityContact: same,
            details: same,
          },
          validatorAddress: valoper(n),
          commissionRate: parseDec(rate).toString(),
        }),
      ),
    )
  }

  /** Slashes what a validator has now. */
  slash(n: number, fraction: Dec, height = this.chain.height): bigint {
    return this.modules.staking.api.slash(this.chain.write(), consensus(n), {
      infractionHeight: height,
      fraction,
      reason: 'double_sign',
    })
  }

  /** Withdraws the rewards of a delegation; returns the ustrom paid. */
  withdraw(by: number, from: number): bigint {
    const { amount } = this.deliver(
      MsgWithdrawDelegatorReward,
      { delegatorAddress: account(by), validatorAddress: valoper(from) },
      MsgWithdrawDelegatorRewardResponse,
    )
    return BigInt(amount[0]?.amount ?? '0')
  }

  /** Withdraws the commission of a validator; returns the ustrom paid. */
  withdrawCommission(n: number): bigint {
    const { amount } = this.deliver(
      MsgWithdrawValidatorCommission,
      { validatorAddress: valoper(n) },
      MsgWithdrawValidatorCommissionResponse,
    )
    return parseCoins(amount)[0]?.amount ?? 0n
  }

  /** Answer of a query of distribution as JSON. */
  ask(method: string, request: object = {}): Json {
    const query = this.modules.distribution.queries.find((q) => q.method === method)
    if (query === undefined) throw new Error(`no query ${method}`)
    const response = query.handle(this.chain.query(), query.request.create(request))
    return query.response.toJson(query.response.decode(query.response.encode(response))) as Json
  }

  /** What a delegation would be paid now, as text. */
  rewards(by: number, from: number): string {
    const request = { delegatorAddress: account(by), validatorAddress: valoper(from) }
    return textOf(this.ask('DelegationRewards', request)['rewards'])
  }

  pool(): string {
    const { communityPool } = this.modules.distribution.api
    return formatDecCoins(readDecCoins(communityPool(this.chain.query())))
  }

  outstanding(n: number): DecCoins {
    const { outstanding } = this.modules.distribution.api
    return readDecCoins(outstanding(this.chain.query(), address(n)))
  }

  balance(n: number): bigint {
    return this.modules.bank.api.balance(this.chain.query(), address(n), 'ustrom')
  }

  /** Names of broken laws of all modules. */
  broken(): string[] {
    return this.list.flatMap((module) =>
      module.invariants.flatMap((law) => {
        const why = law.check(this.chain.query())
        return why === undefined ? [] : [`${module.name}/${law.name}: ${why}`]
      }),
    )
  }
}

/** `1.5ustrom` of a JSON list of decimal coins. */
export function textOf(coins: JsonValue | undefined): string {
  return (coins as { denom: string; amount: string }[])
    .map(({ denom, amount }) => `${amount}${denom}`)
    .join(',')
}
