import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Ended, freeOffset, strom } from '../command.ts'

/** The one object of `-o json`. */
interface Statement {
  readonly chain_id: string
  readonly height: string
  readonly validators: number
  readonly app_hash: string
  readonly readings: { accepted: string; refused: string; refused_by_reason: object }
  readonly energy_wh: Record<string, string>
  readonly certificates: { issued_wh: string; ranges: string }
  readonly conservation: { ok: boolean; difference_wh: number }
  readonly seconds: number
}

const REGISTERS = [
  'utc_timestamp,device,kind,import_kwh,export_kwh,soc_kwh',
  ...['00', '01', '02', '03'].flatMap((hour, i) => [
    `2016-08-27T${hour}:00:00Z,roof,PV,0,${['0', '1.5', '3.25', '9'][i]},`,
    `2016-08-27T${hour}:00:00Z,flat,LOAD,${['10', '10.4', '11.0009', '99'][i]},0,`,
    `2016-08-27T${hour}:00:00Z,grid,METER,${['5', '5.2', '5.9', '50'][i]},${['1', '1', '1.25', '8'][i]},`,
    `2016-08-27T${hour}:00:00Z,akku,BESS,${['1', '2', '2.25', '3'][i]},${['0', '0', '0.5', '1'][i]},${['3', '3.9', '3.35', '3.6'][i]}`,
  ]),
]

/** Hour 17 of the building's clock, eight hours behind UTC, begins at 2016-08-27T00:00Z. */
const BUILDING = [
  'month,hour,non_shiftable_load,solar_generation',
  '8,17,1.0,500',
  '8,18,1.5,0',
  '8,19,9.0,900',
]

describe('strom dev --for', function () {
  this.timeout(600_000)
  let dir: string
  let offset: number

  const dev = async (...args: string[]): Promise<Ended> =>
    await strom(['dev', '--for', '2h', '-o', 'json', '--port-offset', String(offset), ...args])
  const statement = (run: Ended): Statement => {
    expect(run.code, run.stderr).to.equal(0)
    expect(run.stdout.trimEnd().split('\n'), run.stdout).to.have.lengthOf(1)
    return JSON.parse(run.stdout) as Statement
  }
  const refusal = (run: Ended): { message: string; hint: string } =>
    (JSON.parse(run.stdout) as { error: { message: string; hint: string } }).error

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-dev-test-'))
    offset = await freeOffset(4)
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('prints one object, conserves every Wh, and says the same again with the same seed', async () => {
    const first = statement(await dev('--seed', '7'))
    expect(Object.keys(first)).to.deep.equal([
      'chain_id',
      'height',
      'validators',
      'app_hash',
      'readings',
      'energy_wh',
      'certificates',
      'conservation',
      'operators',
      'seconds',
    ])
    expect([first.chain_id, first.validators]).to.deep.equal(['strom-dev-1', 4])
    expect(first.height).to.match(/^[1-9]\d*$/)
    expect(first.app_hash).to.match(/^[0-9A-F]{64}$/)
    expect(Object.keys(first.energy_wh)).to.deep.equal([
      'imported',
      'exported',
      'produced',
      'consumed',
      'stored',
      'lost',
    ])
    for (const wh of Object.values(first.energy_wh)) expect(wh).to.match(/^-?\d+$/)
    expect(first.conservation).to.deep.equal({ ok: true, difference_wh: 0 })
    expect(first.readings.refused_by_reason).to.deep.equal({})
    expect(BigInt(first.readings.accepted) > 100n).to.equal(true)
    expect(first.certificates.issued_wh).to.equal(first.energy_wh['produced'])
    const second = statement(await dev('--seed', '7'))
    for (const part of ['readings', 'energy_wh', 'certificates', 'conservation'] as const) {
      expect(second[part], part).to.deep.equal(first[part])
    }
  })

  it('takes own recordings and credits what can be worked out by hand', async () => {
    const town = join(dir, 'town')
    mkdirSync(town)
    writeFileSync(join(town, 'meters.csv'), `${REGISTERS.join('\n')}\n`)
    writeFileSync(join(town, 'Building_1.csv'), `${BUILDING.join('\n')}\n`)
    const { energy_wh, certificates, readings, conservation } = statement(await dev('--town', town))
    expect(energy_wh).to.deep.equal({
      // grid 5.2 and 5.9 over 5; the home lives of its own sun and battery
      imported: '900',
      exported: '250',
      // roof 3.25 kWh, the home 500 W/kW of its 4 kW for an hour
      produced: '5250',
      // flat floor(11000.9) - 10000, the home 1.0 + 1.5 kWh
      consumed: '3500',
      // akku 3.35 - 3; the home's battery takes 1 kWh at 0.948683 and gives 1.5 kWh at 0.948683, floored: -633
      stored: '-283',
      // akku 1.25 - 0.5 - 0.35; the home's 1.0 - 1.5 + 0.633
      lost: '533',
    })
    expect(certificates).to.deep.equal({ issued_wh: '5250', ranges: '3' })
    expect([readings.accepted, readings.refused]).to.deep.equal(['24', '0'])
    expect(conservation).to.deep.equal({ ok: true, difference_wh: 0 })
  })

  it('goes on in the same home, at other ports too', async () => {
    const home = join(dir, 'home')
    const first = statement(await dev('--home', home, '--for', '1h'))
    const ports = String(offset + 50)
    const second = statement(await dev('--home', home, '--for', '1h', '--port-offset', ports))
    expect(second.conservation).to.deep.equal({ ok: true, difference_wh: 0 })
    expect(BigInt(second.height) > BigInt(first.height)).to.equal(true)
    expect(BigInt(second.readings.accepted) > BigInt(first.readings.accepted)).to.equal(true)
  })

  it('does not mix two towns in one home', async () => {
    const run = await dev('--home', join(dir, 'home'), '--town', join(dir, 'town'))
    expect(run.code).to.equal(8)
    expect(refusal(run).message).to.contain('holds another town')
    expect(refusal(run).hint).to.contain('another --home')
  })

  it('names file and line of a recording that is wrong', async () => {
    const town = join(dir, 'broken')
    mkdirSync(town)
    const lines = [...REGISTERS]
    lines[6] = '2016-08-27T01:00:00Z,flat,LOAD,ten,0,'
    writeFileSync(join(town, 'meters.csv'), `${lines.join('\n')}\n`)
    const run = await dev('--town', town)
    expect(run.code).to.equal(8)
    expect(refusal(run).message).to.contain('meters.csv:7: import_kwh "ten" is not a decimal')
    const none = await dev('--town', join(dir, 'nowhere'))
    expect([none.code, refusal(none).message]).to.deep.equal([
      8,
      `there is no folder ${join(dir, 'nowhere')}`,
    ])
  })

  it('says that a port is in use and offers others', async () => {
    const taken = createServer()
    const port = 26_657 + offset + 10
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
    try {
      const run = await dev()
      expect(run.code).to.equal(8)
      expect(refusal(run).message).to.equal(`port ${port} is in use`)
      expect(refusal(run).hint).to.contain('--port-offset')
    } finally {
      await new Promise((resolve) => taken.close(resolve))
    }
  })

  it('refuses flags and durations it does not know, with exit code 2', async () => {
    const flag = await strom(['dev', '--frobnicate'])
    expect([flag.code, flag.stdout]).to.deep.equal([2, ''])
    expect(flag.stderr).to.contain("unknown option '--frobnicate'")
    const duration = await strom(['dev', '--for', 'soon'])
    expect(duration.code).to.equal(2)
    expect(duration.stderr).to.contain('--for: "soon" is not a duration')
  })
})
