import { expect } from 'chai'
import fc from 'fast-check'
import type { Params } from '../../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import { govAuthority } from '../../kit/authority.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { missedOf } from '../missed.ts'
import { defaultParams } from '../params.ts'
import { dec } from './samples.ts'
import { consensus, STROM, startWorld, type World } from './world.ts'

const TWO = [1000n * STROM, 3000n * STROM]

function setParams(world: World, changes: Partial<Params>): void {
  const message = {
    authority: govAuthority({ hasher: nobleHasher }),
    params: { ...defaultParams(), ...changes },
  }
  world.router.deliver(pack(MsgUpdateParams, message), MsgUpdateParamsResponse)
}

const missed = (world: World): bigint[] => missedOf(world.chain.query(), consensus(0))
const counter = (world: World): bigint | undefined =>
  world.slashing.signingInfo(world.chain.query(), consensus(0))?.missedBlocksCounter

describe('a window that governance changes', () => {
  it('made smaller, keeps the misses of the latest votes alone, so nobody is jailed for older ones', () => {
    const world = startWorld({ stakes: TWO })
    // Votes 1 to 60 are signed, 61 to 90 are missed, 91 to 130 are signed.
    world.to(61n)
    world.to(91n, { absent: [0] })
    world.to(131n)
    expect([counter(world), missed(world)[0], missed(world).at(-1)]).to.deep.equal([30n, 60n, 89n])
    // The latest 42 votes: 40 signed, 2 missed.
    setParams(world, { signedBlocksWindow: 42n })
    // Votes 89 and 90, counted from 0 as 88 and 89, lie at 4 and 5 of 42.
    expect([counter(world), missed(world)]).to.deep.equal([2n, [4n, 5n]])
    world.checkLaws()
    world.to(133n)
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([0n, false])
    // The rule of the new window holds: 21 of 42 may be missed.
    world.to(154n, { absent: [0] })
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([21n, false])
    world.next({ absent: [0] })
    expect(world.validator(0).jailed).to.equal(true)
  })

  it('made larger, keeps what was missed and lets more be missed', () => {
    const world = startWorld({ stakes: TWO, slashing: { signedBlocksWindow: 10n } })
    world.to(22n)
    world.to(27n, { absent: [0] })
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([5n, false])
    setParams(world, { signedBlocksWindow: 2000n })
    expect([counter(world), missed(world)]).to.deep.equal([5n, [21n, 22n, 23n, 24n, 25n]])
    world.to(world.chain.height + 60n, { absent: [0] })
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([65n, false])
    world.checkLaws()
  })

  it('a stricter share takes effect with the next vote', () => {
    const world = startWorld({ stakes: TWO })
    world.to(102n)
    world.to(112n, { absent: [0] })
    setParams(world, { minSignedPerWindow: dec('0.95') })
    expect(world.validator(0).jailed).to.equal(false)
    world.next()
    expect(world.validator(0).jailed).to.equal(true)
  })

  it('the counter is the misses among the latest votes under random votes and windows', function () {
    this.timeout(60_000)
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.record({ signed: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ window: fc.integer({ min: 1, max: 60 }) }) },
      { weight: 1, arbitrary: fc.record({ window: fc.integer({ min: 1000, max: 2100 }) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 150 }), (steps) => {
        // Nothing must be signed, so that nobody is jailed and the ring alone is seen.
        const lenient = { minSignedPerWindow: dec('0') }
        const world = startWorld({
          stakes: TWO,
          slashing: { ...lenient, signedBlocksWindow: 20n },
        })
        let window = 20
        let latest: boolean[] = []
        for (const now of steps) {
          if ('window' in now) {
            setParams(world, { ...lenient, signedBlocksWindow: BigInt(now.window) })
            window = now.window
          } else {
            world.next({ absent: now.signed ? [] : [0] })
            latest.push(now.signed)
          }
          latest = latest.slice(-window)
          expect(counter(world) ?? 0n).to.equal(BigInt(latest.filter((signed) => !signed).length))
        }
        world.checkLaws()
      }),
      { numRuns: 25 },
    )
  })
})
