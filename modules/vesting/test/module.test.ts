import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePermanentLockedAccount,
  MsgCreateVestingAccount,
} from '../../../proto/gen/cosmos/vesting/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import type { BankApi } from '../../bank/api.ts'
import { bankModule } from '../../bank/module.ts'
import { moduleAddress, toBech32 } from '../../kit/address.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { vestingModule } from '../module.ts'

const T0 = 1_767_225_600n
const DAY = 86_400n
const bytes = (n: number): Uint8Array => new Uint8Array(20).fill(n)
const rich = toBech32(bytes(1))
const [slow, late, steps, fixed] = [2, 3, 4, 5].map((n) => toBech32(bytes(n))) as [
  string,
  string,
  string,
  string,
]
const free = toBech32(bytes(9))
const collector = toBech32(moduleAddress(nobleHasher, 'fee_collector'))
const ustrom = (amount: bigint): { denom: string; amount: string }[] => [
  { denom: 'ustrom', amount: amount.toString() },
]

const world: { auth?: AuthApi; bank?: BankApi } = {}
const bank = (): BankApi => world.bank as BankApi

function make(): readonly Module[] {
  const auth = authModule()
  auth.api.declareModuleAccount('bonded', ['burner', 'staking'])
  const bankOfAll = bankModule({ auth: auth.api })
  world.auth = auth.api
  world.bank = bankOfAll.api
  return [auth, bankOfAll, vestingModule({ auth: auth.api, bank: bankOfAll.api })]
}

const sample: { [module: string]: JsonValue } = {
  bank: {
    params: { default_send_enabled: true },
    balances: [{ address: rich, coins: [{ denom: 'frozen', amount: '9' }, ...ustrom(100_000n)] }],
    send_enabled: [{ denom: 'frozen', enabled: false }],
  },
}

const vest = (
  toAddress: string,
  more: Partial<MsgCreateVestingAccount> = {},
): MsgCreateVestingAccount => ({
  fromAddress: rich,
  toAddress,
  amount: ustrom(1000n),
  endTime: T0 + 2n * DAY,
  delayed: false,
  ...more,
})
const inSteps = (
  toAddress: string,
  more: Partial<MsgCreatePeriodicVestingAccount> = {},
): MsgCreatePeriodicVestingAccount => ({
  fromAddress: rich,
  toAddress,
  startTime: T0,
  vestingPeriods: [
    { length: DAY / 2n, amount: ustrom(100n) },
    { length: DAY, amount: ustrom(900n) },
  ],
  ...more,
})
const forever = (
  toAddress: string,
  more: Partial<MsgCreatePermanentLockedAccount> = {},
): MsgCreatePermanentLockedAccount => ({
  fromAddress: rich,
  toAddress,
  amount: ustrom(1000n),
  ...more,
})
const send = (from: string, amount: bigint): MsgSend => ({
  fromAddress: from,
  toAddress: free,
  amount: ustrom(amount),
})

/** Spendable ustrom of the four accounts, as the query tells it. */
function spendable(chain: FakeChain): bigint[] {
  return [2, 3, 4, 5].map((n) => bank().spendable(chain.query(), bytes(n), 'ustrom'))
}
const tells = (title: string, expected: readonly bigint[]): ReturnType<typeof call> =>
  call(title, (chain) => expect(spendable(chain)).to.deep.equal(expected))
const delegate = (n: number, amount: bigint): ReturnType<typeof call> =>
  call(`${amount} are delegated`, (chain) =>
    bank().delegate(chain.write(), bytes(n), 'bonded', { denom: 'ustrom', amount }),
  )
const undelegate = (n: number, amount: bigint): ReturnType<typeof call> =>
  call(`${amount} are undelegated`, (chain) =>
    bank().undelegate(chain.write(), 'bonded', bytes(n), { denom: 'ustrom', amount }),
  )

runModuleSuite({
  make,
  sampleGenesis: sample,
  operations: [
    accepted('bit by bit', MsgCreateVestingAccount, vest(slow)),
    accepted('all at the end', MsgCreateVestingAccount, vest(late, { delayed: true })),
    accepted('in steps', MsgCreatePeriodicVestingAccount, inSteps(steps)),
    accepted('never', MsgCreatePermanentLockedAccount, forever(fixed)),
    tells('nothing is free at first', [0n, 0n, 0n, 0n]),
    refused('coins are locked', MsgSend, send(slow, 1n), 'sdk', 5),
    refused('the account exists', MsgCreateVestingAccount, vest(slow), 'sdk', 18),
    refused(
      'the recipient is a module account',
      MsgCreateVestingAccount,
      vest(collector),
      'sdk',
      4,
    ),
    refused('an address is malformed', MsgCreateVestingAccount, vest('strom1x'), 'sdk', 7),
    refused(
      'there are no coins',
      MsgCreatePermanentLockedAccount,
      forever(free, { amount: [] }),
      'sdk',
      10,
    ),
    refused(
      'the end time is not positive',
      MsgCreateVestingAccount,
      vest(free, { endTime: 0n }),
      'sdk',
      18,
    ),
    refused(
      'coins would vest bit by bit to an end that has passed',
      MsgCreateVestingAccount,
      vest(free, { endTime: T0 }),
      'sdk',
      18,
    ),
    refused(
      'the sender has too little',
      MsgCreateVestingAccount,
      vest(free, { amount: ustrom(10n ** 9n) }),
      'sdk',
      5,
    ),
    refused(
      'a denomination may not be sent',
      MsgCreateVestingAccount,
      vest(free, { amount: [{ denom: 'frozen', amount: '1' }] }),
      'bank',
      5,
    ),
    refused(
      'the start time is not positive',
      MsgCreatePeriodicVestingAccount,
      inSteps(free, { startTime: 0n }),
      'sdk',
      18,
    ),
    refused(
      'there is no period',
      MsgCreatePeriodicVestingAccount,
      inSteps(free, { vestingPeriods: [] }),
      'sdk',
      18,
    ),
    refused(
      'a period has no length',
      MsgCreatePeriodicVestingAccount,
      inSteps(free, { vestingPeriods: [{ length: 0n, amount: ustrom(1n) }] }),
      'sdk',
      18,
    ),
    refused(
      'a period has no coins',
      MsgCreatePeriodicVestingAccount,
      inSteps(free, { vestingPeriods: [{ length: 1n, amount: [] }] }),
      'sdk',
      10,
    ),
    refused(
      'the periods end after all time',
      MsgCreatePeriodicVestingAccount,
      inSteps(free, { vestingPeriods: [{ length: (1n << 63n) - 1n, amount: ustrom(1n) }] }),
      'sdk',
      18,
    ),
    block(DAY),
    tells('half is free bit by bit, nothing before its end, a tenth after the first step', [
      500n,
      0n,
      100n,
      0n,
    ]),
    refused('more than the vested half is sent', MsgSend, send(slow, 501n), 'sdk', 5),
    // Half of the 500 that are locked: the balance falls to 750, 250 stay locked.
    delegate(2, 250n),
    tells('delegating locked coins leaves the free ones', [500n, 0n, 100n, 0n]),
    delegate(2, 400n),
    tells('beyond them free ones go', [350n, 0n, 100n, 0n]),
    delegate(5, 1000n),
    // A tenth was slashed: 585 of 650 return, of them 435 locked.
    undelegate(2, 585n),
    tells('free ones return first', [500n, 0n, 100n, 0n]),
    accepted('the free half is sent', MsgSend, send(slow, 500n)),
    block(DAY),
    tells('at the end all is free but what never is', [435n, 1000n, 1000n, 0n]),
    undelegate(5, 1000n),
    tells('which stays so when it returns', [435n, 1000n, 1000n, 0n]),
  ],
})

describe('a vesting account', () => {
  it('tells what it may spend, with a row for what it may not', () => {
    const modules = make()
    const [, bankOfAll, vesting] = modules
    const chain = fakeChain()
    for (const { name, genesis } of modules)
      genesis.init(chain.write(), sample[name] ?? genesis.defaults())
    const open = vesting?.messages[2]
    open?.handle(chain.message(), inSteps(steps))
    const query = bankOfAll?.queries.find(({ method }) => method === 'SpendableBalances')
    const ask = (): unknown =>
      query?.handle(chain.query(), query.request.create({ address: steps }))
    expect(ask()).to.have.deep.property('balances', ustrom(0n))
    chain.time = T0 + DAY / 2n
    expect(ask()).to.have.deep.property('balances', ustrom(100n))
    expect(() =>
      bank().send(chain.write(), bytes(4), bytes(9), [{ denom: 'ustrom', amount: 101n }]),
    ).to.throw('spendable balance 100ustrom is smaller than 101ustrom: insufficient funds')
  })
})
