import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { allSeries } from '../dispatch-file.ts'
import { loadTownDir } from '../own-town.ts'
import { TownError } from '../problems.ts'
import { recompute } from '../recompute.ts'

const HEADER = 'utc_timestamp, device, kind, import_kwh, export_kwh'

describe('a folder of own recordings', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-town-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  const put = (name: string, ...lines: string[]): void =>
    writeFileSync(join(dir, name), `${lines.join('\n')}\n`)
  const problems = (): string => {
    try {
      loadTownDir(dir)
    } catch (error) {
      if (error instanceof TownError) return error.message
      throw error
    }
    return ''
  }

  it('takes register files with blanks, quotes and CRLF, and infers 900 and 3600 s', () => {
    put(
      'meters.csv',
      `${HEADER}, soc_kwh\r`,
      '2024-05-01T00:00:00Z, roof, PV, 0, 100.5,\r',
      '2024-05-01T01:00:00Z, roof, PV, "0", "101.25",\r',
      '2024-05-01T00:00:00Z, akku, BESS, 1, 2, 3.5\r',
      '2024-05-01T00:15:00Z, akku, BESS, 1.5, 2, 3.9\r',
    )
    const town = loadTownDir(dir)
    expect(town.devices.map((d) => [d.id, d.kind, d.intervalS, d.site])).to.deep.equal([
      ['roof', 'PV', 3600n, 'meters'],
      ['akku', 'BESS', 900n, 'meters'],
    ])
    expect(town.readings('roof')[1]).to.deep.equal({
      time: 1_714_525_200n,
      importMwh: 0n,
      exportMwh: 101_250_000n,
      status: 1n,
    })
    expect(town.readings('akku')[1]?.socMwh).to.equal(3_900_000n)
    expect(recompute(allSeries(town), town.devices, town.end).energyWh.produced).to.equal(750n)
  })

  it('names file and line of a number with a decimal comma', () => {
    put(
      'meters.csv',
      HEADER,
      ...Array.from(
        { length: 15 },
        (_, i) => `2024-05-01T${String(i).padStart(2, '0')}:00:00Z, roof, PV, 0, ${i}`,
      ),
      '2024-05-01T15:00:00Z, roof, PV, "12,3", 15',
    )
    expect(problems()).to.equal(
      `cannot use the recordings in ${dir}:\n  meters.csv:17: import_kwh "12,3" is not a decimal number`,
    )
  })

  it('says of each row what is wrong with it', () => {
    put(
      'm.csv',
      HEADER,
      '2024-05-01T00:00:00Z, roof, PV, 0, 1',
      '2024-05-01T00:00:00Z, roof, PV, 0, 2',
      'yesterday, roof, PV, 0, 3',
      '2024-05-01T01:00:00Z, Roof!, PV, 0, 1',
      '2024-05-01T01:00:00Z, roof, SOLAR, 0, 1',
      '2024-05-01T01:00:00Z, roof, LOAD, 0, 1',
      '2024-05-01T01:00:00Z, roof, PV, 0, -1',
      '2024-05-01T01:00:00Z, roof, PV, , 1',
      '2024-05-01T01:00:00Z, roof, PV, 0, 1,5',
      '2024-05-01T01:07:00Z, roof, PV, 0, 5',
      '2024-05-01T02:00:00Z, roof, PV, 0, 99999999999999',
    )
    const text = problems()
    for (const line of [
      'm.csv:3: utc_timestamp "2024-05-01T00:00:00Z" repeats the time of the row before it of roof',
      'm.csv:4: utc_timestamp "yesterday" is not a UTC time such as 2016-08-27T00:00:00Z',
      'm.csv:5: device "Roof!" is not a name',
      'm.csv:6: kind "SOLAR" is not one of PV, WIND, BESS, LOAD, EVSE, METER',
      'm.csv:7: device roof is LOAD here and PV before',
      'm.csv:8: export_kwh "-1" is negative',
      'm.csv:9: import_kwh is empty',
      'm.csv:10: 6 cells where the header has 5 (a decimal comma? write 12.3)',
      'm.csv:11: roof is not on its grid of',
      'm.csv:12: export_kwh "99999999999999" is beyond any register',
    ]) {
      expect(text).to.contain(line)
    }
  })

  it('stops listing after 20 problems and counts the rest', () => {
    put('m.csv', HEADER, ...Array.from({ length: 30 }, () => 'x, roof, PV, 0, 1'))
    expect(problems().split('\n')).to.have.length(22)
    expect(problems()).to.match(/and 10 more$/)
  })

  it('passes falling registers and leaps on, with a nameplate the leap does not raise', () => {
    put(
      'm.csv',
      HEADER,
      '2024-05-01T00:00:00Z,roof,PV,0,1',
      '2024-05-01T01:00:00Z,roof,PV,0,3',
      '2024-05-01T02:00:00Z,roof,PV,0,2',
      '2024-05-01T03:00:00Z,roof,PV,0,900',
    )
    const town = loadTownDir(dir)
    expect(town.readings('roof')).to.have.length(4)
    expect(town.devices[0]?.nameplateW).to.equal(10_000n)
  })

  it('raises the nameplate of a device whose data are steadily large', () => {
    put(
      'm.csv',
      HEADER,
      ...Array.from(
        { length: 24 },
        (_, i) => `2024-05-01T${String(i).padStart(2, '0')}:00:00Z,park,WIND,0,${i * 2500}`,
      ),
    )
    expect(loadTownDir(dir).devices[0]?.nameplateW).to.equal(7_500_000n)
  })

  const building = (rows: readonly string[]): string[] => [
    'month,hour,day_type,x,non_shiftable_load,solar_generation',
    ...rows,
  ]

  it('takes CityLearn homes without a schema: 4 kW of PV, 6.4 kWh of battery, the first row first', () => {
    put('Building_3.csv', ...building(['8,1,1,,0.5,0.0', '8,2,1,,1.0096232e-07,250.5']))
    const town = loadTownDir(dir)
    expect(town.devices.map((d) => [d.id, d.nameplateW, d.storageWh, d.etaCPpm])).to.deep.equal([
      ['home-3-pv', 4_000n, 0n, 0n],
      ['home-3-load', 24_000n, 0n, 0n],
      ['home-3-battery', 5_000n, 6_400n, 948_683n],
      ['home-3-meter', 29_000n, 0n, 0n],
    ])
    // Hour 1 ends at 01:00 of the homes' clock, so it begins at 08:00 UTC; the first such moment of the axis.
    expect(town.start).to.equal(1_472_256_000n + 8n * 3600n)
    expect(town.readings('home-3-pv').map((r) => r.exportMwh)).to.deep.equal([0n, 0n, 1_002_000n])
    expect(town.readings('home-3-load').map((r) => r.importMwh)).to.deep.equal([
      0n,
      500_000n,
      500_000n,
    ])
  })

  it('dates a full CityLearn file by its change of month and takes nominal powers from the schema', () => {
    put('Building_1.csv', ...building(['7,24,7,,2.2758,0.0', '8,1,1,,0.85116667,0.0']))
    put(
      'schema.json',
      JSON.stringify({
        buildings: {
          Building_1: {
            pv: { attributes: { nominal_power: 5.5 } },
            electrical_storage: {
              attributes: { capacity: 13.5, nominal_power: 7, efficiency: 0.81 },
            },
          },
        },
      }),
    )
    const town = loadTownDir(dir)
    expect(town.start).to.equal(1_470_034_800n)
    expect(town.devices.map((d) => [d.nameplateW, d.storageWh, d.etaCPpm])).to.deep.equal([
      [5_500n, 0n, 0n],
      [24_000n, 0n, 0n],
      [7_000n, 13_500n, 900_000n],
      [31_000n, 0n, 0n],
    ])
  })

  it('moves homes by whole weeks to the first week of register files beside them', () => {
    put('Building_1.csv', ...building(['7,24,7,,1,0', '8,1,1,,1,0']))
    put('m.csv', HEADER, '2024-05-01T00:00:00Z,roof,PV,0,1', '2024-05-01T01:00:00Z,roof,PV,0,2')
    const town = loadTownDir(dir)
    const start = town.readings('home-1-pv')[0]?.time ?? 0n
    expect(town.start).to.equal(1_714_521_600n)
    expect((start - 1_470_034_800n) % 604_800n).to.equal(0n)
    expect(start - town.start < 604_800n && start >= town.start).to.equal(true)
  })

  it('refuses homes with broken rows, hours out of order and a broken schema', () => {
    put('Building_1.csv', ...building(['8,1,1,,0.5,0.0', '8,3,1,,0.5,0.0']))
    put('Building_2.csv', ...building(['8,1,1,,0.5,abc', '13,25,1,,0.5,0.0']))
    put('Building_4.csv', 'month,hour,load', '1,1,1')
    put('schema.json', '{"buildings": {')
    const text = problems()
    for (const part of [
      'schema.json: is not JSON',
      'Building_1.csv:3: hour 3 does not follow hour 1',
      'Building_2.csv:2: solar_generation "abc" is not a decimal number',
      'Building_2.csv:3: month "13" is not 1..12',
      'Building_2.csv:3: hour "25" is not 1..24',
      'Building_4.csv:1: no column non_shiftable_load, solar_generation',
    ]) {
      expect(text).to.contain(part)
    }
  })

  it('says what a usable folder holds when this one holds nothing, is absent, or is a file', () => {
    expect(problems()).to.contain(`${dir} is empty. It should hold Building_N.csv files`)
    put('notes.csv', 'a,b', '1,2')
    expect(problems()).to.contain('holds no usable recording among its 1 files')
    expect(() => loadTownDir(join(dir, 'nowhere'))).to.throw(TownError, 'there is no folder')
    expect(() => loadTownDir(join(dir, 'notes.csv'))).to.throw(TownError, 'is a file')
    writeFileSync(join(dir, 'blob.csv'), Buffer.from([1, 0, 2]))
    expect(problems()).to.contain('blob.csv: is not text')
  })

  it('refuses a device that two files describe', () => {
    put('a.csv', HEADER, '2024-05-01T00:00:00Z,roof,PV,0,1')
    put('b.csv', HEADER, '2024-05-01T00:00:00Z,roof,PV,0,1')
    expect(problems()).to.contain('b.csv: device roof is already in a.csv')
  })
})
