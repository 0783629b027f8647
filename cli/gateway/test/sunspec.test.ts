import { expect } from 'chai'
import { awaited, refusal, SunspecBench, u32, u64 } from './sunspec-bench.ts'

describe('SunSpec source', () => {
  const bench = new SunspecBench()

  it('reads a three phase inverter: production is export, generation a negative power', async () => {
    const [, inverter = 0] = bench.device.models(40_000, [
      [1, 66],
      [103, 50],
    ])
    bench.device.set(inverter + 14, [4_321, 0xffff]) // 432.1 W at 10^-1
    bench.device.set(inverter + 24, [...u32(123_456_789), 0xfffe]) // at 10^-2 Wh
    bench.device.set(inverter + 38, [4])
    bench.device.set(inverter + 40, [0, 0])
    const sample = await bench.first([{ id: 'pv', use: 'inverter' }])
    expect(sample).to.include({
      device: 'pv',
      exportMwh: 1_234_567_890n,
      powerW: -432n,
      good: true,
    })
    expect(sample).not.to.have.property('importMwh')
    expect(sample.time).to.equal(sample.receivedAt)
    expect(bench.source?.trustClass).to.equal('C')
  })

  it('reads the second meter of a list at register 0, imported and exported, in dribbled bytes', async () => {
    const [, , , meter = 0] = bench.device.models(0, [
      [1, 66],
      [203, 105],
      [1, 66],
      [203, 105],
    ])
    bench.device.dribble = true
    bench.device.set(meter + 18, [0xfc18]) // -1000
    bench.device.set(meter + 22, [1])
    bench.device.set(meter + 38, u32(4_000_000_000))
    bench.device.set(meter + 46, u32(77))
    bench.device.set(meter + 54, [3])
    bench.device.set(meter + 105, [0, 8]) // under voltage: the grid's condition
    const sample = await bench.first([{ id: 'grid', use: 'meter', instance: 2 }], {
      timeout_ms: 2_000,
    })
    expect(sample).to.include({
      importMwh: 77_000_000n,
      exportMwh: 4_000_000_000_000_000n,
      powerW: -10_000n,
      good: true,
    })
    expect(Math.max(...bench.device.reads.map(({ count }) => count))).to.be.at.most(125)
  })

  it('swaps the directions of a meter that was wired the other way round', async () => {
    const [, meter = 0] = bench.device.models(0, [
      [1, 66],
      [201, 105],
    ])
    bench.device.set(meter + 18, [5])
    bench.device.set(meter + 22, [0])
    bench.device.set(meter + 38, u32(10))
    bench.device.set(meter + 46, u32(20))
    bench.device.set(meter + 54, [0])
    const sample = await bench.first([
      { id: 'grid', use: 'meter', invert: true, invert_power: true },
    ])
    expect(sample).to.include({ importMwh: 10_000n, exportMwh: 20_000n, powerW: -5n })
  })

  it('reads a battery: 64-bit registers beyond 2^53, what it holds, and an alarm that makes it not good', async () => {
    const [, der = 0, store = 0] = bench.device.models(50_000, [
      [1, 66],
      [701, 153],
      [713, 7],
    ])
    bench.device.set(der + 4, [3, 1])
    bench.device.set(der + 6, [0, 1 << 14]) // memory loss
    bench.device.set(der + 10, [250])
    bench.device.set(der + 19, u64(9_007_199_254_740_993n))
    bench.device.set(der + 23, u64(0n))
    bench.device.set(der + 116, [0])
    bench.device.set(der + 120, [0xffff]) // 10^-1
    bench.device.set(store + 2, [10_000, 7_654, 800, 990, 0, 0, 0xffff])
    const sample = await bench.first([{ id: 'bess', use: 'battery', unit_id: 7 }])
    expect(sample).to.include({
      exportMwh: 900_719_925_474_099_300n,
      importMwh: 0n,
      socMwh: 7_654_000n,
      powerW: -250n,
      good: false,
    })
    expect(bench.inbox.warnings.join()).to.contain('memory loss')
    expect(bench.device.reads.every(({ unit }) => unit === 7)).to.equal(true)
    // WHAvail not implemented: rating x charge x health, 10,000 Wh x 80.0 % x 99.0 %.
    bench.device.set(store + 3, [0xffff])
    const again = await awaited(() =>
      bench.inbox.samples.find(({ socMwh }) => socMwh !== 7_654_000n),
    )
    expect(again.socMwh).to.equal(7_920_000n)
  })

  it('leaves out registers that are not implemented, whatever their scale factor says', async () => {
    const [, meter = 0] = bench.device.models(40_000, [
      [1, 66],
      [203, 105],
    ])
    bench.device.set(meter + 18, [0x8000])
    bench.device.set(meter + 54, [0])
    bench.device.set(meter + 38, u32(0))
    bench.device.set(meter + 46, u32(0x8000_0000))
    await bench.open([{ id: 'grid', use: 'meter' }]).start(bench.inbox)
    await awaited(() => bench.inbox.warnings.find((text) => text.includes('not implemented')))
    expect(bench.inbox.samples).to.deep.equal([])
    bench.device.set(meter + 46, u32(500))
    const sample = await awaited(() => bench.inbox.samples[0])
    expect(sample).to.include({ importMwh: 500_000n })
    expect(sample).not.to.have.property('exportMwh')
    expect(sample).not.to.have.property('powerW')
    bench.device.set(meter + 54, [0x8000])
    await awaited(
      () => bench.inbox.warnings.filter((text) => text.includes('not implemented')).length > 2,
    )
  })

  it('says that a 32-bit counter started again, with the modulus to register', async () => {
    const [, inverter = 0] = bench.device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    bench.device.set(inverter + 24, [...u32(4_294_967_290), 1])
    await bench.first([{ id: 'pv', use: 'inverter' }])
    bench.device.set(inverter + 24, u32(5))
    const warning = await awaited(() => bench.inbox.warnings.find((text) => text.includes('fell')))
    expect(warning).to.contain('modulus 42949672960000 mWh')
    expect(bench.inbox.samples.at(-1)?.exportMwh).to.equal(50_000n)
  })

  it('comes back by itself after a cut, a silent device and a port that was closed', async () => {
    const [, inverter = 0] = bench.device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    bench.device.set(inverter + 24, [...u32(1_000), 0])
    await bench.first([{ id: 'pv', use: 'inverter' }])
    for (const trouble of ['cut', 'silent', 'closed'] as const) {
      const { port } = bench.device
      if (trouble === 'cut') bench.device.cut()
      if (trouble === 'silent') bench.device.silent = true
      if (trouble === 'closed') await bench.device.close()
      if (trouble !== 'cut') {
        const before = bench.inbox.warnings.length
        await awaited(() =>
          bench.inbox.warnings.slice(before).some((text) => text.includes('trying again')),
        )
      }
      bench.device.silent = false
      if (trouble === 'closed') await bench.device.listen(port)
      const seen = bench.inbox.samples.length
      await awaited(() => bench.inbox.samples.length > seen + 1)
    }
    // One line when it begins and one when it is over, not one a poll.
    expect(
      bench.inbox.warnings.filter((text) => text.includes('answers again')).length,
    ).to.be.within(2, 3)
  }).timeout(30_000)

  it('reads two units over one connection, and one that is missing does not keep the other from it', async () => {
    const [, inverter = 0] = bench.device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    bench.device.set(inverter + 24, [...u32(1_000), 0])
    const sample = await bench.first([
      { id: 'grid', use: 'meter', unit_id: 3 },
      { id: 'pv', use: 'inverter', unit_id: 4 },
    ])
    expect(sample.device).to.equal('pv')
    expect(new Set(bench.device.reads.map(({ unit }) => unit))).to.deep.equal(new Set([3, 4]))
    expect(bench.inbox.warnings.join()).to.contain('no energy model').and.contain('101')
  })

  it('takes nothing from garbled answers and goes on when they are over', async () => {
    const [, inverter = 0] = bench.device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    bench.device.set(inverter + 24, [...u32(1_000), 0])
    const answers = [
      [0, 1, 0, 0, 0, 3, 1, 3, 0],
      [0, 1, 0, 0, 0, 5, 1, 3, 2, 0x53, 0x75],
      [0, 9, 0, 0, 0, 7, 1, 3, 4, 0x53, 0x75, 0x6e, 0x53],
      [0, 1, 0, 7, 0, 7, 1, 3, 4, 0x53, 0x75, 0x6e, 0x53],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]
    bench.device.garbage = Buffer.from(answers[0] ?? [])
    await bench.open([{ id: 'pv', use: 'inverter' }], { timeout_ms: 100 }).start(bench.inbox)
    for (const bytes of answers) {
      bench.device.garbage = Buffer.from(bytes)
      const asked = bench.inbox.warnings.length
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      expect(bench.inbox.samples).to.deep.equal([])
      expect(bench.inbox.warnings.length).to.be.within(1, asked + 2)
    }
    bench.device.garbage = undefined
    expect((await awaited(() => bench.inbox.samples[0])).exportMwh).to.equal(1_000_000n)
  })

  it('stops at once, even while a device keeps it waiting', async () => {
    bench.device.silent = true
    await bench.open([{ id: 'pv', use: 'inverter' }], { timeout_ms: 60_000 }).start(bench.inbox)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const begun = Date.now()
    await bench.source?.stop()
    expect(Date.now() - begun).to.be.below(1_000)
  })

  it('refuses wrong settings by name', async () => {
    for (const [table, word] of [
      [{ device: [] }, 'device'],
      [{ device: [{ id: 'a', use: 'inverter' }], prot: 5 }, 'prot'],
      [{ device: [{ id: 'a', use: 'heater' }] }, 'use'],
      [
        {
          device: [
            { id: 'a', use: 'meter' },
            { id: 'a', use: 'meter' },
          ],
        },
        'twice',
      ],
      [{ device: [{ id: 'a', use: 'meter', unit_id: 256 }] }, 'unit_id'],
    ] as const) {
      const error = await refusal((async () => bench.open([], table))())
      expect(error.code).to.equal('bad_config')
      expect(error.message).to.contain(word)
    }
  })
})
