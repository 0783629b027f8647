import { expect } from 'chai'
import { Equivocation } from '../../../proto/gen/cosmos/evidence/v1beta1/evidence.ts'
import { BondStatus } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { Any } from '../../../proto/gen/google/protobuf/any.ts'
import { ChainError } from '../../kit/errors.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import {
  account,
  consensus,
  STROM,
  startWorld,
  valcons,
  type World,
  type WorldOptions,
} from '../../slashing/test/world.ts'
import type { EvidenceApi } from '../api.ts'
import { state } from '../state.ts'

const PREFIX_ROWS = [Uint8Array.of(0), Uint8Array.of(1)] as const

function started(options: Partial<WorldOptions> = {}): World {
  const world = startWorld({ stakes: [1000n * STROM, 3000n * STROM, 3000n * STROM], ...options })
  world.to(20n)
  return world
}

const rows = (world: World): number =>
  [...world.chain.store('evidence').iterate(...PREFIX_ROWS)].length

const supply = (world: World): bigint => world.bank.supply(world.chain.query(), 'ustrom')

const unbonding = (world: World, who: number): bigint => {
  const [row] = world.staking.unbondingsOf(world.chain.query(), account(who))
  return BigInt(row?.entries[0]?.balance ?? '0')
}

describe('double signing', () => {
  it('costs 5 % of the tokens at its height, jails for good and bars', () => {
    const world = started()
    const before = supply(world)
    const fault = world.fault(0, 18n)
    world.chain.takeEvents()
    world.next({ faults: [fault] })
    expect([world.tokens(0), world.validator(0).jailed]).to.deep.equal([950n * STROM, true])
    expect(supply(world)).to.equal(before - 50n * STROM)
    expect(world.slashing.signingInfo(world.chain.query(), consensus(0))).to.deep.include({
      tombstoned: true,
      jailedUntil: { seconds: 253_402_300_799n, nanos: 0 },
    })
    const slashes = world.chain.takeEvents().filter(({ type }) => type === 'slash')
    expect(slashes).to.deep.equal([
      {
        type: 'slash',
        attributes: [
          ['address', valcons(0)],
          ['power', '1000'],
          ['reason', 'double_sign'],
          ['burned_coins', '50000000'],
        ],
      },
      { type: 'slash', attributes: [['jailed', valcons(0)]] },
    ])
    world.checkLaws()
    world.next()
    expect(world.validator(0).status).to.equal(BondStatus.BOND_STATUS_UNBONDING)
    world.next({ seconds: 10_000_000n })
    expect(() => world.unjail(0))
      .to.throw(ChainError)
      .with.property('code', 4)
  })

  it('is kept under the sha256 of its bytes, packed as the SDK packs it', () => {
    const world = started()
    const fault = { ...world.fault(0, 18n), timeNanos: 5 }
    world.next({ faults: [fault] })
    const value = Equivocation.encode({
      height: 18n,
      time: { seconds: fault.time, nanos: 5 },
      power: 1000n,
      consensusAddress: valcons(0),
    })
    const key = [0, ...nobleHasher.sha256(value)]
    const [row, ...more] = [...world.chain.store('evidence').iterate(...PREFIX_ROWS)]
    expect(more).to.have.length(0)
    expect([...(row?.[0] ?? [])]).to.deep.equal(key)
    expect(Any.decode(row?.[1] ?? new Uint8Array())).to.deep.equal({
      typeUrl: '/cosmos.evidence.v1beta1.Equivocation',
      value,
    })
  })

  it('an attack on light clients is punished as double signing is', () => {
    const world = started()
    world.next({ faults: [world.fault(0, 18n, 'light_client_attack')] })
    expect([world.tokens(0), world.validator(0).jailed, rows(world)]).to.deep.equal([
      950n * STROM,
      true,
      1,
    ])
  })

  it('the same evidence twice, and two of one height in one block, punish once', () => {
    const world = started()
    const fault = world.fault(0, 18n)
    const other = world.fault(0, 18n, 'light_client_attack')
    world.next({ faults: [fault, fault, other] })
    expect([world.tokens(0), rows(world)]).to.deep.equal([950n * STROM, 1])
    world.next({ faults: [fault] })
    world.next({ faults: [other, world.fault(0, 19n)] })
    expect([world.tokens(0), rows(world)]).to.deep.equal([950n * STROM, 1])
    world.checkLaws()
  })

  it('two validators of one height pay each for itself', () => {
    const world = started()
    world.next({ faults: [world.fault(0, 18n), world.fault(1, 18n)] })
    expect([world.tokens(0), world.tokens(1), world.tokens(2), rows(world)]).to.deep.equal([
      950n * STROM,
      2850n * STROM,
      3000n * STROM,
      2,
    ])
  })

  it('a validator that sits in jail already is barred and pays', () => {
    const world = started({
      stakes: [1000n * STROM, 3000n * STROM],
      slashing: { signedBlocksWindow: 10n },
    })
    while (!world.validator(0).jailed) world.next({ absent: [0] })
    const at = world.chain.height - 1n
    world.chain.takeEvents()
    world.next({ faults: [world.fault(0, at)] })
    // 5 % of the 1,000 that signed, after the 1 % for downtime.
    expect(world.tokens(0)).to.equal(940n * STROM)
    expect(world.slashing.isTombstoned(world.chain.query(), consensus(0))).to.equal(true)
    const slashes = world.chain.takeEvents().filter(({ type }) => type === 'slash')
    expect(slashes).to.have.length(1)
  })
})

describe('what is not punished', () => {
  it('a fault that is too old by both blocks and time; by one alone it still is', () => {
    const cases = [
      { blocks: 5n, seconds: 30n, punished: false },
      { blocks: 5n, seconds: 60n, punished: true },
      { blocks: 10n, seconds: 30n, punished: true },
      { blocks: 6n, seconds: 36n, punished: true },
      { blocks: 5n, seconds: 35n, punished: false },
    ]
    for (const { punished, ...age } of cases) {
      const world = started({ age })
      // Told in block 21: six blocks and 36 s after height 15.
      world.next({ faults: [{ ...world.fault(0, 15n) }] })
      const name = `${age.blocks} blocks, ${age.seconds} s`
      expect([world.validator(0).jailed, rows(world)], name).to.deep.equal([
        punished,
        punished ? 1 : 0,
      ])
    }
  })

  it('nanoseconds count in the age', () => {
    const age = { blocks: 5n, seconds: 36n }
    const of = (timeNanos: number): boolean => {
      const world = started({ age })
      world.chain.timeNanos = 7
      world.next({ faults: [{ ...world.fault(0, 15n), timeNanos }] })
      return world.validator(0).jailed
    }
    expect([of(7), of(6)]).to.deep.equal([true, false])
  })

  it('a validator that has unbonded, and one that nobody knows', () => {
    const world = started({ staking: { unbondingTime: { seconds: 600n, nanos: 0 } } })
    const fault = world.fault(0, 18n)
    world.staking.jail(world.chain.write(), consensus(0))
    world.next()
    world.next({ seconds: 700n })
    world.next()
    expect(world.validator(0).status).to.equal(BondStatus.BOND_STATUS_UNBONDED)
    const stranger = { ...fault, address: new Uint8Array(20).fill(99) }
    world.next({ faults: [fault, stranger] })
    expect([world.tokens(0), rows(world)]).to.deep.equal([1000n * STROM, 0])
    expect(world.slashing.isTombstoned(world.chain.query(), consensus(0))).to.equal(false)
  })
})

describe('attacks on the penalty for double signing', () => {
  it('unbonding just before a slash pays, what left before the fault does not', () => {
    const world = started({ stakes: [1000n * STROM, 30_000n * STROM] })
    for (const who of [10, 11, 12]) world.delegate(who, 0, 100n * STROM)
    world.to(30n)
    world.undelegate(10, 0, 100n * STROM) // in 30: not in the set that signs 32
    world.next()
    world.undelegate(11, 0, 100n * STROM) // in 31: still in it
    world.next()
    world.next()
    world.undelegate(12, 0, 100n * STROM) // in 33, after the fault at 32
    const before = supply(world)
    expect(world.powerAt(0, 32n)).to.equal(1200n)
    world.next({ faults: [world.fault(0, 32n)] })
    expect([10, 11, 12].map((who) => unbonding(world, who))).to.deep.equal([
      100n * STROM,
      95n * STROM,
      95n * STROM,
    ])
    // 5 % of 1,200 is 60: 10 of them from unbondings.
    expect([world.tokens(0), before - supply(world)]).to.deep.equal([950n * STROM, 60n * STROM])
    world.checkLaws()
  })

  it('stake that fled to another validator pays there', () => {
    const world = started({ stakes: [1000n * STROM, 30_000n * STROM] })
    world.delegate(10, 0, 100n * STROM)
    world.to(30n)
    world.redelegate(10, 0, 1, 100n * STROM)
    world.to(33n)
    const before = supply(world)
    world.next({ faults: [world.fault(0, 29n)] })
    expect([world.tokens(0), world.tokens(1), before - supply(world)]).to.deep.equal([
      950n * STROM,
      29_995n * STROM + 100n * STROM,
      55n * STROM,
    ])
    world.checkLaws()
  })

  it('a whole validator that unbonds itself before its fault is told pays from what it unbonds', () => {
    const world = started({ stakes: [1000n * STROM, 30_000n * STROM] })
    world.undelegate(0, 0, 1000n * STROM)
    world.to(22n)
    const before = supply(world)
    expect(world.powerAt(0, 20n)).to.equal(1000n)
    world.next({ faults: [world.fault(0, 20n)] })
    expect([unbonding(world, 0), before - supply(world)]).to.deep.equal([950n * STROM, 50n * STROM])
    expect(world.slashing.isTombstoned(world.chain.query(), consensus(0))).to.equal(true)
    world.checkLaws()
  })

  it('stake far above a capped power is slashed by its tokens', () => {
    const world = started({ stakes: [10_000n * STROM, 30_000n * STROM] })
    world.staking.setPowerCap(world.chain.write(), account(0), 3n)
    world.to(24n)
    expect(world.powerAt(0, 23n)).to.equal(3n)
    world.next({ faults: [world.fault(0, 23n)] })
    expect(world.tokens(0)).to.equal(9500n * STROM)
  })

  it('stake that came after the fault is not counted in what it costs', () => {
    const world = started({ stakes: [1000n * STROM, 30_000n * STROM] })
    world.delegate(10, 0, 1000n * STROM)
    world.next()
    world.next({ faults: [world.fault(0, 20n)] })
    expect(world.tokens(0)).to.equal(1950n * STROM)
  })

  it('self-stake that unbonds after the fault is part of what the fault costs', () => {
    const world = started({ stakes: [1000n * STROM, 30_000n * STROM] })
    world.undelegate(0, 0, 600n * STROM)
    world.to(24n)
    // At height 20 all the 1,000 signed; 600 of them unbond since block 20.
    world.next({ faults: [world.fault(0, 20n)] })
    expect([world.tokens(0), unbonding(world, 0)]).to.deep.equal([380n * STROM, 570n * STROM])
  })
})

describe('a barred key', () => {
  const short = { unbondingTime: { seconds: 60n, nanos: 0 } }

  it('does not come back with a new validator once the old one is removed', () => {
    const world = started({ staking: short })
    world.next({ faults: [world.fault(0, 18n)] })
    world.undelegate(0, 0, world.tokens(0))
    world.to(world.chain.height + 20n)
    expect(world.staking.validator(world.chain.query(), account(0))).to.equal(undefined)
    expect([
      ...world.chain.store('slashing').iterate(Uint8Array.of(3), Uint8Array.of(4)),
    ]).to.have.length(2)
    for (const who of [0, 10]) {
      const supply = world.chain.contentHash('staking')
      expect(() => world.create(who, 0, 50n * STROM))
        .to.throw(ChainError, /: validator already tombstoned$/)
        .with.property('code', 9)
      expect(world.chain.contentHash('staking')).to.equal(supply)
    }
    world.checkLaws()
  })

  it('a key that was only removed may come back, and its old fault is told to the new validator', () => {
    const world = started({ staking: short })
    const fault = world.fault(0, 18n)
    world.undelegate(0, 0, 1000n * STROM)
    world.to(world.chain.height + 20n)
    world.create(10, 0, 5000n * STROM)
    world.to(world.chain.height + 3n)
    const info = world.slashing.signingInfo(world.chain.query(), consensus(0))
    expect(info?.startHeight).to.equal(world.chain.height - 3n)
    // Nothing of this stake stood behind the fault, but the key is not to be trusted.
    world.next({ faults: [fault] })
    const reborn = world.staking.validator(world.chain.query(), account(10))
    expect([reborn?.tokens, reborn?.jailed]).to.deep.equal([(5000n * STROM).toString(), true])
    world.checkLaws()
  })
})

describe('the store of evidence', () => {
  it('answers the module api by hash', () => {
    const world = started()
    world.next({ faults: [world.fault(0, 18n)] })
    const [[hash]] = [...state.evidence.entries(world.chain.query())] as [[Uint8Array, Any]]
    const module = world.modules.find(({ name }) => name === 'evidence')
    const api = module?.api as EvidenceApi
    expect(api.evidence(world.chain.query(), hash)?.height).to.equal(18n)
    expect(api.evidence(world.chain.query(), new Uint8Array(32))).to.equal(undefined)
  })
})
