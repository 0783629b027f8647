import { expect } from 'chai'
import {
  begin,
  call,
  end,
  failure,
  keba,
  OcppBench,
  one,
  signed16,
  signed201,
  stamp,
  until,
  verifies,
} from './ocpp-bench.ts'

describe('OCPP source', () => {
  const bench = new OcppBench()

  it('takes a 1.6 charge from boot to stop; the receipts arrive byte for byte and still verify', async () => {
    await bench.open()
    const cp = await bench.charger('ocpp1.6')
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
    expect(bench.inbox.receipts.map(({ record }) => record)).to.deep.equal([
      begin.record,
      end.record,
    ])
    for (const receipt of bench.inbox.receipts) {
      expect(receipt).to.include({ device: 'evse-1', format: 'OCMF' })
      expect(verifies(receipt.record, begin.spkiHex)).to.equal(true)
    }
    expect(bench.inbox.samples).to.deep.equal([])
    expect(bench.source.trustClass).to.equal('A')
  })

  it('takes a 2.0.1 charge: the end event names no outlet and is still put to the right device', async () => {
    await bench.open([one, { id: 'evse-2', charge_point: 'CP1', connector: 2 }])
    const cp = await bench.charger('ocpp2.0.1')
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
    expect(bench.inbox.receipts.map(({ device, record }) => [device, record])).to.deep.equal([
      ['evse-2', begin.record],
      ['evse-2', end.record],
      ['evse-1', keba.record],
    ])
    expect(verifies(keba.record, keba.spkiHex)).to.equal(true)
  })

  it('answers only once the receipt is stored, and with an error when it cannot be', async () => {
    await bench.open()
    const cp = await bench.charger('ocpp1.6')
    let release = (): void => undefined
    bench.inbox.gate = new Promise((resolve) => {
      release = resolve
    })
    let answered = false
    const calling = call(cp, 'MeterValues', signed16(begin.record)).then(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([answered, bench.inbox.receipts.length]).to.deep.equal([false, 0])
    release()
    await calling
    expect(bench.inbox.receipts.length).to.equal(1)
    bench.inbox.broken = true
    const error = await failure(call(cp, 'MeterValues', signed16(end.record)))
    expect((error as Error & { rpcErrorCode?: string }).rpcErrorCode).to.equal('InternalError')
    expect(bench.inbox.warnings.join()).to.contain('disk full')
    bench.inbox.broken = false
    await call(cp, 'MeterValues', signed16(end.record))
    expect(bench.inbox.receipts.length).to.equal(2)
  })

  it('stores a receipt whose charger went away in the middle, and takes it again when it comes back', async () => {
    await bench.open()
    const cp = await bench.charger('ocpp1.6')
    let release = (): void => undefined
    bench.inbox.gate = new Promise((resolve) => {
      release = resolve
    })
    const lost = failure(call(cp, 'MeterValues', signed16(begin.record)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await cp.close({ force: true })
    await lost
    release()
    await until(() => bench.inbox.receipts.length === 1)
    const again = await bench.charger('ocpp1.6')
    await call(again, 'MeterValues', signed16(begin.record))
    expect(bench.inbox.receipts.map(({ record }) => record)).to.deep.equal([
      begin.record,
      begin.record,
    ])
  })

  it('gives a repeated StartTransaction its number again, and knows the connector of a number after a restart', async () => {
    const devices = [one, { id: 'evse-2', charge_point: 'CP1', connector: 2 }]
    await bench.open(devices)
    const start = { connectorId: 2, idTag: 'x', meterStart: 5, timestamp: stamp }
    let cp = await bench.charger('ocpp1.6')
    const { transactionId } = await call(cp, 'StartTransaction', start)
    expect(await call(cp, 'StartTransaction', start)).to.include({ transactionId })
    const other = await call(cp, 'StartTransaction', { ...start, meterStart: 6 })
    expect(other['transactionId']).not.to.equal(transactionId)
    await cp.close()
    await bench.source.stop()
    await bench.open(devices)
    cp = await bench.charger('ocpp1.6')
    const transactionData = (signed16(end.record) as { meterValue: object[] }).meterValue
    const stop = { transactionId, timestamp: stamp, meterStop: 9, transactionData }
    await call(cp, 'StopTransaction', stop)
    expect(bench.inbox.receipts.map(({ device }) => device)).to.deep.equal(['evse-2'])
    // A number nobody here gave: the charger is asked to keep the record rather than have it put anywhere.
    await failure(call(cp, 'StopTransaction', { ...stop, transactionId: 17 }))
    expect(bench.inbox.receipts.length).to.equal(1)
    expect(bench.inbox.warnings.join()).to.contain('which of its connectors')
  })

  it('finds a device by the serial number in the record, and refuses another meter in its place', async () => {
    await bench.open([
      { ...one, serial: 'X1' },
      { id: 'evse-2', charge_point: 'CP1', connector: 2, serial: begin.meterSerial },
    ])
    const cp = await bench.charger('ocpp1.6')
    await call(cp, 'MeterValues', signed16(begin.record))
    expect(bench.inbox.receipts.map(({ device }) => device)).to.deep.equal(['evse-2'])
    await call(cp, 'MeterValues', signed16(keba.record))
    expect(bench.inbox.receipts.length).to.equal(1)
    expect(bench.inbox.warnings.join()).to.contain(keba.meterSerial).and.contain('X1')
  })

  it('leaves unsigned values out unless told otherwise, and once a device has signed', async () => {
    const plain = (value: string, unit: string, more: object = {}): object => ({
      connectorId: 1,
      meterValue: [{ timestamp: stamp, sampledValue: [{ value, unit, ...more }] }],
    })
    await bench.open()
    let cp = await bench.charger('ocpp1.6')
    await call(cp, 'MeterValues', plain('12.3456789', 'kWh'))
    expect(bench.inbox.samples).to.deep.equal([])
    expect(bench.inbox.warnings.join()).to.contain('not signed')
    await cp.close()
    await bench.source.stop()
    await bench.open([one], { unsigned: 'class C' })
    expect(bench.source.trustClass).to.equal('C')
    cp = await bench.charger('ocpp1.6')
    await call(cp, 'MeterValues', plain('12.3456789', 'kWh'))
    await call(cp, 'MeterValues', plain('3.2', 'kWh', { phase: 'L1' }))
    await call(cp, 'MeterValues', plain('5', 'A', { measurand: 'Current.Import' }))
    const start = { connectorId: 1, idTag: 'x', meterStart: 12_346, timestamp: stamp }
    await call(cp, 'StartTransaction', start)
    expect(bench.inbox.samples.map(({ time, importMwh }) => [time, importMwh])).to.deep.equal([
      [1_772_359_200n, 12_345_678n],
      [1_772_359_200n, 12_346_000n],
    ])
    await call(cp, 'MeterValues', signed16(begin.record))
    await call(cp, 'MeterValues', plain('13', 'kWh'))
    expect(bench.inbox.samples.length).to.equal(2)
  })

  it('refuses other formats with a warning that names them, and answers the charger all the same', async () => {
    await bench.open()
    const cp = await bench.charger('ocpp1.6')
    const xml = `<?xml version="1.0" encoding="UTF-8"?><values><value><signedData format="ALFEN" encoding="plain">x</signedData></value></values>`
    expect(await call(cp, 'MeterValues', signed16(xml))).to.deep.equal({})
    expect(await call(cp, 'MeterValues', signed16('1b1b1b1b01010101ff'))).to.deep.equal({})
    expect(bench.inbox.warnings.join()).to.contain('ALFEN').and.contain('EDL or SML')
    expect(bench.inbox.receipts).to.deep.equal([])
  })
})
