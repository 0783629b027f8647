import { expect } from 'chai'
import { refusal, SunspecBench } from './sunspec-bench.ts'

describe('SunSpec setpoints', () => {
  const bench = new SunspecBench()

  let der: number
  let control: number
  const battery = (more: object = {}): object => ({
    id: 'bess',
    use: 'battery',
    setpoint: 'auto',
    ...more,
  })
  beforeEach(() => {
    const starts = bench.device.models(40_000, [
      [1, 66],
      [701, 153],
      [702, 50],
      [704, 65],
      [124, 24],
    ])
    der = starts[2] ?? 0
    control = starts[3] ?? 0
    bench.device.set(der + 2, [500]) // 5,000 W at 10^1
    bench.device.set(der + 45, [1])
    bench.device.set(control + 55, [0, 0])
  })

  it('writes watts over model 704 with the sign of generation, and releases them', async () => {
    const bess = bench.open([battery({ revert_s: 900 })])
    await bess.setpoint?.('bess', -3_000n)
    expect(bench.device.writes).to.deep.equal([
      { address: control + 30, values: [0, 0, 900] },
      { address: control + 22, values: [1, 1, 0, 3_000] },
    ])
    await bess.setpoint?.('bess', 1_500n)
    expect(bench.device.writes.at(-1)?.values).to.deep.equal([1, 1, 0xffff, 0xffff - 1_499])
    await bess.setpoint?.('bess', null)
    expect(bench.device.writes.at(-1)).to.deep.equal({ address: control + 22, values: [0] })
  })

  it('falls back to percent of WMax, and cuts off towards zero', async () => {
    bench.device.set(control + 55, [0x8000, 0xffff]) // watts not implemented, percent at 10^-1
    await bench.open([battery()]).setpoint?.('bess', 1_234n)
    expect(bench.device.registers.get(control + 28)).to.equal(65_536 - 246) // -24.68 %
    expect(bench.device.registers.get(control + 22)).to.equal(1)
    expect(bench.device.registers.get(control + 23)).to.equal(0)
  })

  it('holds a power over model 124 with both limits', async () => {
    const legacy = control + 67
    bench.device.set(legacy + 2, [5_000])
    bench.device.set(legacy + 18, [0])
    bench.device.set(legacy + 25, [0xfffe]) // 10^-2 percent
    const bess = bench.open([battery({ setpoint: '124' })])
    await bess.setpoint?.('bess', 2_500n)
    expect(bench.device.registers.get(legacy + 12)).to.equal(65_536 - 5_000)
    expect(bench.device.registers.get(legacy + 13)).to.equal(5_000)
    expect(bench.device.registers.get(legacy + 5)).to.equal(3)
    await bess.setpoint?.('bess', null)
    expect(bench.device.registers.get(legacy + 5)).to.equal(0)
    bench.device.set(legacy + 2, [0xffff])
    expect((await refusal(bess.setpoint!('bess', 1n))).message).to.contain('WChaMax')
  })

  it('tells apart a refused write, a value that does not stick, a bound and a device that is off', async () => {
    const bess = bench.open([battery({ max_charge_w: 2_000 })])
    bench.device.refuse.set(control + 22, 3)
    const refused = await refusal(bess.setpoint!('bess', 100n))
    expect(refused.code).to.equal('setpoint_refused')
    expect(refused.message).to.contain('illegal data value')
    bench.device.refuse.clear()
    bench.device.stuck.add(control + 25)
    expect((await refusal(bess.setpoint!('bess', 100n))).message).to.contain('did not take it')
    bench.device.stuck.clear()
    const writes = bench.device.writes.length
    expect((await refusal(bess.setpoint!('bess', 2_001n))).message).to.contain('2000 W')
    expect((await refusal(bess.setpoint!('bess', -5_001n))).message).to.contain('nameplate')
    expect((await refusal(bess.setpoint!('pv', 1n))).message).to.contain('no device')
    expect(bench.device.writes.length).to.equal(writes)
    await bess.setpoint!('bess', 2_000n)
    await bench.device.close()
    expect((await refusal(bess.setpoint!('bess', 1n))).code).to.equal('setpoint_refused')
    await bench.device.listen(bench.device.port)
  })

  it('writes nothing unless the settings allow it', async () => {
    const error = await refusal(bench.open([battery({ setpoint: 'off' })]).setpoint!('bess', 1n))
    expect(error.message).to.contain('off')
    expect(bench.device.reads).to.deep.equal([])
  })
})
