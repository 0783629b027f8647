import { expect } from 'chai'
import fc from 'fast-check'
import { type Dec, decOf, decRaw, parseDec } from '../../kit/dec.ts'
import { InvariantError } from '../../kit/errors.ts'
import {
  addDecCoins,
  type DecCoins,
  decCoinsOf,
  formatDecCoins,
  intersect,
  mulDecCoins,
  quoDecCoinsTruncate,
  readDecCoins,
  subDecCoins,
  truncateDecCoins,
  trySubDecCoins,
  writeDecCoins,
} from '../dec-coins.ts'
import { u64LittleEndianKey } from '../period-key.ts'
import {
  delegationRewards,
  type PeriodEnd,
  rewardsBetween,
  type SlashStep,
  tokensFromShares,
  tokensFromSharesTruncated,
} from '../rules.ts'

const ustrom = (text: string): DecCoins => [{ denom: 'ustrom', amount: parseDec(text) }]
const end = (period: bigint, ratio: string): PeriodEnd => ({ period, ratio: ustrom(ratio) })
const slash = (period: bigint, ratio: string, fraction: string): SlashStep => ({
  ...end(period, ratio),
  fraction: parseDec(fraction),
})
const stake = decOf(100_000_000n)
const begin: PeriodEnd = { period: 1n, ratio: [] }

describe('F1 rewards', () => {
  it('without a slash are stake times what a token earned: 100 STROM at 0.00441 earn 0.441', () => {
    const { rewards } = delegationRewards(begin, end(2n, '0.00441'), [], stake, stake)
    expect(formatDecCoins(rewards)).to.equal('441000.000000000000000000ustrom')
  })

  it('over one slash of a half count the whole stake before it and half of it after', () => {
    // 100,000,000 x 0.00441 = 441,000; then 50,000,000 x (0.01323 - 0.00441) = 441,000.
    const { rewards, stake: left } = delegationRewards(
      begin,
      end(3n, '0.01323'),
      [slash(2n, '0.00441', '0.5')],
      stake,
      decOf(50_000_000n),
    )
    expect(formatDecCoins(rewards)).to.equal('882000.000000000000000000ustrom')
    expect(left).to.equal(decOf(50_000_000n))
  })

  it('over two slashes take the stake down twice: 100, 50 and 45 STROM', () => {
    // … and 45,000,000 x (0.02303 - 0.01323) = 441,000.
    const { rewards, stake: left } = delegationRewards(
      begin,
      end(4n, '0.02303'),
      [slash(2n, '0.00441', '0.5'), slash(3n, '0.01323', '0.1')],
      stake,
      decOf(45_000_000n),
    )
    expect(formatDecCoins(rewards)).to.equal('1323000.000000000000000000ustrom')
    expect(left).to.equal(decOf(45_000_000n))
  })

  it('skip slashes of periods before the delegation began', () => {
    const late = { period: 2n, ratio: ustrom('0.00441') }
    const { rewards } = delegationRewards(
      late,
      end(3n, '0.01441'),
      [slash(2n, '0.00441', '0.5')],
      stake,
      stake,
    )
    expect(formatDecCoins(rewards)).to.equal('1000000.000000000000000000ustrom')
  })

  it('never count more than the shares are worth, be it by three units of the last digit', () => {
    for (const over of [1n, 3n, 4n]) {
      const worth = decRaw(stake - over)
      const earned = delegationRewards(begin, end(2n, '1'), [], stake, worth)
      expect(earned.rewards).to.deep.equal([{ denom: 'ustrom', amount: worth }])
      expect(earned.stake - worth).to.equal(over)
    }
  })

  it('are cut, never rounded up: a third of one base unit thrice leaves a rest', () => {
    const ratio = quoDecCoinsTruncate(decCoinsOf([{ denom: 'ustrom', amount: 100n }]), decOf(3n))
    const { rewards } = delegationRewards(begin, { period: 2n, ratio }, [], decOf(1n), decOf(1n))
    expect(formatDecCoins(rewards)).to.equal('33.333333333333333333ustrom')
  })

  it('refuse periods in the wrong order and rewards that fell as broken laws', () => {
    expect(() => rewardsBetween(end(2n, '1'), begin, stake)).to.throw(InvariantError, 'is after')
    expect(() => rewardsBetween(end(1n, '2'), end(2n, '1'), stake)).to.throw(InvariantError)
    expect(() => rewardsBetween(begin, end(2n, '1'), decRaw(-1n))).to.throw(InvariantError)
  })

  it('shares are worth tokens to the nearest digit, a beginning stake is cut', () => {
    const [shares, all] = [decOf(2n), decOf(3n)]
    expect(tokensFromShares(shares, 1n, all)).to.equal(parseDec('0.666666666666666667'))
    expect(tokensFromSharesTruncated(shares, 1n, all)).to.equal(parseDec('0.666666666666666666'))
  })
})

describe('lists of decimal coins', () => {
  const list = fc
    .uniqueArray(fc.constantFrom('aaa', 'bbb', 'ccc', 'ddd'))
    .chain((denoms) =>
      fc.tuple(
        ...denoms
          .sort()
          .map((denom) =>
            fc.record({ denom: fc.constant(denom), n: fc.bigInt({ min: 1n, max: 10n ** 24n }) }),
          ),
      ),
    )
    .map((rows): DecCoins => rows.map(({ denom, n }) => ({ denom, amount: n as Dec })))

  it('add and subtract by denomination, sorted, without zeros', () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        const sum = addDecCoins(a, b)
        expect(sum.map(({ denom }) => denom)).to.deep.equal(
          [...new Set([...a, ...b].map(({ denom }) => denom))].sort(),
        )
        expect(subDecCoins(sum, b, 'test')).to.deep.equal(a)
        expect(trySubDecCoins(a, sum) === undefined).to.equal(b.length > 0)
        expect(intersect(a, sum)).to.deep.equal(a)
        expect(intersect(sum, a)).to.deep.equal(a)
        expect(readDecCoins(writeDecCoins(a))).to.deep.equal(a)
      }),
    )
  })

  it('split into whole coins and the rest without losing a digit', () => {
    fc.assert(
      fc.property(list, (coins) => {
        const { whole, rest } = truncateDecCoins(coins)
        expect(addDecCoins(decCoinsOf(whole), rest)).to.deep.equal(coins)
        for (const { amount } of rest) expect(amount < 10n ** 18n).to.equal(true)
      }),
    )
  })

  it('commission rounds halves to even and a difference below zero is a broken law', () => {
    const one = [{ denom: 'aaa', amount: decRaw(5n) }]
    expect(mulDecCoins(one, parseDec('0.1'))).to.deep.equal([])
    expect(mulDecCoins([{ denom: 'aaa', amount: decRaw(15n) }], parseDec('0.1'))).to.deep.equal([
      { denom: 'aaa', amount: 2n },
    ])
    expect(() => subDecCoins([], one, 'a reward')).to.throw(InvariantError, 'a reward')
  })
})

describe('keys of periods', () => {
  it('are eight bytes little-endian, as the SDK stores them', () => {
    expect([...u64LittleEndianKey.encode(258n)]).to.deep.equal([2, 1, 0, 0, 0, 0, 0, 0])
    expect(u64LittleEndianKey.decode(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0))).to.equal(258n)
    expect(() => u64LittleEndianKey.decode(Uint8Array.of(1))).to.throw(RangeError)
  })
})
