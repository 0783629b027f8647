import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import {
  MsgMultiSend,
  MsgSend,
  MsgSetSendEnabled,
  MsgUpdateParams,
} from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { authModule } from '../../auth/module.ts'
import { toBech32 } from '../../kit/address.ts'
import { type Coin, toWire } from '../../kit/coin.ts'
import type { Module } from '../../kit/module.ts'
import { accepted, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { BankApi } from '../api.ts'
import { bankModule } from '../module.ts'

const [alice, bob, carol] = [1, 2, 3].map((n) => toBech32(new Uint8Array(20).fill(n))) as [
  string,
  string,
  string,
]
const coins = (...list: [bigint, string][]): ReturnType<typeof toWire>[] =>
  list.map(([amount, denom]) => toWire({ amount, denom }))

const sample: JsonValue = {
  params: { send_enabled: [], default_send_enabled: true },
  balances: [
    { address: bob, coins: coins([7n, 'frozen'], [50n, 'ustrom']) },
    { address: alice, coins: coins([1000n, 'ustrom']) },
  ],
  supply: [],
  denom_metadata: [
    {
      description: '',
      denom_units: [],
      base: 'ustrom',
      display: 'strom',
      name: 'STROM',
      symbol: 'STROM',
    },
  ],
  send_enabled: [{ denom: 'frozen', enabled: false }],
}

const world: { bank?: BankApi } = {}
const bank = (): BankApi => world.bank as BankApi

function make(): readonly Module[] {
  const auth = authModule()
  auth.api.declareModuleAccount('pool', ['minter', 'burner'])
  const module = bankModule({ auth: auth.api })
  world.bank = module.api
  return [auth, module]
}

const send = (from: string, to: string, amount: ReturnType<typeof coins>): MsgSend => ({
  fromAddress: from,
  toAddress: to,
  amount,
})
const collector = toBech32(nobleHasher.sha256(Buffer.from('fee_collector')).slice(0, 20))
const gov = toBech32(nobleHasher.sha256(Buffer.from('gov')).slice(0, 20))
const denoms = (denom: string, enabled: boolean): MsgSetSendEnabled['sendEnabled'] => [
  { denom, enabled },
]
const enable = (more: Partial<MsgSetSendEnabled>): MsgSetSendEnabled => ({
  authority: gov,
  sendEnabled: [],
  useDefaultFor: [],
  ...more,
})
const byDefault = (
  defaultSendEnabled: boolean,
  sendEnabled: MsgSetSendEnabled['sendEnabled'] = [],
): MsgUpdateParams => ({ authority: gov, params: { defaultSendEnabled, sendEnabled } })
const ustrom = (amount: bigint): Coin[] => [{ denom: 'ustrom', amount }]
const one = coins([1n, 'ustrom'])

runModuleSuite({
  make,
  sampleGenesis: { bank: sample },
  operations: [
    accepted('a send', MsgSend, send(alice, carol, coins([5n, 'ustrom']))),
    accepted('a send to oneself', MsgSend, send(alice, alice, coins([5n, 'ustrom']))),
    accepted('a send of everything', MsgSend, send(carol, bob, coins([5n, 'ustrom']))),
    accepted('a send to two', MsgMultiSend, {
      inputs: [{ address: alice, coins: coins([9n, 'ustrom']) }],
      outputs: [
        { address: bob, coins: coins([4n, 'ustrom']) },
        { address: carol, coins: coins([5n, 'ustrom']) },
      ],
    }),
    refused('the balance is too small', MsgSend, send(carol, bob, coins([6n, 'ustrom'])), 'sdk', 5),
    refused(
      'the sender has nothing of a denomination',
      MsgSend,
      send(carol, bob, coins([1n, 'wind'])),
      'sdk',
      5,
    ),
    refused('the recipient is a module account', MsgSend, send(alice, collector, one), 'sdk', 4),
    refused(
      'a denomination may not be sent',
      MsgSend,
      send(bob, alice, coins([1n, 'frozen'])),
      'bank',
      5,
    ),
    refused('an address is malformed', MsgSend, send('strom1x', alice, one), 'sdk', 7),
    refused('coins are none', MsgSend, send(alice, bob, []), 'sdk', 10),
    refused('a coin is zero', MsgSend, send(alice, bob, coins([0n, 'ustrom'])), 'sdk', 10),
    refused(
      'coins are not sorted',
      MsgSend,
      send(bob, alice, coins([1n, 'ustrom'], [1n, 'frozen'])),
      'sdk',
      10,
    ),
    refused(
      'the second of two coins is missing',
      MsgSend,
      send(alice, bob, coins([1n, 'ustrom'], [1n, 'wind'])),
      'sdk',
      5,
    ),
    refused(
      'there is no input',
      MsgMultiSend,
      { inputs: [], outputs: [{ address: bob, coins: one }] },
      'bank',
      2,
    ),
    refused(
      'there is no output',
      MsgMultiSend,
      { inputs: [{ address: alice, coins: one }], outputs: [] },
      'bank',
      3,
    ),
    refused(
      'the sums of input and outputs differ',
      MsgMultiSend,
      {
        inputs: [{ address: alice, coins: one }],
        outputs: [{ address: bob, coins: coins([2n, 'ustrom']) }],
      },
      'bank',
      4,
    ),
    refused(
      'there are two inputs',
      MsgMultiSend,
      {
        inputs: [
          { address: alice, coins: one },
          { address: bob, coins: one },
        ],
        outputs: [{ address: carol, coins: coins([2n, 'ustrom']) }],
      },
      'bank',
      9,
    ),
    refused(
      'one of several recipients is a module account',
      MsgMultiSend,
      { inputs: [{ address: alice, coins: one }], outputs: [{ address: collector, coins: one }] },
      'sdk',
      4,
    ),
    refused(
      'the authority is not that of governance',
      MsgSetSendEnabled,
      enable({ authority: alice }),
      'gov',
      13,
    ),
    refused(
      'params are set by another account than governance',
      MsgUpdateParams,
      { ...byDefault(false), authority: alice },
      'gov',
      13,
    ),
    refused(
      'params name a denomination twice',
      MsgUpdateParams,
      byDefault(true, [...denoms('wind', true), ...denoms('wind', false)]),
      'sdk',
      18,
    ),
    refused(
      'a denomination is named twice',
      MsgSetSendEnabled,
      enable({ sendEnabled: [...denoms('wind', true), ...denoms('wind', false)] }),
      'sdk',
      18,
    ),
    refused(
      'a denomination cannot be one',
      MsgSetSendEnabled,
      enable({ useDefaultFor: ['!'] }),
      'sdk',
      18,
    ),
    accepted(
      'ustrom is stopped',
      MsgSetSendEnabled,
      enable({ sendEnabled: denoms('ustrom', false) }),
    ),
    refused('a denomination was stopped by governance', MsgSend, send(alice, bob, one), 'bank', 5),
    refused(
      'a denomination of several outputs was stopped',
      MsgMultiSend,
      {
        inputs: [{ address: alice, coins: one }],
        outputs: [{ address: bob, coins: one }],
      },
      'bank',
      5,
    ),
    accepted(
      'ustrom is left to the default',
      MsgSetSendEnabled,
      enable({ useDefaultFor: ['ustrom'] }),
    ),
    accepted('a send as before', MsgSend, send(alice, bob, one)),
    accepted('all are stopped but one', MsgUpdateParams, byDefault(false, denoms('frozen', true))),
    refused('nothing is sent by default', MsgSend, send(alice, bob, one), 'bank', 5),
    accepted('the one is sent', MsgSend, send(bob, alice, coins([1n, 'frozen']))),
    accepted('all are free again', MsgUpdateParams, byDefault(true)),
    call('a mint', (chain) => bank().mint(chain.write(), 'pool', ustrom(40n))),
    call('a burn', (chain) => bank().burn(chain.write(), 'pool', ustrom(30n))),
    call('a fee', (chain) =>
      bank().sendToModule(chain.write(), new Uint8Array(20).fill(1), 'fee_collector', ustrom(3n)),
    ),
  ],
})

describe('bank messages as people read them', () => {
  it('say who sends what to whom in whole STROM', () => {
    const [, module] = make()
    const sentence = module?.messages[0]?.describe(
      send(alice, bob, coins([2n, 'frozen'], [12_500_000n, 'ustrom'])),
    )
    expect(sentence).to.equal(`${alice} sends 2 frozen, 12.5 STROM to ${bob}`)
  })
})
