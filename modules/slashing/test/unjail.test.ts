import { expect } from 'chai'
import { BondStatus } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { parseDec } from '../../kit/dec.ts'
import { ChainError, InvariantError } from '../../kit/errors.ts'
import { account, consensus, STROM, startWorld, valoper, type World } from './world.ts'

const THREE = [1000n * STROM, 1000n * STROM, 1000n * STROM]

function jailedWorld(): World {
  const world = startWorld({ stakes: THREE, slashing: { signedBlocksWindow: 10n } })
  world.delegate(10, 0, 500n * STROM)
  while (!world.validator(0).jailed) world.next({ absent: [0] })
  return world
}

function refusal(run: () => void): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('MsgUnjail', () => {
  it('fails when the sentence still runs, to the second', () => {
    const world = jailedWorld()
    const until = world.chain.time + 600n
    world.next({ seconds: 599n })
    expect(world.chain.time).to.equal(until - 1n)
    expect(refusal(() => world.unjail(0))).to.match(
      /^slashing 4: jailed until .*Z: validator still jailed; cannot be unjailed$/,
    )
    world.next({ seconds: 1n })
    expect(refusal(() => world.unjail(0))).to.equal('accepted')
    expect(world.validator(0).jailed).to.equal(false)
    world.next()
    expect(world.validator(0).status).to.equal(BondStatus.BOND_STATUS_BONDED)
    const info = world.slashing.signingInfo(world.chain.query(), consensus(0))
    expect(info?.startHeight).to.equal(world.chain.height - 1n)
    expect(world.powerAt(0, world.chain.height)).to.equal(undefined)
    world.next()
    expect(world.powerAt(0, world.chain.height)).to.equal(1485n)
    world.to(world.chain.height + 8n, { absent: [0] })
    expect(world.validator(0).jailed).to.equal(false)
    world.checkLaws()
  })

  it('fails when the validator is not jailed', () => {
    const world = startWorld({ stakes: THREE })
    expect(refusal(() => world.unjail(0))).to.equal(
      'slashing 5: validator not jailed; cannot be unjailed',
    )
  })

  it('fails when there is no such validator', () => {
    const world = startWorld({ stakes: THREE })
    expect(refusal(() => world.unjail(9))).to.equal(
      'slashing 2: address is not associated with any known validator',
    )
  })

  it('fails when the validator has no self-delegation', () => {
    const world = jailedWorld()
    // 1 % is gone: the shares are worth less tokens.
    world.undelegate(0, 0, 990n * STROM)
    world.next({ seconds: 700n })
    expect(refusal(() => world.unjail(0))).to.equal(
      'slashing 6: validator has no self-delegation; cannot be unjailed',
    )
  })

  it('fails when the self-delegation is below the least the validator set', () => {
    const world = startWorld({ stakes: THREE })
    world.delegate(10, 0, 500n * STROM)
    world.undelegate(0, 0, 1000n * STROM - 1n)
    expect(world.validator(0).jailed).to.equal(false)
    world.next()
    world.staking.slash(world.chain.write(), consensus(0), {
      infractionHeight: world.chain.height - 1n,
      fraction: parseDec('0.1'),
      reason: 'double_sign',
    })
    world.staking.jail(world.chain.write(), consensus(0))
    expect(refusal(() => world.unjail(0))).to.equal(
      "slashing 7: 0 less than 1: validator's self delegation less than minimum; cannot be unjailed",
    )
  })

  it('fails when the validator is tombstoned', () => {
    const world = jailedWorld()
    world.slashing.tombstone(world.chain.write(), consensus(0))
    world.next({ seconds: 100_000_000n })
    expect(refusal(() => world.unjail(0))).to.match(/^slashing 4: tombstoned for good: /)
    expect(() => world.slashing.tombstone(world.chain.write(), consensus(0))).to.throw(
      InvariantError,
      'tombstoned already',
    )
  })

  it('fails when another module has a reason against it', () => {
    const world = jailedWorld()
    const asked: string[] = []
    world.slashing.registerUnjailCheck((ctx, operator) => {
      asked.push(`${ctx.height} ${operator.join()}`)
      return world.tokens(0) === 0n ? 'never' : undefined
    })
    let capacity = 0n
    world.slashing.registerUnjailCheck(() =>
      capacity === 0n ? 'no verified storage; anchor a reading of your battery' : undefined,
    )
    world.next({ seconds: 700n })
    expect(refusal(() => world.unjail(0))).to.equal(
      'slashing 100: no verified storage; anchor a reading of your battery: cannot be unjailed yet',
    )
    expect(asked).to.deep.equal([`${world.chain.height} ${account(0).join()}`])
    expect(world.validator(0).jailed).to.equal(true)
    capacity = 1n
    expect(refusal(() => world.unjail(0))).to.equal('accepted')
  })

  it('is signed by the account of the operator and says what it does', () => {
    const world = startWorld({ stakes: THREE })
    const module = world.modules.find(({ name }) => name === 'slashing')
    const [unjail] = module?.messages ?? []
    const message = { validatorAddr: valoper(0) }
    expect(unjail?.signers(message)).to.have.length(1)
    expect(unjail?.signers(message)[0]).to.match(/^strom1/)
    expect(unjail?.describe(message)).to.equal(`validator ${valoper(0)} asks to be let out of jail`)
  })
})

describe('a validator without signing info', () => {
  it('cannot be barred or sentenced: that would be a fault of ours', () => {
    const world = startWorld({ stakes: THREE })
    const nobody = new Uint8Array(20).fill(77)
    expect(() => world.slashing.tombstone(world.chain.write(), nobody)).to.throw(InvariantError)
    expect(() => world.slashing.jailUntil(world.chain.write(), nobody, 5n)).to.throw(InvariantError)
    expect(world.slashing.isTombstoned(world.chain.query(), nobody)).to.equal(false)
  })
})
