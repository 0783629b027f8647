import { expect } from 'chai'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import {
  MsgCreateValidator,
  MsgCreateValidatorResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import {
  MsgRegisterOperator,
  MsgRegisterOperatorResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import {
  account,
  accountText,
  batteryOf,
  consensusKey,
  consensusOf,
  type Deed,
  devicesOf,
  meterOf,
  STROM,
  valoper,
  World,
} from './world.ts'

const cycling =
  (world: World, size: bigint) =>
  (n: number, tick: bigint): Deed => {
    if (world.asked(n, tick) !== 0n) return {}
    return { net: (tick / 8n) % 2n === 0n ? -size : size }
  }

const total = (powers: Record<number, bigint>): bigint =>
  Object.values(powers).reduce((sum, power) => sum + power, 0n)

/** Runs whole epochs and says what the set was at the end of each. */
function epochs(world: World, count: number, deed: (n: number, tick: bigint) => Deed) {
  const seen: Record<number, bigint>[] = []
  for (let i = 0; i < count; i += 1) {
    world.run(8, deed)
    seen.push(world.powers())
  }
  return seen
}

describe('the cap on power', () => {
  it('switched on by governance takes power from stake without storage, a tenth of all an epoch, and a third at most', () => {
    // The largest staker has no storage at all.
    const world = new World({ stakes: [400n, 200n, 200n, 200n, 200n], operators: [1, 2, 3, 4] })
    world.run(24 * 2, cycling(world, 3_000n))
    world.setParams({ powerCap: true, powerPerKwh: 1_000n })
    let before = world.powers()
    for (const powers of epochs(world, 8, cycling(world, 3_000n))) {
      const steps = Object.keys(before).map((n) => {
        const step = (powers[Number(n)] ?? 0n) - (before[Number(n)] as bigint)
        return step < 0n ? -step : step
      })
      const moved = steps.reduce((sum, step) => sum + step, 0n)
      expect(moved * 10n <= total(before), `${moved} of ${total(before)}`).to.equal(true)
      before = powers
    }
    // Less than a third of 1,200 in an unbonding period; the rest waits, and the chain goes on.
    expect(before[0]).to.not.equal(undefined)
    expect((before[0] as bigint) < 100n, `${before[0]}`).to.equal(true)
    expect((before[0] as bigint) > 0n).to.equal(true)
    expect(world.api.staking.api.validator(world.chain.query(), account(0))?.tokens).to.equal(
      (400n * STROM).toString(),
    )
    expect([1, 2, 3, 4].map((n) => before[n])).to.deep.equal([200n, 200n, 200n, 200n])
  }).timeout(120_000)

  it('never takes more than the fraction of the tokens that stood behind the fault, and never less', () => {
    const world = new World({ stakes: [400n, 200n, 200n, 200n], operators: [1, 2, 3] })
    world.run(4)
    const { staking } = world.api
    staking.api.setPowerCap(world.chain.write(), account(0), 10n)
    world.run(4)
    expect(world.powers()[0]).to.equal(10n)
    const burned = staking.api.slash(world.chain.write(), consensusOf(0), {
      infractionHeight: world.chain.height,
      fraction: 50_000_000_000_000_000n as never,
      reason: 'double_sign',
    })
    // 5 % of 400 STROM, not of the 10 it votes with.
    expect(burned).to.equal(20n * STROM)
  })

  it('gives a newcomer no power before its storage is verified, and ramps it up then', () => {
    const world = new World({ stakes: [100n, 100n, 100n, 100n] })
    world.run(24 * 2, cycling(world, 3_000n))
    world.setParams({ powerCap: true, powerPerKwh: 1_000n })
    world.run(8, cycling(world, 3_000n))
    world.send(MsgCreateValidator, newcomer(5), MsgCreateValidatorResponse)
    world.run(2, cycling(world, 3_000n))
    expect(world.powers()[5]).to.equal(undefined)
    world.send(
      MsgRegisterOperator,
      { validatorAddress: valoper(5), battery: batteryOf(5), meter: meterOf(5) },
      MsgRegisterOperatorResponse,
    )
    world.run(24 * 3, cycling(world, 3_000n), [0, 1, 2, 3, 5])
    expect(world.op(5).verifiedWh > 0n).to.equal(true)
    const power = world.powers()[5] ?? 0n
    expect(power > 0n && power <= (world.op(5).verifiedWh * 1_000n) / 1_000n).to.equal(true)
  }).timeout(120_000)

  it('switched off again lets powers return to what tokens give', () => {
    const world = new World({ stakes: [200n, 100n, 100n, 100n, 100n], operators: [1, 2, 3, 4] })
    world.run(24 * 2, cycling(world, 3_000n))
    world.setParams({ powerCap: true, powerPerKwh: 1_000n })
    epochs(world, 2, cycling(world, 3_000n))
    expect((world.powers()[0] as bigint) < 200n).to.equal(true)
    world.setParams({ powerCap: false })
    epochs(world, 4, cycling(world, 3_000n))
    expect(world.powers()).to.deep.equal({ 0: 200n, 1: 100n, 2: 100n, 3: 100n, 4: 100n })
    expect(world.api.staking.api.powerCap(world.chain.query(), account(0))).to.equal(undefined)
  }).timeout(120_000)

  it('leaves a chain alone whose batteries of one maker are all suspended', () => {
    const devices = [0, 1, 2, 3, 4].flatMap((n) => devicesOf(n))
    const shared = devices.map((device) =>
      ['battery-0', 'battery-1', 'battery-2'].includes(device.id)
        ? { ...device, maker: 'pack-x' }
        : device,
    )
    const world = new World({ stakes: [100n, 100n, 100n, 100n, 100n], devices: shared })
    world.run(24 * 2, cycling(world, 3_000n))
    world.setParams({ powerCap: true, powerPerKwh: 1_000n })
    world.run(16, cycling(world, 3_000n))
    const before = world.powers()
    for (const n of [0, 1, 2])
      world.api.device.api.jail(world.chain.write(), batteryOf(n), world.chain.time, 'recalled')
    const seen = epochs(world, 8, cycling(world, 3_000n))
    let last = before
    for (const powers of seen) {
      const lost = total(last) - total(powers)
      // The ramp, and the last unit of one that leaves.
      expect((lost - 1n) * 10n <= total(last)).to.equal(true)
      last = powers
    }
    expect(total(last) * 3n > total(before) * 2n).to.equal(true)
    expect(Object.keys(last).length >= 3).to.equal(true)
  }).timeout(120_000)
})

function newcomer(n: number): MsgCreateValidator {
  return MsgCreateValidator.create({
    description: { moniker: `v${n}`, identity: '', website: '', securityContact: '', details: '' },
    commission: {
      rate: '100000000000000000',
      maxRate: '200000000000000000',
      maxChangeRate: '10000000000000000',
    },
    minSelfDelegation: '1',
    delegatorAddress: accountText(n),
    validatorAddress: valoper(n),
    pubkey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: consensusKey(n) }) },
    value: { denom: 'ustrom', amount: (100n * STROM).toString() },
  })
}
