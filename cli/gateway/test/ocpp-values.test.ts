import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../errors.ts'
import { ocppSource } from '../sources/ocpp.ts'
import { serialOf, signedValue } from '../sources/ocpp-records.ts'
import { readMeterValues } from '../sources/ocpp-values.ts'
import { base64, begin, keba, OcppBench, one, stamp, until, vectors } from './ocpp-bench.ts'

describe('OCPP values and settings', () => {
  const bench = new OcppBench()

  it('reads the digits of 2.0.1 numbers as written, beyond what a binary fraction holds', async () => {
    await bench.open([one], { unsigned: 'class C' })
    const cp = await bench.charger('ocpp2.0.1', { strictMode: false })
    const raw = `[2,"m1","MeterValues",{"evseId":1,"meterValue":[{"timestamp":"${stamp}","sampledValue":[{"value":9007199254.740993,"unitOfMeasure":{"unit":"kWh"}},{"value":1.5e1,"measurand":"Energy.Active.Export.Register","unitOfMeasure":{"unit":"Wh","multiplier":3}},{"value":2500,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}}]}]}]`
    cp.sendRaw(raw)
    await until(() => bench.inbox.samples.length === 1)
    expect(bench.inbox.samples[0]).to.include({
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
    await bench.open()
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
