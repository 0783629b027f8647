import { expect } from 'chai'
import { ModbusError } from '../sources/sunspec-modbus.ts'
import { probeSunspec, sunspecPower } from '../sources/sunspec-scan.ts'
import { SunspecBench, u32 } from './sunspec-bench.ts'

describe('SunSpec scan', () => {
  const bench = new SunspecBench()

  it('finds out who a device is and prints settings that work', async () => {
    const [common = 0, , meter = 0] = bench.device.models(40_000, [
      [1, 66],
      [103, 50],
      [203, 105],
    ])
    bench.device.text(common + 2, 'Acme Solar', 16)
    bench.device.text(common + 18, 'X-5000', 16)
    bench.device.text(common + 50, 'SN 12/34', 16)
    bench.device.set(meter + 46, u32(12))
    bench.device.set(meter + 54, [0])
    const probe = await probeSunspec('127.0.0.1', bench.device.port, 1, 500)
    expect(probe).to.include({ manufacturer: 'Acme Solar', model: 'X-5000', serial: 'SN 12/34' })
    expect(probe?.models.map(({ id }) => id)).to.deep.equal([1, 103, 203])
    expect(probe?.config).to.contain('id = "inverter-sn1234"').and.contain('id = "meter-sn1234"')
    const reading = await sunspecPower('127.0.0.1', bench.device.port, 1, 500, 'meter')
    expect(reading?.importMwh).to.equal(12_000n)
  })

  it('tells a Modbus device that is no SunSpec device from one that is not there', async () => {
    bench.device.set(0, [1, 2, 3])
    expect(await probeSunspec('127.0.0.1', bench.device.port, 1, 500)).to.equal(undefined)
    await bench.device.close()
    try {
      await probeSunspec('127.0.0.1', bench.device.port, 1, 500)
      throw new Error('it answered')
    } catch (error) {
      expect(error).to.be.instanceOf(ModbusError)
    }
  })
})
