import type { Params } from '../../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import {
  MsgCommunityPoolSpend,
  MsgDepositValidatorRewardsPool,
  MsgFundCommunityPool,
  MsgSetWithdrawAddress,
  MsgUpdateParams,
  MsgWithdrawDelegatorReward,
  MsgWithdrawValidatorCommission,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { MsgDelegate } from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { moduleAddress, toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { toWire } from '../../kit/coin.ts'
import { parseDec } from '../../kit/dec.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import {
  accepted,
  block,
  call,
  type Operation,
  refused,
  runModuleSuite,
} from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import { defaultParams } from '../params.ts'
import {
  account,
  address,
  consensus,
  genesisOf,
  type Modules,
  makeModules,
  PAYER,
  ustrom,
  valoper,
} from './fixture.ts'

const genesis = genesisOf([100_000_000n, 50_000_000n])
const authority = govAuthority({ hasher: nobleHasher })
const collector = toBech32(moduleAddress(nobleHasher, 'fee_collector'))
const coins = (amount: bigint): { denom: string; amount: string }[] => [toWire(ustrom(amount))]
const update = (change: Partial<Params>, by = authority): MsgUpdateParams => ({
  authority: by,
  params: { ...defaultParams(), ...change },
})
const withdraw = (n: number, by = 11): MsgWithdrawDelegatorReward => ({
  delegatorAddress: account(by),
  validatorAddress: valoper(n),
})
const spend = (change: Partial<MsgCommunityPoolSpend>): MsgCommunityPoolSpend => ({
  authority,
  recipient: account(13),
  amount: coins(7n),
  ...change,
})
const deposit = (
  change: Partial<MsgDepositValidatorRewardsPool>,
): MsgDepositValidatorRewardsPool => ({
  depositor: account(12),
  validatorAddress: valoper(1),
  amount: coins(11n),
  ...change,
})

const world: { modules?: Modules } = {}
function made(): Modules {
  if (world.modules === undefined) throw new Error('no world yet')
  return world.modules
}

/** Fees are paid and the next block shares them out. */
const fees = (amount: bigint): Operation =>
  call(`fees of ${amount}`, (chain: FakeChain) => {
    const { bank, distribution } = made()
    bank.api.sendToModule(chain.write(), address(PAYER), 'fee_collector', [ustrom(amount)])
    chain.nextBlock(5n)
    const lastCommit = [1, 2].map((n) => ({
      address: consensus(n),
      power: BigInt(n),
      signed: true,
    }))
    distribution.beginBlock?.({ ...chain.write(), lastCommit })
  })

const slash = call('a slash', (chain) => {
  made().staking.api.slash(chain.write(), consensus(1), {
    infractionHeight: chain.height,
    fraction: parseDec('0.05'),
    reason: 'double_sign',
  })
})

const setAndWithdraw: readonly Operation[] = [
  accepted('a withdraw address', MsgSetWithdrawAddress, {
    delegatorAddress: account(11),
    withdrawAddress: account(12),
  }),
  refused(
    'an address is malformed',
    MsgSetWithdrawAddress,
    { delegatorAddress: account(11), withdrawAddress: 'strom1x' },
    'sdk',
    7,
  ),
  refused(
    'the withdraw address is a module account',
    MsgSetWithdrawAddress,
    { delegatorAddress: account(11), withdrawAddress: collector },
    'sdk',
    4,
  ),
  accepted('a withdrawal', MsgWithdrawDelegatorReward, withdraw(1)),
  accepted('a withdrawal of nothing', MsgWithdrawDelegatorReward, withdraw(1)),
  refused(
    'the validator address is malformed',
    MsgWithdrawDelegatorReward,
    { ...withdraw(1), validatorAddress: account(1) },
    'sdk',
    7,
  ),
  refused('the validator is unknown', MsgWithdrawDelegatorReward, withdraw(9), 'staking', 3),
  refused('there is no such delegation', MsgWithdrawDelegatorReward, withdraw(2), 'staking', 19),
  accepted('a commission', MsgWithdrawValidatorCommission, { validatorAddress: valoper(1) }),
  refused(
    'there is no commission',
    MsgWithdrawValidatorCommission,
    { validatorAddress: valoper(9) },
    'distribution',
    7,
  ),
  refused(
    'the operator address is malformed',
    MsgWithdrawValidatorCommission,
    { validatorAddress: account(1) },
    'sdk',
    7,
  ),
]

const pool: readonly Operation[] = [
  accepted('a gift', MsgFundCommunityPool, { depositor: account(11), amount: coins(5n) }),
  refused(
    'the gift is nothing',
    MsgFundCommunityPool,
    { depositor: account(11), amount: [] },
    'sdk',
    10,
  ),
  refused(
    'the depositor has less',
    MsgFundCommunityPool,
    { depositor: account(11), amount: coins(10n ** 16n) },
    'sdk',
    5,
  ),
  accepted('a spend', MsgCommunityPoolSpend, spend({})),
  refused(
    'the spender is not governance',
    MsgCommunityPoolSpend,
    spend({ authority: account(11) }),
    'gov',
    13,
  ),
  refused('nothing is spent', MsgCommunityPoolSpend, spend({ amount: [] }), 'sdk', 10),
  refused(
    'the recipient is a module account',
    MsgCommunityPoolSpend,
    spend({ recipient: collector }),
    'sdk',
    4,
  ),
  refused(
    'the pool holds less',
    MsgCommunityPoolSpend,
    spend({ amount: coins(10n ** 15n) }),
    'distribution',
    9,
  ),
  accepted('a deposit', MsgDepositValidatorRewardsPool, deposit({})),
  refused(
    'the rewarded validator is unknown',
    MsgDepositValidatorRewardsPool,
    deposit({ validatorAddress: valoper(9) }),
    'staking',
    3,
  ),
  refused(
    'the deposit is nothing',
    MsgDepositValidatorRewardsPool,
    deposit({ amount: [] }),
    'sdk',
    10,
  ),
  refused(
    'the giver has less',
    MsgDepositValidatorRewardsPool,
    deposit({ amount: coins(10n ** 16n) }),
    'sdk',
    5,
  ),
]

const params: readonly Operation[] = [
  refused('the authority is not governance', MsgUpdateParams, update({}, account(11)), 'gov', 13),
  refused(
    'the tax is not a decimal from 0 to 1',
    MsgUpdateParams,
    update({ communityTax: '1000000000000000001' }),
    'distribution',
    101,
  ),
  refused(
    'a proposer reward of old is set',
    MsgUpdateParams,
    update({ bonusProposerReward: '1' }),
    'sdk',
    18,
  ),
  accepted(
    'a change of tax',
    MsgUpdateParams,
    update({ communityTax: parseDec('0.1').toString(), withdrawAddrEnabled: false }),
  ),
  refused(
    'withdraw addresses may not be set',
    MsgSetWithdrawAddress,
    { delegatorAddress: account(13), withdrawAddress: account(12) },
    'distribution',
    8,
  ),
]

runModuleSuite({
  make: () => {
    world.modules = makeModules()
    const { auth, bank, staking, distribution } = world.modules
    return [auth, bank, staking, distribution]
  },
  sampleGenesis: genesis,
  notExported: NOT_EXPORTED,
  operations: [
    block(),
    accepted('a delegation', MsgDelegate, {
      delegatorAddress: account(11),
      validatorAddress: valoper(1),
      amount: toWire(ustrom(33_333_333n)),
    }),
    fees(1_000_003n),
    slash,
    fees(777n),
    ...setAndWithdraw,
    ...pool,
    fees(1_000_000n),
    ...params,
    fees(13n),
    slash,
    block(),
  ],
})
