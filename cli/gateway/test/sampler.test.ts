import { expect } from 'chai'
import fc from 'fast-check'
import { judgeSample, type Registers } from '../register-watch.ts'
import { type DevicePlan, Sampler } from '../sampler.ts'
import type { Sample } from '../sources/contract.ts'

const T = 1_782_907_200n
const plan: DevicePlan = { id: 'pv', intervalS: 900n, toleranceS: 27n, nameplateW: undefined }
const sample = (offset: bigint, exportMwh: bigint, more: Partial<Sample> = {}): Sample => ({
  device: 'pv',
  time: T + offset,
  receivedAt: T + offset,
  exportMwh,
  good: true,
  ...more,
})

function bench(last?: Registers, own: DevicePlan = plan) {
  const readings: { at: bigint; mwh: bigint }[] = []
  const warnings: string[] = []
  const sampler = new Sampler({
    devices: [own],
    last: () => last,
    take: async (_device, reading) => {
      readings.push({ at: reading.time - T, mwh: reading.exportMwh })
    },
    warn: (message) => void warnings.push(message),
  })
  return { sampler, readings, warnings }
}

describe('sampler', () => {
  it('takes the newest sample within 27 s before a boundary, and one on the boundary at once', async () => {
    const { sampler, readings } = bench()
    for (const [at, mwh] of [
      [0n, 10n],
      [870n, 50n],
      [875n, 51n],
      [890n, 52n],
      [905n, 53n],
      [1800n, 99n],
    ] as const)
      await sampler.offer(sample(at, mwh))
    expect(readings).to.deep.equal([
      { at: 0n, mwh: 10n },
      { at: 900n, mwh: 52n },
      { at: 1800n, mwh: 99n },
    ])
  })

  it('leaves a boundary without such a sample a gap, says so and invents nothing', async () => {
    const { sampler, readings, warnings } = bench()
    await sampler.offer(sample(0n, 10n))
    await sampler.offer(sample(872n, 50n))
    await sampler.offer(sample(910n, 60n))
    await sampler.offer(sample(3_600n, 70n))
    expect(readings.map((one) => one.at)).to.deep.equal([0n, 3_600n])
    expect(sampler.states()[0]?.gaps).to.equal(3n)
    expect(warnings.join()).to.contain('3 boundaries passed without a sample')
  })

  it('closes a boundary by the clock when no later sample comes', async () => {
    const { sampler, readings } = bench(undefined, { ...plan, intervalS: 2n, toleranceS: 1n })
    const now = BigInt(Math.floor(Date.now() / 1_000))
    const odd = now % 2n === 0n ? now - 1n : now - 2n
    sampler.start()
    await sampler.offer({ ...sample(0n, 5n), time: odd, receivedAt: odd })
    await new Promise((resolve) => setTimeout(resolve, 4_500))
    await sampler.stop()
    expect(readings).to.deep.equal([{ at: odd + 1n - T, mwh: 5n }])
  })

  it('says so when a reading cannot be made durable, and takes the same sample again', async () => {
    const readings: bigint[] = []
    let full = true
    const sampler = new Sampler({
      devices: [plan],
      last: () => undefined,
      take: async (_device, reading) => {
        if (full) throw new Error('disk full')
        readings.push(reading.exportMwh)
      },
      warn: () => undefined,
    })
    let message = ''
    await sampler.offer(sample(0n, 5n)).catch((error: Error) => {
      message = error.message
    })
    expect(message).to.equal('disk full')
    full = false
    await sampler.offer(sample(0n, 6n))
    await sampler.offer(sample(890n, 7n))
    full = true
    await sampler.offer(sample(901n, 8n)).catch(() => undefined)
    full = false
    await sampler.offer(sample(901n, 8n))
    expect(readings).to.deep.equal([6n, 7n])
  })

  it('goes on after the last reading of an earlier run: an older or the same boundary is not read again', async () => {
    const { sampler, readings } = bench({ time: T + 900n, importMwh: 0n, exportMwh: 50n })
    await sampler.offer(sample(0n, 10n))
    await sampler.offer(sample(900n, 50n))
    await sampler.offer(sample(1_800n, 60n))
    expect(readings).to.deep.equal([{ at: 1_800n, mwh: 60n }])
  })

  it('leaves a drop of up to 10 % out as a glitch and passes a new cycle on as it is', async () => {
    const { sampler, readings, warnings } = bench()
    await sampler.offer(sample(0n, 1_000n))
    await sampler.offer(sample(900n, 900n))
    await sampler.offer(sample(1_800n, 899n))
    expect(readings.map((one) => one.mwh)).to.deep.equal([1_000n, 899n])
    expect(warnings[0]).to.contain('taken for a glitch')
    expect(warnings.join()).to.contain('a new cycle')
    expect(sampler.states()[0]?.leftOut).to.equal(1n)
  })

  it('tells the owner of a meter clock more than 27 s off and takes no time from far ahead', async () => {
    const { sampler, readings, warnings } = bench()
    await sampler.offer(sample(0n, 1n, { receivedAt: T + 27n }))
    expect(warnings).to.deep.equal([])
    await sampler.offer(sample(900n, 2n, { receivedAt: T + 928n }))
    expect(warnings.join()).to.contain('more than 27 s behind ours')
    await sampler.offer(sample(90_000n, 3n, { receivedAt: T + 1_000n }))
    expect(warnings.join()).to.contain('far ahead')
    expect(readings.map((one) => one.at)).to.deep.equal([0n, 900n])
  })

  it('leaves out what is not good, misses a register told before, or rises faster than the nameplate', () => {
    const before: Registers = { time: T, importMwh: 5n, exportMwh: 7n }
    const left = (one: Partial<Sample>, plate?: bigint): string => {
      const judged = judgeSample(before, { ...sample(900n, 8n), importMwh: 5n, ...one }, plate)
      return 'leftOut' in judged ? judged.leftOut : ''
    }
    expect(left({})).to.equal('')
    expect(left({ good: false })).to.contain('not good')
    const { importMwh: _, ...alone } = { ...sample(900n, 8n), importMwh: 5n }
    const judged = judgeSample(before, alone, undefined)
    expect('leftOut' in judged && judged.leftOut).to.contain('import is missing')
    expect(left({ exportMwh: 2_700_000n }, 10_000n)).to.equal('')
    expect(left({ exportMwh: 2_800_000n }, 10_000n)).to.contain('more than 10000 W can')
  })

  it('never gives two readings of one boundary, and each within the tolerance, for any samples', async () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -50, max: 400 }), fc.nat(1_000)), {
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const { sampler, readings } = bench()
        const offered: Sample[] = []
        let time = 0n
        let mwh = 0n
        for (const [dt, de] of moves) {
          time += BigInt(dt)
          mwh += BigInt(de)
          const one = sample(time, mwh)
          offered.push(one)
          await sampler.offer(one)
        }
        for (const [i, reading] of readings.entries()) {
          expect(reading.at % 900n).to.equal(0n)
          expect(reading.at > (readings[i - 1]?.at ?? -(1n << 62n))).to.equal(true)
          const source = offered.filter((one) => one.exportMwh === reading.mwh)
          const near = source.some((one) => {
            const before = T + reading.at - one.time
            return before >= 0n && before <= 27n
          })
          expect(near).to.equal(true)
        }
      }),
      { numRuns: 200 },
    )
  })
})
