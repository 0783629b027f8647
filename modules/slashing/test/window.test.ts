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
  it('made smaller, forgets the places it no longer has, so nobody is jailed for them', () => {
    const world = startWorld({ stakes: TWO })
    // Votes of heights 1 to 60 are signed, 61 to 100 are missed: places 60 to 99.
    world.to(61n)
    world.to(101n, { absent: [0] })
    expect([counter(world), missed(world)[0], missed(world).length]).to.deep.equal([40n, 60n, 40])
    setParams(world, { signedBlocksWindow: 70n })
    expect([counter(world), missed(world)]).to.deep.equal([
      10n,
      [60n, 61n, 62n, 63n, 64n, 65n, 66n, 67n, 68n, 69n],
    ])
    world.checkLaws()
    world.to(172n)
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([0n, false])
    // The rule of the new window holds: 35 of 70 may be missed.
    world.to(207n, { absent: [0] })
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([35n, false])
    world.next({ absent: [0] })
    expect(world.validator(0).jailed).to.equal(true)
  })

  it('made larger, keeps what was missed and lets more be missed', () => {
    const world = startWorld({ stakes: TWO, slashing: { signedBlocksWindow: 10n } })
    world.to(22n)
    world.to(27n, { absent: [0] })
    expect([counter(world), world.validator(0).jailed]).to.deep.equal([5n, false])
    setParams(world, { signedBlocksWindow: 2000n })
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

  it('counter and bitmap are those of a plain ring under random votes and windows', function () {
    this.timeout(60_000)
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.record({ signed: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ window: fc.integer({ min: 1, max: 2100 }) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 120 }), (steps) => {
        // Nothing must be signed, so that nobody is jailed and the ring alone is seen.
        const lenient = { minSignedPerWindow: dec('0') }
        const world = startWorld({
          stakes: TWO,
          slashing: { ...lenient, signedBlocksWindow: 20n },
        })
        let window = 20
        let offset = 0
        let ring = new Set<number>()
        for (const now of steps) {
          if ('window' in now) {
            setParams(world, { ...lenient, signedBlocksWindow: BigInt(now.window) })
            ring = new Set([...ring].filter((place) => place < now.window))
            window = now.window
          } else {
            world.next({ absent: now.signed ? [] : [0] })
            if (now.signed) ring.delete(offset % window)
            else ring.add(offset % window)
            offset += 1
          }
          expect(counter(world) ?? 0n).to.equal(BigInt(ring.size))
        }
        const places = [...ring].sort((a, b) => a - b).map(BigInt)
        expect(missed(world)).to.deep.equal(places)
        world.checkLaws()
      }),
      { numRuns: 12 },
    )
  })
})
