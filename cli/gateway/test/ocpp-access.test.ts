import { connect } from 'node:net'
import { expect } from 'chai'
import { GatewayError } from '../errors.ts'
import { begin, call, failure, OcppBench, one, signed16 } from './ocpp-bench.ts'

describe('OCPP connections', () => {
  const bench = new OcppBench()

  it('turns away strangers, wrong and missing passwords and unknown protocols', async () => {
    await bench.open([{ ...one, password: 'correct horse' }])
    for (const [options, code] of [
      [{ identity: 'CP2' }, 404],
      [{}, 401],
      [{ password: 'wrong' }, 401],
      [{ password: 'correct horse', protocols: ['ocpp1.5'], strictMode: false }, 400],
    ] as const) {
      const error = await failure(bench.charger('ocpp1.6', options))
      expect((error as Error & { code?: number }).code).to.equal(code)
    }
    const log = bench.inbox.warnings.join('\n')
    expect(log).to.contain('"CP2"').and.contain('password').and.not.contain('correct horse')
    const cp = await bench.charger('ocpp1.6', { password: 'correct horse' })
    expect(await call(cp, 'Heartbeat', {})).to.have.property('currentTime')
  })

  it('lives through malformed JSON, broken schemas, unknown calls and addresses that cannot be decoded', async () => {
    await bench.open()
    const cp = await bench.charger('ocpp1.6', { strictMode: false })
    cp.sendRaw('{"not": ')
    cp.sendRaw('[2,"x"]')
    const schema = await failure(call(cp, 'MeterValues', { connectorId: 'one' }))
    expect((schema as Error & { rpcErrorCode?: string }).rpcErrorCode).to.match(/Violation/)
    const unknown = await failure(call(cp, 'MakeCoffee', {}))
    expect((unknown as Error & { rpcErrorCode?: string }).rpcErrorCode).to.match(/^Not|Protocol/)
    const socket = connect(bench.source.port, '127.0.0.1')
    socket.write(
      'GET /%E0%A4 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    await new Promise((resolve) => socket.once('close', resolve))
    await call(cp, 'MeterValues', signed16(begin.record))
    expect(bench.inbox.receipts.length).to.equal(1)
    expect(bench.inbox.warnings.join()).to.contain('no OCPP call').and.contain('schema')
    const data = await call(cp, 'DataTransfer', { vendorId: 'v' })
    expect(data).to.deep.equal({ status: 'UnknownVendorId' })
  })

  it('lets only listed tags charge, whatever their case', async () => {
    await bench.open([one], { id_tags: ['04ab'] })
    const cp = await bench.charger('ocpp1.6')
    const ask = async (idTag: string): Promise<unknown> =>
      (await call(cp, 'Authorize', { idTag }))['idTagInfo']
    expect(await ask('04AB')).to.deep.equal({ status: 'Accepted' })
    expect(await ask('ffff')).to.deep.equal({ status: 'Invalid' })
  })

  it('replaces the connection of a charger that comes again', async () => {
    await bench.open()
    const old = await bench.charger('ocpp1.6')
    const gone = new Promise((resolve) => old.once('close', resolve))
    const fresh = await bench.charger('ocpp1.6')
    await gone
    fresh.handle('SetChargingProfile', async () => ({ status: 'Accepted' }))
    await bench.source.setpoint('evse-1', 6_000n)
  })

  for (const protocol of ['ocpp1.6', 'ocpp2.0.1'] as const) {
    it(`limits and releases the power of a charger over ${protocol}`, async () => {
      await bench.open()
      const refusal = async (watts: bigint): Promise<string> => {
        const error = await failure(bench.source.setpoint('evse-1', watts))
        expect(error).to.be.instanceOf(GatewayError)
        return error.message
      }
      expect(await refusal(1n)).to.contain('not connected')
      const cp = await bench.charger(protocol)
      const calls: unknown[] = []
      let status = 'Accepted'
      for (const method of ['SetChargingProfile', 'ClearChargingProfile']) {
        cp.handle(method, async ({ params }) => {
          calls.push(params)
          return { status }
        })
      }
      await bench.source.setpoint('evse-1', 7_400n)
      await bench.source.setpoint('evse-1', null)
      const [set, clear] = calls.map((params) => JSON.stringify(params))
      expect(set).to.contain('"limit":7400').and.contain('"chargingRateUnit":"W"')
      expect(set).to.contain('TxDefaultProfile').and.contain('750001')
      expect(clear).to.contain('750001')
      status = 'Unknown'
      await bench.source.setpoint('evse-1', null)
      status = 'Rejected'
      expect(await refusal(1n)).to.contain('Rejected')
      expect(await refusal(-1n)).to.contain('feed in')
      expect(await refusal(11_001n)).to.contain('11000 W')
      expect(calls.length).to.equal(4)
    })
  }
})
