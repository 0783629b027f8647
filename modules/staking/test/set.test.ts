import { expect } from 'chai'
import { formatDec } from '../../kit/dec.ts'
import { InvariantError } from '../../kit/errors.ts'
import { consensus, recorder, reimported, T, who, world } from './world.ts'

const FOUR = [1, 2, 3, 4].map((n) => [n, BigInt(n) * 10n * T] as const)

describe('the set of validators', () => {
  it('takes in who is stronger, lets go who is weaker, and moves their tokens between the pools', () => {
    const w = world(FOUR, { maxValidators: 4 })
    w.create(5, 25n * T)
    expect([w.status(5), w.pools()]).to.deep.equal(['unbonded', [100n * T, 25n * T]])
    expect(w.block()).to.deep.equal(['5: 25', '1: 0'])
    expect([w.status(5), w.status(1)]).to.deep.equal(['bonded', 'unbonding'])
    expect(w.pools()).to.deep.equal([115n * T, 10n * T])
    expect(w.api.totalPower(w.chain.query())).to.equal(115n)
    expect(w.block()).to.deep.equal([])
  })

  it('of two with one power prefers the smaller address', () => {
    const w = world([[1, 10n * T]], { maxValidators: 2 })
    w.create(7, 10n * T)
    w.create(6, 10n * T)
    expect(w.block()).to.deep.equal(['6: 10'])
  })

  it('says a change once, however often it changed in the block, and nothing when it changed back', () => {
    const w = world(FOUR)
    w.delegate(9, 1, T)
    w.delegate(9, 1, T)
    expect(w.block()).to.deep.equal(['1: 12'])
    w.api.jail(w.chain.write(), consensus(2))
    w.api.unjail(w.chain.write(), consensus(2))
    w.delegate(9, 3, 999_999n)
    expect(w.block()).to.deep.equal([])
  })

  it('lets a jailed validator go at the end of the block and takes it back once it is not', () => {
    const w = world(FOUR)
    w.api.jail(w.chain.write(), consensus(4))
    expect(() => w.api.jail(w.chain.write(), consensus(4))).to.throw(InvariantError)
    expect(w.block()).to.deep.equal(['4: 0'])
    w.api.unjail(w.chain.write(), consensus(4))
    expect(() => w.api.unjail(w.chain.write(), consensus(4))).to.throw(InvariantError)
    expect(w.block()).to.deep.equal(['4: 40'])
    expect([w.status(4), w.broken()]).to.deep.equal(['bonded', []])
  })

  it('jails an operator whose own stake falls below its minimum', () => {
    const w = world(FOUR)
    w.create(5, 50n * T, { minSelfDelegation: (20n * T).toString() })
    w.delegate(9, 5, 50n * T)
    w.block()
    w.undelegate(5, 5, 30n * T)
    expect(w.block()).to.deep.equal(['5: 70'])
    w.undelegate(5, 5, 1n)
    expect(w.block()).to.deep.equal(['5: 0'])
  })

  it('removes a validator without delegations once it is unbonded, at once or after its time', () => {
    const log: string[] = []
    const w = world([[1, 30n * T]], { maxValidators: 1 }, recorder(log))
    w.create(2, 10n * T)
    w.create(3, 40n * T)
    w.undelegate(2, 2, 10n * T)
    expect([w.status(2), log.at(-1)]).to.deep.equal(['', `afterValidatorRemoved ${hex(2)} 2`])
    expect(w.block()).to.deep.equal(['3: 40', '1: 0'])
    w.undelegate(1, 1, 30n * T)
    w.block(1_814_400n)
    expect(w.status(1)).to.equal('unbonding')
    w.block()
    expect([w.status(1), log.at(-1)]).to.deep.equal(['', `afterValidatorRemoved ${hex(1)} 1`])
    expect([w.balance(1), w.broken()]).to.deep.equal([1030n * T, []])
  })

  it('follows a lower and a higher max_validators', () => {
    const w = world(FOUR)
    w.updateParams({ maxValidators: 2 })
    expect(w.block()).to.deep.equal(['1: 0', '2: 0'])
    w.updateParams({ maxValidators: 3 })
    expect(w.block()).to.deep.equal(['2: 20'])
  })

  it('is never emptied: the strongest stays with its power until somebody else can take over, and an event says so', () => {
    const w = world(FOUR)
    w.chain.takeEvents()
    for (const n of [1, 2, 3, 4]) w.api.jail(w.chain.write(), consensus(n))
    expect(w.block()).to.deep.equal(['1: 0', '2: 0', '3: 0'])
    expect(w.chain.takeEvents().map(({ type }) => type)).to.include('validator_set_kept')
    expect([w.status(4), w.broken()]).to.deep.equal(['bonded', []])
    expect(w.block()).to.deep.equal([])
    w.api.unjail(w.chain.write(), consensus(1))
    expect(w.block()).to.deep.equal(['1: 10', '4: 0'])
  })

  it('refuses stake that consensus could not count, before it can become power', () => {
    const w = world(FOUR)
    expect(() => w.delegate(9, 1, (1n << 52n) * T)).to.throw('4503599627370496000000 is the limit')
  })
})

describe('bounds of power', () => {
  it('bound what consensus gets and leave tokens, shares and pools alone', () => {
    const w = world(FOUR)
    w.api.setPowerCap(w.chain.write(), who(4), 15n)
    expect(w.api.effectivePower(w.chain.query(), who(4))).to.equal(15n)
    expect(w.block()).to.deep.equal(['4: 15'])
    expect([w.tokens(4), w.pools()]).to.deep.equal([40n * T, [100n * T, 0n]])
    w.delegate(9, 4, 10n * T)
    expect(w.block()).to.deep.equal([])
    w.api.setPowerCap(w.chain.write(), who(4), undefined)
    expect([w.block(), w.api.powerCap(w.chain.query(), who(4))]).to.deep.equal([
      ['4: 50'],
      undefined,
    ])
  })

  it('of 0 take a validator out, and back when they are lifted', () => {
    const w = world(FOUR)
    w.api.setPowerCap(w.chain.write(), who(3), 0n)
    expect([w.block(), w.status(3)]).to.deep.equal([['3: 0'], 'unbonding'])
    w.api.setPowerCap(w.chain.write(), who(3), 5n)
    expect([w.block(), w.status(3), w.broken()]).to.deep.equal([['3: 5'], 'bonded', []])
  })

  it('outlive jail, decide who fits, and end with their validator', () => {
    const w = world(FOUR, { maxValidators: 4 })
    w.api.setPowerCap(w.chain.write(), who(4), 1n)
    w.create(5, 9n * T)
    expect(w.block()).to.deep.equal(['5: 9', '4: 0'])
    w.undelegate(4, 4, 40n * T)
    w.block(1_814_400n)
    w.block()
    expect(w.api.powerCap(w.chain.query(), who(4))).to.equal(undefined)
    expect(() => w.api.setPowerCap(w.chain.write(), who(4), 1n)).to.throw(InvariantError)
    expect(() => w.api.setPowerCap(w.chain.write(), who(1), -1n)).to.throw(InvariantError)
  })

  it('set again after an import give the same powers, and the first block changes nothing', () => {
    const w = world(FOUR)
    w.api.setPowerCap(w.chain.write(), who(4), 15n)
    w.block()
    const twin = reimported(w)
    expect(twin.broken()).to.have.length(0)
    twin.api.setPowerCap(twin.chain.write(), who(4), 15n)
    expect(twin.block()).to.deep.equal([])
    expect(twin.api.tokensAt(twin.chain.query(), who(4), 1n)).to.equal(40n * T)
  })
})

const hex = (n: number): string =>
  [...consensus(n).slice(0, 3)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

describe('what staking tells others', () => {
  it('genesis calls the hooks of creation, delegation and bonding in the order of the SDK', () => {
    const log: string[] = []
    world([[1, 10n * T]], {}, recorder(log))
    expect(log).to.deep.equal([
      'afterValidatorCreated 1',
      'beforeDelegationCreated 1 1',
      'afterDelegationModified 1 1',
      `afterValidatorBonded ${hex(1)} 1`,
    ])
  })

  it('messages and blocks call each hook where the SDK does', () => {
    const log: string[] = []
    const w = world(FOUR, {}, recorder(log))
    const told = (run: () => void): string[] => {
      log.length = 0
      run()
      return [...log]
    }
    expect(told(() => w.create(5, T))).to.deep.equal([
      'afterValidatorCreated 5',
      'beforeDelegationCreated 5 5',
      'afterDelegationModified 5 5',
    ])
    expect(told(() => w.block())).to.deep.equal([`afterValidatorBonded ${hex(5)} 5`])
    expect(told(() => w.delegate(5, 5, T))).to.deep.equal([
      'beforeDelegationSharesModified 5 5',
      'afterDelegationModified 5 5',
    ])
    expect(told(() => w.redelegate(5, 5, 1, T))).to.deep.equal([
      'beforeDelegationSharesModified 5 5',
      'afterDelegationModified 5 5',
      'beforeDelegationCreated 5 1',
      'afterDelegationModified 5 1',
    ])
    expect(told(() => w.undelegate(5, 5, T))).to.deep.equal([
      'beforeDelegationSharesModified 5 5',
      'beforeDelegationRemoved 5 5',
    ])
    expect(told(() => w.block())).to.deep.equal([`afterValidatorBeginUnbonding ${hex(5)} 5`])
    w.chain.time += 86_400n
    expect(told(() => w.edit(1, { commissionRate: '0' }))).to.deep.equal([
      'beforeValidatorModified 1',
    ])
  })

  it('the ratio of bonded tokens is cut to 18 digits', () => {
    const w = world([[1, 10n * T]])
    // 10 of 20,010: 20 accounts have 1,000 each.
    expect(formatDec(w.api.bondedRatio(w.chain.query()))).to.equal('0.000499750124937531')
    expect(w.api.bondedTokens(w.chain.query())).to.equal(10n * T)
    expect(w.api.validators(w.chain.query()).length).to.equal(1)
    expect(w.api.delegationsTo(w.chain.query(), who(1)).map((d) => d.shares)).to.deep.equal([
      (10n * T * 10n ** 18n).toString(),
    ])
  })
})
