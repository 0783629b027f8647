import { expect } from 'chai'
import fc from 'fast-check'
import {
  MsgDepositValidatorRewardsPool,
  MsgDepositValidatorRewardsPoolResponse,
  MsgFundCommunityPool,
  MsgFundCommunityPoolResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { moduleAddress, toBech32 } from '../../kit/address.ts'
import { toWire } from '../../kit/coin.ts'
import { decOf, decRaw } from '../../kit/dec.ts'
import { ChainError } from '../../kit/errors.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { addDecCoins, type DecCoins, readDecCoins } from '../dec-coins.ts'
import { account, genesisOf, ustrom, valoper, World } from './fixture.ts'

const VALIDATORS = [1, 2, 3]
const DELEGATORS = [11, 12, 13]
const OWNERS = [...VALIDATORS, ...DELEGATORS]
const ATOM = 10n ** 18n
/** Digits that the model carries beyond those of the chain. */
const FINE = 10n ** 18n
const self = toBech32(moduleAddress(nobleHasher, 'distribution'))

interface Move {
  readonly by: number
  readonly to: number
  readonly amount: bigint
}

type Step =
  | { readonly kind: 'block'; readonly fees: bigint }
  | (Move & { readonly kind: 'delegate' })
  | (Move & { readonly kind: 'undelegate' })
  | (Move & { readonly kind: 'redelegate'; readonly from: number })
  | { readonly kind: 'withdraw'; readonly by: number; readonly to: number }
  | { readonly kind: 'settle'; readonly to: number; readonly amount: bigint }
  | { readonly kind: 'deposit'; readonly to: number; readonly amount: bigint }
  | { readonly kind: 'fund'; readonly amount: bigint }
  | { readonly kind: 'slash'; readonly to: number; readonly fraction: bigint }
  | { readonly kind: 'commission'; readonly to: number; readonly percent: number }

const to = fc.constantFrom(...VALIDATORS)
const by = fc.constantFrom(...DELEGATORS)
const amount = fc.bigInt({ min: 1n, max: 70_000_003n })
const fees = fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 3_000_001n }))
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('block' as const), fees }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('delegate' as const, 'undelegate' as const),
      by,
      to,
      amount,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('redelegate' as const), by, from: to, to, amount }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), by, to }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('settle' as const, 'deposit' as const),
      to,
      amount,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fund' as const), amount }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('slash' as const),
      to,
      fraction: fc.oneof(fc.bigInt({ min: 1n, max: ATOM }), fc.constant(ATOM)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('commission' as const), to, percent: fc.nat(100) }),
  },
)

/** A chain beside a ledger that knows nothing of periods: it shares every reward out at once. */
class Audit {
  readonly world = new World(genesisOf([100_000_000n, 50_000_001n, 33_333_333n]))
  collected = 0n
  paid = 0n
  payments = 0n
  /** By delegator and validator, what it should have got: 10^-36 ustrom. */
  readonly owed = new Map<number, bigint>()

  constructor() {
    for (const validator of VALIDATORS)
      for (const owner of DELEGATORS) this.world.delegate(owner, validator, 40_000_000n)
  }

  step(step: Step): void {
    const { world } = this
    world.chain.takeEvents()
    try {
      this.run(step)
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
    }
    for (const { type, attributes } of world.chain.takeEvents()) {
      const named = new Map(attributes)
      if (type === 'withdraw_rewards') this.payments += 1n
      if (type === 'coin_spent' && named.get('spender') === self)
        this.paid += BigInt((named.get('amount') ?? '').replace('ustrom', ''))
      if (type === 'rewards') this.share(named.get('validator') ?? '', named.get('amount') ?? '')
    }
  }

  run(step: Step): void {
    const { world } = this
    if (step.kind === 'block') {
      world.block(step.fees)
      this.collected += step.fees
    } else if (step.kind === 'delegate') world.delegate(step.by, step.to, step.amount)
    else if (step.kind === 'undelegate') world.undelegate(step.by, step.to, step.amount)
    else if (step.kind === 'redelegate') world.redelegate(step.by, step.from, step.to, step.amount)
    else if (step.kind === 'withdraw') world.withdraw(step.by, step.to)
    else if (step.kind === 'settle') world.withdrawCommission(step.to)
    else if (step.kind === 'slash') world.slash(step.to, decRaw(step.fraction))
    else if (step.kind === 'commission') {
      world.chain.time += 86_400n
      world.commission(
        step.to,
        `${step.percent === 100 ? '1' : `0.${String(step.percent).padStart(2, '0')}`}`,
      )
    } else this.give(step)
  }

  give(step: Step & { readonly kind: 'fund' | 'deposit' }): void {
    const coins = [toWire(ustrom(step.amount))]
    if (step.kind === 'fund') {
      const message = { depositor: account(14), amount: coins }
      this.world.deliver(MsgFundCommunityPool, message, MsgFundCommunityPoolResponse)
    } else {
      this.world.deliver(
        MsgDepositValidatorRewardsPool,
        { depositor: account(14), validatorAddress: valoper(step.to), amount: coins },
        MsgDepositValidatorRewardsPoolResponse,
      )
    }
    this.collected += step.amount
  }

  /** Shares a reward out by shares of the moment; the event says how much, the validator what is commission. */
  share(validator: string, amount: string): void {
    const { api } = this.world.modules.staking
    const n = VALIDATORS.find((candidate) => valoper(candidate) === validator) ?? 0
    const ctx = this.world.chain.query()
    const found = api.validator(ctx, new Uint8Array(20).fill(n))
    if (found === undefined || found.tokens === '0' || amount === '') return
    const digits = BigInt(amount.replace('ustrom', '').replace('.', ''))
    const rate = BigInt(found.commission.commissionRates.rate || '0')
    const shared = digits * FINE - digits * rate
    for (const delegation of api.delegationsTo(ctx, new Uint8Array(20).fill(n))) {
      const owner =
        OWNERS.find((candidate) => account(candidate) === delegation.delegatorAddress) ?? 0
      const part = (shared * BigInt(delegation.shares)) / BigInt(found.delegatorShares)
      this.owed.set(owner, (this.owed.get(owner) ?? 0n) + part)
    }
  }

  /** Outstanding rewards and the pool together, in 10^-18 ustrom. */
  held(): bigint {
    const { communityPool } = this.world.modules.distribution.api
    const all = VALIDATORS.reduce<DecCoins>(
      (sum, n) => addDecCoins(sum, this.world.outstanding(n)),
      readDecCoins(communityPool(this.world.chain.query())),
    )
    return all[0]?.amount ?? 0n
  }
}

describe('any sequence of fees, stake, slashes and withdrawals', () => {
  it('keeps outstanding + community pool + paid = collected to the last of 18 digits, and every law', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 20, maxLength: 60 }), (sequence) => {
        const audit = new Audit()
        for (const step of sequence) {
          audit.step(step)
          expect(audit.held() + decOf(audit.paid)).to.equal(decOf(audit.collected))
          expect(audit.world.broken()).to.deep.equal([])
        }
      }),
      { numRuns: 25 },
    )
  })

  it('pays each delegator what a ledger without periods says, short of the cut fractions', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 20, maxLength: 60 }), (sequence) => {
        const audit = new Audit()
        const { world } = audit
        const gained = new Map<number, bigint>()
        const note = (run: () => void): void => {
          const before = OWNERS.map((n) => world.balance(n))
          run()
          OWNERS.forEach((n, i) => {
            gained.set(n, (gained.get(n) ?? 0n) + world.balance(n) - (before[i] ?? 0n))
          })
        }
        for (const step of sequence) {
          // Balances of delegators move by stake and commission too: those steps settle first and are not noted.
          if (step.kind !== 'withdraw' && step.kind !== 'block') note(() => settleAll(audit))
          if (step.kind === 'withdraw') note(() => audit.step(step))
          else audit.step(step)
          // Who withdraws twice in one block misses what was deposited between, as in the SDK.
          if (step.kind === 'deposit') audit.step({ kind: 'block', fees: 0n })
        }
        note(() => settleAll(audit))
        for (const n of OWNERS) {
          const should = audit.owed.get(n) ?? 0n
          const got = (gained.get(n) ?? 0n) * ATOM * FINE
          expect(got <= should + ATOM * FINE, `${n} got ${got} of ${should}`).to.equal(true)
          expect(
            should - got <= (audit.payments + 1n) * ATOM * FINE,
            `${n}: ${got} of ${should}`,
          ).to.equal(true)
        }
      }),
      { numRuns: 15 },
    )
  })
})

/** Withdraws every delegation, in a block of its own so that delegations of this block count too. */
function settleAll(audit: Audit): void {
  audit.step({ kind: 'block', fees: 0n })
  for (const owner of OWNERS)
    for (const validator of VALIDATORS) audit.step({ kind: 'withdraw', by: owner, to: validator })
}
