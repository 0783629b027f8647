import { expect } from 'chai'
import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { govAuthority } from '../../kit/authority.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { account, STROM, startWorld } from '../../slashing/test/world.ts'

describe('evidence that comes late', () => {
  it('burns what stood behind the fault even where stake unbonds much faster than evidence may come', () => {
    const world = startWorld({ stakes: [1000n * STROM, 3000n * STROM, 3000n * STROM] })
    world.to(20n)
    const fault = world.fault(0, 18n)
    const { staking } = world
    const params = {
      ...staking.params(world.chain.query()),
      unbondingTime: { seconds: 1n, nanos: 0 },
    }
    const message = { authority: govAuthority({ hasher: nobleHasher }), params }
    world.router.deliver(pack(MsgUpdateParams, message), MsgUpdateParamsResponse)
    // New stake, so that the set of height 18 is not the latest; twice the unbonding time passes.
    world.delegate(10, 0, 10n * STROM)
    world.to(40n)
    expect(staking.tokensAt(world.chain.query(), account(0), 18n)).to.equal(1000n * STROM)
    const before = world.tokens(0)
    world.next({ faults: [fault] })
    expect(before - world.tokens(0)).to.equal(50n * STROM)
  })
})
