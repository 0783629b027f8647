import { expect } from 'chai'
import fc from 'fast-check'
import { nowSeconds } from '../sources/clock.ts'
import type { Source } from '../sources/contract.ts'
import { mqttSource } from '../sources/mqtt.ts'
import { type Broker, openBroker } from './broker.ts'
import { Collector, until } from './collector.ts'

describe('MQTT source on a real broker', () => {
  let broker: Broker
  let sink: Collector
  let sources: Source[]

  beforeEach(async () => {
    broker = await openBroker()
    sink = new Collector()
    sources = []
  })
  afterEach(async () => {
    for (const source of sources) await source.stop()
    await broker.close()
  })

  const open = async (devices: object[], more: object = {}): Promise<Source> => {
    const table = { kind: 'mqtt', name: 'm', url: broker.url, poll_s: 0, device: devices, ...more }
    const source = mqttSource.create(table, 'test')
    sources.push(source)
    await source.start(sink)
    return source
  }
  const say = (topic: string, payload: unknown, retain = false): Promise<unknown> =>
    broker.meter.publishAsync(
      topic,
      typeof payload === 'string' ? payload : JSON.stringify(payload),
      { qos: 1, retain },
    )
  const localTime = (offsetS: number): string =>
    new Date(Date.now() + offsetS * 1_000).toISOString().slice(0, 19)

  it('reads Tasmota with its kWh of three decimals and its wall clock of another zone', async () => {
    const source = await open([{ id: 'plug7', format: 'tasmota', topic: 'plug7' }])
    expect(source.trustClass).to.equal('C')
    await say(
      'tele/plug7/SENSOR',
      `{"Time":"${localTime(7_200)}","ENERGY":{"TotalStartTime":"2024-01-01T00:00:00","Total":12.345,"Power":41}}`,
    )
    await until(() => sink.samples.length === 1)
    const [one] = sink.samples
    expect([one?.device, one?.importMwh, one?.powerW, one?.exportMwh]).to.deep.equal([
      'plug7',
      12_345_000n,
      41n,
      undefined,
    ])
    expect(Number((one?.time ?? 0n) - nowSeconds())).to.be.within(-2, 1)
  })

  it('counts a Tasmota plug under a panel as export when it is inverted, and sums its phases exactly', async () => {
    await open([{ id: 'pv', format: 'tasmota', topic: 'home/pv', invert: true }])
    await say('tele/home/pv/SENSOR', '{"ENERGY":{"Total":[0.1,0.2],"Power":300}}')
    await until(() => sink.samples.length === 1)
    expect([sink.samples[0]?.exportMwh, sink.samples[0]?.powerW]).to.deep.equal([300_000n, -300n])
  })

  it('asks Tasmota and Shelly themselves and reads the answers', async () => {
    broker.meter.on('message', (topic, payload) => {
      if (topic === 'cmnd/plug/Status' && payload.toString() === '10')
        void say('stat/plug/STATUS10', '{"StatusSNS":{"ENERGY":{"Total":1.001}}}')
      if (topic !== 'shelly-1/rpc') return
      const request = JSON.parse(payload.toString()) as { src: string; method: string }
      if (request.method === 'Shelly.GetStatus')
        void say(
          `${request.src}/rpc`,
          `{"id":1,"src":"shelly-1","result":{"sys":{"unixtime":${nowSeconds()}},"switch:0":{"apower":5.9,"aenergy":{"total":10.25}}}}`,
        )
    })
    await broker.meter.subscribeAsync(['cmnd/#', 'shelly-1/rpc'])
    await open(
      [
        { id: 'a', format: 'tasmota', topic: 'plug' },
        { id: 'b', format: 'shelly', topic: 'shelly-1' },
      ],
      { poll_s: 1 },
    )
    await until(() => new Set(sink.samples.map((one) => one.device)).size === 2)
    expect(sink.samples.find((one) => one.device === 'a')?.importMwh).to.equal(1_001_000n)
    expect(sink.samples.find((one) => one.device === 'b')?.importMwh).to.equal(10_250n)
  })

  it('reads Shelly notifications and status topics, both directions, in Wh', async () => {
    await open([
      {
        id: 'em',
        format: 'shelly',
        topic: 'shellypro3em-1',
        component: 'em1data:0',
        registers: ['import', 'export'],
      },
    ])
    const ts = nowSeconds()
    await say(
      'shellypro3em-1/events/rpc',
      `{"method":"NotifyStatus","params":{"ts":${ts}.31,"em1data:0":{"id":0,"total_act_energy":2776175.11,"total_act_ret_energy":571584.87}}}`,
    )
    await until(() => sink.samples.length === 1)
    expect([
      sink.samples[0]?.time,
      sink.samples[0]?.importMwh,
      sink.samples[0]?.exportMwh,
    ]).to.deep.equal([ts, 2_776_175_110n, 571_584_870n])
    await say(
      'shellypro3em-1/status/em1data:0',
      '{"id":0,"total_act_energy":2776175.12,"total_act_ret_energy":571584.87}',
    )
    await until(() => sink.samples.length === 2)
    expect(sink.samples[1]?.importMwh).to.equal(2_776_175_120n)
    await say('shellypro3em-1/events/rpc', '{"method":"NotifyStatus","params":{"ts":1,"sys":{}}}')
    await say(
      'shellypro3em-1/status/em1data:0',
      '{"total_act_energy":4294967295,"total_act_ret_energy":1}',
    )
    await until(() => sink.warnings.length === 1)
    expect(sink.warnings[0]).to.contain('not there')
  })

  it('follows Home Assistant discovery, also with short names, and a plain statestream', async () => {
    const device = { id: 'ha', format: 'home-assistant', import: 'abc_total', export: 'feed' }
    const stream = { id: 'st', format: 'statestream', import: 'sensor.heat_energy', unit: 'kWh' }
    await say(
      'homeassistant/sensor/abc/total/config',
      {
        '~': 'energy/abc',
        stat_t: '~/state',
        dev_cla: 'energy',
        stat_cla: 'total_increasing',
        unit_of_meas: 'kWh',
        uniq_id: 'abc_total',
        val_tpl: "{{value_json['total']}}",
      },
      true,
    )
    await open([device, stream])
    await say('homeassistant/sensor/feed/config', {
      state_topic: 'energy/feed',
      device_class: 'energy',
      state_class: 'total_increasing',
      unit_of_measurement: 'Wh',
      value_template: '{{ value }}',
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await say('energy/abc/state', '{"total":7.1}')
    await say('energy/feed', '12')
    await say('homeassistant/sensor/heat_energy/state', '3.25')
    await until(() => sink.samples.length === 2)
    const ha = sink.samples.find((one) => one.device === 'ha')
    expect([ha?.importMwh, ha?.exportMwh]).to.deep.equal([7_100_000n, 12_000n])
    expect(sink.samples.find((one) => one.device === 'st')?.importMwh).to.equal(3_250_000n)
    await say('homeassistant/sensor/heat_energy/state', 'unavailable')
    await until(() => sink.warnings.length > 0)
    expect(sink.warnings.join()).to.contain('unavailable')
  })

  it('reads any topic by a map with unit, scale and time, and joins registers of two topics', async () => {
    const register = [
      { register: 'import', topic: 'x/in', unit: 'Wh', scale: '0.1' },
      {
        register: 'export',
        topic: 'x/out',
        path: 'd.total',
        unit: 'kWh',
        time_path: 'd.at',
        time_form: 'unix',
      },
    ]
    await open([{ id: 'g', format: 'generic', register }])
    await say('x/in', '1234')
    await say('x/out', `{"d":{"total":0.5,"at":${nowSeconds()}}}`)
    await until(() => sink.samples.length === 1)
    expect([sink.samples[0]?.importMwh, sink.samples[0]?.exportMwh]).to.deep.equal([
      123_400n,
      500_000n,
    ])
  })

  it('takes a retained value, whose age nobody knows, for nothing unless it has a clock of its own', async () => {
    const register = [{ register: 'import', topic: 'old', unit: 'Wh' }]
    const timed = [
      {
        register: 'import',
        topic: 'timed',
        path: 'v',
        unit: 'Wh',
        time_path: 't',
        time_form: 'unix',
      },
    ]
    await say('old', '5', true)
    await say('timed', '{"v":5,"t":1000000}', true)
    await open([
      { id: 'g', format: 'generic', register },
      { id: 't', format: 'generic', register: timed },
    ])
    await until(() => sink.samples.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sink.samples.map((one) => [one.device, one.time])).to.deep.equal([['t', 1_000_000n]])
  })

  it('steers by topic and template, releases, and refuses what has no topic', async () => {
    const register = [{ register: 'import', topic: 'x', unit: 'Wh' }]
    const source = await open([
      {
        id: 'b',
        format: 'generic',
        register,
        setpoint_topic: 'bat/set',
        setpoint_payload: '{"watts":{{ watts }}}',
        setpoint_release: '{"auto":true}',
      },
      { id: 'n', format: 'generic', register },
    ])
    const heard: string[] = []
    broker.meter.on(
      'message',
      (topic, payload) => void heard.push(`${topic} ${payload.toString()}`),
    )
    await broker.meter.subscribeAsync('bat/set')
    await source.setpoint?.('b', -1_500n)
    await source.setpoint?.('b', null)
    await until(() => heard.length === 2)
    expect(heard).to.deep.equal(['bat/set {"watts":-1500}', 'bat/set {"auto":true}'])
    let refusal = ''
    await source.setpoint?.('n', 1n).catch((error: Error) => {
      refusal = error.message
    })
    expect(refusal).to.contain('n has no setpoint_topic')
  })

  it('publishes acknowledgements retained, with entities Home Assistant shows and our own discovery passes over', async () => {
    const source = await open([
      { id: 'plug', format: 'tasmota', topic: 'plug' },
      { id: 'ha', format: 'home-assistant', import: 'accepted_import_kwh' },
    ])
    await source.acknowledge?.({
      device: 'plug',
      queued: 1,
      accepted: 7n,
      refused: 2n,
      lastReason: 'clock',
      height: 118n,
      importMwh: 420_001n,
      exportMwh: 0n,
    })
    const heard = new Map<string, string>()
    broker.meter.on('message', (topic, payload) => void heard.set(topic, payload.toString()))
    await broker.meter.subscribeAsync(['strom/#', 'homeassistant/#'])
    await until(() => heard.size === 6)
    expect(JSON.parse(heard.get('strom/plug/ack') ?? '')).to.deep.equal({
      device: 'plug',
      queued: 1,
      accepted: '7',
      refused: '2',
      last_reason: 'clock',
      height: '118',
      accepted_import_kwh: '0.420001',
      accepted_export_kwh: '0.000000',
    })
    const entity = JSON.parse(
      heard.get('homeassistant/sensor/strom_plug/accepted_import_kwh/config') ?? '',
    ) as Record<string, string>
    expect([
      entity['state_topic'],
      entity['device_class'],
      entity['unit_of_measurement'],
    ]).to.deep.equal(['strom/plug/ack', 'energy', 'kWh'])
    expect(sink.samples).to.deep.equal([])
  })

  it('lives through any payload on any of its topics', async () => {
    await open([
      { id: 'a', format: 'tasmota', topic: 'a' },
      { id: 'b', format: 'shelly', topic: 'b', component: 'em1data:0' },
      { id: 'c', format: 'home-assistant', import: 'x' },
      {
        id: 'd',
        format: 'generic',
        register: [{ register: 'import', topic: 'd', path: '0', unit: 'kWh' }],
      },
    ])
    const topics = ['tele/a/SENSOR', 'b/events/rpc', 'homeassistant/sensor/x/config', 'd', 'd']
    const parts = [
      'ENERGY',
      'Total',
      'params',
      'em1data:0',
      'total_act_energy',
      'dev_cla',
      'energy',
    ]
    const key = fc.oneof(fc.constantFrom(...parts), fc.string())
    const leaf = fc.oneof(
      fc.constantFrom(...parts),
      fc.double(),
      fc.bigInt().map(String),
      fc.string(),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    const payload = fc.oneof(
      tree.map((one) => JSON.stringify(one)),
      fc.string(),
    )
    for (const [i, one] of fc.sample(payload, 1_000).entries())
      await say(topics[i % topics.length] ?? '', one)
    sink.samples.length = 0
    await say('d', '[1.5]')
    await until(() => sink.samples.some((one) => one.importMwh === 1_500_000n))
  })

  it('names the table and the setting that is wrong', () => {
    const create =
      (more: object, device: object): (() => Source) =>
      () =>
        mqttSource.create(
          { kind: 'mqtt', name: 'm', url: 'mqtt://x', device: [device], ...more },
          'gateway.toml: source "m"',
        )
    const good = { id: 'p', format: 'tasmota', topic: 'p' }
    expect(create({}, good)).to.not.throw()
    for (const [more, device, message] of [
      [{ url: 'x' }, good, 'source "m": url should be a broker address'],
      [{ class: 'A' }, good, 'source "m": class A means that the meter signs'],
      [{ colour: 1 }, good, 'colour is not a setting here'],
      [{ device: [] }, good, 'device is missing'],
      [{}, { ...good, topic: undefined }, 'source "m" device "p": topic is missing'],
      [{}, { ...good, topik: 'x' }, 'device "p": topik is not a setting'],
      [{}, { id: 'p', format: 'knx' }, 'format should be one of'],
      [{}, { id: 'p', format: 'generic' }, 'register is missing'],
      [
        {},
        { id: 'p', format: 'generic', register: [{ register: 'import', topic: 'x' }] },
        'device "p" register 1: unit is missing',
      ],
      [
        {},
        { id: 'p', format: 'generic', register: [{ register: 'import', topic: 'x', unit: 'KWH' }] },
        'unit should be one of mWh, Wh, kWh, MWh',
      ],
      [{}, { id: 'p', format: 'shelly', topic: 'x', component: 'em1' }, 'component should be'],
    ] as const)
      expect(create(more, device), message).to.throw(message)
  })
})
