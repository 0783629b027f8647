import { expect } from 'chai'
import fc from 'fast-check'
import { BaseVestingAccount } from '../../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import { InvariantError } from '../../kit/errors.ts'
import {
  amountOf,
  type Course,
  continuousVested,
  delegated,
  lockedOf,
  periodicVested,
  undelegated,
} from '../vesting-rules.ts'

const DAY = 86_400n
const ustrom = (amount: bigint): { denom: string; amount: bigint } => ({ denom: 'ustrom', amount })
const course = (time: bigint, more: Partial<Course> = {}): Course => ({
  time,
  denom: 'ustrom',
  start: 0n,
  end: 3n * DAY,
  periods: [],
  ...more,
})

describe('coins that vest bit by bit', () => {
  it('are none to the start, all from the end on, and a third after a third of the time', () => {
    const at = (time: bigint): bigint => continuousVested(1000n, course(time))
    expect([-1n, 0n, DAY, 2n * DAY, 3n * DAY, 4n * DAY].map(at)).to.deep.equal([
      0n,
      0n,
      333n,
      667n,
      1000n,
      1000n,
    ])
  })

  it('round halves to even, as LegacyDec does', () => {
    const half = (original: bigint): bigint =>
      continuousVested(original, course(DAY, { end: 2n * DAY }))
    // 500.5 to 500, 501.5 to 502.
    expect([1001n, 1003n].map(half)).to.deep.equal([500n, 502n])
  })

  it('never shrink with time', () => {
    const time = fc.bigInt({ min: -10n, max: 3n * DAY + 10n })
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), time, time, (original, a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a]
        const vested = continuousVested(original, course(late))
        expect(vested >= continuousVested(original, course(early))).to.equal(true)
        expect(vested <= original).to.equal(true)
      }),
    )
  })
})

describe('coins that vest in steps', () => {
  it('come free with the end of each period', () => {
    const periods = [
      { length: 100n, amount: [{ denom: 'ustrom', amount: '10' }] },
      {
        length: 200n,
        amount: [
          { denom: 'ustrom', amount: '20' },
          { denom: 'wind', amount: '5' },
        ],
      },
      { length: 300n, amount: [{ denom: 'ustrom', amount: '30' }] },
    ]
    const at = (time: bigint): bigint => periodicVested(60n, course(time, { periods, end: 600n }))
    expect([0n, 99n, 100n, 299n, 300n, 599n, 600n].map(at)).to.deep.equal([
      0n,
      0n,
      10n,
      10n,
      30n,
      30n,
      60n,
    ])
    const wind = (time: bigint): bigint =>
      periodicVested(5n, course(time, { periods, end: 600n, denom: 'wind' }))
    expect([299n, 300n].map(wind)).to.deep.equal([0n, 5n])
  })
})

describe('delegations of a vesting account', () => {
  const base = BaseVestingAccount.create({ originalVesting: [{ denom: 'ustrom', amount: '1000' }] })
  const books = (account: BaseVestingAccount): bigint[] => [
    amountOf(account.delegatedVesting, 'ustrom'),
    amountOf(account.delegatedFree, 'ustrom'),
  ]

  it('take vesting coins first, and give free ones back first', () => {
    // 1,000 at half time: 500 vest. 250 are half of what is locked.
    const half = delegated(base, 500n, ustrom(1000n), ustrom(250n))
    expect(books(half)).to.deep.equal([250n, 0n])
    expect(lockedOf(500n, 250n)).to.equal(250n)
    const more = delegated(half, 500n, ustrom(750n), ustrom(400n))
    expect(books(more)).to.deep.equal([500n, 150n])
    // A slash of a tenth lets 585 of the 650 return: 150 free ones, then 435.
    const back = undelegated(more, ustrom(585n))
    expect(books(back)).to.deep.equal([65n, 0n])
    expect(back.delegatedFree).to.deep.equal([])
    expect(lockedOf(500n, 65n)).to.equal(435n)
  })

  it('take only free ones where more is delegated than still vests', () => {
    const early = delegated(base, 1000n, ustrom(1000n), ustrom(600n))
    const later = delegated(early, 300n, ustrom(400n), ustrom(100n))
    expect(books(later)).to.deep.equal([600n, 100n])
    expect(lockedOf(300n, 600n)).to.equal(0n)
  })

  it('may return more than was delegated, as refunds round, and never book less than nothing', () => {
    const one = delegated(base, 500n, ustrom(1000n), ustrom(10n))
    expect(books(undelegated(one, ustrom(11n)))).to.deep.equal([0n, 0n])
  })

  it('of nothing or of more than there is are a broken law', () => {
    expect(() => delegated(base, 0n, ustrom(5n), ustrom(6n))).to.throw(InvariantError)
    expect(() => delegated(base, 0n, ustrom(5n), ustrom(0n))).to.throw(InvariantError)
    expect(() => undelegated(base, ustrom(0n))).to.throw(InvariantError)
  })

  it('and their returns keep every sum whatever their order', () => {
    const step = fc.record({
      give: fc.boolean(),
      amount: fc.bigInt({ min: 1n, max: 400n }),
      vesting: fc.bigInt({ min: 0n, max: 1000n }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let [account, balance, out] = [base, 2000n, 0n]
        for (const { give, amount, vesting } of steps) {
          if (give && amount <= balance) {
            account = delegated(account, vesting, ustrom(balance), ustrom(amount))
            balance -= amount
            out += amount
          } else if (!give && amount <= out) {
            account = undelegated(account, ustrom(amount))
            balance += amount
            out -= amount
          }
          const [fromVesting = 0n, fromFree = 0n] = books(account)
          expect(fromVesting + fromFree).to.equal(out)
          expect(fromVesting <= 1000n).to.equal(true)
        }
      }),
    )
  })
})
