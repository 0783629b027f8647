import { ed25519 } from '@noble/curves/ed25519.js'
import type { AnyValue, Codec, JsonValue } from '../../../proto/codec.ts'
import type { Proposal, TallyResult } from '../../../proto/gen/cosmos/gov/v1/gov.ts'
import { QueryTallyResultRequest } from '../../../proto/gen/cosmos/gov/v1/query.ts'
import {
  MsgDeposit,
  MsgSubmitProposal,
  MsgSubmitProposalResponse,
  MsgVote,
  MsgVoteWeighted,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { MsgDelegate } from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { consensusModule } from '../../consensus/module.ts'
import type { DistributionApi } from '../../distribution/api.ts'
import { distributionModule } from '../../distribution/module.ts'
import { moduleAddress, PREFIX, toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { type FakeRouter, fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { MintApi } from '../../mint/api.ts'
import { mintModule } from '../../mint/module.ts'
import type { SlashingApi } from '../../slashing/api.ts'
import { slashingModule } from '../../slashing/module.ts'
import type { StakingApi } from '../../staking/api.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { stakingModule } from '../../staking/module.ts'
import { upgradeModule } from '../../upgrade/module.ts'
import type { GovApi } from '../api.ts'
import { govModule } from '../module.ts'
import { tallyResult } from '../queries/proposals.ts'

type Json = Record<string, JsonValue>

/** Whole STROM in base units. */
export const T = 1_000_000n
/** Address of account and operator n. */
export const who = (n: number): Uint8Array => new Uint8Array(20).fill(n)
export const account = (n: number): string => toBech32(who(n))
export const valoper = (n: number): string => toBech32(who(n), PREFIX.validator)
const key = (n: number): Uint8Array => ed25519.getPublicKey(new Uint8Array(32).fill(n))
export const consensusAddress = (n: number): Uint8Array => nobleHasher.sha256(key(n)).slice(0, 20)
export const authority = govAuthority({ hasher: nobleHasher })
export const moduleText = (name: string): string => toBech32(moduleAddress(nobleHasher, name))
/** Coins of one denomination on the wire. */
export const coins = (amount: bigint, denom = 'ustrom'): { denom: string; amount: string }[] => [
  { denom, amount: amount.toString() },
]

export const [YES, ABSTAIN, NO, VETO] = [1, 2, 3, 4] as const
export const DAY = 86_400n

export interface Modules {
  readonly auth: Module<AuthApi>
  readonly bank: Module<BankApi>
  readonly distribution: Module<DistributionApi>
  readonly staking: Module<StakingApi>
  readonly gov: Module<GovApi>
  /** All in the order of genesis. */
  readonly list: readonly Module[]
}

/** What the modules made before `more` offer. */
export interface StakeApis {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly staking: StakingApi
  readonly slashing: SlashingApi
  readonly distribution: DistributionApi
  readonly mint: MintApi
}

/** Real modules, `more` made before governance. */
export function makeModules(more: (base: StakeApis) => readonly Module[] = () => []): Modules {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const needs = { auth: auth.api, bank: bank.api, staking: staking.api }
  const mint = mintModule(needs)
  const distribution = distributionModule(needs)
  const slashing = slashingModule(needs)
  const upgrade = upgradeModule({ upgrades: [], versions: () => [] })
  const gov = govModule({ ...needs, distribution: distribution.api })
  const apis = {
    ...needs,
    slashing: slashing.api,
    distribution: distribution.api,
    mint: mint.api,
  }
  const rest = [distribution, staking, slashing, ...more(apis), consensusModule(), gov]
  return { auth, bank, distribution, staking, gov, list: [upgrade, auth, bank, mint, ...rest] }
}

/** Genesis of validators 1, 2, … that delegate to themselves, and of accounts 1 to 20 with 10^6 STROM each. */
export function genesisOf(tokens: readonly bigint[], govParams: Json = {}): Json {
  const validators = tokens.map((amount, i) => ({
    operator: who(i + 1),
    consensusKey: key(i + 1),
    moniker: `battery ${i + 1}`,
    tokens: amount,
  }))
  const built = buildStakingGenesis(nobleHasher, validators, { historicalEntries: 0 })
  const balances = Array.from({ length: 20 }, (_, i) => ({
    address: account(i + 1),
    coins: coins(T * T),
  }))
  const gov = makeModules().gov.genesis.defaults() as Json
  return {
    bank: { params: { default_send_enabled: true }, balances: [built.pool, ...balances] },
    // No provisions, so that supply changes by what governance burns alone.
    mint: {
      minter: { inflation: '0', annual_provisions: '0' },
      params: {
        mint_denom: 'ustrom',
        inflation_rate_change: '0',
        inflation_max: '0',
        inflation_min: '0',
        goal_bonded: '0.67',
        blocks_per_year: '6311520',
      },
    },
    staking: built.staking,
    gov: { ...gov, params: { ...(gov.params as Json), ...govParams } },
  }
}

/** A chain of real modules with the words of governance as methods. */
export class World {
  readonly modules: Modules
  readonly chain: FakeChain
  readonly router: FakeRouter

  constructor(genesis: Json, modules: Modules = makeModules()) {
    this.modules = modules
    this.chain = fakeChain()
    this.router = fakeRouter(this.chain, modules.list)
    for (const module of modules.list) {
      const json = genesis[module.name] ?? module.genesis.defaults()
      module.genesis.validate(json)
      module.genesis.init(this.chain.write(), json)
    }
    this.chain.takeEvents()
  }

  send<M>(codec: Codec<M>, value: M): Uint8Array {
    return this.router.atomically((ctx) => ctx.dispatch(pack(codec, value)))
  }

  /** `gov 13` of a message that is refused; `accepted` when it is not. */
  refusal<M>(codec: Codec<M>, value: M): string {
    try {
      this.send(codec, value)
      return 'accepted'
    } catch (error) {
      if (error instanceof ChainError) return `${error.codespace} ${error.code}`
      throw error
    }
  }

  proposal(changes: Partial<MsgSubmitProposal> = {}): MsgSubmitProposal {
    return MsgSubmitProposal.create({
      proposer: account(11),
      initialDeposit: coins(10n * T),
      title: 'A title',
      summary: 'A summary',
      metadata: 'ipfs://words',
      ...changes,
    })
  }

  /** Proposes messages with a deposit that begins the vote, unless told otherwise; returns the id. */
  propose(messages: AnyValue[], changes: Partial<MsgSubmitProposal> = {}): bigint {
    const bytes = this.send(MsgSubmitProposal, this.proposal({ messages, ...changes }))
    return MsgSubmitProposalResponse.decode(bytes).proposalId
  }

  vote(n: number, proposalId: bigint, option: number): void {
    this.send(MsgVote, { proposalId, voter: account(n), option, metadata: '' })
  }

  split(n: number, proposalId: bigint, ...options: [option: number, weight: string][]): void {
    this.send(MsgVoteWeighted, {
      proposalId,
      voter: account(n),
      options: options.map(([option, weight]) => ({ option, weight })),
      metadata: '',
    })
  }

  deposit(n: number, proposalId: bigint, amount: bigint): void {
    this.send(MsgDeposit, { proposalId, depositor: account(n), amount: coins(amount) })
  }

  delegate(n: number, to: number, amount: bigint): void {
    const [amountCoin] = coins(amount)
    this.send(
      MsgDelegate,
      MsgDelegate.create({
        delegatorAddress: account(n),
        validatorAddress: valoper(to),
        amount: amountCoin as { denom: string; amount: string },
      }),
    )
  }

  pass(seconds: bigint): void {
    this.router.nextBlock(seconds)
    this.checkLaws()
  }

  /** Lets a regular vote end: the block at its end ends it. */
  endVote(): void {
    this.pass(2n * DAY)
    this.pass(1n)
  }

  checkLaws(): void {
    for (const module of this.modules.list)
      for (const law of module.invariants) {
        const broken = law.check(this.chain.query())
        if (broken !== undefined) throw new Error(`${module.name}/${law.name}: ${broken}`)
      }
  }

  get(id: bigint): Proposal | undefined {
    return this.modules.gov.api.proposal(this.chain.query(), id)
  }

  status(id: bigint): number | undefined {
    return this.get(id)?.status
  }

  /** Yes, abstain, no and veto in whole base units, as the query tells them now. */
  tally(id: bigint): bigint[] {
    const { bank, auth, staking, distribution } = this.modules
    const needs = {
      auth: auth.api,
      bank: bank.api,
      staking: staking.api,
      distribution: distribution.api,
    }
    const asked = QueryTallyResultRequest.create({ proposalId: id })
    const found = tallyResult(needs).handle(this.chain.query(), asked).tally
    return numbers(found as TallyResult)
  }

  balance(n: number): bigint {
    return this.modules.bank.api.balance(this.chain.query(), who(n), 'ustrom')
  }

  held(module: string): bigint {
    const address = moduleAddress(nobleHasher, module)
    return this.modules.bank.api.balance(this.chain.query(), address, 'ustrom')
  }

  supply(): bigint {
    return this.modules.bank.api.supply(this.chain.query(), 'ustrom')
  }

  /** Attributes of the last event of a type. */
  event(type: string): Record<string, string> | undefined {
    const found = this.chain.events.filter((event) => event.type === type).at(-1)
    return found === undefined ? undefined : Object.fromEntries(found.attributes)
  }
}

/** Yes, abstain, no and veto. */
export function numbers(result: TallyResult): bigint[] {
  const { yesCount, abstainCount, noCount, noWithVetoCount } = result
  return [yesCount, abstainCount, noCount, noWithVetoCount].map(BigInt)
}
