import { expect } from 'chai'
import {
  MsgUpdateParams as MsgUpdateMint,
  MsgUpdateParamsResponse as MsgUpdateMintResponse,
} from '../../../proto/gen/cosmos/mint/v1beta1/tx.ts'
import {
  MsgUndelegate,
  MsgUndelegateResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { govAuthority } from '../../kit/authority.ts'
import { toHex } from '../../kit/bytes.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { Deed } from './world.ts'
import { accountText, consensusOf, STROM, valoper, World } from './world.ts'

const five = { stakes: [100n, 100n, 100n, 100n, 100n] }
const silentOf =
  (...names: number[]) =>
  (n: number): Deed => ({ silent: names.includes(n) })

/** Makes a validator miss every vote from now on. */
function absent(world: World, ...names: number[]): void {
  world.absent = new Set(names.map((n) => toHex(consensusOf(n))))
}

function undelegate(world: World, n: number, tokens: bigint): void {
  const amount = { denom: 'ustrom', amount: (tokens * STROM).toString() }
  const message = { delegatorAddress: accountText(n), validatorAddress: valoper(n), amount }
  world.send(MsgUndelegate, message, MsgUndelegateResponse)
}

describe('the chain does not halt', () => {
  it('when a silent validator is jailed for a fault in the very block in which its exit comes', () => {
    const world = new World({ ...five, params: { exitWindowTicks: 1 } })
    world.absent = new Set()
    world.run(4)
    // Silent for the last tick that it may be: its exit comes with the first block of the next tick.
    world.run(8, silentOf(1))
    expect(world.op(1).silentTicks).to.equal(7n)
    const { chain } = world
    world.faults.push({
      type: 'duplicate_vote',
      address: consensusOf(1),
      power: 100n,
      height: chain.height - 3n,
      time: chain.time - 900n,
      timeNanos: 0,
      totalPower: 500n,
    })
    // The first block of the next tick judges the eighth silent tick.
    world.block(world.tick * 900n + 960n)
    expect(world.jailed(1)).to.equal(true)
    world.run(4, silentOf(1))
    expect(world.powers()[1]).to.equal(undefined)
  })

  it('when the last validator takes all of its stake and a storage reward is due', () => {
    const world = new World({ stakes: [100n], params: { minValidators: 1 } })
    world.run(24 * 2 + 8, (n, tick) =>
      world.asked(n, tick) !== 0n ? {} : { net: (tick / 8n) % 2n === 0n ? -3_000n : 3_000n },
    )
    expect(world.op(0).verifiedWh > 0n).to.equal(true)
    undelegate(world, 0, 100n)
    world.run(24)
    // It stays in the set, as a chain without validators could not be repaired, but earns nothing.
    expect(world.powers()).to.deep.equal({ 0: 100n })
  }).timeout(60_000)

  it('by silence and downtime together below the least number of validators', () => {
    const world = new World({
      stakes: [100n, 100n, 100n, 100n],
      params: { exitWindowTicks: 1, minValidators: 3 },
    })
    world.absent = new Set()
    world.run(4)
    world.run(8, silentOf(1))
    const { chain } = world
    world.faults.push({
      type: 'duplicate_vote',
      address: consensusOf(2),
      power: 100n,
      height: chain.height - 3n,
      time: chain.time - 900n,
      timeNanos: 0,
      totalPower: 400n,
    })
    world.block(world.tick * 900n + 960n)
    expect(world.jailed(2)).to.equal(true)
    // Three are left, and no exit for reasons of storage may make them two.
    expect(world.jailed(1)).to.equal(false)
  })

  it('when silent validators miss their votes as well, for days', () => {
    const world = new World(five)
    absent(world, 3, 4)
    world.run(24 * 5, silentOf(3, 4))
    expect(Object.keys(world.powers()).length >= 3).to.equal(true)
  }).timeout(60_000)

  it('when inflation doubles what there is in every block', () => {
    const world = new World(five)
    const params = {
      ...world.api.mint.api.params(world.chain.query()),
      inflationMax: (10n ** 18n).toString(),
      inflationMin: (10n ** 18n).toString(),
      blocksPerYear: 1n,
    }
    const authority = govAuthority({ hasher: nobleHasher })
    world.send(MsgUpdateMint, { authority, params }, MsgUpdateMintResponse)
    for (let i = 0; i < 300; i += 1) world.block(world.chain.time + 6n)
    const supply = world.api.bank.api.supply(world.chain.query(), 'ustrom')
    expect(supply < 1n << 256n && supply >= 1n << 255n).to.equal(true)
    world.laws()
  }).timeout(60_000)
})
