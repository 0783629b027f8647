import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Asked,
  type BatterySpec,
  challengeSetpoint,
  effectiveTarget,
  endOf,
  type MeterRegisters,
  missingMwh,
  netMwh,
  secretStep,
  startOf,
} from '../operator/plan.ts'
import { commitmentOf, secretOf } from '../operator/secrets.ts'

const VALIDATOR = 'stromvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgp52afw4'
const seed = Buffer.alloc(32, 7)
const battery: BatterySpec = {
  storageWh: 10_000n,
  sohPpm: 900_000n,
  etaCPpm: 950_000n,
  etaDPpm: 950_000n,
  nameplateW: 5_000n,
}
const TICK = 1_981_000n
const asked = (targetWh: bigint, ticks = 1): Asked => ({ tick: TICK, ticks, targetWh })

describe("an operator's secrets", () => {
  it('are made of seed, validator and period, and committed to by the chain rule', () => {
    const secret = secretOf(seed, VALIDATOR, 20_636n)
    const period = Buffer.from('000000000000509c', 'hex')
    const expected = createHash('sha256').update(
      Buffer.concat([secret, Buffer.from(VALIDATOR), period]),
    )
    expect(Buffer.from(commitmentOf(secret, VALIDATOR, 20_636n))).to.deep.equal(expected.digest())
    const others = [
      secretOf(seed, VALIDATOR, 20_637n),
      secretOf(seed, `${VALIDATOR}x`, 20_636n),
      secretOf(Buffer.alloc(32, 8), VALIDATOR, 20_636n),
    ]
    expect(secret.length).to.equal(32)
    for (const other of others) expect(other).not.to.deep.equal(secret)
    expect(secretOf(seed, VALIDATOR, 20_636n)).to.deep.equal(secret)
    expect(() => secretOf(Buffer.alloc(31), VALIDATOR, 1n)).to.throw('32 bytes')
  })

  it('are committed once in the first half and revealed once in the second', () => {
    const step = (committing: boolean, own?: { commitment: Uint8Array; secret: Uint8Array }) =>
      secretStep({ seed, validator: VALIDATOR, period: { nextPeriod: 9n, committing }, own })
    const secret = secretOf(seed, VALIDATOR, 9n)
    const commitment = commitmentOf(secret, VALIDATOR, 9n)
    const none = new Uint8Array(0)
    expect(step(true)).to.deep.equal({ kind: 'commit', period: 9n, commitment })
    expect(step(true, { commitment, secret: none })).to.include({ state: 'committed' })
    expect(step(false, { commitment, secret: none })).to.deep.equal({
      kind: 'reveal',
      period: 9n,
      secret,
    })
    expect(step(false, { commitment, secret })).to.include({ kind: 'nothing', state: 'revealed' })
    expect(step(false)).to.include({ kind: 'nothing', state: 'too_late' })
    const foreign = { commitment: Buffer.alloc(32, 1), secret: none }
    expect(step(true, foreign)).to.include({ kind: 'nothing', state: 'other_seed' })
    expect(step(false, foreign)).to.include({ kind: 'nothing', state: 'other_seed' })
  })
})

/** A meter that follows the setpoint with losses, noise and delay, and is read now and then. */
function run(options: {
  challenge: Asked
  noiseW: (second: number) => number
  gain: number
  lagS: number
  stepS: number
  socMwh?: bigint
}): { netMwh: number; largest: bigint; after: bigint | null } {
  const { challenge, stepS } = options
  const begin = startOf(challenge)
  const seconds = Number(endOf(challenge) - begin)
  let importMwh = 5_000_000
  let exportMwh = 9_000_000
  const at = (second: number): MeterRegisters => ({
    time: begin + BigInt(second),
    importMwh: BigInt(Math.floor(importMwh)),
    exportMwh: BigInt(Math.floor(exportMwh)),
  })
  const start = at(0)
  const asks: number[] = []
  let held: bigint | null = null
  let largest = 0n
  for (let second = 0; second < seconds; second += 1) {
    if (second % stepS === 0) {
      const drive = challengeSetpoint({
        challenge,
        battery,
        socMwh: options.socMwh,
        start,
        latest: at(second),
        now: begin + BigInt(second),
        heldW: held,
        stepS: BigInt(stepS),
      })
      held = drive.watts
      const size = (held ?? 0n) < 0n ? -(held ?? 0n) : (held ?? 0n)
      if (size > largest) largest = size
    }
    asks.push(Number(held ?? 0n))
    const followed = (asks[second - options.lagS] ?? 0) * options.gain
    const mwh = (followed + options.noiseW(second)) / 3.6
    if (mwh > 0) importMwh += mwh
    else exportMwh -= mwh
  }
  const end = at(seconds)
  const after = challengeSetpoint({
    challenge,
    battery,
    socMwh: options.socMwh,
    start,
    latest: end,
    now: end.time,
  }).watts
  return { netMwh: Number(netMwh(start, end)), largest, after }
}

describe('the closed loop of a challenge', () => {
  it('moves the target within half a percent whatever the noise, losses and delay within its power', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 1_000 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 400 }),
        fc.integer(),
        fc.integer({ min: 90, max: 110 }),
        fc.integer({ min: 0, max: 4 }),
        (wh, charge, ticks, noise, phase, gain, lagS) => {
          const target = (charge ? -1 : 1) * wh * ticks
          const found = run({
            challenge: asked(BigInt(target), ticks),
            noiseW: (second) => noise * Math.sin(second / 37 + phase),
            gain: gain / 100,
            lagS,
            stepS: 5,
          })
          // Half a percent, and what the noise moves in the shortest spread and the delay.
          const slack = Math.abs(target) * 5 + ((noise + 150) / 3.6) * (20 + lagS + 5)
          expect(Math.abs(found.netMwh - target * 1_000)).to.be.below(slack)
          expect(found.largest <= battery.nameplateW).to.equal(true)
          expect(found.after).to.equal(null)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('makes good in the next tick of a deep challenge what a tick left open', () => {
    // In the first tick something draws 3 kW beside the battery, which can only cover a part of it.
    const found = run({
      challenge: asked(2_400n, 4),
      noiseW: (second) => (second < 900 ? 3_500 : 0),
      gain: 1,
      lagS: 0,
      stepS: 5,
    })
    expect(Math.abs(found.netMwh - 2_400_000)).to.be.below(24_000)
    expect(found.largest).to.equal(battery.nameplateW)
  })

  it('gives each tick of a deep challenge its share', () => {
    const start = { time: TICK * 900n, importMwh: 0n, exportMwh: 0n }
    const drive = (second: bigint, exportMwh: bigint) =>
      challengeSetpoint({
        challenge: asked(2_000n, 4),
        battery,
        socMwh: undefined,
        start,
        latest: { time: start.time + second, importMwh: 0n, exportMwh },
        now: start.time + second,
      })
    // 500 Wh in 855 s; 250 Wh in 405 s; 600 Wh in 855 s; 10 Wh in the 20 s that are the shortest.
    expect(drive(0n, 0n)).to.deep.include({ watts: -2_105n, dueMwh: 500_000n })
    expect(drive(450n, 250_000n)).to.deep.include({ watts: -2_222n, clamped: false })
    expect(drive(900n, 400_000n)).to.deep.include({ watts: -2_526n, dueMwh: 1_000_000n })
    expect(drive(890n, 490_000n).watts).to.equal(-1_800n)
    expect(drive(895n, 0n)).to.deep.include({ watts: -5_000n, clamped: true })
    expect(drive(-1n, 0n).watts).to.equal(null)
    expect(drive(3_600n, 0n).watts).to.equal(null)
  })

  it('asks for the other direction exactly when the signed state of charge shows no headroom', () => {
    // 950 Wh at the meter are 1,000 Wh inside.
    expect(missingMwh(asked(950n), battery, 999_999n)).to.equal(1_000n)
    expect(effectiveTarget(asked(950n), battery, 1_000_000n)).to.deep.equal({
      targetWh: 950n,
      reversed: false,
    })
    expect(effectiveTarget(asked(950n), battery, 999_999n)).to.deep.equal({
      targetWh: -950n,
      reversed: true,
    })
    // 9,000 Wh are left of the capacity; 1,000 Wh at the meter are 950 Wh inside.
    expect(effectiveTarget(asked(-1_000n), battery, 8_050_999n).reversed).to.equal(false)
    expect(effectiveTarget(asked(-1_000n), battery, 8_051_000n)).to.deep.equal({
      targetWh: 1_000n,
      reversed: true,
    })
    // A battery with room for neither keeps its target.
    const small = { ...battery, storageWh: 1_000n }
    expect(effectiveTarget(asked(950n), small, 500_000n).reversed).to.equal(false)
    expect(effectiveTarget(asked(950n), battery, undefined).reversed).to.equal(false)
    const empty = run({
      challenge: asked(800n),
      noiseW: () => 0,
      gain: 1,
      lagS: 0,
      stepS: 5,
      socMwh: 100_000n,
    })
    expect(Math.abs(empty.netMwh + 800_000)).to.be.below(2_000)
  })

  it('reckons with registers that begin anew at zero', () => {
    const from = { time: 0n, importMwh: 990n, exportMwh: 995n }
    const to = { time: 1n, importMwh: 5n, exportMwh: 20n }
    expect(netMwh(from, to, 1_000n)).to.equal(25n - 15n)
  })
})
