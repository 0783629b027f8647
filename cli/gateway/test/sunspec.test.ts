import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../errors.ts'
import type { Sample, Source, SourceSink } from '../sources/contract.ts'
import { sunspecSource } from '../sources/sunspec.ts'
import { readFloat, readRaw, readScale, scaleExact } from '../sources/sunspec-decode.ts'
import { ModbusError } from '../sources/sunspec-modbus.ts'
import { probeSunspec, sunspecPower } from '../sources/sunspec-scan.ts'
import { ModbusDevice } from './sunspec-device.ts'

class Inbox implements SourceSink {
  readonly samples: Sample[] = []
  readonly warnings: string[] = []
  async sample(sample: Sample): Promise<void> {
    this.samples.push(sample)
  }
  async receipt(): Promise<void> {
    throw new Error('SunSpec devices sign nothing')
  }
  warn(message: string): void {
    this.warnings.push(message)
  }
}

async function until<T>(what: () => T | undefined | false, ms = 8_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const got = what()
    if (got !== undefined && got !== false) return got
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function refusal(work: Promise<unknown>): Promise<GatewayError> {
  try {
    await work
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** 16-bit words of a 64-bit number. */
const u64 = (value: bigint): number[] =>
  [48n, 32n, 16n, 0n].map((shift) => Number((value >> shift) & 0xffffn))
const u32 = (value: number): number[] => [Math.floor(value / 65_536), value % 65_536]

describe('SunSpec source', () => {
  let device: ModbusDevice
  let inbox: Inbox
  let source: Source | undefined
  beforeEach(async () => {
    device = await new ModbusDevice().listen()
    inbox = new Inbox()
    source = undefined
  })
  afterEach(async () => {
    await source?.stop()
    await device.close()
  })
  const open = (devices: object[], more: object = {}): Source => {
    source = sunspecSource.create(
      {
        kind: 'sunspec',
        name: 'roof',
        host: '127.0.0.1',
        port: device.port,
        poll_s: 1,
        timeout_ms: 400,
        retry_max_s: 1,
        device: devices,
        ...more,
      },
      'gateway.toml source 1',
    )
    return source
  }
  const first = async (devices: object[], more: object = {}): Promise<Sample> => {
    await open(devices, more).start(inbox)
    return until(() => inbox.samples[0])
  }

  it('reads a three phase inverter: production is export, generation a negative power', async () => {
    const [, inverter = 0] = device.models(40_000, [
      [1, 66],
      [103, 50],
    ])
    device.set(inverter + 14, [4_321, 0xffff]) // 432.1 W at 10^-1
    device.set(inverter + 24, [...u32(123_456_789), 0xfffe]) // at 10^-2 Wh
    device.set(inverter + 38, [4])
    device.set(inverter + 40, [0, 0])
    const sample = await first([{ id: 'pv', use: 'inverter' }])
    expect(sample).to.include({
      device: 'pv',
      exportMwh: 1_234_567_890n,
      powerW: -432n,
      good: true,
    })
    expect(sample).not.to.have.property('importMwh')
    expect(sample.time).to.equal(sample.receivedAt)
    expect(source?.trustClass).to.equal('C')
  })

  it('reads the second meter of a list at register 0, imported and exported, in dribbled bytes', async () => {
    const [, , , meter = 0] = device.models(0, [
      [1, 66],
      [203, 105],
      [1, 66],
      [203, 105],
    ])
    device.dribble = true
    device.set(meter + 18, [0xfc18]) // -1000
    device.set(meter + 22, [1])
    device.set(meter + 38, u32(4_000_000_000))
    device.set(meter + 46, u32(77))
    device.set(meter + 54, [3])
    device.set(meter + 105, [0, 8]) // under voltage: the grid's condition
    const sample = await first([{ id: 'grid', use: 'meter', instance: 2 }], { timeout_ms: 2_000 })
    expect(sample).to.include({
      importMwh: 77_000_000n,
      exportMwh: 4_000_000_000_000_000n,
      powerW: -10_000n,
      good: true,
    })
    expect(Math.max(...device.reads.map(({ count }) => count))).to.be.at.most(125)
  })

  it('swaps the directions of a meter that was wired the other way round', async () => {
    const [, meter = 0] = device.models(0, [
      [1, 66],
      [201, 105],
    ])
    device.set(meter + 18, [5])
    device.set(meter + 22, [0])
    device.set(meter + 38, u32(10))
    device.set(meter + 46, u32(20))
    device.set(meter + 54, [0])
    const sample = await first([{ id: 'grid', use: 'meter', invert: true, invert_power: true }])
    expect(sample).to.include({ importMwh: 10_000n, exportMwh: 20_000n, powerW: -5n })
  })

  it('reads a battery: 64-bit registers beyond 2^53, what it holds, and an alarm that makes it not good', async () => {
    const [, der = 0, store = 0] = device.models(50_000, [
      [1, 66],
      [701, 153],
      [713, 7],
    ])
    device.set(der + 4, [3, 1])
    device.set(der + 6, [0, 1 << 14]) // memory loss
    device.set(der + 10, [250])
    device.set(der + 19, u64(9_007_199_254_740_993n))
    device.set(der + 23, u64(0n))
    device.set(der + 116, [0])
    device.set(der + 120, [0xffff]) // 10^-1
    device.set(store + 2, [10_000, 7_654, 800, 990, 0, 0, 0xffff])
    const sample = await first([{ id: 'bess', use: 'battery', unit_id: 7 }])
    expect(sample).to.include({
      exportMwh: 900_719_925_474_099_300n,
      importMwh: 0n,
      socMwh: 7_654_000n,
      powerW: -250n,
      good: false,
    })
    expect(inbox.warnings.join()).to.contain('memory loss')
    expect(device.reads.every(({ unit }) => unit === 7)).to.equal(true)
    // WHAvail not implemented: rating x charge x health, 10,000 Wh x 80.0 % x 99.0 %.
    device.set(store + 3, [0xffff])
    const again = await until(() => inbox.samples.find(({ socMwh }) => socMwh !== 7_654_000n))
    expect(again.socMwh).to.equal(7_920_000n)
  })

  it('leaves out registers that are not implemented, whatever their scale factor says', async () => {
    const [, meter = 0] = device.models(40_000, [
      [1, 66],
      [203, 105],
    ])
    device.set(meter + 18, [0x8000])
    device.set(meter + 54, [0])
    device.set(meter + 38, u32(0))
    device.set(meter + 46, u32(0x8000_0000))
    await open([{ id: 'grid', use: 'meter' }]).start(inbox)
    await until(() => inbox.warnings.find((text) => text.includes('not implemented')))
    expect(inbox.samples).to.deep.equal([])
    device.set(meter + 46, u32(500))
    const sample = await until(() => inbox.samples[0])
    expect(sample).to.include({ importMwh: 500_000n })
    expect(sample).not.to.have.property('exportMwh')
    expect(sample).not.to.have.property('powerW')
    device.set(meter + 54, [0x8000])
    await until(() => inbox.warnings.filter((text) => text.includes('not implemented')).length > 2)
  })

  it('says that a 32-bit counter started again, with the modulus to register', async () => {
    const [, inverter = 0] = device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    device.set(inverter + 24, [...u32(4_294_967_290), 1])
    await first([{ id: 'pv', use: 'inverter' }])
    device.set(inverter + 24, u32(5))
    const warning = await until(() => inbox.warnings.find((text) => text.includes('fell')))
    expect(warning).to.contain('modulus 42949672960000 mWh')
    expect(inbox.samples.at(-1)?.exportMwh).to.equal(50_000n)
  })

  it('comes back by itself after a cut, a silent device and a port that was closed', async () => {
    const [, inverter = 0] = device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    device.set(inverter + 24, [...u32(1_000), 0])
    await first([{ id: 'pv', use: 'inverter' }])
    for (const trouble of ['cut', 'silent', 'closed'] as const) {
      const { port } = device
      if (trouble === 'cut') device.cut()
      if (trouble === 'silent') device.silent = true
      if (trouble === 'closed') await device.close()
      if (trouble !== 'cut') {
        const before = inbox.warnings.length
        await until(() =>
          inbox.warnings.slice(before).some((text) => text.includes('trying again')),
        )
      }
      device.silent = false
      if (trouble === 'closed') await device.listen(port)
      const seen = inbox.samples.length
      await until(() => inbox.samples.length > seen + 1)
    }
    // One line when it begins and one when it is over, not one a poll.
    expect(inbox.warnings.filter((text) => text.includes('answers again')).length).to.be.within(
      2,
      3,
    )
  }).timeout(30_000)

  it('reads two units over one connection, and one that is missing does not keep the other from it', async () => {
    const [, inverter = 0] = device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    device.set(inverter + 24, [...u32(1_000), 0])
    const sample = await first([
      { id: 'grid', use: 'meter', unit_id: 3 },
      { id: 'pv', use: 'inverter', unit_id: 4 },
    ])
    expect(sample.device).to.equal('pv')
    expect(new Set(device.reads.map(({ unit }) => unit))).to.deep.equal(new Set([3, 4]))
    expect(inbox.warnings.join()).to.contain('no energy model').and.contain('101')
  })

  it('takes nothing from garbled answers and goes on when they are over', async () => {
    const [, inverter = 0] = device.models(40_000, [
      [1, 66],
      [101, 50],
    ])
    device.set(inverter + 24, [...u32(1_000), 0])
    const answers = [
      [0, 1, 0, 0, 0, 3, 1, 3, 0],
      [0, 1, 0, 0, 0, 5, 1, 3, 2, 0x53, 0x75],
      [0, 9, 0, 0, 0, 7, 1, 3, 4, 0x53, 0x75, 0x6e, 0x53],
      [0, 1, 0, 7, 0, 7, 1, 3, 4, 0x53, 0x75, 0x6e, 0x53],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]
    device.garbage = Buffer.from(answers[0] ?? [])
    await open([{ id: 'pv', use: 'inverter' }], { timeout_ms: 100 }).start(inbox)
    for (const bytes of answers) {
      device.garbage = Buffer.from(bytes)
      const asked = inbox.warnings.length
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      expect(inbox.samples).to.deep.equal([])
      expect(inbox.warnings.length).to.be.within(1, asked + 2)
    }
    device.garbage = undefined
    expect((await until(() => inbox.samples[0])).exportMwh).to.equal(1_000_000n)
  })

  it('stops at once, even while a device keeps it waiting', async () => {
    device.silent = true
    await open([{ id: 'pv', use: 'inverter' }], { timeout_ms: 60_000 }).start(inbox)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const begun = Date.now()
    await source?.stop()
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
      const error = await refusal((async () => open([], table))())
      expect(error.code).to.equal('bad_config')
      expect(error.message).to.contain(word)
    }
  })

  describe('setpoints', () => {
    let der: number
    let control: number
    const battery = (more: object = {}): object => ({
      id: 'bess',
      use: 'battery',
      setpoint: 'auto',
      ...more,
    })
    beforeEach(() => {
      const starts = device.models(40_000, [
        [1, 66],
        [701, 153],
        [702, 50],
        [704, 65],
        [124, 24],
      ])
      der = starts[2] ?? 0
      control = starts[3] ?? 0
      device.set(der + 2, [500]) // 5,000 W at 10^1
      device.set(der + 45, [1])
      device.set(control + 55, [0, 0])
    })

    it('writes watts over model 704 with the sign of generation, and releases them', async () => {
      const bess = open([battery({ revert_s: 900 })])
      await bess.setpoint?.('bess', -3_000n)
      expect(device.writes).to.deep.equal([
        { address: control + 30, values: [0, 0, 900] },
        { address: control + 22, values: [1, 1, 0, 3_000] },
      ])
      await bess.setpoint?.('bess', 1_500n)
      expect(device.writes.at(-1)?.values).to.deep.equal([1, 1, 0xffff, 0xffff - 1_499])
      await bess.setpoint?.('bess', null)
      expect(device.writes.at(-1)).to.deep.equal({ address: control + 22, values: [0] })
    })

    it('falls back to percent of WMax, and cuts off towards zero', async () => {
      device.set(control + 55, [0x8000, 0xffff]) // watts not implemented, percent at 10^-1
      await open([battery()]).setpoint?.('bess', 1_234n)
      expect(device.registers.get(control + 28)).to.equal(65_536 - 246) // -24.68 %
      expect(device.registers.get(control + 22)).to.equal(1)
      expect(device.registers.get(control + 23)).to.equal(0)
    })

    it('holds a power over model 124 with both limits', async () => {
      const legacy = control + 67
      device.set(legacy + 2, [5_000])
      device.set(legacy + 18, [0])
      device.set(legacy + 25, [0xfffe]) // 10^-2 percent
      const bess = open([battery({ setpoint: '124' })])
      await bess.setpoint?.('bess', 2_500n)
      expect(device.registers.get(legacy + 12)).to.equal(65_536 - 5_000)
      expect(device.registers.get(legacy + 13)).to.equal(5_000)
      expect(device.registers.get(legacy + 5)).to.equal(3)
      await bess.setpoint?.('bess', null)
      expect(device.registers.get(legacy + 5)).to.equal(0)
      device.set(legacy + 2, [0xffff])
      expect((await refusal(bess.setpoint!('bess', 1n))).message).to.contain('WChaMax')
    })

    it('tells apart a refused write, a value that does not stick, a bound and a device that is off', async () => {
      const bess = open([battery({ max_charge_w: 2_000 })])
      device.refuse.set(control + 22, 3)
      const refused = await refusal(bess.setpoint!('bess', 100n))
      expect(refused.code).to.equal('setpoint_refused')
      expect(refused.message).to.contain('illegal data value')
      device.refuse.clear()
      device.stuck.add(control + 25)
      expect((await refusal(bess.setpoint!('bess', 100n))).message).to.contain('did not take it')
      device.stuck.clear()
      const writes = device.writes.length
      expect((await refusal(bess.setpoint!('bess', 2_001n))).message).to.contain('2000 W')
      expect((await refusal(bess.setpoint!('bess', -5_001n))).message).to.contain('nameplate')
      expect((await refusal(bess.setpoint!('pv', 1n))).message).to.contain('no device')
      expect(device.writes.length).to.equal(writes)
      await bess.setpoint!('bess', 2_000n)
      await device.close()
      expect((await refusal(bess.setpoint!('bess', 1n))).code).to.equal('setpoint_refused')
      await device.listen(device.port)
    })

    it('writes nothing unless the settings allow it', async () => {
      const error = await refusal(open([battery({ setpoint: 'off' })]).setpoint!('bess', 1n))
      expect(error.message).to.contain('off')
      expect(device.reads).to.deep.equal([])
    })
  })

  it('finds out who a device is and prints settings that work', async () => {
    const [common = 0, , meter = 0] = device.models(40_000, [
      [1, 66],
      [103, 50],
      [203, 105],
    ])
    device.text(common + 2, 'Acme Solar', 16)
    device.text(common + 18, 'X-5000', 16)
    device.text(common + 50, 'SN 12/34', 16)
    device.set(meter + 46, u32(12))
    device.set(meter + 54, [0])
    const probe = await probeSunspec('127.0.0.1', device.port, 1, 500)
    expect(probe).to.include({ manufacturer: 'Acme Solar', model: 'X-5000', serial: 'SN 12/34' })
    expect(probe?.models.map(({ id }) => id)).to.deep.equal([1, 103, 203])
    expect(probe?.config).to.contain('id = "inverter-sn1234"').and.contain('id = "meter-sn1234"')
    const reading = await sunspecPower('127.0.0.1', device.port, 1, 500, 'meter')
    expect(reading?.importMwh).to.equal(12_000n)
  })

  it('tells a Modbus device that is no SunSpec device from one that is not there', async () => {
    device.set(0, [1, 2, 3])
    expect(await probeSunspec('127.0.0.1', device.port, 1, 500)).to.equal(undefined)
    await device.close()
    try {
      await probeSunspec('127.0.0.1', device.port, 1, 500)
      throw new Error('it answered')
    } catch (error) {
      expect(error).to.be.instanceOf(ModbusError)
    }
  })

  it('scales exactly: the same as long division by hand, for any factor of -10..10', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: -10, max: 10 }), (raw, sf) => {
        const digits = `${raw * 1_000n}`
        const expected =
          sf >= 0 ? `${digits}${'0'.repeat(sf)}` : digits.padStart(12, '0').slice(0, sf)
        expect(scaleExact(raw, 1_000n, BigInt(sf))).to.equal(BigInt(expected))
      }),
    )
    expect(scaleExact(-19n, 1n, -1n)).to.equal(-1n)
  })

  it('reads floats as the processor does and takes NaN for absent', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const bytes = Buffer.alloc(4)
        bytes.writeFloatBE(value)
        const words = Uint16Array.of(bytes.readUInt16BE(0), bytes.readUInt16BE(2))
        const read = readFloat(words, { offset: 0, type: 'float32' }, 1n)
        expect(read).to.equal(BigInt(Math.trunc(value)))
      }),
    )
    const nan = Uint16Array.of(0x7fc0, 0)
    expect(readFloat(nan, { offset: 0, type: 'float32' }, 1n)).to.equal(undefined)
  })

  it('refuses each kind of "not implemented" and factors outside -10..10', () => {
    for (const [type, words] of [
      ['uint16', [0xffff]],
      ['enum16', [0xffff]],
      ['int16', [0x8000]],
      ['int32', [0x8000, 0]],
      ['acc32', [0, 0]],
      ['acc32', [0x8000, 0]],
      ['acc32', [0xffff, 0xffff]],
      ['bitfield32', [0xffff, 0xffff]],
      ['uint64', [0xffff, 0xffff, 0xffff, 0xffff]],
      ['uint16', []],
    ] as const) {
      expect(readRaw(Uint16Array.from(words), { offset: 0, type })).to.equal(undefined)
    }
    expect(readScale(Uint16Array.of(11), { offset: 0, type: 'sunssf' })).to.equal(undefined)
    expect(readScale(Uint16Array.of(0xfff6), { offset: 0, type: 'sunssf' })).to.equal(-10n)
  })
})
