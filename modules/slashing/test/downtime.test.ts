import { expect } from 'chai'
import { BondStatus } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { missedOf } from '../missed.ts'
import { dec } from './samples.ts'
import { account, consensus, STROM, startWorld, valcons, type World } from './world.ts'

const THREE = [1000n * STROM, 1000n * STROM, 1000n * STROM]

const info = (world: World, n: number) => {
  const found = world.slashing.signingInfo(world.chain.query(), consensus(n))
  if (found === undefined) throw new Error(`no signing info of ${n}`)
  return found
}

/** Everyone signs until the window has passed; the next block decides anew. */
function pastWindow(stakes: readonly bigint[] = THREE, window = 100n): World {
  const world = startWorld({ stakes, slashing: { signedBlocksWindow: window } })
  world.to(window + 10n)
  return world
}

describe('downtime', () => {
  it('half of the window may be missed, one more is jailed and loses 1 %', () => {
    const world = pastWindow()
    world.to(world.chain.height + 50n, { absent: [0] })
    expect(info(world, 0).missedBlocksCounter).to.equal(50n)
    expect([world.validator(0).jailed, world.tokens(0)]).to.deep.equal([false, 1000n * STROM])
    const supply = world.bank.supply(world.chain.query(), 'ustrom')

    world.chain.takeEvents()
    world.next({ absent: [0] })
    const events = world.chain.takeEvents()
    expect([world.validator(0).jailed, world.tokens(0)]).to.deep.equal([true, 990n * STROM])
    expect(world.bank.supply(world.chain.query(), 'ustrom')).to.equal(supply - 10n * STROM)
    expect(info(world, 0)).to.deep.include({
      missedBlocksCounter: 0n,
      indexOffset: 0n,
      tombstoned: false,
      jailedUntil: { seconds: world.chain.time + 600n, nanos: 0 },
    })
    expect(missedOf(world.chain.query(), consensus(0))).to.deep.equal([])
    const own = events.filter(({ type }) => type === 'liveness' || type === 'slash')
    expect(own).to.deep.equal([
      {
        type: 'liveness',
        attributes: [
          ['address', valcons(0)],
          ['missed_blocks', '51'],
          ['height', world.chain.height.toString()],
        ],
      },
      {
        type: 'slash',
        attributes: [
          ['address', valcons(0)],
          ['power', '1000'],
          ['reason', 'missing_signature'],
          ['jailed', valcons(0)],
          ['burned_coins', '10000000'],
        ],
      },
    ])
    expect([world.tokens(1), world.tokens(2)]).to.deep.equal([1000n * STROM, 1000n * STROM])
    world.checkLaws()
    world.next()
    expect(world.validator(0).status).to.equal(BondStatus.BOND_STATUS_UNBONDING)
  })

  it('nobody is jailed before a window has passed since it joined', () => {
    const world = startWorld({ stakes: THREE })
    world.to(100n, { absent: [0] })
    expect([info(world, 0).missedBlocksCounter, world.validator(0).jailed]).to.deep.equal([
      99n,
      false,
    ])
    world.next({ absent: [0] })
    expect([world.chain.height, world.validator(0).jailed]).to.deep.equal([101n, true])
  })

  it('misses fall out of the window again, so one in two for ever is allowed', () => {
    const world = pastWindow()
    for (let i = 0; i < 130; i++) world.next({ absent: i % 2 === 0 ? [0] : [] })
    expect([world.validator(0).jailed, info(world, 0).missedBlocksCounter]).to.deep.equal([
      false,
      50n,
    ])
    world.to(world.chain.height + 100n)
    expect(info(world, 0).missedBlocksCounter).to.equal(0n)
    expect([
      ...world.chain.store('slashing').iterate(Uint8Array.of(2), Uint8Array.of(3)),
    ]).to.have.length(0)
  })

  it('a jailed validator is not counted while its old votes still come in', () => {
    const world = pastWindow()
    world.to(world.chain.height + 51n, { absent: [0] })
    const jailed = info(world, 0)
    expect(world.powerAt(0, world.chain.height)).to.equal(1000n)
    world.next({ absent: [0] })
    world.next({ absent: [0] })
    expect(info(world, 0)).to.deep.equal(jailed)
    expect([world.tokens(0), world.powerAt(0, world.chain.height)]).to.deep.equal([
      990n * STROM,
      undefined,
    ])
  })

  it('a validator that left the set is counted for the heights it still had to sign', () => {
    const world = pastWindow()
    world.staking.setPowerCap(world.chain.write(), account(0), 0n)
    const before = info(world, 0).indexOffset
    world.to(world.chain.height + 4n, { absent: [0] })
    expect(world.validator(0).status).to.equal(BondStatus.BOND_STATUS_UNBONDING)
    expect(info(world, 0)).to.deep.include({ indexOffset: before + 2n, missedBlocksCounter: 2n })
  })

  it('a vote of a validator that was removed since is passed over', () => {
    const world = pastWindow()
    const stray = { address: new Uint8Array(20).fill(99), power: 5n, signed: false }
    const before = world.chain.contentHash('slashing')
    for (const module of world.modules) {
      if (module.name !== 'slashing') continue
      module.beginBlock?.({ ...world.router.block(), lastCommit: [stray] })
    }
    expect(world.chain.contentHash('slashing')).to.equal(before)
  })

  it('a validator whose genesis brought no signing info is counted from its first vote', () => {
    const world = startWorld({ stakes: THREE })
    world.chain.store('slashing').delete(Uint8Array.of(1, 20, ...consensus(0)))
    world.next({ absent: [0] })
    expect(info(world, 0)).to.deep.include({
      address: valcons(0),
      startHeight: world.chain.height,
      missedBlocksCounter: 1n,
      indexOffset: 1n,
    })
  })

  it('a share of the window that is no whole number is rounded to even', () => {
    // 0.5 of 25 is 12.5: 12 must be signed, so 13 may be missed.
    const world = pastWindow(THREE, 25n)
    world.to(world.chain.height + 13n, { absent: [0] })
    expect(world.validator(0).jailed).to.equal(false)
    world.next({ absent: [0] })
    expect(world.validator(0).jailed).to.equal(true)
  })
})

describe('attacks on the penalty for downtime', () => {
  it('whoever unbonds when the missed block was signed pays with the validator', () => {
    const world = pastWindow([1000n * STROM, 3000n * STROM])
    for (const who of [10, 11, 12, 13]) world.delegate(who, 0, 100n * STROM)
    world.to(world.chain.height + 48n, { absent: [0] })
    // The 51st miss is the vote of height m, told in the block after it.
    const m = world.chain.height + 2n
    world.undelegate(10, 0, 100n * STROM) // in m - 2: no longer in the set that signs m
    world.next({ absent: [0] })
    world.undelegate(11, 0, 100n * STROM) // in m - 1: still in it
    world.next({ absent: [0] })
    expect(world.chain.height).to.equal(m)
    world.undelegate(12, 0, 100n * STROM) // in m
    expect(world.validator(0).jailed).to.equal(false)
    world.next({ absent: [0] })
    expect(world.validator(0).jailed).to.equal(true)
    const rest = [10, 11, 12].map((who) => {
      const [row] = world.staking.unbondingsOf(world.chain.query(), account(who))
      return BigInt(row?.entries[0]?.balance ?? '0')
    })
    expect(rest).to.deep.equal([100n * STROM, 99n * STROM, 99n * STROM])
    // 1 % of the 1,300 STROM that signed m: 2 of them from unbondings, 11 from the 1,100 that are left.
    expect(world.tokens(0)).to.equal(1100n * STROM - 11n * STROM)
    world.checkLaws()
  })

  it('stake far above a capped power is slashed by its tokens', () => {
    const world = pastWindow([10_000n * STROM, 30_000n * STROM])
    world.staking.setPowerCap(world.chain.write(), account(0), 7n)
    world.to(world.chain.height + 4n)
    expect(world.powerAt(0, world.chain.height)).to.equal(7n)
    world.chain.takeEvents()
    world.to(world.chain.height + 51n, { absent: [0] })
    expect([world.validator(0).jailed, world.tokens(0)]).to.deep.equal([true, 9900n * STROM])
    const slash = world.chain.takeEvents().find(({ type }) => type === 'slash')
    expect(slash?.attributes.slice(1, 2)).to.deep.equal([['power', '7']])
    expect(slash?.attributes.at(-1)).to.deep.equal(['burned_coins', (100n * STROM).toString()])
  })

  it('leaving the set for a moment does not start the count anew, only the grace', () => {
    const world = pastWindow()
    world.to(world.chain.height + 40n, { absent: [0] })
    world.staking.setPowerCap(world.chain.write(), account(0), 0n)
    world.to(world.chain.height + 3n)
    const counted = info(world, 0).missedBlocksCounter
    world.staking.setPowerCap(world.chain.write(), account(0), undefined)
    world.next()
    const back = info(world, 0)
    expect([back.missedBlocksCounter, back.startHeight]).to.deep.equal([
      counted,
      world.chain.height - 1n,
    ])
    world.to(back.startHeight + 100n, { absent: [0] })
    expect(world.validator(0).jailed).to.equal(false)
    world.next({ absent: [0] })
    expect(world.validator(0).jailed).to.equal(true)
  })

  it('a fraction of all leaves nothing, and the chain goes on', () => {
    const world = startWorld({
      stakes: THREE,
      slashing: { signedBlocksWindow: 10n, slashFractionDowntime: dec('1') },
    })
    world.to(30n, { absent: [0] })
    expect([world.validator(0).jailed, world.tokens(0)]).to.deep.equal([true, 0n])
    world.checkLaws()
  })
})
