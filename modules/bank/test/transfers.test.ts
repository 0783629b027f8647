import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonValue } from '../../../proto/codec.ts'
import type { MsgMultiSend, MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import { toBech32 } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import type { Coin } from '../../kit/coin.ts'
import { ChainError, InvariantError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import type { BankApi } from '../api.ts'
import { bankModule } from '../module.ts'

const address = (n: number): Uint8Array => new Uint8Array(20).fill(n + 1)
const text = (n: number): string => toBech32(address(n))
const ustrom = (amount: bigint): Coin[] => [{ denom: 'ustrom', amount }]

function started(balances: readonly [number, bigint][]): {
  chain: FakeChain
  auth: AuthApi
  bank: Module<BankApi>
} {
  const chain = fakeChain()
  const auth = authModule()
  auth.api.declareModuleAccount('pool', ['minter', 'burner'])
  auth.api.declareModuleAccount('vault', [])
  const bank = bankModule({ auth: auth.api })
  auth.genesis.init(chain.write(), auth.genesis.defaults())
  const genesis: JsonValue = {
    params: { default_send_enabled: true },
    balances: balances.map(([n, amount]) => ({
      address: text(n),
      coins: [{ denom: 'ustrom', amount: amount.toString() }],
    })),
  }
  bank.genesis.validate(genesis)
  bank.genesis.init(chain.write(), genesis)
  return { chain, auth: auth.api, bank }
}

function ask(
  chain: FakeChain,
  bank: Module,
  method: string,
  request: object,
): Record<string, JsonValue> {
  const query = bank.queries.find((q) => q.method === method)
  if (query === undefined) throw new Error(`no query ${method}`)
  const response = query.handle(chain.query(), query.request.create(request))
  return query.response.toJson(query.response.decode(query.response.encode(response))) as Record<
    string,
    JsonValue
  >
}

function deliver(
  chain: FakeChain,
  bank: Module,
  index: number,
  message: MsgSend | MsgMultiSend,
): void {
  const definition = bank.messages[index]
  definition?.validate(message)
  chain.atomically((ctx) => definition?.handle(ctx, message))
}

describe('bank transfers', () => {
  it('a send emits the events of the SDK in its order', () => {
    const { chain, bank } = started([[0, 9n]])
    const amount = [{ denom: 'ustrom', amount: '5' }]
    deliver(chain, bank, 0, { fromAddress: text(0), toAddress: text(1), amount })
    expect(chain.takeEvents()).to.deep.equal([
      {
        type: 'coin_spent',
        attributes: [
          ['spender', text(0)],
          ['amount', '5ustrom'],
        ],
      },
      {
        type: 'coin_received',
        attributes: [
          ['receiver', text(1)],
          ['amount', '5ustrom'],
        ],
      },
      {
        type: 'transfer',
        attributes: [
          ['recipient', text(1)],
          ['sender', text(0)],
          ['amount', '5ustrom'],
        ],
      },
      { type: 'message', attributes: [['sender', text(0)]] },
    ])
  })

  it('a multi send emits the sender once and then each recipient', () => {
    const { chain, bank } = started([[0, 9n]])
    const coins = (amount: string): { denom: string; amount: string }[] => [
      { denom: 'ustrom', amount },
    ]
    deliver(chain, bank, 1, {
      inputs: [{ address: text(0), coins: coins('3') }],
      outputs: [
        { address: text(1), coins: coins('1') },
        { address: text(2), coins: coins('2') },
      ],
    })
    const types = [
      'coin_spent',
      'message',
      'coin_received',
      'transfer',
      'coin_received',
      'transfer',
    ]
    expect(chain.takeEvents().map((event) => event.type)).to.deep.equal(types)
  })

  it('too little is refused with the text of the SDK, also when there is nothing', () => {
    const { chain, bank } = started([[0, 5n]])
    const send =
      (from: number): (() => void) =>
      () =>
        bank.api.send(chain.write(), address(from), address(2), ustrom(10n))
    expect(send(0))
      .to.throw(
        ChainError,
        'spendable balance 5ustrom is smaller than 10ustrom: insufficient funds',
      )
      .with.property('code', 5)
    expect(send(1)).to.throw(
      'spendable balance 0ustrom is smaller than 10ustrom: insufficient funds',
    )
  })

  it('a recipient without account gets one, a balance of zero leaves no row', () => {
    const { chain, bank, auth } = started([[0, 5n]])
    bank.api.send(chain.write(), address(0), address(1), ustrom(5n))
    expect(auth.account(chain.query(), address(1))?.accountNumber).to.equal(1n)
    const keys = [...chain.store('bank').iterate()].map(([key]) => toHex(key))
    const denom = Buffer.from('ustrom').toString('hex')
    const balance = `0214${toHex(address(1))}${denom}`
    expect(keys).to.deep.equal([`00${denom}`, balance, `03${denom}0014${toHex(address(1))}`, '05'])
    expect(
      Buffer.from(chain.store('bank').get(Buffer.from(balance, 'hex')) ?? []).toString(),
    ).to.equal('5')
  })

  it('random sends conserve the supply and leave no balance below zero', () => {
    const move = fc.record({
      from: fc.nat(4),
      to: fc.nat(4),
      amount: fc.bigInt({ min: -2n, max: 60n }),
    })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const { chain, bank } = started([
          [0, 100n],
          [1, 1n],
        ])
        for (const { from, to, amount } of moves) {
          const before = bank.api.balance(chain.query(), address(from), 'ustrom')
          const run = (): void =>
            chain.atomically((ctx) =>
              bank.api.send(ctx, address(from), address(to), ustrom(amount)),
            )
          if (amount > 0n && amount <= before) run()
          else expect(run).to.throw(ChainError)
        }
        for (const law of bank.invariants)
          expect(law.check(chain.query()), law.name).to.equal(undefined)
        const sum = [0, 1, 2, 3, 4].reduce(
          (s, n) => s + bank.api.balance(chain.query(), address(n), 'ustrom'),
          0n,
        )
        expect(sum).to.equal(101n)
      }),
      { numRuns: 60 },
    )
  })

  it('mint and burn move the supply and need their permission', () => {
    const { chain, bank } = started([[0, 5n]])
    const ctx = chain.write()
    bank.api.mint(ctx, 'pool', ustrom(10n))
    bank.api.burn(ctx, 'pool', ustrom(4n))
    expect([bank.api.supply(ctx, 'ustrom'), bank.api.balances(ctx, address(0))]).to.deep.equal([
      11n,
      ustrom(5n),
    ])
    const types = ['coin_received', 'coinbase', 'coin_spent', 'burn']
    expect(chain.takeEvents().map((event) => event.type)).to.deep.equal(types)
    expect(() => bank.api.mint(ctx, 'vault', ustrom(1n))).to.throw(
      InvariantError,
      'no permission minter',
    )
    expect(() => bank.api.burn(ctx, 'vault', ustrom(1n))).to.throw(
      InvariantError,
      'no permission burner',
    )
    expect(() => bank.api.burn(ctx, 'pool', ustrom(7n))).to.throw('smaller than 7ustrom')
  })

  it('modules pay users but not each other by that door', () => {
    const { chain, bank, auth } = started([[0, 5n]])
    const ctx = chain.write()
    bank.api.sendToModule(ctx, address(0), 'pool', ustrom(4n))
    bank.api.sendModuleToModule(ctx, 'pool', 'vault', ustrom(3n))
    bank.api.sendFromModule(ctx, 'vault', address(1), ustrom(2n))
    expect(bank.api.spendable(ctx, address(1), 'ustrom')).to.equal(2n)
    const vault = auth.moduleAddress(ctx.hasher, 'vault')
    expect(() => bank.api.sendFromModule(ctx, 'pool', vault, ustrom(1n))).to.throw(
      'is not allowed to receive funds',
    )
  })
})

describe('bank queries', () => {
  it('show balances, supply, owners and parameters', () => {
    const { chain, bank } = started([
      [0, 5n],
      [1, 6n],
    ])
    const coin = (amount: string): JsonValue => ({ denom: 'ustrom', amount })
    const one = { address: text(0), denom: 'ustrom' }
    expect(ask(chain, bank, 'Balance', one)).to.deep.equal({ balance: coin('5') })
    expect(ask(chain, bank, 'Balance', { ...one, denom: 'wind' })).to.have.nested.property(
      'balance.amount',
      '0',
    )
    expect(ask(chain, bank, 'SpendableBalanceByDenom', one)).to.deep.equal({ balance: coin('5') })
    for (const method of ['AllBalances', 'SpendableBalances']) {
      const page = ask(chain, bank, method, one)
      expect(page['balances']).to.deep.equal([coin('5')])
      expect(page).to.have.nested.property('pagination.total', '1')
    }
    expect(ask(chain, bank, 'TotalSupply', {})['supply']).to.deep.equal([coin('11')])
    expect(ask(chain, bank, 'SupplyOf', { denom: 'ustrom' })).to.deep.equal({ amount: coin('11') })
    expect(ask(chain, bank, 'DenomOwners', { denom: 'ustrom' })['denom_owners']).to.deep.equal([
      { address: text(0), balance: coin('5') },
      { address: text(1), balance: coin('6') },
    ])
    expect(ask(chain, bank, 'DenomOwnersByQuery', { denom: 'wind' })['denom_owners']).to.deep.equal(
      [],
    )
    expect(ask(chain, bank, 'Params', {})).to.have.nested.property(
      'params.default_send_enabled',
      true,
    )
    expect(ask(chain, bank, 'SendEnabled', {})['send_enabled']).to.deep.equal([])
    expect(ask(chain, bank, 'DenomsMetadata', {})['metadatas']).to.deep.equal([])
  })

  it('refuse malformed addresses and denominations as invalid requests and missing metadata as not found', () => {
    const { chain, bank } = started([])
    for (const [method, request, code] of [
      ['SpendableBalances', { address: 'test' }, 18],
      ['Balance', { address: text(0), denom: '!' }, 18],
      ['SupplyOf', { denom: '' }, 18],
      ['DenomMetadata', { denom: 'wind' }, 22],
      ['DenomMetadataByQueryString', { denom: 'ibc/AB' }, 22],
    ] as const) {
      expect(() => ask(chain, bank, method, request), method)
        .to.throw(ChainError)
        .with.property('code', code)
    }
  })
})

describe('bank genesis', () => {
  it('refuses repeated addresses and a supply that is not the sum', () => {
    const { bank } = started([])
    const row = { address: text(0), coins: [{ denom: 'ustrom', amount: '5' }] }
    expect(() => bank.genesis.validate({ balances: [row, row] })).to.throw('balances[1]')
    const supply = [{ denom: 'ustrom', amount: '6' }]
    expect(() => bank.genesis.validate({ balances: [row], supply })).to.throw(
      'supply is 6ustrom, balances sum to 5ustrom: invalid bank genesis',
    )
  })

  it('with sending disabled by default stores no parameters, and exports them', () => {
    const { chain, bank } = started([])
    bank.genesis.init(chain.write(), { params: { default_send_enabled: false } })
    expect(chain.store('bank').has(Uint8Array.of(5))).to.equal(false)
    expect(bank.genesis.export(chain.query())).to.have.nested.property(
      'params.default_send_enabled',
      false,
    )
  })
})
