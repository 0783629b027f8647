import { expect } from 'chai'
import { type Dec, parseDec } from '../../kit/dec.ts'
import { InvariantError } from '../../kit/errors.ts'
import { account, consensus, recorder, T, type World, who, world } from './world.ts'

const slash = (w: World, n: number, height: bigint, fraction: Dec | string): bigint =>
  w.api.slash(w.chain.write(), consensus(n), {
    infractionHeight: height,
    fraction: typeof fraction === 'string' ? parseDec(fraction) : fraction,
    reason: 'double_sign',
  })
const shares = (w: World, d: number, v: number): string | undefined =>
  w.api.delegation(w.chain.query(), who(d), who(v))?.shares
const balances = (w: World, d: number): string[] =>
  w.api.unbondingsOf(w.chain.query(), who(d)).flatMap((u) => u.entries.map((e) => e.balance))
const supply = (w: World): bigint => w.bank.supply(w.chain.query(), 'ustrom')

/** Two validators of 100 T; account 9 with 50 T at the first. Height 4, so that the set of height 3 had them all. */
function started(): World {
  const w = world([
    [1, 100n * T],
    [2, 100n * T],
  ])
  w.delegate(9, 1, 50n * T)
  for (let i = 0; i < 3; i++) w.block()
  return w
}

describe('a slash, by hand', () => {
  it('of 10 % of 150 leaves 135 tokens for the same shares: one token buys 1.111111111111111111 shares', () => {
    const w = started()
    const before = supply(w)
    expect(slash(w, 1, 4n, '0.1')).to.equal(15n * T)
    expect([w.tokens(1), supply(w)]).to.deep.equal([135n * T, before - 15n * T])
    expect(shares(w, 9, 1)).to.equal((50n * T * 10n ** 18n).toString())
    // 150 / 135 = 1.111…: 9 tokens buy 10 shares, cut to 18 digits.
    w.delegate(10, 1, 9n)
    expect(shares(w, 10, 1)).to.equal('10000000000000000000')
    w.delegate(10, 1, 1n)
    expect(shares(w, 10, 1)).to.equal('11111111111111111111')
    expect(w.broken()).to.deep.equal([])
  })

  it('leaves an account its shares’ worth when it takes all of it: 45 of 50, and the last one takes the rest', () => {
    const w = started()
    slash(w, 1, 4n, '0.1')
    w.undelegate(9, 1, 45n * T)
    expect([shares(w, 9, 1), balances(w, 9)]).to.deep.equal([undefined, [`${45n * T}`]])
    w.undelegate(1, 1, 90n * T)
    expect([w.tokens(1), balances(w, 1)]).to.deep.equal([0n, [`${90n * T}`]])
    expect(w.pools()).to.deep.equal([100n * T, 135n * T])
  })

  it('leaves what rounding cuts with those who stay: asked for 33,333,332, gives 33,333,331', () => {
    const w = started()
    // 150,000,000 lose 50,000,001. 33,333,332 x 150,000,000 / 99,999,999 shares, cut to 18 digits, are worth
    // 33,333,331.999999999999999999.
    expect(slash(w, 1, 4n, '0.333333340000000000')).to.equal(50_000_001n)
    w.undelegate(9, 1, 33_333_332n)
    expect([balances(w, 9), w.tokens(1)]).to.deep.equal([['33333331'], 66_666_668n])
    expect(shares(w, 9, 1)).to.equal('1500000015000000151')
  })

  it('takes first of what unbonds since the fault: 2 of 20, then 13 of the validator', () => {
    const w = started()
    w.undelegate(9, 1, 20n * T)
    w.block()
    expect(slash(w, 1, 5n, '0.1')).to.equal(13n * T)
    expect(balances(w, 9)).to.deep.equal([`${18n * T}`])
    expect(w.tokens(1)).to.equal(117n * T)
    expect(w.pools()).to.deep.equal([217n * T, 18n * T])
  })

  it('leaves what began to unbond before the set that erred was decided, and takes one begun in that very block', () => {
    const early = started()
    early.undelegate(9, 1, 20n * T)
    for (let i = 0; i < 3; i++) early.block()
    // Begun at 4: the set of height 6 was decided at the end of 4 without it, that of height 5 before.
    expect(slash(early, 1, 6n, '0.1')).to.equal(13n * T)
    expect(balances(early, 9)).to.deep.equal([`${20n * T}`])
    expect(slash(early, 1, 5n, '0.1')).to.equal(13n * T)
    expect(balances(early, 9)).to.deep.equal([`${18n * T}`])
  })

  it('takes of stake that moved on at its new validator: 2 of 20, in shares of that one', () => {
    const w = started()
    w.redelegate(9, 1, 2, 20n * T)
    w.block()
    expect(slash(w, 1, 5n, '0.1')).to.equal(13n * T)
    expect([w.tokens(1), w.tokens(2)]).to.deep.equal([117n * T, 118n * T])
    expect(shares(w, 9, 2)).to.equal((18n * T * 10n ** 18n).toString())
    expect(w.pools()).to.deep.equal([235n * T, 0n])
    expect(w.broken()).to.deep.equal([])
  })

  it('takes of what unbonds from the new validator before it takes of the delegation there', () => {
    const w = started()
    w.redelegate(9, 1, 2, 20n * T)
    w.undelegate(9, 2, 19n * T)
    w.block()
    expect(slash(w, 1, 5n, '0.1')).to.equal(13n * T)
    expect(balances(w, 9)).to.deep.equal([`${17n * T}`])
    // The two tokens are paid, so the last one at validator 2 stays.
    expect(shares(w, 9, 2)).to.equal((T * 10n ** 18n).toString())
  })

  it('never counts by power: a validator bounded to power 1 loses 10 % of its 150 tokens', () => {
    const w = started()
    w.api.setPowerCap(w.chain.write(), who(1), 1n)
    for (let i = 0; i < 3; i++) w.block()
    expect(w.api.bondedValidators(w.chain.query()).map(({ power }) => power)).to.deep.equal([
      1n,
      100n,
    ])
    expect(slash(w, 1, 7n, '0.1')).to.equal(15n * T)
  })

  it('counts the tokens of the height of the fault, at most those that are left', () => {
    const w = started()
    expect(slash(w, 1, 1n, '0.1')).to.equal(10n * T)
    w.delegate(9, 1, 100n * T)
    w.block()
    w.block()
    expect(slash(w, 1, 4n, '0.1')).to.equal(15n * T)
    expect(slash(w, 1, 2n, '1')).to.equal(100n * T)
    expect(slash(w, 1, 4n, '1')).to.equal(125n * T)
    expect(w.tokens(1)).to.equal(0n)
  })

  it('does nothing to an unbonded validator or one that is not there, and refuses what cannot be', () => {
    const w = started()
    w.create(3, 999_999n)
    expect([slash(w, 3, 4n, '0.1'), slash(w, 8, 4n, '0.1')]).to.deep.equal([0n, 0n])
    expect(() => slash(w, 1, 5n, '0.1')).to.throw(InvariantError, 'a fault at 5')
    expect(() => slash(w, 1, 4n, '-0.1')).to.throw(InvariantError)
  })

  it('tells hooks the part of the present tokens, rounded up: 15 of 135 is 0.111111111111111112', () => {
    const log: string[] = []
    const w = world([[1, 150n * T]], {}, recorder(log))
    slash(w, 1, 1n, '0.1')
    log.length = 0
    slash(w, 1, 1n, '0.1')
    expect(log).to.deep.equal([
      'beforeValidatorModified 1',
      'beforeValidatorSlashed 1 111111111111111112',
    ])
  })
})

describe('the tokens of a past set', () => {
  const at = (w: World, height: bigint): bigint => w.api.tokensAt(w.chain.query(), who(1), height)

  it('are those of the end of two blocks before, and 0 where the validator was not in it', () => {
    const w = started()
    expect([1n, 2n, 3n, 4n].map((h) => at(w, h) / T)).to.deep.equal([100n, 100n, 150n, 150n])
    w.api.jail(w.chain.write(), consensus(1))
    w.block()
    expect([5n, 6n].map((h) => at(w, h) / T)).to.deep.equal([150n, 0n])
    w.api.unjail(w.chain.write(), consensus(1))
    w.delegate(9, 1, T)
    w.block()
    expect([6n, 7n].map((h) => at(w, h) / T)).to.deep.equal([0n, 151n])
  })

  it('are forgotten twice the unbonding time after the first block signed by another set', () => {
    const w = started()
    // Decided at 1, signed from 3 on: the row of genesis goes twice 21 days after the time of 3.
    w.block(2n * 1_814_400n - 6n)
    w.block(1n)
    expect(at(w, 2n)).to.equal(100n * T)
    w.block()
    expect([at(w, 2n), at(w, 3n)]).to.deep.equal([0n, 150n * T])
  })

  it('outlive a standstill that is longer than the unbonding time', () => {
    const w = started()
    w.delegate(9, 1, T)
    w.block(10n * 1_814_400n)
    // The set of height 5 was decided at the end of 3, long before its time.
    expect(at(w, 5n)).to.equal(150n * T)
    for (let i = 0; i < 5; i++) w.block()
    expect(slash(w, 1, 5n, '0.1')).to.equal(15n * T)
  })

  it('cost an idle block nothing', () => {
    const w = started()
    const before = w.chain.contentHash('staking')
    for (let i = 0; i < 5; i++) w.block()
    expect(w.chain.contentHash('staking')).to.equal(before)
  })
})

describe('unbonding, by hand', () => {
  it('pays out at the end of the first block 21 days later, with the event', () => {
    const w = started()
    w.undelegate(9, 1, 20n * T)
    expect([w.balance(9), w.pools()]).to.deep.equal([950n * T, [230n * T, 20n * T]])
    w.block(1_814_399n)
    w.block(1n)
    expect(w.balance(9)).to.equal(950n * T)
    w.chain.takeEvents()
    w.block()
    expect([w.balance(9), w.pools()]).to.deep.equal([970n * T, [230n * T, 0n]])
    const found = w.chain.takeEvents().find(({ type }) => type === 'complete_unbonding')
    expect(Object.fromEntries(found?.attributes ?? [])).to.include({
      amount: `${20n * T}ustrom`,
      delegator: account(9),
    })
  })

  it('joins what one block takes twice, and cancels a part of it', () => {
    const w = started()
    w.undelegate(9, 1, 20n * T)
    w.undelegate(9, 1, 10n * T)
    expect(balances(w, 9)).to.deep.equal([`${30n * T}`])
    w.cancel(9, 1, 12n * T, 4n)
    expect([balances(w, 9), w.tokens(1)]).to.deep.equal([[`${18n * T}`], 132n * T])
    w.cancel(9, 1, 18n * T, 4n)
    expect([balances(w, 9), w.pools()]).to.deep.equal([[], [250n * T, 0n]])
    expect(w.broken()).to.deep.equal([])
  })

  it('ends a redelegation with its event, after which stake may move on', () => {
    const w = started()
    w.redelegate(9, 1, 2, T)
    expect(() => w.redelegate(9, 2, 1, T)).to.throw(
      'redelegation to this validator already in progress',
    )
    w.block(1_814_400n)
    w.chain.takeEvents()
    w.block()
    expect(w.chain.takeEvents().map(({ type }) => type)).to.deep.equal(['complete_redelegation'])
    w.redelegate(9, 2, 1, T)
  })
})
