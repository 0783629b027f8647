import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import {
  MsgSetWithdrawAddress,
  MsgSetWithdrawAddressResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { parseDec } from '../../kit/dec.ts'
import { ChainError } from '../../kit/errors.ts'
import { account, genesisOf, valoper, World } from './fixture.ts'

const STAKE = 100_000_000n
const coin = (amount: string): JsonValue => [
  { denom: 'ustrom', amount: `${amount}.000000000000000000` },
]

/** Two validators of 100 STROM, account 11 with 100 STROM at each, validator 2 slashed at height 3. */
function world(): World {
  const chain = new World(genesisOf([STAKE, STAKE]))
  chain.block()
  for (const n of [1, 2]) chain.delegate(11, n, STAKE)
  chain.block()
  chain.slash(2, parseDec('0.25'))
  chain.block(1_000_000n)
  return chain
}

describe('distribution queries', () => {
  it('show rewards of a delegation, of all of an account and their sum, and change nothing', () => {
    const chain = world()
    const before = chain.chain.contentHash('distribution')
    expect(chain.rewards(11, 1)).to.equal('220500.000000000000000000ustrom')
    expect(chain.ask('DelegationTotalRewards', { delegatorAddress: account(11) })).to.deep.equal({
      rewards: [1, 2].map((n) => ({ validator_address: valoper(n), reward: coin('220500') })),
      total: coin('441000'),
    })
    expect(chain.ask('DelegatorValidators', { delegatorAddress: account(11) })).to.deep.equal({
      validators: [valoper(1), valoper(2)],
    })
    expect(chain.chain.contentHash('distribution')).to.equal(before)
    // What was shown is what is paid.
    expect([chain.withdraw(11, 1), chain.withdraw(11, 2)]).to.deep.equal([220_500n, 220_500n])
  })

  it('show what a validator is owed, its commission and its own rewards', () => {
    const chain = world()
    const request = { validatorAddress: valoper(1) }
    expect(chain.ask('ValidatorOutstandingRewards', request)).to.deep.equal({
      rewards: { rewards: coin('490000') },
    })
    expect(chain.ask('ValidatorCommission', request)).to.deep.equal({
      commission: { commission: coin('49000') },
    })
    expect(chain.ask('ValidatorDistributionInfo', request)).to.deep.equal({
      operator_address: account(1),
      self_bond_rewards: coin('220500'),
      commission: coin('49000'),
    })
    expect(chain.ask('CommunityPool')).to.deep.equal({ pool: coin('20000') })
    expect(chain.ask('Params')).to.deep.equal({
      params: {
        community_tax: '0.020000000000000000',
        base_proposer_reward: '0.000000000000000000',
        bonus_proposer_reward: '0.000000000000000000',
        withdraw_addr_enabled: true,
      },
    })
  })

  it('show slashes between heights, all of them when no end is named', () => {
    const chain = world()
    const asked = (startingHeight: bigint, endingHeight: bigint): JsonValue | undefined =>
      chain.ask('ValidatorSlashes', { validatorAddress: valoper(2), startingHeight, endingHeight })[
        'slashes'
      ]
    // 25 STROM of 200: the set that voted two heights before stood with 100.
    const row = [{ validator_period: '3', fraction: '0.125000000000000000' }]
    expect(asked(0n, 0n)).to.deep.equal(row)
    expect(asked(3n, 3n)).to.deep.equal(row)
    expect(asked(4n, 0n)).to.deep.equal([])
    expect(asked(0n, 2n)).to.deep.equal([])
    expect(() => asked(4n, 3n)).to.throw('starting height greater than ending height (4 > 3)')
  })

  it('show where rewards go: the account itself until it chose', () => {
    const chain = world()
    const asked = (): JsonValue | undefined =>
      chain.ask('DelegatorWithdrawAddress', { delegatorAddress: account(11) })['withdraw_address']
    expect(asked()).to.equal(account(11))
    chain.deliver(
      MsgSetWithdrawAddress,
      { delegatorAddress: account(11), withdrawAddress: account(12) },
      MsgSetWithdrawAddressResponse,
    )
    expect(asked()).to.equal(account(12))
    const before = chain.balance(12)
    chain.withdraw(11, 1)
    expect(chain.balance(12)).to.equal(before + 220_500n)
  })

  it('refuse malformed addresses as invalid requests and say what is not found', () => {
    const chain = world()
    const [delegatorAddress, validatorAddress] = [account(11), valoper(1)]
    for (const [method, request, code] of [
      ['DelegationRewards', { delegatorAddress: '', validatorAddress }, 18],
      ['DelegationRewards', { delegatorAddress, validatorAddress: 'test' }, 18],
      ['DelegationRewards', { delegatorAddress, validatorAddress: valoper(9) }, 22],
      ['DelegationRewards', { delegatorAddress: account(12), validatorAddress }, 22],
      ['DelegationTotalRewards', { delegatorAddress: 'x' }, 18],
      ['DelegatorValidators', { delegatorAddress: '' }, 18],
      ['DelegatorWithdrawAddress', { delegatorAddress: '' }, 18],
      ['ValidatorCommission', { validatorAddress: '' }, 18],
      ['ValidatorOutstandingRewards', { validatorAddress: valoper(9) }, 22],
      ['ValidatorDistributionInfo', { validatorAddress: valoper(9) }, 22],
      ['ValidatorSlashes', { validatorAddress: account(1) }, 18],
    ] as const) {
      expect(() => chain.ask(method, request), method)
        .to.throw(ChainError)
        .with.property('code', code)
    }
  })
})
