import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ReceiptStore, receiptBooks, receiptId } from '../receipts.ts'
import { nowSeconds } from '../sources/clock.ts'
import type { Source } from '../sources/contract.ts'
import { csvSource } from '../sources/csv.ts'
import { httpSource } from '../sources/http-pull.ts'
import { type PushSource, pushSource } from '../sources/http-push.ts'
import { createSources } from '../sources/kinds.ts'
import { Collector, until } from './collector.ts'

describe('HTTP and CSV sources', () => {
  let dir: string
  let sink: Collector
  let source: Source | undefined
  let meter: Server
  let base: string
  let answers: Map<string, string>
  let asked: string[]

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-http-'))
    sink = new Collector()
    answers = new Map()
    asked = []
    meter = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`.trim())
      const answer = answers.get(request.url ?? '')
      response.statusCode = answer === undefined ? 404 : 200
      response.end(answer ?? '')
    })
    await new Promise<void>((resolve) => meter.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(meter.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    await source?.stop()
    source = undefined
    meter.closeAllConnections()
    await new Promise((resolve) => meter.close(resolve))
    rmSync(dir, { recursive: true, force: true })
  })

  it('polls a Shelly over its RPC', async () => {
    answers.set(
      '/rpc/Shelly.GetStatus',
      `{"sys":{"unixtime":${nowSeconds()}},"em:0":{"total_act_power":-250.4},"emdata:0":{"total_act":1000.01,"total_act_ret":2000.02}}`,
    )
    const device = {
      id: 'roof',
      format: 'shelly',
      component: 'emdata:0',
      registers: ['import', 'export'],
    }
    source = httpSource.create(
      { kind: 'http', name: 's', url: base, poll_s: 1, device: [device] },
      't',
    )
    await source.start(sink)
    await until(() => sink.samples.length > 0)
    expect([
      sink.samples[0]?.importMwh,
      sink.samples[0]?.exportMwh,
      sink.samples[0]?.powerW,
    ]).to.deep.equal([1_000_010n, 2_000_020n, -250n])
  })

  it('polls OpenEMS channels at addresses of their own with its password, and says when one is gone', async () => {
    answers.set('/rest/channel/_sum/GridBuyActiveEnergy', '{"value":123456,"unit":"Wh_Σ"}')
    answers.set('/rest/channel/_sum/GridSellActiveEnergy', '{"value":99,"unit":"Wh_Σ"}')
    const register = (name: string, channel: string) => ({
      register: name,
      url: `/rest/channel/_sum/${channel}`,
      path: 'value',
      unit: 'Wh',
    })
    const device = {
      id: 'grid',
      register: [
        register('import', 'GridBuyActiveEnergy'),
        register('export', 'GridSellActiveEnergy'),
      ],
    }
    source = httpSource.create(
      {
        kind: 'http',
        name: 'o',
        url: base,
        poll_s: 1,
        username: 'x',
        password: 'user',
        device: [device],
      },
      't',
    )
    await source.start(sink)
    await until(() => sink.samples.length > 0)
    expect([sink.samples[0]?.importMwh, sink.samples[0]?.exportMwh]).to.deep.equal([
      123_456_000n,
      99_000n,
    ])
    expect(asked[0]).to.equal('/rest/channel/_sum/GridBuyActiveEnergy Basic eDp1c2Vy')
    answers.clear()
    await until(() => sink.warnings.some((one) => one.includes('answers 404')))
  })

  it('takes posted readings, judges each on its own, and asks for the token', async () => {
    source = pushSource.create(
      { kind: 'push', name: 'p', port: 0, token: 'secret', devices: ['a', 'b'] },
      't',
    )
    await source.start(sink)
    const url = `http://127.0.0.1:${(source as PushSource).port}`
    const post = async (
      path: string,
      body: string,
      token = 'secret',
    ): Promise<[number, string]> => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      })
      return [response.status, await response.text()]
    }
    expect((await post('/readings', '{}', 'wrong'))[0]).to.equal(401)
    const good =
      '{"device":"a","time":"2026-07-01T12:00:00Z","import_kwh":0.123456789,"power_w":12}'
    expect(await post('/readings', good)).to.deep.equal([202, '{"taken":1,"problems":[]}'])
    expect(sink.samples[0]).to.include({ importMwh: 123_456n, time: 1_782_907_200n, powerW: 12n })
    const [status, text] = await post(
      '/readings',
      `[{"device":"c","import_wh":1},{"device":"b","export_wh":5},{"device":"b","import":5}]`,
    )
    expect(status).to.equal(202)
    expect(JSON.parse(text)).to.deep.include({ taken: 1 })
    expect(JSON.parse(text).problems.map((one: { index: number }) => one.index)).to.deep.equal([
      0, 2,
    ])
    expect((await post('/readings', '{"device":"a","import_wh":-5}'))[0]).to.equal(400)
    expect((await post('/readings', 'no json'))[0]).to.equal(400)
    await source.acknowledge?.({
      device: 'a',
      queued: 0,
      accepted: 1n,
      refused: 0n,
      lastReason: '',
      height: 9n,
    })
    const answer = await fetch(`${url}/status`, { headers: { authorization: 'Bearer secret' } })
    expect(await answer.json()).to.deep.include({ source: 'p', class: 'C' })
  })

  it('takes OCMF records byte for byte, keeps each payload once and through a power cut', async () => {
    source = pushSource.create({ kind: 'push', name: 'p', port: 0, devices: ['wallbox'] }, 't')
    await source.start(sink)
    const url = `http://127.0.0.1:${(source as PushSource).port}/ocmf`
    const record = 'OCMF|{"FV":"1.0","RV":1.10}|{"SD":"30"}'
    const plain = await fetch(`${url}?device=wallbox`, { method: 'POST', body: record })
    const wrapped = await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ device: 'wallbox', record }),
    })
    const wrong = await fetch(`${url}?device=wallbox`, { method: 'POST', body: 'OCPP' })
    expect([plain.status, wrapped.status, wrong.status]).to.deep.equal([202, 202, 400])
    expect(sink.receipts.map((one) => one.record)).to.deep.equal([record, record])

    const file = join(dir, 'receipts.jsonl')
    let store = await ReceiptStore.open(file)
    const [one, two] = sink.receipts
    if (one === undefined || two === undefined) throw new Error('no receipts')
    expect([await store.add(one), await store.add(two)]).to.deep.equal([true, false])
    const other = { ...one, record: record.replace('"30"', '"31"') }
    expect(await store.add(other)).to.equal(false)
    expect(await store.add({ ...one, record: record.replace('1.10', '1.11') })).to.equal(true)
    await store.close()
    const whole = readFileSync(file, 'utf8')
    writeFileSync(file, whole.slice(0, -5))
    store = await ReceiptStore.open(file)
    expect(store.waiting().map((each) => each.record)).to.deep.equal([record])
    const [first] = store.waiting()
    expect(first?.id).to.equal(receiptId(record))
    if (first !== undefined) await store.settle(first, { reason: '', detail: '', attested: false })
    await store.close()
    expect(receiptBooks(file, readFileSync(file, 'utf8')).get('wallbox')).to.deep.equal({
      waiting: 0,
      accepted: 1,
      attested: 0,
      refused: [],
      refusedCount: 0,
    })
  })

  it('replays a file in order at a chosen speed and leaves bad lines out by number', async () => {
    const file = join(dir, 'm.csv')
    writeFileSync(
      file,
      'device,time,import_kwh,export_wh\na,2026-07-01T12:00:00Z,1.001,5\nb,1782907200,9,\na,soon,1,1\na,1782907203,1.002,6\n',
    )
    const table = { kind: 'csv', name: 'c', file, devices: ['a'], speed: 10 }
    source = csvSource.create(table, 't')
    const began = Date.now()
    await source.start(sink)
    await until(() => sink.samples.length === 2)
    expect(Date.now() - began).to.be.within(280, 1_500)
    expect(
      sink.samples.map((one) => [one.device, one.time, one.importMwh, one.exportMwh]),
    ).to.deep.equal([
      ['a', 1_782_907_200n, 1_001_000n, 5_000n],
      ['a', 1_782_907_203n, 1_002_000n, 6_000n],
    ])
    expect(sink.warnings.join()).to.contain('line 4: time soon')
  })

  it('names table and setting that are wrong, and two sources of one device', async () => {
    const fail = async (tables: object[]): Promise<string> => {
      try {
        await createSources(tables as Record<string, unknown>[], 'gateway.toml', dir)
      } catch (error) {
        return error instanceof Error ? error.message : ''
      }
      return ''
    }
    const push = { kind: 'push', name: 'p', port: 0, devices: ['a'] }
    expect(await fail([push])).to.equal('')
    expect(await fail([push, { ...push, devices: ['b'] }])).to.contain('name p is used twice')
    expect(await fail([push, { ...push, name: 'q' }])).to.equal(
      'gateway.toml: source "q": device a belongs to source "p" already',
    )
    expect(await fail([{ ...push, kind: 'fax' }])).to.contain('kind should be one of mqtt, http')
    expect(await fail([{ ...push, host: '0.0.0.0' }])).to.contain('token is missing')
    expect(await fail([{ ...push, port: 70_000 }])).to.contain('port should be a whole number')
    expect(await fail([{ kind: 'csv', name: 'c', file: 'none.csv', devices: ['a'] }])).to.contain(
      'file',
    )
    expect(await fail([{ kind: 'http', name: 'h', url: 'ftp://x', device: [] }])).to.contain(
      'url should be an http address',
    )
  })
})
