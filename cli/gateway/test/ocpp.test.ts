import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { RPCClient } from 'ocpp-rpc'
import { GatewayError } from '../errors.ts'
import type { Sample, SignedReceipt, SourceSink } from '../sources/contract.ts'
import { type OcppSource, ocppSource } from '../sources/ocpp.ts'
import { serialOf, signedValue } from '../sources/ocpp-records.ts'
import { readMeterValues } from '../sources/ocpp-values.ts'

interface Vector {
  readonly meterSerial: string
  readonly record: string
  readonly spkiHex: string
}
const vectors = JSON.parse(
  readFileSync(new URL('../testdata/ocmf-receipts.json', import.meta.url), 'utf8'),
) as readonly [Vector, Vector, Vector]
const [keba, begin, end] = vectors
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Checks a record as any third party would: the signature over the bytes between the bars. */
function verifies(record: string, spkiHex: string): boolean {
  const [, payload = '', signature = ''] = record.split('|')
  const key = createPublicKey({ key: Buffer.from(spkiHex, 'hex'), format: 'der', type: 'spki' })
  const { SD } = JSON.parse(signature) as { SD: string }
  return verify('sha256', Buffer.from(payload), key, Buffer.from(SD, 'hex'))
}

class Inbox implements SourceSink {
  readonly samples: Sample[] = []
  readonly receipts: SignedReceipt[] = []
  readonly warnings: string[] = []
  /** What storing waits for. */
  gate: Promise<void> = Promise.resolve()
  broken = false
  async sample(sample: Sample): Promise<void> {
    await this.#store()
    this.samples.push(sample)
  }
  async receipt(receipt: SignedReceipt): Promise<void> {
    await this.#store()
    this.receipts.push(receipt)
  }
  async #store(): Promise<void> {
    await this.gate
    if (this.broken) throw new Error('disk full')
  }
  warn(message: string): void {
    this.warnings.push(message)
  }
}

async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('it did not fail')
}

async function until(what: () => boolean, ms = 5_000): Promise<void> {
  const stop = Date.now() + ms
  while (!what()) {
    if (Date.now() > stop) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const one = { id: 'evse-1', charge_point: 'CP1', setpoint: true, max_charge_w: 11_000 }
const stamp = '2026-03-01T10:00:00.000Z'
const signed16 = (value: string): object => ({
  connectorId: 1,
  meterValue: [
    {
      timestamp: stamp,
      sampledValue: [
        { value: '108814', measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
        { value, format: 'SignedData', context: 'Transaction.Begin' },
      ],
    },
  ],
})
const signed201 = (record: string, encodingMethod = 'OCMF'): object => ({
  timestamp: stamp,
  sampledValue: [
    {
      value: 0.636,
      signedMeterValue: {
        signedMeterData: base64(record),
        signingMethod: 'ECDSA-secp256k1-SHA256',
        encodingMethod,
        publicKey: '',
      },
      unitOfMeasure: { unit: 'kWh' },
    },
  ],
})

describe('OCPP source', () => {
  let inbox: Inbox
  let source: OcppSource
  let chargers: RPCClient[]
  beforeEach(() => {
    inbox = new Inbox()
    chargers = []
  })
  afterEach(async () => {
    for (const charger of chargers) await charger.close({ force: true })
    await source.stop()
  })
  const open = async (devices: object[] = [one], more: object = {}): Promise<void> => {
    const table = { kind: 'ocpp', name: 'cars', port: 0, device: devices, ...more }
    source = ocppSource.create(table, 'gateway.toml source 1') as OcppSource
    await source.start(inbox)
  }
  const charger = async (
    protocol: 'ocpp1.6' | 'ocpp2.0.1',
    more: object = {},
  ): Promise<RPCClient> => {
    const options = {
      endpoint: `ws://127.0.0.1:${source.port}/ocpp`,
      identity: 'CP1',
      protocols: [protocol],
      strictMode: true,
      reconnect: false,
      callTimeoutMs: 5_000,
      ...more,
    } as unknown as ConstructorParameters<typeof RPCClient>[0]
    const client = new RPCClient(options)
    chargers.push(client)
    await client.connect()
    return client
  }
  const call = async (
    client: RPCClient,
    method: string,
    params: object,
  ): Promise<Record<string, unknown>> =>
    (await client.call(method, params)) as Record<string, unknown>

  it('takes a 1.6 charge from boot to stop; the receipts arrive byte for byte and still verify', async () => {
    await open()
    const cp = await charger('ocpp1.6')
    const boot = await call(cp, 'BootNotification', {
      chargePointVendor: 'a',
      chargePointModel: 'b',
    })
    expect(boot).to.include({ status: 'Accepted', interval: 300 })
    expect(Math.abs(Date.parse(String(boot['currentTime'])) - Date.now())).to.be.below(5_000)
    expect(await call(cp, 'Heartbeat', {})).to.have.property('currentTime')
    const status = { connectorId: 1, errorCode: 'NoError', status: 'Preparing' }
    expect(await call(cp, 'StatusNotification', status)).to.deep.equal({})
    const tag = await call(cp, 'Authorize', { idTag: '04AB' })
    expect(tag).to.deep.equal({ idTagInfo: { status: 'Accepted' } })
    const start = { connectorId: 1, idTag: '04AB', meterStart: 5, timestamp: stamp }
    const { transactionId } = await call(cp, 'StartTransaction', start)
    expect(transactionId).to.be.within(1, 2 ** 31 - 1)
    expect(await call(cp, 'MeterValues', signed16(begin.record))).to.deep.equal({})
    const transactionData = (signed16(end.record) as { meterValue: object[] }).meterValue
    await call(cp, 'StopTransaction', {
      transactionId,
      timestamp: stamp,
      meterStop: 9,
      transactionData,
    })
    expect(inbox.receipts.map(({ record }) => record)).to.deep.equal([begin.record, end.record])
    for (const receipt of inbox.receipts) {
      expect(receipt).to.include({ device: 'evse-1', format: 'OCMF' })
      expect(verifies(receipt.record, begin.spkiHex)).to.equal(true)
    }
    expect(inbox.samples).to.deep.equal([])
    expect(source.trustClass).to.equal('A')
  })

  it('takes a 2.0.1 charge: the end event names no outlet and is still put to the right device', async () => {
    await open([one, { id: 'evse-2', charge_point: 'CP1', connector: 2 }])
    const cp = await charger('ocpp2.0.1')
    const boot = { reason: 'PowerUp', chargingStation: { model: 'm', vendorName: 'v' } }
    expect(await call(cp, 'BootNotification', boot)).to.include({ status: 'Accepted' })
    const idToken = { idToken: '04AB', type: 'ISO14443' }
    const allowed = await call(cp, 'Authorize', { idToken })
    expect(allowed).to.deep.equal({ idTokenInfo: { status: 'Accepted' } })
    const event = (eventType: string, seqNo: number, more: object): object => ({
      eventType,
      timestamp: stamp,
      triggerReason: 'Authorized',
      seqNo,
      transactionInfo: { transactionId: 'tx-9' },
      ...more,
    })
    const started = {
      idToken,
      evse: { id: 2, connectorId: 1 },
      meterValue: [signed201(begin.record)],
    }
    const answer = await call(cp, 'TransactionEvent', event('Started', 0, started))
    expect(answer).to.deep.equal({ idTokenInfo: { status: 'Accepted' } })
    await call(cp, 'TransactionEvent', event('Ended', 1, { meterValue: [signed201(end.record)] }))
    await call(cp, 'MeterValues', { evseId: 1, meterValue: [signed201(keba.record)] })
    expect(inbox.receipts.map(({ device, record }) => [device, record])).to.deep.equal([
      ['evse-2', begin.record],
      ['evse-2', end.record],
      ['evse-1', keba.record],
    ])
    expect(verifies(keba.record, keba.spkiHex)).to.equal(true)
  })

  it('answers only once the receipt is stored, and with an error when it cannot be', async () => {
    await open()
    const cp = await charger('ocpp1.6')
    let release = (): void => undefined
    inbox.gate = new Promise((resolve) => {
      release = resolve
    })
    let answered = false
    const calling = call(cp, 'MeterValues', signed16(begin.record)).then(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([answered, inbox.receipts.length]).to.deep.equal([false, 0])
    release()
    await calling
    expect(inbox.receipts.length).to.equal(1)
    inbox.broken = true
    const error = await failure(call(cp, 'MeterValues', signed16(end.record)))
    expect((error as Error & { rpcErrorCode?: string }).rpcErrorCode).to.equal('InternalError')
    expect(inbox.warnings.join()).to.contain('disk full')
    inbox.broken = false
    await call(cp, 'MeterValues', signed16(end.record))
    expect(inbox.receipts.length).to.equal(2)
  })

  it('stores a receipt whose charger went away in the middle, and takes it again when it comes back', async () => {
    await open()
    const cp = await charger('ocpp1.6')
    let release = (): void => undefined
    inbox.gate = new Promise((resolve) => {
      release = resolve
    })
    const lost = failure(call(cp, 'MeterValues', signed16(begin.record)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await cp.close({ force: true })
    await lost
    release()
    await until(() => inbox.receipts.length === 1)
    const again = await charger('ocpp1.6')
    await call(again, 'MeterValues', signed16(begin.record))
    expect(inbox.receipts.map(({ record }) => record)).to.deep.equal([begin.record, begin.record])
  })

  it('gives a repeated StartTransaction its number again, and knows the connector of a number after a restart', async () => {
    const devices = [one, { id: 'evse-2', charge_point: 'CP1', connector: 2 }]
    await open(devices)
    const start = { connectorId: 2, idTag: 'x', meterStart: 5, timestamp: stamp }
    let cp = await charger('ocpp1.6')
    const { transactionId } = await call(cp, 'StartTransaction', start)
    expect(await call(cp, 'StartTransaction', start)).to.include({ transactionId })
    const other = await call(cp, 'StartTransaction', { ...start, meterStart: 6 })
    expect(other['transactionId']).not.to.equal(transactionId)
    await cp.close()
    await source.stop()
    await open(devices)
    cp = await charger('ocpp1.6')
    const transactionData = (signed16(end.record) as { meterValue: object[] }).meterValue
    const stop = { transactionId, timestamp: stamp, meterStop: 9, transactionData }
    await call(cp, 'StopTransaction', stop)
    expect(inbox.receipts.map(({ device }) => device)).to.deep.equal(['evse-2'])
    // A number nobody here gave: the charger is asked to keep the record rather than have it put anywhere.
    await failure(call(cp, 'StopTransaction', { ...stop, transactionId: 17 }))
    expect(inbox.receipts.length).to.equal(1)
    expect(inbox.warnings.join()).to.contain('which of its connectors')
  })

  it('finds a device by the serial number in the record, and refuses another meter in its place', async () => {
    await open([
      { ...one, serial: 'X1' },
      { id: 'evse-2', charge_point: 'CP1', connector: 2, serial: begin.meterSerial },
    ])
    const cp = await charger('ocpp1.6')
    await call(cp, 'MeterValues', signed16(begin.record))
    expect(inbox.receipts.map(({ device }) => device)).to.deep.equal(['evse-2'])
    await call(cp, 'MeterValues', signed16(keba.record))
    expect(inbox.receipts.length).to.equal(1)
    expect(inbox.warnings.join()).to.contain(keba.meterSerial).and.contain('X1')
  })

  it('leaves unsigned values out unless told otherwise, and once a device has signed', async () => {
    const plain = (value: string, unit: string, more: object = {}): object => ({
      connectorId: 1,
      meterValue: [{ timestamp: stamp, sampledValue: [{ value, unit, ...more }] }],
    })
    await open()
    let cp = await charger('ocpp1.6')
    await call(cp, 'MeterValues', plain('12.3456789', 'kWh'))
    expect(inbox.samples).to.deep.equal([])
    expect(inbox.warnings.join()).to.contain('not signed')
    await cp.close()
    await source.stop()
    await open([one], { unsigned: 'class C' })
    expect(source.trustClass).to.equal('C')
    cp = await charger('ocpp1.6')
    await call(cp, 'MeterValues', plain('12.3456789', 'kWh'))
    await call(cp, 'MeterValues', plain('3.2', 'kWh', { phase: 'L1' }))
    await call(cp, 'MeterValues', plain('5', 'A', { measurand: 'Current.Import' }))
    const start = { connectorId: 1, idTag: 'x', meterStart: 12_346, timestamp: stamp }
    await call(cp, 'StartTransaction', start)
    expect(inbox.samples.map(({ time, importMwh }) => [time, importMwh])).to.deep.equal([
      [1_772_359_200n, 12_345_678n],
      [1_772_359_200n, 12_346_000n],
    ])
    await call(cp, 'MeterValues', signed16(begin.record))
    await call(cp, 'MeterValues', plain('13', 'kWh'))
    expect(inbox.samples.length).to.equal(2)
  })

  it('refuses other formats with a warning that names them, and answers the charger all the same', async () => {
    await open()
    const cp = await charger('ocpp1.6')
    const xml = `<?xml version="1.0" encoding="UTF-8"?><values><value><signedData format="ALFEN" encoding="plain">x</signedData></value></values>`
    expect(await call(cp, 'MeterValues', signed16(xml))).to.deep.equal({})
    expect(await call(cp, 'MeterValues', signed16('1b1b1b1b01010101ff'))).to.deep.equal({})
    expect(inbox.warnings.join()).to.contain('ALFEN').and.contain('EDL or SML')
    expect(inbox.receipts).to.deep.equal([])
  })

  it('turns away strangers, wrong and missing passwords and unknown protocols', async () => {
    await open([{ ...one, password: 'correct horse' }])
    for (const [options, code] of [
      [{ identity: 'CP2' }, 404],
      [{}, 401],
      [{ password: 'wrong' }, 401],
      [{ password: 'correct horse', protocols: ['ocpp1.5'], strictMode: false }, 400],
    ] as const) {
      const error = await failure(charger('ocpp1.6', options))
      expect((error as Error & { code?: number }).code).to.equal(code)
    }
    const log = inbox.warnings.join('\n')
    expect(log).to.contain('"CP2"').and.contain('password').and.not.contain('correct horse')
    const cp = await charger('ocpp1.6', { password: 'correct horse' })
    expect(await call(cp, 'Heartbeat', {})).to.have.property('currentTime')
  })

  it('lives through malformed JSON, broken schemas, unknown calls and addresses that cannot be decoded', async () => {
    await open()
    const cp = await charger('ocpp1.6', { strictMode: false })
    cp.sendRaw('{"not": ')
    cp.sendRaw('[2,"x"]')
    const schema = await failure(call(cp, 'MeterValues', { connectorId: 'one' }))
    expect((schema as Error & { rpcErrorCode?: string }).rpcErrorCode).to.match(/Violation/)
    const unknown = await failure(call(cp, 'MakeCoffee', {}))
    expect((unknown as Error & { rpcErrorCode?: string }).rpcErrorCode).to.match(/^Not|Protocol/)
    const socket = connect(source.port, '127.0.0.1')
    socket.write(
      'GET /%E0%A4 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    await new Promise((resolve) => socket.once('close', resolve))
    await call(cp, 'MeterValues', signed16(begin.record))
    expect(inbox.receipts.length).to.equal(1)
    expect(inbox.warnings.join()).to.contain('no OCPP call').and.contain('schema')
    const data = await call(cp, 'DataTransfer', { vendorId: 'v' })
    expect(data).to.deep.equal({ status: 'UnknownVendorId' })
  })

  it('lets only listed tags charge, whatever their case', async () => {
    await open([one], { id_tags: ['04ab'] })
    const cp = await charger('ocpp1.6')
    const ask = async (idTag: string): Promise<unknown> =>
      (await call(cp, 'Authorize', { idTag }))['idTagInfo']
    expect(await ask('04AB')).to.deep.equal({ status: 'Accepted' })
    expect(await ask('ffff')).to.deep.equal({ status: 'Invalid' })
  })

  it('replaces the connection of a charger that comes again', async () => {
    await open()
    const old = await charger('ocpp1.6')
    const gone = new Promise((resolve) => old.once('close', resolve))
    const fresh = await charger('ocpp1.6')
    await gone
    fresh.handle('SetChargingProfile', async () => ({ status: 'Accepted' }))
    await source.setpoint('evse-1', 6_000n)
  })

  for (const protocol of ['ocpp1.6', 'ocpp2.0.1'] as const) {
    it(`limits and releases the power of a charger over ${protocol}`, async () => {
      await open()
      const refusal = async (watts: bigint): Promise<string> => {
        const error = await failure(source.setpoint('evse-1', watts))
        expect(error).to.be.instanceOf(GatewayError)
        return error.message
      }
      expect(await refusal(1n)).to.contain('not connected')
      const cp = await charger(protocol)
      const calls: unknown[] = []
      let status = 'Accepted'
      for (const method of ['SetChargingProfile', 'ClearChargingProfile']) {
        cp.handle(method, async ({ params }) => {
          calls.push(params)
          return { status }
        })
      }
      await source.setpoint('evse-1', 7_400n)
      await source.setpoint('evse-1', null)
      const [set, clear] = calls.map((params) => JSON.stringify(params))
      expect(set).to.contain('"limit":7400').and.contain('"chargingRateUnit":"W"')
      expect(set).to.contain('TxDefaultProfile').and.contain('750001')
      expect(clear).to.contain('750001')
      status = 'Unknown'
      await source.setpoint('evse-1', null)
      status = 'Rejected'
      expect(await refusal(1n)).to.contain('Rejected')
      expect(await refusal(-1n)).to.contain('feed in')
      expect(await refusal(11_001n)).to.contain('11000 W')
      expect(calls.length).to.equal(4)
    })
  }

  it('reads the digits of 2.0.1 numbers as written, beyond what a binary fraction holds', async () => {
    await open([one], { unsigned: 'class C' })
    const cp = await charger('ocpp2.0.1', { strictMode: false })
    const raw = `[2,"m1","MeterValues",{"evseId":1,"meterValue":[{"timestamp":"${stamp}","sampledValue":[{"value":9007199254.740993,"unitOfMeasure":{"unit":"kWh"}},{"value":1.5e1,"measurand":"Energy.Active.Export.Register","unitOfMeasure":{"unit":"Wh","multiplier":3}},{"value":2500,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}}]}]}]`
    cp.sendRaw(raw)
    await until(() => inbox.samples.length === 1)
    expect(inbox.samples[0]).to.include({
      importMwh: 9_007_199_254_740_993n,
      exportMwh: 15_000_000n,
      powerW: 2_500n,
    })
  })

  it('takes every record out of every wrapping unchanged, and keeps inner bytes whatever they are', () => {
    const wrap: ((text: string) => string)[] = [
      (text) => text,
      (text) => `\uFEFF ${text}\r\n`,
      base64,
      (text) => Buffer.from(text).toString('base64url'),
      (text) => Buffer.from(text).toString('hex').toUpperCase(),
      (text) =>
        JSON.stringify({ signedMeterData: base64(text), encodingMethod: 'OCMF', publicKey: 'x' }),
      (text) => base64(JSON.stringify({ signedMeterData: text, encodingMethod: 'OCMF' })),
      (text) => base64(text).replace(/(.{76})/g, '$1\r\n'),
    ]
    let checked = 0
    for (const { record } of vectors) {
      for (const one of wrap) {
        expect(signedValue(one(record))).to.deep.equal({ record })
        checked += 1
      }
    }
    expect(checked).to.equal(24)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(wrap.length - 1), (text, i) => {
        const record = `OCMF|{"ID":${JSON.stringify(text)}}|{"SD":"00"}`
        expect(signedValue(wrap[i]?.(record) ?? '')).to.deep.equal({ record })
      }),
    )
    expect(serialOf(keba.record)).to.equal('17619300')
    expect(serialOf(begin.record)).to.equal('1DZG0033016824')
  })

  it('never fails on a value that is no record', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), (text) => {
        const got = signedValue(text)
        expect('record' in got ? got.record.startsWith('OCMF|') : got.problem !== '').to.equal(true)
        expect(serialOf(`OCMF|${text}`)).to.satisfy((s: unknown) => s !== null)
      }),
    )
    const entries = readMeterValues([{ timestamp: 'x', sampledValue: [{ value: '5' }] }], 0n)
    expect(entries[0]?.unsigned).to.equal(undefined)
    expect(entries[0]?.problems.join()).to.contain('time')
  })

  it('refuses wrong settings by name', async () => {
    await open()
    for (const [table, word] of [
      [{ device: [] }, 'device'],
      [{ device: [{ id: 'a' }] }, 'charge_point'],
      [{ device: [one, { ...one, id: 'b' }] }, 'connector'],
      [{ device: [one, { ...one, connector: 2 }] }, 'taken'],
      [{ device: [one], unsigned: 'yes' }, 'unsigned'],
      [{ device: [one], pasword: 'x' }, 'pasword'],
    ] as const) {
      let message = ''
      try {
        ocppSource.create({ kind: 'ocpp', ...table }, 'source 1')
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'bad_config') message = error.message
      }
      expect(message).to.contain(word)
    }
  })
})
