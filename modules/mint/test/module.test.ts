import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import type { Params } from '../../../proto/gen/cosmos/mint/v1beta1/mint.ts'
import { MsgUpdateParams } from '../../../proto/gen/cosmos/mint/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { formatDec, parseDec } from '../../kit/dec.ts'
import { ChainError, InvariantError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { stakingModule } from '../../staking/module.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import type { MintApi } from '../api.ts'
import { mintModule } from '../module.ts'
import { defaultParams } from '../params.ts'

const operator = new Uint8Array(20).fill(1)
const holder = new Uint8Array(20).fill(2)
const bonded = 670_000_000_000_000n
const built = buildStakingGenesis(nobleHasher, [
  {
    operator,
    consensusKey: ed25519.getPublicKey(new Uint8Array(32).fill(1)),
    moniker: 'battery 1',
    tokens: bonded,
  },
])
/** 670 of 1,000 million STROM are bonded: the goal. */
const bankGenesis: JsonValue = {
  params: { default_send_enabled: true },
  balances: [
    { address: toBech32(holder), coins: [{ denom: 'ustrom', amount: '330000000000000' }] },
    built.pool,
  ],
}

interface Made {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly mint: Module<MintApi>
  readonly modules: readonly Module[]
}

function make(): Made {
  const auth = authModule()
  auth.api.declareModuleAccount('operator', [])
  const bank = bankModule({ auth: auth.api })
  const staking = stakingModule({ auth: auth.api, bank: bank.api })
  const mint = mintModule({ auth: auth.api, bank: bank.api, staking: staking.api })
  return { auth: auth.api, bank: bank.api, mint, modules: [auth, bank, staking, mint] }
}

function started(): Made & { readonly chain: FakeChain } {
  const made = make()
  const chain = fakeChain({ height: 2n })
  const genesis: Record<string, JsonValue> = { bank: bankGenesis, staking: built.staking }
  for (const module of made.modules)
    module.genesis.init(chain.write(), genesis[module.name] ?? module.genesis.defaults())
  chain.takeEvents()
  return { ...made, chain }
}

const authority = govAuthority({ hasher: nobleHasher })
const changed = (change: Partial<Params>): Params => ({ ...defaultParams(), ...change })
const update = (change: Partial<Params>, by = authority): MsgUpdateParams => ({
  authority: by,
  params: changed(change),
})

runModuleSuite({
  make: () => make().modules,
  sampleGenesis: { bank: bankGenesis, staking: built.staking },
  notExported: NOT_EXPORTED,
  operations: [
    block(5n),
    accepted('a change of the goal', MsgUpdateParams, update({ goalBonded: '500000000000000000' })),
    block(5n),
    refused(
      'the authority is not governance',
      MsgUpdateParams,
      update({}, toBech32(holder)),
      'gov',
      13,
    ),
    refused('the authority is malformed', MsgUpdateParams, update({}, 'strom1x'), 'sdk', 7),
    refused(
      'the denomination is malformed',
      MsgUpdateParams,
      update({ mintDenom: '!' }),
      'mint',
      101,
    ),
    refused(
      'a rate is not a decimal from 0 to 1',
      MsgUpdateParams,
      update({ inflationRateChange: '1000000000000000001' }),
      'mint',
      101,
    ),
    refused('the goal is zero', MsgUpdateParams, update({ goalBonded: '0' }), 'mint', 101),
    refused('a year has no blocks', MsgUpdateParams, update({ blocksPerYear: 0n }), 'mint', 101),
    refused(
      'the most is below the least',
      MsgUpdateParams,
      update({ inflationMax: '60000000000000000' }),
      'mint',
      101,
    ),
    block(5n),
  ],
})

describe('mint in a block', () => {
  it('at the goal creates 20,597,257 ustrom for the fee collector and says from what', () => {
    const { chain, mint, bank, auth } = started()
    mint.beginBlock?.(chain.write())
    const collector = auth.moduleAddress(nobleHasher, 'fee_collector')
    expect(bank.balances(chain.query(), collector)).to.deep.equal([
      { denom: 'ustrom', amount: 20_597_257n },
    ])
    expect(bank.supply(chain.query(), 'ustrom')).to.equal(1_000_000_020_597_257n)
    const events = chain.takeEvents()
    expect(events.map(({ type }) => type)).to.deep.equal([
      'coin_received',
      'coinbase',
      'coin_spent',
      'coin_received',
      'transfer',
      'message',
      'mint',
    ])
    expect(events.at(-1)?.attributes).to.deep.equal([
      ['bonded_ratio', '0.670000000000000000'],
      ['inflation', '0.130000000000000000'],
      ['annual_provisions', '130000000000000.000000000000000000'],
      ['amount', '20597257'],
    ])
  })

  it('moves inflation up as the new coins dilute what is bonded', () => {
    const { chain, mint } = started()
    mint.beginBlock?.(chain.write())
    chain.nextBlock()
    mint.beginBlock?.(chain.write())
    // Bonded is 0.669999986199838058 now: 1 - that / 0.67 = 0.000000020597256, x 0.13 / 6,311,520 = 0.000000000000000424.
    expect(mint.api.minter(chain.query()).inflation).to.equal('130000000000000424')
  })

  it('gives registered shares their part first, rounded down, and the fee collector the rest', () => {
    const { chain, mint, bank, auth } = started()
    mint.api.registerShare({ module: 'operator', ppm: () => 300_000n })
    mint.beginBlock?.(chain.write())
    const held = (name: string): bigint =>
      bank.balance(chain.query(), auth.moduleAddress(nobleHasher, name), 'ustrom')
    expect([held('operator'), held('fee_collector'), held('mint')]).to.deep.equal([
      6_179_177n,
      14_418_080n,
      0n,
    ])
  })

  it('lets one share take all of it, and shares above the whole are a broken law', () => {
    const { chain, mint, bank, auth } = started()
    mint.api.registerShare({ module: 'operator', ppm: () => 1_000_000n })
    mint.beginBlock?.(chain.write())
    const address = auth.moduleAddress(nobleHasher, 'operator')
    expect(bank.balance(chain.query(), address, 'ustrom')).to.equal(20_597_257n)
    mint.api.registerShare({ module: 'fee_collector', ppm: () => 1n })
    expect(() => mint.beginBlock?.(chain.write())).to.throw(InvariantError, '1000001 ppm')
  })

  it('creates nothing and moves nothing when the provision is below one base unit', () => {
    const { chain, mint, bank } = started()
    mint.genesis.init(chain.write(), {
      minter: { inflation: '0.07', annual_provisions: '0' },
      params: {
        mint_denom: 'ustrom',
        inflation_rate_change: '0',
        inflation_max: '0',
        inflation_min: '0',
        goal_bonded: '0.67',
        blocks_per_year: '6311520',
      },
    })
    chain.takeEvents()
    mint.beginBlock?.(chain.write())
    expect(chain.takeEvents().map(({ type }) => type)).to.deep.equal(['mint'])
    expect(bank.supply(chain.query(), 'ustrom')).to.equal(1_000_000_000_000_000n)
  })
})

describe('the law of mint', () => {
  it('sees coins that were created and not given away', () => {
    const { chain, mint, bank } = started()
    const [law] = mint.invariants
    mint.beginBlock?.(chain.write())
    expect(law?.check(chain.query())).to.equal(undefined)
    bank.mint(chain.write(), 'mint', [{ denom: 'ustrom', amount: 5n }])
    expect(law?.check(chain.query())).to.equal('the account holds 5ustrom')
  })
})

describe('mint queries', () => {
  const ask = (made: Made & { readonly chain: FakeChain }, method: string): JsonValue => {
    const query = made.mint.queries.find((q) => q.method === method)
    if (query === undefined) throw new Error(`no query ${method}`)
    const response = query.handle(made.chain.query(), query.request.create({}))
    return query.response.toJson(query.response.decode(query.response.encode(response)))
  }

  it('answer decimals with their point in JSON and digits as bytes on the wire', () => {
    const made = started()
    made.mint.beginBlock?.(made.chain.write())
    expect(ask(made, 'Inflation')).to.deep.equal({ inflation: '0.130000000000000000' })
    expect(ask(made, 'AnnualProvisions')).to.deep.equal({
      annual_provisions: '130000000000000.000000000000000000',
    })
    expect(ask(made, 'Params')).to.deep.equal({
      params: {
        mint_denom: 'ustrom',
        inflation_rate_change: formatDec(parseDec('0.13')),
        inflation_max: formatDec(parseDec('0.2')),
        inflation_min: formatDec(parseDec('0.07')),
        goal_bonded: formatDec(parseDec('0.67')),
        blocks_per_year: '6311520',
      },
    })
    const query = made.mint.queries.find(({ method }) => method === 'Inflation')
    const bytes = query?.response.encode(query.handle(made.chain.query(), {}))
    expect(Buffer.from(bytes ?? []).toString('latin1')).to.equal('\n\x12130000000000000000')
  })
})

describe('mint genesis', () => {
  it('refuses inflation or provisions below zero', () => {
    const { mint } = make()
    const good = mint.genesis.defaults() as { params: JsonValue }
    for (const minter of [
      { inflation: '-0.1', annual_provisions: '0' },
      { inflation: '0.1', annual_provisions: '-1' },
    ]) {
      expect(() => mint.genesis.validate({ ...good, minter }))
        .to.throw(ChainError, 'not negative')
        .with.property('code', 100)
    }
  })
})
