import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ceilDiv } from '../decimal.ts'
import { allSeries, dispatchCsv, readDispatchCsv, recordedSeries } from '../dispatch-file.ts'
import { recompute } from '../recompute.ts'
import { loadRecordedTown, shippedDataDir } from '../recorded-town.ts'
import { siteBalances } from '../site-balance.ts'
import type { Town } from '../town.ts'

const DAY = 86_400n

/** Worked out by an independent program (Python fractions) from the unreduced sources, seed 7. */
const GOLDEN = [
  {
    days: 1n,
    energy: [100_469n, 76_354n, 244_702n, 239_799n, 20_198n, 5_816n],
    issued: 244_702n,
    certificates: 136n,
    accepted: 1_297n,
  },
  {
    days: 7n,
    energy: [1_241_910n, 436_480n, 1_667_636n, 2_386_531n, 18_937n, 40_364n],
    issued: 1_667_636n,
    certificates: 974n,
    accepted: 8_785n,
  },
  {
    days: 28n,
    energy: [3_813_069n, 1_692_281n, 5_998_953n, 7_798_955n, 31_312n, 158_119n],
    issued: 5_983_172n,
    certificates: 3_830n,
    accepted: 34_956n,
  },
]

describe('recorded town', () => {
  let town: Town
  before(() => {
    town = loadRecordedTown('7')
  })

  it('ships at most 3 MB of data', () => {
    const size = (dir: string): number =>
      readdirSync(dir, { withFileTypes: true }).reduce(
        (sum, entry) =>
          sum +
          (entry.isDirectory()
            ? size(join(dir, entry.name))
            : statSync(join(dir, entry.name)).size),
        0,
      )
    expect(size(shippedDataDir())).to.be.lessThan(3_000_000)
  })

  it('has 49 devices that all open at 2016-08-27T00:00:00Z and ascend on their own grid', () => {
    expect(town.devices).to.have.length(49)
    expect(town.start).to.equal(1_472_256_000n)
    for (const device of town.devices) {
      const readings = town.readings(device)
      expect(readings[0]?.time, device.id).to.equal(town.start)
      for (const [i, reading] of readings.entries()) {
        const before = readings[i - 1]
        expect(reading.time % device.intervalS).to.equal(0n)
        if (before === undefined) continue
        expect(reading.time > before.time, device.id).to.equal(true)
        expect(
          reading.importMwh >= before.importMwh && reading.exportMwh >= before.exportMwh,
          device.id,
        ).to.equal(true)
      }
    }
  })

  it('keeps every honest reading within its nameplate plus 2 % and its battery within 20 % a tick', () => {
    const flagged = new Map<string, number>()
    for (const device of town.devices) {
      const readings = town.readings(device)
      for (const [i, to] of readings.entries()) {
        const from = readings[i - 1]
        if (from === undefined) continue
        const most = ceilDiv(device.nameplateW * (to.time - from.time) * 1_020_000n, 3_600_000_000n)
        expect(
          to.importMwh / 1000n - from.importMwh / 1000n <= most,
          `${device.id} ${to.time}`,
        ).to.equal(true)
        expect(
          to.exportMwh / 1000n - from.exportMwh / 1000n <= most,
          `${device.id} ${to.time}`,
        ).to.equal(true)
        if (to.socMwh === undefined || from.socMwh === undefined) continue
        const stored = ((to.importMwh - from.importMwh) * device.etaCPpm) / 1_000_000n
        const drawn = ceilDiv((to.exportMwh - from.exportMwh) * 1_000_000n, device.etaDPpm)
        const excess = to.socMwh - (from.socMwh + stored - drawn)
        expect(to.socMwh <= device.storageWh * 1000n).to.equal(true)
        expect(excess * 5n <= device.storageWh * 1000n, `${device.id} ${to.time}`).to.equal(true)
        if (excess * 50n > device.storageWh * 1000n)
          flagged.set(device.id, (flagged.get(device.id) ?? 0) + 1)
      }
    }
    expect([...flagged]).to.deep.equal([['sbap-battery', 92]])
  })

  it('keeps the recorded battery under 20 % over any 24 hours, and over 2 % in 48 of 2,968 (its swings)', () => {
    const device = town.devices.find((one) => one.id === 'sbap-battery')
    const readings = town.readings('sbap-battery')
    expect(readings).to.have.length(3064)
    let over = 0
    for (let i = 96; i < readings.length; i += 1) {
      const [from, to] = [readings[i - 96], readings[i]]
      if (device === undefined || from?.socMwh === undefined || to?.socMwh === undefined)
        throw new Error('no battery')
      const stored = ((to.importMwh - from.importMwh) * device.etaCPpm) / 1_000_000n
      const drawn = ceilDiv((to.exportMwh - from.exportMwh) * 1_000_000n, device.etaDPpm)
      const excess = to.socMwh - from.socMwh - stored + drawn
      expect(excess * 5n <= device.storageWh * 1000n, String(to.time)).to.equal(true)
      if (excess * 50n > device.storageWh * 1000n) over += 1
    }
    expect(over).to.equal(48)
  })

  it('marks exactly the readings whose columns the source filled in', () => {
    const filled = (id: string): number =>
      town.readings(id).filter((reading) => reading.status === 8n).length
    expect(
      ['pv', 'meter', 'heatpump', 'ev', 'freezer', 'refrigerator'].map((name) =>
        filled(`konstanz-${name}`),
      ),
    ).to.deep.equal([2, 227, 2, 38, 31, 0])
    expect(town.readings('konstanz-freezer')).to.have.length(790)
    expect(town.readings('home-1-pv').every((reading) => reading.status === 1n)).to.equal(true)
  })

  it('puts the sun of California in the middle of its own day: home PV peaks at 19 to 21 h UTC', () => {
    const byHour = new Array<bigint>(24).fill(0n)
    for (let n = 1; n <= 10; n += 1) {
      const readings = town.readings(`home-${n}-pv`)
      for (const [i, to] of readings.entries()) {
        const hour = Number(((to.time - 3600n) % DAY) / 3600n)
        byHour[hour] = (byHour[hour] ?? 0n) + to.exportMwh - (readings[i - 1]?.exportMwh ?? 0n)
      }
    }
    const peak = byHour.reduce((best, mwh, hour) => (mwh > (byHour[best] ?? 0n) ? hour : best), 0)
    expect(peak).to.be.within(18, 20)
    expect(byHour.slice(4, 12).every((mwh) => mwh === 0n)).to.equal(true)
  })

  it(`agrees with an independent recomputation from the full sources over ${GOLDEN.map((g) => g.days).join(', ')} days`, () => {
    for (const golden of GOLDEN) {
      const {
        energyWh: e,
        certificates,
        accepted,
      } = recompute(allSeries(town), town.devices, town.start + golden.days * DAY)
      expect([e.imported, e.exported, e.produced, e.consumed, e.stored, e.lost]).to.deep.equal(
        golden.energy,
      )
      expect(certificates.issuedWh).to.equal(golden.issued)
      expect(certificates.certificates).to.equal(golden.certificates)
      expect(accepted).to.equal(golden.accepted)
    }
  })

  it('balances every home to the milliwatt-hour and reports the open sites as open', () => {
    for (const balance of siteBalances(town)) {
      expect(balance.ok, balance.site).to.equal(true)
      if (balance.complete) expect(balance.differenceMwh, balance.site).to.equal(0n)
    }
    expect(siteBalances(town).filter((balance) => balance.complete)).to.have.length(10)
  })

  it('is the same to the byte for the same seed and differs in the batteries for another', () => {
    const digest = (t: Town): string => createHash('sha256').update(dispatchCsv(t)).digest('hex')
    expect(digest(loadRecordedTown('7'))).to.equal(digest(town))
    const other = loadRecordedTown('8')
    expect(digest(other)).to.not.equal(digest(town))
    expect(other.readings('home-3-pv')).to.deep.equal(town.readings('home-3-pv'))
  })

  it('recomputes the same from the recordings and the dispatch file as from the town itself', () => {
    const fromFiles = [
      ...recordedSeries(town),
      ...readDispatchCsv('dispatch.csv', dispatchCsv(town)),
    ]
    const stop = town.start + 7n * DAY
    expect(recompute(fromFiles, town.devices, stop).energyWh).to.deep.equal(
      recompute(allSeries(town), town.devices, stop).energyWh,
    )
  })
})
