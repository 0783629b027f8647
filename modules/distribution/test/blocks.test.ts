import { expect } from 'chai'
import { toBech32 } from '../../kit/address.ts'
import type { LastVote } from '../../kit/context.ts'
import { parseDec } from '../../kit/dec.ts'
import { InvariantError } from '../../kit/errors.ts'
import { formatDecCoins } from '../dec-coins.ts'
import { account, address, consensus, genesisOf, ustrom, valoper, World } from './fixture.ts'

const STAKE = 100_000_000n
const vote = (n: number, power: bigint, signed = true): LastVote => ({
  address: consensus(n),
  power,
  signed,
})
const world = (commission = '0.1'): World => new World(genesisOf([STAKE, STAKE], commission))

describe('fees of a block', () => {
  it('are shared by the power of the last commit, not by tokens, whether the vote was signed or not', () => {
    const chain = world()
    chain.block(1_000_000n, [vote(1, 1n), vote(2, 3n, false)])
    expect(formatDecCoins(chain.outstanding(1))).to.equal('245000.000000000000000000ustrom')
    expect(formatDecCoins(chain.outstanding(2))).to.equal('735000.000000000000000000ustrom')
    expect(chain.pool()).to.equal('20000.000000000000000000ustrom')
    expect(chain.broken()).to.deep.equal([])
  })

  it('that thirds cannot share leave their last digit to the community pool', () => {
    const chain = world()
    chain.block(1_000_000n, [vote(1, 1n), vote(2, 2n)])
    // 1/3 and 2/3 are cut to 18 digits: 980,000 x 0.333333333333333333 and x 0.666666666666666666.
    expect(formatDecCoins(chain.outstanding(1))).to.equal('326666.666666666666340000ustrom')
    expect(formatDecCoins(chain.outstanding(2))).to.equal('653333.333333333332680000ustrom')
    expect(chain.pool()).to.equal('20000.000000000000980000ustrom')
    expect(chain.broken()).to.deep.equal([])
  })

  it('stay with the collector at height 1 and go to the community pool when nobody voted', () => {
    const chain = new World(genesisOf([STAKE]), 0n)
    chain.block(500n, [])
    expect([chain.chain.height, chain.pool()]).to.deep.equal([1n, ''])
    chain.block(500n, [])
    expect(chain.pool()).to.equal('1000.000000000000000000ustrom')
    expect(chain.broken()).to.deep.equal([])
  })

  it('of a validator that is gone go to the community pool', () => {
    const chain = world()
    chain.block(1_000_000n, [vote(1, 1n), vote(9, 1n)])
    expect(formatDecCoins(chain.outstanding(1))).to.equal('490000.000000000000000000ustrom')
    expect(chain.pool()).to.equal('510000.000000000000000000ustrom')
  })

  it('of a validator without shares that still unbonds go to the community pool', () => {
    const chain = world()
    chain.block()
    chain.undelegate(1, 1, STAKE)
    chain.block(1_000_000n, [vote(1, 1n), vote(2, 1n)])
    expect(chain.modules.staking.api.validator(chain.chain.query(), address(1))).to.include({
      delegatorShares: '0',
    })
    expect(chain.outstanding(1)).to.deep.equal([])
    expect(chain.pool()).to.equal('510000.000000000000000000ustrom')
    expect(chain.broken()).to.deep.equal([])
  })

  it('of a validator whose tokens were all slashed go to the community pool when its period ends', () => {
    const chain = world()
    chain.block()
    chain.slash(1, parseDec('1'))
    chain.block(1_000_000n, [vote(1, 1n), vote(2, 1n)])
    expect(formatDecCoins(chain.outstanding(1))).to.equal('490000.000000000000000000ustrom')
    expect(chain.rewards(1, 1)).to.equal('')
    expect(chain.withdraw(1, 1)).to.equal(0n)
    // Its commission stays its own; 441,000 joins the tax of 20,000.
    expect(formatDecCoins(chain.outstanding(1))).to.equal('49000.000000000000000000ustrom')
    expect(chain.pool()).to.equal('461000.000000000000000000ustrom')
    expect(chain.withdrawCommission(1)).to.equal(49_000n)
    expect(chain.broken()).to.deep.equal([])
  })

  it('that are none write and emit nothing', () => {
    const chain = world()
    chain.block()
    chain.chain.takeEvents()
    const before = chain.chain.contentHash('distribution')
    chain.block()
    expect(chain.chain.contentHash('distribution')).to.equal(before)
    expect(chain.chain.takeEvents()).to.deep.equal([])
  })

  it('emit commission and rewards of each validator in the order of votes', () => {
    const chain = world()
    chain.block(1_000_000n, [vote(2, 1n), vote(1, 1n)])
    const events = chain.chain
      .takeEvents()
      .filter(({ type }) => /^(rewards|commission)$/.test(type))
    expect(events).to.deep.equal(
      [2, 1].flatMap((n) => [
        {
          type: 'commission',
          attributes: [
            ['amount', '49000.000000000000000000ustrom'],
            ['validator', valoper(n)],
          ],
        },
        {
          type: 'rewards',
          attributes: [
            ['amount', '490000.000000000000000000ustrom'],
            ['validator', valoper(n)],
          ],
        },
      ]),
    )
  })

  it('follow a change of commission from then on', () => {
    const chain = world()
    chain.block(1_000_000n, [vote(1, 1n)])
    chain.commission(1, '0.5')
    chain.block(1_000_000n, [vote(1, 1n)])
    expect(chain.withdrawCommission(1)).to.equal(98_000n + 490_000n)
    expect(chain.broken()).to.deep.equal([])
  })
})

describe('a validator that is removed', () => {
  it('is paid its commission, leaves its dust to the community pool and has no records', () => {
    const chain = world()
    chain.block(1_000_001n, [vote(1, 1n)])
    const before = chain.balance(1)
    chain.undelegate(1, 1, STAKE)
    // 1,000,001 x 0.98 = 980,000.98: commission 98,000.098, rewards 882,000.882.
    expect(chain.balance(1)).to.equal(before + 882_000n)
    expect(chain.pool()).to.equal('20000.902000000000000000ustrom')
    chain.block()
    chain.chain.time += 1_814_400n
    chain.block()
    expect(chain.modules.staking.api.validator(chain.chain.query(), address(1))).to.equal(undefined)
    expect(chain.balance(1)).to.equal(before + 882_000n + 98_000n + STAKE)
    expect(chain.pool()).to.equal('20001.000000000000000000ustrom')
    expect(chain.outstanding(1)).to.deep.equal([])
    expect(chain.broken()).to.deep.equal([])
    const left = chain.modules.distribution.genesis.export(chain.chain.query())
    expect(JSON.stringify(left)).not.to.include(valoper(1))
  })
})

describe('rewards of accounts that may not be paid', () => {
  /** Account 11 has its rewards sent to the fee collector, which genesis allows and messages do not. */
  const blocked = (): World => {
    const chain = world()
    const { auth, distribution } = chain.modules
    const collector = auth.api.moduleAddress(chain.chain.query().hasher, 'fee_collector')
    const genesis = distribution.genesis.export(chain.chain.query()) as object
    distribution.genesis.init(chain.chain.write(), {
      ...genesis,
      delegator_withdraw_infos: [
        { delegator_address: account(11), withdraw_address: toBech32(collector) },
      ],
    })
    chain.block()
    chain.delegate(11, 1, STAKE)
    chain.block(1_000_000n, [vote(1, 1n)])
    return chain
  }

  it('go to the community pool when stake moves, because a block must go on', () => {
    const chain = blocked()
    chain.undelegate(11, 1, STAKE)
    expect(chain.pool()).to.equal('461000.000000000000000000ustrom')
    expect(chain.broken()).to.deep.equal([])
  })

  it('are refused to a message', () => {
    const chain = blocked()
    expect(() => chain.withdraw(11, 1)).to.throw('not allowed to receive funds')
    expect(chain.pool()).to.equal('20000.000000000000000000ustrom')
  })
})

describe('what other modules pay', () => {
  it('rewardValidator pays commission and delegators as fees are, without tax', () => {
    const chain = world()
    chain.block()
    const { bank, distribution } = chain.modules
    const ctx = chain.chain.write()
    bank.api.sendToModule(ctx, address(11), 'fee_collector', [ustrom(1_000n)])
    distribution.api.rewardValidator(ctx, 'fee_collector', address(1), [ustrom(1_000n)])
    expect(formatDecCoins(chain.outstanding(1))).to.equal('1000.000000000000000000ustrom')
    expect(chain.rewards(1, 1)).to.equal('900.000000000000000000ustrom')
    expect(chain.withdrawCommission(1)).to.equal(100n)
    expect(chain.pool()).to.equal('')
    expect(() =>
      distribution.api.rewardValidator(ctx, 'fee_collector', address(9), [ustrom(1n)]),
    ).to.throw(InvariantError, 'needs a validator with shares')
    expect(chain.broken()).to.deep.equal([])
  })

  it('fundCommunityPool takes the coins of an account', () => {
    const chain = world()
    const before = chain.balance(11)
    const { api } = chain.modules.distribution
    api.fundCommunityPool(chain.chain.write(), address(11), [ustrom(77n)])
    expect(chain.balance(11)).to.equal(before - 77n)
    expect(chain.pool()).to.equal('77.000000000000000000ustrom')
    expect(chain.broken()).to.deep.equal([])
  })
})
