import { secp256k1 } from '@noble/curves/secp256k1.js'
import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { BaseAccount, ModuleAccount } from '../../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import { MsgUpdateParams } from '../../../proto/gen/cosmos/auth/v1beta1/tx.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { ContinuousVestingAccount } from '../../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import { moduleAddress, secp256k1Address, toBech32 } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { AuthApi } from '../api.ts'
import { authModule } from '../module.ts'
import { defaultParams } from '../params.ts'

const key = secp256k1.getPublicKey(new Uint8Array(32).fill(1))
const otherKey = secp256k1.getPublicKey(new Uint8Array(32).fill(2))
const alice = secp256k1Address(nobleHasher, key)
const bob = new Uint8Array(20).fill(0xb0)
const carol = new Uint8Array(20).fill(0xca)
const packedKey = { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key }) }
const GAS = {
  max_memo_characters: '256',
  tx_sig_limit: '7',
  tx_size_cost_per_byte: '10',
  sig_verify_cost_ed25519: '590',
  sig_verify_cost_secp256k1: '1000',
}

function base(
  address: Uint8Array,
  number: string,
  pubKey: JsonValue = null,
): Record<string, JsonValue> {
  return { address: toBech32(address), pub_key: pubKey, account_number: number, sequence: '0' }
}

function baseAccount(address: Uint8Array, number: string, pubKey: JsonValue = null): JsonValue {
  return { '@type': BaseAccount.typeUrl, ...base(address, number, pubKey) }
}

const gov = toBech32(moduleAddress(nobleHasher, 'gov'))
const costly = { ...defaultParams(), txSizeCostPerByte: 1000n }

const vesting: JsonValue = {
  '@type': ContinuousVestingAccount.typeUrl,
  base_vesting_account: {
    base_account: base(carol, '0'),
    original_vesting: [{ denom: 'ustrom', amount: '100' }],
    delegated_free: [],
    delegated_vesting: [],
    end_time: '2000000000',
  },
  start_time: '1700000000',
}

const publicKey: JsonValue = { '@type': PubKey.typeUrl, key: Buffer.from(key).toString('base64') }
const sample = {
  params: GAS,
  accounts: [baseAccount(alice, '0', publicKey), baseAccount(bob, '0'), vesting],
}

function started(genesis: JsonValue = sample): { chain: FakeChain; auth: Module<AuthApi> } {
  const [chain, auth] = [fakeChain(), authModule()]
  auth.genesis.validate(genesis)
  auth.genesis.init(chain.write(), genesis)
  return { chain, auth }
}

function ask(
  auth: Module,
  chain: FakeChain,
  method: string,
  request: object,
): Record<string, JsonValue> {
  const query = auth.queries.find((q) => q.method === method)
  if (query === undefined) throw new Error(`no query ${method}`)
  const response = query.handle(chain.query(), query.request.create(request))
  return query.response.toJson(query.response.decode(query.response.encode(response))) as Record<
    string,
    JsonValue
  >
}

const suiteAuth: { api?: AuthApi } = {}
const api = (): AuthApi => suiteAuth.api as AuthApi

runModuleSuite({
  make() {
    const auth = authModule()
    auth.api.declareModuleAccount('pool', ['minter', 'burner'])
    suiteAuth.api = auth.api
    return [auth]
  },
  sampleGenesis: { auth: sample },
  operations: [
    call('a new account appears', ({ write }) =>
      api().newAccount(write(), new Uint8Array(20).fill(9)),
    ),
    call('a key is stored', ({ write }) => {
      api().newAccount(write(), secp256k1Address(nobleHasher, otherKey))
      const packed = { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: otherKey }) }
      api().setPubKey(write(), secp256k1Address(nobleHasher, otherKey), packed)
    }),
    call('sequences rise', ({ write }) =>
      [alice, alice, carol].map((a) => api().incrementSequence(write(), a)),
    ),
    call('a module account appears', ({ write }) => api().ensureModuleAccount(write(), 'pool')),
    refused(
      'the authority is not that of governance',
      MsgUpdateParams,
      { authority: toBech32(bob), params: costly },
      'gov',
      13,
    ),
    refused(
      'a parameter is zero',
      MsgUpdateParams,
      { authority: gov, params: { ...costly, txSigLimit: 0n } },
      'auth',
      3,
    ),
    accepted('governance makes bytes dear', MsgUpdateParams, { authority: gov, params: costly }),
    call('which holds at once', ({ query }) => expect(api().params(query())).to.deep.equal(costly)),
  ],
})

describe('auth', () => {
  it('numbers accounts that all claim number 0, and creates the fee collector after them', () => {
    const { chain, auth } = started()
    const number = (address: Uint8Array): bigint | undefined =>
      auth.api.account(chain.query(), address)?.accountNumber
    expect([alice, bob, carol].map(number)).to.deep.equal([0n, 1n, 2n])
    expect(number(auth.api.moduleAddress(nobleHasher, 'fee_collector'))).to.equal(3n)
    expect(auth.api.newAccount(chain.write(), new Uint8Array(20)).accountNumber).to.equal(4n)
  })

  it('stores accounts, numbers and the next number under the keys of the SDK', () => {
    const { chain } = started()
    const keys = [...chain.store('acc').iterate()].map(([key]) => toHex(key))
    const word = Buffer.from('accountNumber').toString('hex')
    expect(keys).to.include.members(['00', `01${toHex(bob)}`, '02', `${word}0000000000000001`])
    expect(toHex(chain.store('acc').get(Uint8Array.of(2)) ?? bob)).to.equal('0000000000000004')
  })

  it('keeps the type of a vesting account through key and sequence changes', () => {
    const { chain, auth } = started()
    expect(auth.api.incrementSequence(chain.write(), carol)).to.equal(1n)
    auth.api.setPubKey(chain.write(), carol, packedKey)
    const { account } = ask(auth, chain, 'Account', { address: toBech32(carol) }) as {
      account: JsonValue
    }
    expect(account).to.deep.equal({
      ...(vesting as object),
      base_vesting_account: {
        ...(vesting as { base_vesting_account: object }).base_vesting_account,
        base_account: { ...base(carol, '2', publicKey), sequence: '1' },
      },
    })
  })

  it('tells a missing account with the text clients match', () => {
    const { chain, auth } = started()
    const address = toBech32(new Uint8Array(20).fill(7))
    for (const method of ['Account', 'AccountInfo']) {
      expect(() => ask(auth, chain, method, { address }))
        .to.throw(ChainError, `account ${address} not found: key not found`)
        .with.property('code', 22)
    }
    expect(() => auth.api.incrementSequence(chain.write(), new Uint8Array(20))).to.throw(
      'does not exist: unknown address',
    )
  })

  it('answers a malformed address as an invalid request', () => {
    const { chain, auth } = started()
    expect(() => ask(auth, chain, 'Account', { address: 'test' }))
      .to.throw(ChainError)
      .with.property('code', 18)
  })

  it('shows accounts, base parts, numbers and parameters', () => {
    const { chain, auth } = started()
    expect(ask(auth, chain, 'Account', { address: toBech32(alice) })).to.deep.equal({
      account: { '@type': BaseAccount.typeUrl, ...base(alice, '0', publicKey) },
    })
    const { info } = ask(auth, chain, 'AccountInfo', { address: toBech32(carol) })
    expect(info).to.deep.equal(base(carol, '2'))
    expect(ask(auth, chain, 'Accounts', {})).to.have.nested.property('pagination.total', '4')
    expect(ask(auth, chain, 'AccountAddressByID', { accountId: 1n })).to.deep.equal({
      account_address: toBech32(bob),
    })
    expect(() => ask(auth, chain, 'AccountAddressByID', { accountId: 99n })).to.throw('number 99')
    expect(ask(auth, chain, 'Params', {})).to.deep.equal({ params: GAS })
  })

  it('shows module accounts that exist, by name and all', () => {
    const { chain, auth } = started()
    auth.api.declareModuleAccount('pool', ['minter'])
    const missing = (): unknown => ask(auth, chain, 'ModuleAccountByName', { name: 'pool' })
    expect(missing).to.throw('account pool not found: key not found')
    const address = auth.api.ensureModuleAccount(chain.write(), 'pool')
    expect(auth.api.ensureModuleAccount(chain.write(), 'pool')).to.deep.equal(address)
    expect(ask(auth, chain, 'ModuleAccountByName', { name: 'pool' })).to.deep.equal({
      account: {
        '@type': ModuleAccount.typeUrl,
        base_account: base(address, '4'),
        name: 'pool',
        permissions: ['minter'],
      },
    })
    expect(ask(auth, chain, 'ModuleAccounts', {})['accounts']).to.have.length(2)
    expect(auth.api.isModuleAddress(nobleHasher, address)).to.equal(true)
    expect(auth.api.isModuleAddress(nobleHasher, bob)).to.equal(false)
  })

  it('refuses a module account that was not declared, or declared twice with other permissions', () => {
    const { auth } = started()
    expect(() => auth.api.moduleAddress(nobleHasher, 'nobody')).to.throw(
      RangeError,
      'was not declared',
    )
    auth.api.declareModuleAccount('pool', ['minter'])
    auth.api.declareModuleAccount('pool', ['minter'])
    expect(() => auth.api.declareModuleAccount('pool', [])).to.throw('other permissions')
  })

  it('translates addresses', () => {
    const { chain, auth } = started()
    expect(ask(auth, chain, 'Bech32Prefix', {})).to.deep.equal({ bech32_prefix: 'strom' })
    const text = toBech32(bob)
    expect(ask(auth, chain, 'AddressBytesToString', { addressBytes: bob })).to.deep.equal({
      address_string: text,
    })
    expect(ask(auth, chain, 'AddressStringToBytes', { addressString: text })).to.deep.equal({
      address_bytes: Buffer.from(bob).toString('base64'),
    })
    expect(() => ask(auth, chain, 'AddressBytesToString', {})).to.throw('empty address bytes')
    expect(() => ask(auth, chain, 'AddressStringToBytes', {})).to.throw('empty address string')
  })

  it('refuses unsound vesting accounts in genesis, in the words of the SDK', () => {
    const part = vesting as { base_vesting_account: Record<string, JsonValue> }
    const bva = part.base_vesting_account
    const account = (type: string, more: object, fields: object = {}): JsonValue => ({
      '@type': `/cosmos.vesting.v1beta1.${type}`,
      base_vesting_account: { ...bva, ...more },
      ...fields,
    })
    const periods = (length: string, amount: string): object => ({
      start_time: '1999999000',
      vesting_periods: [{ length, amount: [{ denom: 'ustrom', amount }] }],
    })
    const tooMuch = { delegated_vesting: [{ denom: 'ustrom', amount: '101' }] }
    const cases: [JsonValue, string][] = [
      [account('ContinuousVestingAccount', {}, { start_time: '2000000000' }), 'before end-time'],
      [account('DelayedVestingAccount', tooMuch), 'greater than original vesting amount'],
      [account('DelayedVestingAccount', { original_vesting: [] }), 'invalid coins'],
      [account('PermanentLockedAccount', {}), 'cannot have an end-time'],
      [
        account('PeriodicVestingAccount', {}, periods('999', '100')),
        'length of all vesting periods',
      ],
      [account('PeriodicVestingAccount', {}, periods('1000', '99')), 'does not match the sum'],
      [{ '@type': '/cosmos.vesting.v1beta1.BaseVestingAccount', ...bva }, 'has no schedule'],
    ]
    for (const [entry, text] of cases)
      expect(() => started({ params: GAS, accounts: [entry] }), text).to.throw(ChainError, text)
    started({
      params: GAS,
      accounts: [account('PeriodicVestingAccount', {}, periods('1000', '100'))],
    })
  })

  it('refuses genesis with unknown types, repeats, foreign keys and zero parameters', () => {
    const cases: [JsonValue, string][] = [
      [{ params: GAS, accounts: [baseAccount(bob, '0'), baseAccount(bob, '1')] }, 'accounts[1]'],
      [{ params: GAS, accounts: [{ '@type': PubKey.typeUrl, key: '' }] }, 'is no account type'],
      [{ params: GAS, accounts: [baseAccount(bob, '0', publicKey)] }, 'belong to another address'],
      [{ params: { ...GAS, tx_sig_limit: '0' }, accounts: [] }, 'txSigLimit must be positive'],
    ]
    for (const [genesis, text] of cases)
      expect(() => started(genesis), text).to.throw(ChainError, text)
  })
})
