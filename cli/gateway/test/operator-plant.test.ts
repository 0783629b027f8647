import { expect } from 'chai'
import type { Source } from '../sources/contract.ts'
import { mqttSource } from '../sources/mqtt.ts'
import { type Broker, openBroker } from './broker.ts'
import { Collector, until } from './collector.ts'
import { OperatorBench, TICK } from './operator-bench.ts'
import { SunspecBench, u32, u64 } from './sunspec-bench.ts'

/** A battery and its meter in a time that runs `speed` times as fast as ours. */
class Plant {
  /** What the battery was asked for, W; its own will otherwise. */
  watts: bigint | null = null
  importMwh = 40_000_000
  exportMwh = 70_000_000
  readonly speed: number
  readonly #begin: number
  readonly #at = Date.now()
  #moved = 0
  #timer: NodeJS.Timeout | undefined

  constructor(begin: bigint, speed: number) {
    this.#begin = Number(begin)
    this.speed = speed
  }

  get now(): number {
    return this.#begin + ((Date.now() - this.#at) * this.speed) / 1_000
  }

  start(tell: () => void): this {
    this.#moved = this.now
    this.#timer = setInterval(() => {
      const now = this.now
      // Losses of 6 %, and 150 W of something else that comes and goes behind the same meter.
      const watts = Number(this.watts ?? 300n) * 0.94 + 150 * Math.sin(now / 90)
      const mwh = (watts * (now - this.#moved)) / 3.6
      if (mwh > 0) this.importMwh += mwh
      else this.exportMwh -= mwh
      this.#moved = now
      tell()
    }, 10)
    return this
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

describe('a challenge driven through real wires', () => {
  const bench = new OperatorBench()
  const modbus = new SunspecBench()
  let broker: Broker
  let plant: Plant | undefined
  let source: Source | undefined
  const START = (TICK + 1n) * 900n

  beforeEach(async () => {
    broker = await openBroker()
    plant = undefined
    source = undefined
  })
  afterEach(async () => {
    await bench.stop()
    plant?.stop()
    await source?.stop()
    await broker.close()
  })

  /** Runs one challenge of 900 Wh and returns what the plant's own registers moved by its end, Wh. */
  const drive = async (
    opened: { plant: Plant; source: Source; sink: Collector },
    targetWh: bigint,
  ): Promise<number> => {
    const { plant: one, sink } = opened
    const { chain, instruments } = bench
    bench.operator.ask(TICK + 1n, targetWh)
    let atStart: { importMwh: number; exportMwh: number } | undefined
    const registers = (time: bigint, importMwh: number, exportMwh: number) => ({
      time,
      importMwh: BigInt(Math.floor(importMwh)),
      exportMwh: BigInt(Math.floor(exportMwh)),
    })
    let seen = 0
    const watch = setInterval(() => {
      chain.time = BigInt(Math.floor(one.now))
      if (atStart === undefined && one.now >= Number(START)) {
        atStart = { importMwh: one.importMwh, exportMwh: one.exportMwh }
        instruments.readings.set(
          'bess-meter',
          registers(START, atStart.importMwh, atStart.exportMwh),
        )
      }
      for (const sample of sink.samples.slice(seen)) {
        seen += 1
        const { importMwh = 0n, exportMwh = 0n } = sample
        const time = BigInt(Math.floor(one.now))
        instruments.samples.set(sample.device, { time, importMwh, exportMwh })
      }
    }, 5)
    instruments.readings.set('bess', { ...registers(START, 0, 0), socMwh: 5_000_000n })
    bench.open({
      now: () => BigInt(Math.floor(one.now)),
      stepMs: 100,
      stepS: BigInt(Math.ceil(one.speed / 10)),
      instruments: {
        newest: (device) => instruments.newest(device),
        signed: (device) => instruments.signed(device),
        setpoint: async (device, watts) => {
          await opened.source.setpoint?.(device, watts)
        },
      },
    })
    const end = Number(START) + 900
    while (one.now < end) await new Promise((resolve) => setTimeout(resolve, 2))
    const moved = atStart as { importMwh: number; exportMwh: number } | undefined
    const net = one.exportMwh - (moved?.exportMwh ?? 0) - (one.importMwh - (moved?.importMwh ?? 0))
    await until(() => bench.said('was let go'))
    clearInterval(watch)
    return net / 1_000
  }

  it('of an MQTT broker meets its target at the meter and is released', async function () {
    this.timeout(20_000)
    const one = new Plant(START - 100n, 200)
    plant = one
    const sink = new Collector()
    source = mqttSource.create(
      {
        kind: 'mqtt',
        name: 'cellar',
        url: broker.url,
        poll_s: 0,
        device: [
          {
            id: 'bess',
            format: 'generic',
            setpoint_topic: 'bess/set',
            setpoint_payload: '{"w": {{ watts }}}',
            setpoint_release: '{"auto": true}',
            register: [{ register: 'import', topic: 'bess/in', unit: 'mWh' }],
          },
          {
            id: 'bess-meter',
            format: 'generic',
            register: [
              { register: 'import', topic: 'meter', path: 'in', unit: 'mWh' },
              { register: 'export', topic: 'meter', path: 'out', unit: 'mWh' },
            ],
          },
        ],
      },
      'test',
    )
    await source.start(sink)
    await broker.meter.subscribeAsync('bess/set')
    const payloads: string[] = []
    broker.meter.on('message', (topic, payload) => {
      if (topic !== 'bess/set') return
      payloads.push(payload.toString())
      const asked = JSON.parse(payload.toString()) as { w?: number }
      one.watts = asked.w === undefined ? null : BigInt(asked.w)
    })
    one.start(() => {
      const text = `{"in": ${Math.floor(one.importMwh)}, "out": ${Math.floor(one.exportMwh)}}`
      broker.meter.publish('meter', text)
    })
    const moved = await drive({ plant: one, source, sink }, 900n)
    await until(() => payloads.at(-1) === '{"auto": true}')
    expect(moved).to.be.within(870, 930)
    expect(one.watts).to.equal(null)
    expect(payloads.length).to.be.greaterThan(20)
  })

  it('of SunSpec models 704 and 201 meets its target at the meter and is released', async function () {
    this.timeout(40_000)
    const [, der = 0, rating = 0, control = 0, store = 0, meter = 0] = modbus.device.models(
      40_000,
      [
        [1, 66],
        [701, 153],
        [702, 50],
        [704, 65],
        [713, 7],
        [201, 105],
      ],
    )
    modbus.device.set(rating + 2, [500])
    modbus.device.set(rating + 45, [1])
    modbus.device.set(control + 22, [0, 0, 0, 0])
    modbus.device.set(control + 55, [0, 0])
    modbus.device.set(der + 4, [3, 1])
    modbus.device.set(der + 6, [0, 0])
    modbus.device.set(der + 19, [...u64(1_000n), ...u64(1_000n)])
    modbus.device.set(der + 120, [0])
    modbus.device.set(store + 2, [1_000, 500])
    modbus.device.set(store + 7, [1])
    modbus.device.set(meter + 18, [5])
    modbus.device.set(meter + 22, [0])
    modbus.device.set(meter + 54, [0xffff]) // 10^-1 Wh
    modbus.device.set(meter + 105, [0, 0])
    const one = new Plant(START - 90n, 60)
    plant = one
    one.start(() => {
      const on = modbus.device.registers.get(control + 22) === 1
      const high = modbus.device.registers.get(control + 24) ?? 0
      const low = modbus.device.registers.get(control + 25) ?? 0
      one.watts = on ? -BigInt.asIntN(32, BigInt(high * 65_536 + low)) : null
      modbus.device.set(meter + 38, u32(Math.floor(one.exportMwh / 100)))
      modbus.device.set(meter + 46, u32(Math.floor(one.importMwh / 100)))
    })
    const opened = modbus.open([
      { id: 'bess', use: 'battery', setpoint: '704' },
      { id: 'bess-meter', use: 'meter' },
    ])
    const sink = new Collector()
    await opened.start(sink)
    const moved = await drive({ plant: one, source: opened, sink }, -800n)
    expect(moved).to.be.within(-840, -760)
    await until(() => modbus.device.registers.get(control + 22) === 0)
    expect(sink.warnings).to.deep.equal([])
    expect(bench.messages.filter((text) => text.includes('not steered'))).to.deep.equal([])
  })
})
