import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { Params } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
  MsgUpdateParams,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module, PowerUpdate } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { StakingApi } from '../api.ts'
import { buildStakingGenesis } from '../genesis-build.ts'
import { stakingModule } from '../module.ts'
import { defaultParams } from '../params.ts'
import { NOT_EXPORTED } from '../state.ts'
import { authority, coin, creation, genesisOf, makeModules, T, unchanged } from './world.ts'

type Json = Record<string, JsonValue>

const operator = (n: number): Uint8Array => new Uint8Array(20).fill(n)
const valoper = (n: number): string => toBech32(operator(n), PREFIX.validator)
const account = (n: number): string => toBech32(operator(n))
const key = (n: number): Uint8Array => ed25519.getPublicKey(new Uint8Array(32).fill(n))
const first = (n: number, tokens: bigint): Parameters<typeof buildStakingGenesis>[1][number] => ({
  operator: operator(n),
  consensusKey: key(n),
  moniker: `battery ${n}`,
  tokens,
})
const built = buildStakingGenesis(
  nobleHasher,
  [1, 2, 3, 4].map((n) => first(n, BigInt(n) * 10_000_000n + 1n)),
)
const bankOf = (...rows: JsonValue[]): JsonValue => ({
  params: { default_send_enabled: true },
  balances: rows,
})

function make(): readonly [Module, Module, Module<StakingApi>] {
  const auth = authModule()
  const bank = bankModule({ auth: auth.api })
  return [auth, bank, stakingModule({ auth: auth.api, bank: bank.api })]
}

interface World {
  readonly chain: FakeChain
  readonly staking: Module<StakingApi>
  readonly updates: readonly PowerUpdate[]
}

function started(staking: JsonValue = built.staking, bank: JsonValue = bankOf(built.pool)): World {
  const chain = fakeChain()
  const modules = make()
  const genesis: Record<string, JsonValue> = { bank, staking }
  let updates: readonly PowerUpdate[] = []
  for (const module of modules) {
    const json = genesis[module.name] ?? module.genesis.defaults()
    module.genesis.validate(json)
    updates = module.genesis.init(chain.write(), json) ?? []
  }
  return { chain, staking: modules[2], updates }
}

function ask({ chain, staking }: World, method: string, request: object = {}): Json {
  const query = staking.queries.find((q) => q.method === method)
  if (query === undefined) throw new Error(`no query ${method}`)
  const response = query.handle(chain.query(), query.request.create(request))
  return query.response.toJson(query.response.decode(query.response.encode(response))) as Json
}

/** The built genesis with one validator changed. */
function changed(index: number, change: Json, top: Json = {}): JsonValue {
  const genesis = built.staking as Json & { validators: Json[] }
  const validators = genesis.validators.map((validator, i) =>
    i === index ? { ...validator, ...change } : validator,
  )
  return { ...genesis, validators, ...top }
}

const pair = (n: number, to: number, amount: bigint) => ({
  delegatorAddress: account(n),
  validatorAddress: valoper(to),
  amount: coin(amount),
})
const move = (from: number, to: number, amount: bigint) => ({
  delegatorAddress: account(9),
  validatorSrcAddress: valoper(from),
  validatorDstAddress: valoper(to),
  amount: coin(amount),
})
const suite = genesisOf([1, 2, 3, 4].map((n) => [n, BigInt(n) * 10n * T + 1n] as const))

runModuleSuite({
  make: makeModules,
  sampleGenesis: suite,
  operations: [
    block(),
    accepted('a validator is created', MsgCreateValidator, creation(5, 25n * T)),
    accepted('it is edited', MsgEditValidator, {
      description: { ...unchanged, moniker: 'town battery' },
      validatorAddress: valoper(5),
      commissionRate: '',
      minSelfDelegation: '1000000',
    }),
    accepted('an account delegates', MsgDelegate, pair(9, 1, 20n * T)),
    accepted('and to another', MsgDelegate, pair(9, 2, 20n * T)),
    block(),
    accepted('stake moves', MsgBeginRedelegate, move(1, 3, 5n * T)),
    accepted('stake unbonds', MsgUndelegate, pair(9, 2, 7n * T)),
    accepted('again in the same block', MsgUndelegate, pair(9, 2, 1n * T)),
    block(900n),
    accepted('stake unbonds later', MsgUndelegate, pair(9, 2, 2n * T)),
    accepted('a part is cancelled', MsgCancelUnbondingDelegation, {
      ...pair(9, 2, 3n * T),
      creationHeight: 3n,
    }),
    refused('stake that moved moves on', MsgBeginRedelegate, move(3, 4, T), 'staking', 32),
    accepted('governance makes the set smaller', MsgUpdateParams, {
      authority,
      params: Params.create({ ...defaultParams(), historicalEntries: 3, maxValidators: 3 }),
    }),
    block(),
    block(),
    accepted('an operator leaves altogether', MsgUndelegate, pair(5, 5, 25n * T)),
    block(1_814_000n),
    block(),
    block(1_000n),
    block(),
  ],
  notExported: NOT_EXPORTED,
})

describe('staking genesis', () => {
  it('gives consensus each validator once, strongest first, a power for each million of tokens', () => {
    const { updates } = started()
    expect(updates.map(({ power }) => power)).to.deep.equal([40n, 30n, 20n, 10n])
    expect(updates.map(({ pubKey }) => toHex(pubKey))).to.deep.equal(
      [4, 3, 2, 1].map((n) => toHex(key(n))),
    )
  })

  it('an exported genesis gives the same powers', () => {
    const world = started()
    const again = started(world.staking.genesis.export(world.chain.query()))
    const shown = (updates: readonly PowerUpdate[]): string[] =>
      updates
        .map(({ pubKey, power }) => `${toHex(pubKey)} ${power}`)
        .sort((a, b) => (a < b ? -1 : 1))
    expect(shown(again.updates)).to.deep.equal(shown(world.updates))
  })

  it('bonds the strongest that are not bonded yet and moves their tokens between the pools', () => {
    const notBonded = toBech32(
      nobleHasher.sha256(Buffer.from('not_bonded_tokens_pool')).slice(0, 20),
    )
    const genesis = built.staking as Json & { validators: Json[]; params: Json }
    const unbonded = {
      ...genesis,
      params: { ...genesis.params, max_validators: 2 },
      validators: genesis.validators.map((validator) => ({
        ...validator,
        status: 'BOND_STATUS_UNBONDED',
      })),
    }
    const world = started(unbonded, bankOf({ ...built.pool, address: notBonded }))
    expect(world.updates.map(({ power }) => power)).to.deep.equal([40n, 30n])
    expect(ask(world, 'Pool')).to.deep.equal({
      pool: { not_bonded_tokens: '30000002', bonded_tokens: '70000002' },
    })
    for (const law of world.staking.invariants)
      expect(law.check(world.chain.query())).to.equal(undefined)
  })

  it('uses the keys of the SDK', () => {
    const { chain } = started()
    const keys = [...chain.store('staking').iterate()].map(([k]) => toHex(k))
    const [one, consensus] = [toHex(operator(1)), toHex(nobleHasher.sha256(key(1)).slice(0, 20))]
    const power = `23000000000000000a14${'fe'.repeat(20)}`
    expect(keys).to.include.members([
      `1114${one}`,
      '12',
      `2114${one}`,
      `2214${consensus}`,
      power,
      `3114${one}14${one}`,
      '51',
      `7114${one}${one}`,
    ])
    expect(keys).to.have.length(2 + 7 * 4)
  })

  it('refuses what does not add up, naming the entry', () => {
    const cases: [JsonValue, string][] = [
      [changed(1, { tokens: '5000000' }), 'bonded_tokens_pool holds 100000004ustrom in bank'],
      [changed(1, { delegator_shares: '5.000000000000000000' }), `${valoper(2)} has shares`],
      [
        changed(1, { operator_address: valoper(1) }),
        'validator already exist for this operator address',
      ],
      [changed(1, { operator_address: account(2) }), 'invalid Bech32 prefix'],
      [
        changed(1, { consensus_pubkey: null }),
        'has no key: validator pubkey type is not supported',
      ],
      [changed(1, { jailed: true }), 'currently jailed'],
      [changed(1, { status: 'BOND_STATUS_UNSPECIFIED' }), 'status 0'],
      [changed(0, {}, { delegations: [] }), 'its delegations have 0'],
      [changed(0, {}, { exported: true }), 'is bonded and has no last power'],
    ]
    for (const [genesis, text] of cases)
      expect(() => started(genesis), text).to.throw(ChainError, text)
    const { params } = built.staking as { params: Json }
    for (const bad of [{ max_validators: 0 }, { bond_denom: '' }, { historical_entries: 20000 }]) {
      expect(() => started(changed(0, {}, { params: { ...params, ...bad } }))).to.throw(
        'invalid staking parameters',
      )
    }
    const few = changed(0, {}, { params: { ...params, max_validators: 2 } })
    expect(() => started(few)).to.throw(
      'BOND_STATUS_BONDED but jailed, without power or beyond max_validators',
    )
  })
})

describe('staking queries', () => {
  const world = started()

  it('list validators, by status and singly', () => {
    const all = ask(world, 'Validators') as { validators: Json[] }
    expect(all.validators.map((v) => v['operator_address'])).to.deep.equal(
      [1, 2, 3, 4].map(valoper),
    )
    expect(all.validators[0]).to.include({
      tokens: '10000001',
      delegator_shares: '10000001.000000000000000000',
      status: 'BOND_STATUS_BONDED',
    })
    expect(
      ask(world, 'Validators', { status: 'BOND_STATUS_UNBONDED' })['validators'],
    ).to.deep.equal([])
    expect(() => ask(world, 'Validators', { status: 'BONDED' })).to.throw(
      'invalid validator status BONDED',
    )
    expect(ask(world, 'Validator', { validatorAddr: valoper(2) })['validator']).to.deep.equal(
      all.validators[1],
    )
    const found = ask(world, 'DelegatorValidators', { delegatorAddr: account(3) })['validators']
    expect(found).to.deep.equal([all.validators[2]])
    const pair = { delegatorAddr: account(3), validatorAddr: valoper(3) }
    expect(ask(world, 'DelegatorValidator', pair)['validator']).to.deep.equal(all.validators[2])
  })

  it('list delegations with their worth', () => {
    const expected = {
      delegation: {
        delegator_address: account(2),
        validator_address: valoper(2),
        shares: '20000001.000000000000000000',
      },
      balance: { denom: 'ustrom', amount: '20000001' },
    }
    const pair = { delegatorAddr: account(2), validatorAddr: valoper(2) }
    expect(ask(world, 'Delegation', pair)).to.deep.equal({ delegation_response: expected })
    expect(ask(world, 'DelegatorDelegations', pair)['delegation_responses']).to.deep.equal([
      expected,
    ])
    expect(ask(world, 'ValidatorDelegations', pair)['delegation_responses']).to.deep.equal([
      expected,
    ])
  })

  it('answer missing things with sdk 22 and bad addresses with sdk 18', () => {
    const pair = { delegatorAddr: account(1), validatorAddr: valoper(2) }
    for (const [method, request, code, text] of [
      [
        'Delegation',
        pair,
        22,
        `delegation with delegator ${account(1)} not found for validator ${valoper(2)}: key not found`,
      ],
      ['DelegatorValidator', pair, 22, 'key not found'],
      ['UnbondingDelegation', pair, 22, 'key not found'],
      [
        'Redelegations',
        { ...pair, srcValidatorAddr: valoper(1), dstValidatorAddr: valoper(2) },
        22,
        'key not found',
      ],
      [
        'Validator',
        { validatorAddr: valoper(9) },
        22,
        `validator ${valoper(9)} not found: key not found`,
      ],
      ['Validator', { validatorAddr: account(1) }, 18, 'invalid address'],
      ['Delegation', { ...pair, delegatorAddr: '' }, 18, 'delegator address cannot be empty'],
      [
        'HistoricalInfo',
        { height: 7n },
        22,
        'historical info for height 7 not found: key not found',
      ],
      ['HistoricalInfo', { height: -1n }, 18, 'height cannot be negative'],
    ] as const) {
      expect(() => ask(world, method, request), method)
        .to.throw(ChainError, text)
        .with.property('code', code)
    }
  })

  it('show empty unbonding lists, the pool and the parameters', () => {
    const pair = { delegatorAddr: account(1), validatorAddr: valoper(2) }
    expect(ask(world, 'DelegatorUnbondingDelegations', pair)['unbonding_responses']).to.deep.equal(
      [],
    )
    expect(ask(world, 'ValidatorUnbondingDelegations', pair)['unbonding_responses']).to.deep.equal(
      [],
    )
    expect(
      ask(world, 'Redelegations', { delegatorAddr: account(1) })['redelegation_responses'],
    ).to.deep.equal([])
    expect(ask(world, 'Pool')).to.deep.equal({
      pool: { not_bonded_tokens: '0', bonded_tokens: '100000004' },
    })
    expect(ask(world, 'Params')).to.deep.equal({
      params: {
        unbonding_time: '1814400s',
        max_validators: 100,
        max_entries: 7,
        historical_entries: 100,
        bond_denom: 'ustrom',
        min_commission_rate: '0.000000000000000000',
      },
    })
  })
})

describe('historical headers', () => {
  const heights = ({ chain }: World): bigint[] =>
    [...chain.store('staking').iterate(Uint8Array.of(0x50), Uint8Array.of(0x51))].map(([k]) =>
      BigInt(`0x${toHex(k.subarray(1))}`),
    )

  it('keep the newest ones only, with what the block says of itself', () => {
    const { params } = built.staking as { params: Json }
    const world = started(changed(0, {}, { params: { ...params, historical_entries: 3 } }))
    const header = {
      hash: new Uint8Array(32).fill(6),
      appHash: new Uint8Array(32).fill(7),
      nextValidatorsHash: new Uint8Array(32).fill(8),
    }
    for (let i = 0; i < 5; i++) {
      world.staking.beginBlock?.({ ...world.chain.write(), header })
      world.chain.nextBlock()
    }
    expect(heights(world)).to.deep.equal([3n, 4n, 5n])
    const { hist } = ask(world, 'HistoricalInfo', { height: 5n }) as {
      hist: { header: Json; valset: JsonValue[] }
    }
    expect(hist.header).to.include({
      chain_id: 'strom-test-1',
      height: '5',
      time: '2026-01-01T00:00:24Z',
    })
    expect(hist.header['app_hash']).to.equal(Buffer.from(header.appHash).toString('base64'))
    expect(hist.valset).to.have.length(4)
  })

  it('with no entries wanted an empty block writes nothing', () => {
    const { params } = built.staking as { params: Json }
    const world = started(changed(0, {}, { params: { ...params, historical_entries: 0 } }))
    const before = world.chain.contentHash('staking')
    world.staking.beginBlock?.(world.chain.write())
    expect(world.chain.contentHash('staking')).to.equal(before)
  })
})
