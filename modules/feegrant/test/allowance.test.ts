import { expect } from 'chai'
import {
  BasicAllowance,
  PeriodicAllowance,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import type { Coin } from '../../kit/coin.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Instant } from '../../kit/time.ts'
import { spendFee } from '../accept.ts'
import type { Allowance } from '../allowance.ts'
import { later, nextReset } from '../rules.ts'

const at = (seconds: bigint, nanos = 0): Instant => ({ seconds, nanos })
const ustrom = (amount: bigint): { denom: string; amount: string }[] =>
  amount === 0n ? [] : [{ denom: 'ustrom', amount: amount.toString() }]
const fee = (amount: bigint): Coin[] => (amount === 0n ? [] : [{ denom: 'ustrom', amount }])

const basic = (spendLimit: bigint, expiration?: Instant): Allowance => ({
  allowedMessages: undefined,
  limit: {
    kind: 'basic',
    value: BasicAllowance.create({
      spendLimit: ustrom(spendLimit),
      expiration: expiration && { ...expiration },
    }),
  },
})

/** 100 a day of 250 in all, the first day ends at second 1,000. */
const daily = (spendLimit = 250n): Allowance => ({
  allowedMessages: undefined,
  limit: {
    kind: 'periodic',
    value: PeriodicAllowance.create({
      basic: BasicAllowance.create({ spendLimit: ustrom(spendLimit) }),
      period: { seconds: 86_400n, nanos: 0 },
      periodSpendLimit: ustrom(100n),
      periodCanSpend: ustrom(100n),
      periodReset: { seconds: 1000n, nanos: 0 },
    }),
  },
})

interface Left {
  readonly canSpend: string
  readonly inAll: string
  readonly reset: bigint
}

/** What a periodic allowance has left. */
function left(allowance: Allowance | undefined): Left {
  if (allowance?.limit.kind !== 'periodic') throw new Error('no periodic allowance is left')
  const { periodCanSpend, basic: whole, periodReset } = allowance.limit.value
  return {
    canSpend: periodCanSpend[0]?.amount ?? '0',
    inAll: whole.spendLimit[0]?.amount ?? '0',
    reset: periodReset.seconds,
  }
}

function spent(from: Allowance, amount: bigint, now: bigint): Allowance {
  const rest = spendFee(from, fee(amount), at(now))
  if (rest === undefined) throw new Error('the allowance is used up')
  return rest
}

describe('a basic allowance', () => {
  it('shrinks by each fee and goes with its last coin', () => {
    const rest = spent(basic(10n), 4n, 5n)
    expect(rest).to.deep.equal(basic(6n))
    expect(spendFee(rest, fee(6n), at(5n))).to.equal(undefined)
    expect(() => spendFee(rest, fee(7n), at(5n)))
      .to.throw(ChainError, 'basic allowance: fee limit exceeded')
      .with.property('code', 2)
    expect(() => spendFee(rest, [{ denom: 'wind', amount: 1n }], at(5n))).to.throw(
      'fee limit exceeded',
    )
  })

  it('without a limit stays as it is, and a fee of nothing is within any', () => {
    expect(spendFee(basic(0n), fee(10n ** 20n), at(5n))).to.deep.equal(basic(0n))
    expect(spendFee(basic(1n), [], at(5n))).to.deep.equal(basic(1n))
  })

  it('counts at the very time it expires and no longer', () => {
    const short = basic(10n, at(7n, 500))
    expect(spendFee(short, fee(1n), at(7n, 500))).to.deep.equal(basic(9n, at(7n, 500)))
    expect(() => spendFee(short, fee(1n), at(7n, 501)))
      .to.throw(ChainError, 'basic allowance: fee allowance expired')
      .with.property('code', 3)
  })
})

describe('a periodic allowance', () => {
  it('gives its limit once a period', () => {
    const first = spent(daily(), 60n, 999n)
    expect(left(first)).to.deep.equal({ canSpend: '40', inAll: '190', reset: 1000n })
    expect(() => spendFee(first, fee(41n), at(999n))).to.throw('period limit: fee limit exceeded')
    // The period ends at 1,000: the limit is whole again, the next end is one period after the last.
    const second = spent(first, 41n, 1000n)
    expect(left(second)).to.deep.equal({ canSpend: '59', inAll: '149', reset: 87_400n })
  })

  it('keeps the hour while it is used, and counts from now when a whole period was missed', () => {
    expect(left(spent(daily(), 1n, 87_400n)).reset).to.equal(87_400n)
    expect(left(spent(daily(), 1n, 87_401n)).reset).to.equal(87_401n + 86_400n)
  })

  it('never gives more than is left in all, and goes when that is spent', () => {
    const first = spent(daily(150n), 100n, 999n)
    const second = spent(first, 10n, 1000n)
    expect(left(second)).to.deep.equal({ canSpend: '40', inAll: '40', reset: 87_400n })
    expect(spendFee(second, fee(40n), at(1001n))).to.equal(undefined)
  })

  it('without a whole limit goes on for ever', () => {
    expect(left(spent(daily(0n), 100n, 5000n))).to.deep.equal({
      canSpend: '0',
      inAll: '0',
      reset: 87_400n,
    })
  })

  it('adds nanoseconds with their carry', () => {
    expect(later(at(1n, 999_999_999), at(1n, 2))).to.deep.equal(at(3n, 1))
    expect(nextReset(at(10n), at(5n), at(15n, 1))).to.deep.equal(at(20n, 1))
    expect(nextReset(at(10n), at(5n), at(15n))).to.deep.equal(at(15n))
  })
})
