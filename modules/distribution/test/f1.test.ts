import { expect } from 'chai'
import { parseDec } from '../../kit/dec.ts'
import { formatDecCoins } from '../dec-coins.ts'
import { account, genesisOf, valoper, World } from './fixture.ts'

const STAKE = 100_000_000n

/** One validator with 100 STROM of its own and 10 % commission; account 11 adds 100 STROM in block 2. */
function two(): World {
  const world = new World(genesisOf([STAKE]))
  world.block()
  world.delegate(11, 1, STAKE)
  return world
}

describe('rewards of a block', () => {
  it('of 1,000,000 ustrom of fees 2 % are tax, 10 % of the rest commission, the rest shared by stake', () => {
    const world = two()
    world.block(1_000_000n)
    expect(world.pool()).to.equal('20000.000000000000000000ustrom')
    expect(formatDecCoins(world.outstanding(1))).to.equal('980000.000000000000000000ustrom')
    expect(world.rewards(1, 1)).to.equal('441000.000000000000000000ustrom')
    expect(world.rewards(11, 1)).to.equal('441000.000000000000000000ustrom')
    expect(world.withdraw(11, 1)).to.equal(441_000n)
    expect(world.withdrawCommission(1)).to.equal(98_000n)
    expect(world.withdraw(1, 1)).to.equal(441_000n)
    expect(world.outstanding(1)).to.deep.equal([])
    expect(world.broken()).to.deep.equal([])
  })

  it('two delegators joining at different periods share only what came after each', () => {
    const world = two()
    world.block(1_000_000n)
    world.delegate(12, 1, 2n * STAKE)
    world.block(1_000_000n)
    // 882,000 over 400 STROM is 0.002205 a base unit: 220,500 + 441,000 for 100 STROM, 441,000 for 200 STROM.
    expect(world.rewards(11, 1)).to.equal('661500.000000000000000000ustrom')
    expect(world.rewards(12, 1)).to.equal('441000.000000000000000000ustrom')
    expect([world.withdraw(11, 1), world.withdraw(12, 1)]).to.deep.equal([661_500n, 441_000n])
    expect(world.broken()).to.deep.equal([])
  })

  it('a delegation earns nothing in the block it began in, and a second one pays the first', () => {
    const world = two()
    expect(world.rewards(11, 1)).to.equal('')
    world.block(1_000_000n)
    const before = world.balance(11)
    world.delegate(11, 1, STAKE)
    expect(world.balance(11)).to.equal(before - STAKE + 441_000n)
    expect(world.rewards(11, 1)).to.equal('')
    const withdrawn = world.chain.takeEvents().filter(({ type }) => type === 'withdraw_rewards')
    expect(withdrawn.map(({ attributes }) => attributes)).to.deep.equal([
      [
        ['amount', '441000ustrom'],
        ['validator', valoper(1)],
        ['delegator', account(11)],
      ],
    ])
  })

  it('over one slash of a half: 0.441 STROM before it and as much after it', () => {
    const world = two()
    world.block(1_000_000n)
    world.block()
    expect(world.slash(1, parseDec('0.5'))).to.equal(STAKE)
    world.block(1_000_000n)
    expect(world.rewards(11, 1)).to.equal('882000.000000000000000000ustrom')
    expect(world.withdraw(11, 1)).to.equal(882_000n)
    expect(world.withdraw(1, 1)).to.equal(882_000n)
    expect(world.broken()).to.deep.equal([])
  })

  it('over two slashes: three times 0.441 STROM while the stake goes 100, 50, 45', () => {
    const world = two()
    world.block(1_000_000n)
    world.block()
    world.slash(1, parseDec('0.5'))
    for (let i = 0; i < 3; i++) world.block(i === 0 ? 1_000_000n : 0n)
    expect(world.slash(1, parseDec('0.1'))).to.equal(10_000_000n)
    world.block(1_000_000n)
    expect(world.rewards(11, 1)).to.equal('1323000.000000000000000000ustrom')
    expect(world.withdraw(11, 1)).to.equal(1_323_000n)
    // Withdrawal after the slash begins anew with what is left.
    world.block(1_000_000n)
    expect(world.rewards(11, 1)).to.equal('441000.000000000000000000ustrom')
    expect(world.broken()).to.deep.equal([])
  })

  it('a slash by a third leaves no digit unaccounted for', () => {
    const world = two()
    world.block(1_000_000n)
    world.block()
    world.slash(1, parseDec('0.333333333333333333'))
    world.block(1_000_001n)
    world.withdraw(11, 1)
    world.withdraw(1, 1)
    world.withdrawCommission(1)
    expect(world.broken()).to.deep.equal([])
  })

  it('an undelegation pays what was earned, and who stays earns all from then on', () => {
    const world = two()
    world.block(1_000_000n)
    const before = world.balance(11)
    world.undelegate(11, 1, STAKE)
    expect(world.balance(11)).to.equal(before + 441_000n)
    world.block(1_000_000n)
    expect(world.rewards(1, 1)).to.equal('1323000.000000000000000000ustrom')
    expect(world.broken()).to.deep.equal([])
  })
})
