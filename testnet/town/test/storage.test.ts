import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { ceilDiv, floorDiv } from '../decimal.ts'
import { readDispatchCsv } from '../dispatch-file.ts'
import type { ReadingSink } from '../driver.ts'
import { recompute } from '../recompute.ts'
import { loadRecordedTown } from '../recorded-town.ts'
import type { Asked, StorageSite } from '../storage.ts'
import {
  askedWh,
  nextState,
  openingState,
  plannedMwh,
  storageDevices,
  storageSites,
  TICK_S,
} from '../storage.ts'
import { StorageDriver } from '../storage-driver.ts'
import { StorageBook } from '../storage-file.ts'
import type { Town } from '../town.ts'

const PPM = 1_000_000n
const ANCHOR = { height: 7n, hash: 'ab'.repeat(32) }

/** Takes readings as a gateway does: each number of a device once. */
class Books implements ReadingSink {
  readonly messages: DeviceMessage[] = []
  readonly last = new Map<string, bigint>()
  failNext = false

  async submit(readings: SignedReading[]): Promise<void> {
    if (this.failNext) {
      this.failNext = false
      throw new Error('disk full')
    }
    for (const { message } of readings) {
      const decoded = DeviceMessage.decode(message)
      expect(decoded.seq).to.equal((this.last.get(decoded.device) ?? 0n) + 1n)
      this.last.set(decoded.device, decoded.seq)
      this.messages.push(decoded)
    }
  }

  async lastSeq(device: string): Promise<bigint> {
    return this.last.get(device) ?? 0n
  }
}

describe('storage of the validators', () => {
  let town: Town
  let sites: StorageSite[]
  let dir: string
  before(() => {
    town = loadRecordedTown('1')
    sites = storageSites(town, 4, '1')
    dir = mkdtempSync(join(tmpdir(), 'strom-storage-'))
  })
  after(() => rmSync(dir, { recursive: true }))
  const first = (): StorageSite => sites[0] as StorageSite
  const startTick = (): bigint => floorDiv(town.start, TICK_S)

  it('gives each of four validators a battery and a meter at a site of its own', () => {
    expect(sites.map(({ id, follows }) => [id, follows])).to.deep.equal([
      ['storage-1', 'home-1'],
      ['storage-2', 'home-2'],
      ['storage-3', 'home-3'],
      ['storage-4', 'home-4'],
    ])
    expect(storageDevices(sites).map(({ id }) => id)).to.have.members(
      [1, 2, 3, 4].flatMap((n) => [`storage-${n}-battery`, `storage-${n}-meter`]),
    )
    expect(storageSites(town, 16, '1')).to.have.length(4)
    expect(storageSites(town, 2, '1')).to.have.length(2)
    expect(storageSites(town, 4, '1')).to.deep.equal(sites)
    const other = storageSites(town, 4, '2').map(({ startMwh }) => startMwh)
    expect(other).not.to.deep.equal(sites.map(({ startMwh }) => startMwh))
  })

  it('plans quarters of an hour that add up to what the home exchanged with the grid in it', () => {
    const grid = town.readings('home-1-meter')
    for (let hour = 0n; hour < 200n; hour += 1n) {
      const [a, b] = [grid[Number(hour)], grid[Number(hour) + 1]]
      if (a === undefined || b === undefined) throw new Error('the recordings are shorter')
      const quarters = [0n, 1n, 2n, 3n].map((q) =>
        plannedMwh(first(), town.start + hour * 3600n + q * TICK_S),
      )
      const lacked = b.importMwh - a.importMwh - (b.exportMwh - a.exportMwh)
      expect(quarters.reduce((sum, one) => sum + one, 0n)).to.equal(lacked)
    }
    expect(plannedMwh(first(), town.end + 900_000n)).to.equal(0n)
  })

  it('keeps charge, registers and balance, and meets each challenge that is feasible (300 random days)', () => {
    const challenge = fc.record({
      tick: fc.bigInt(0n, 90n),
      ticks: fc.integer({ min: 1, max: 4 }),
      targetWh: fc.bigInt(-6_000n, 6_000n).filter((wh) => wh !== 0n),
    })
    fc.assert(
      fc.property(
        challenge,
        fc.bigInt(0n, 20_000_000n),
        fc.integer({ min: 0, max: 3 }),
        (drawn, socMwh, index) => {
          const site = sites[index] as StorageSite
          const { spec } = site
          const asked: Asked = { ...drawn, tick: startTick() + drawn.tick }
          let state = { ...openingState(site), socMwh }
          let target: Asked | undefined
          let [begin, moved] = [state, 0n]
          for (let i = 0n; i < 96n; i += 1n) {
            const inside = i >= drawn.tick && i < drawn.tick + BigInt(drawn.ticks)
            if (i === drawn.tick) {
              target = { ...asked, targetWh: askedWh(site, asked, state.socMwh) }
              begin = state
            }
            const next = nextState(site, state, inside ? target : undefined)
            const [into, out] = [next.importMwh - state.importMwh, next.exportMwh - state.exportMwh]
            const limit = floorDiv(spec.powerW * TICK_S * 1000n, 3600n)
            expect(into >= 0n && out >= 0n && into <= limit && out <= limit).to.equal(true)
            expect(into === 0n || out === 0n).to.equal(true)
            const stored = floorDiv(into * spec.etaCPpm, PPM) - ceilDiv(out * PPM, spec.etaDPpm)
            expect(next.socMwh - state.socMwh).to.equal(stored)
            expect(next.socMwh >= 0n && next.socMwh <= spec.capacityMwh).to.equal(true)
            if (inside) moved += out - into
            state = next
          }
          const wanted = (target?.targetWh ?? 0n) * 1000n
          const perTick = floorDiv(spec.powerW * TICK_S * 1000n, 3600n) * BigInt(drawn.ticks)
          const size = wanted < 0n ? -wanted : wanted
          const room =
            wanted < 0n
              ? floorDiv(size * spec.etaCPpm, PPM) <= spec.capacityMwh - begin.socMwh
              : ceilDiv(size * PPM, spec.etaDPpm) + BigInt(drawn.ticks) <= begin.socMwh
          if (room && size <= perTick && drawn.tick + BigInt(drawn.ticks) <= 96n)
            expect(moved).to.equal(wanted)
          else expect(moved < 0n ? -moved <= size : moved <= size).to.equal(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps a reserve and a ceiling in its plan, and returns there after a challenge', () => {
    for (const [socMwh, after] of [
      [5_000_000n, 5_000_000n],
      [4_000_000n, 5_000_000n],
      [17_000_000n, 16_000_000n],
    ] as const) {
      // An hour in which home-2 takes from the grid: the battery would discharge.
      const site = sites[1] as StorageSite
      let time = site.start
      while (plannedMwh(site, time) <= 0n) time += TICK_S
      const next = nextState(site, { ...openingState(site), time, socMwh })
      const off = next.socMwh - after
      expect(off >= -2n && off <= 2n, `${socMwh} -> ${next.socMwh}`).to.equal(true)
    }
    for (const site of sites) {
      let state = openingState(site)
      for (let i = 0; i < 96 * 7; i += 1) {
        state = nextState(site, state)
        const ppm = (state.socMwh * PPM) / site.spec.capacityMwh
        expect(ppm >= 249_999n && ppm <= 800_000n, `${ppm}`).to.equal(true)
      }
      expect(state.exportMwh > 5_000_000n, `${site.id} ${state.exportMwh}`).to.equal(true)
    }
  })

  it('answers in the other direction where the charge leaves no headroom', () => {
    const asked = { tick: startTick(), ticks: 1, targetWh: 950n }
    expect(askedWh(first(), asked, 1_000_000n)).to.equal(950n)
    // Whole watt-hours count: 999.999 Wh are not enough for 950 / 0.95.
    expect(askedWh(first(), asked, 999_999n)).to.equal(-950n)
    expect(askedWh(first(), { ...asked, targetWh: -1_000n }, 19_050_000n)).to.equal(-1_000n)
    expect(askedWh(first(), { ...asked, targetWh: -1_000n }, 19_051_000n)).to.equal(1_000n)
  })

  const driverOn = (file: string, sink: ReadingSink, silent = false): StorageDriver =>
    new StorageDriver({
      sites,
      book: new StorageBook(join(dir, file), storageDevices(sites)),
      sink,
      chainId: 'strom-dev-1',
      seed: '1',
      silence: silent
        ? { site: 'storage-4', from: town.start + 3_600n, to: town.start + 7_200n }
        : undefined,
    })
  const challenges = (): Asked[] => [{ tick: startTick() + 6n, ticks: 4, targetWh: -4_000n }]

  it('writes every signed register with its block and its challenge, and the recomputation reads that file', async () => {
    const books = new Books()
    const driver = driverOn('written.csv', books)
    await driver.resume()
    driver.challenge('storage-1', challenges())
    await driver.feed(town.start + 14_400n, ANCHOR)
    const series = readDispatchCsv('written.csv', readFileSync(join(dir, 'written.csv'), 'utf8'))
    for (const { id, readings } of series) {
      const sent = books.messages.filter(({ device }) => device === id)
      expect(
        readings.map(({ time, importMwh, exportMwh, socMwh }) => [
          time,
          importMwh,
          exportMwh,
          socMwh,
        ]),
      ).to.deep.equal(
        sent.map(({ time, importMwh, exportMwh, socMwh }) => [time, importMwh, exportMwh, socMwh]),
      )
      expect(sent.every(({ anchor }) => (anchor?.height === 7n) === id.endsWith('meter'))).to.equal(
        true,
      )
    }
    const rows = readFileSync(join(dir, 'written.csv'), 'utf8').split('\n')
    expect(rows.filter((row) => row.endsWith(',-4000'))).to.have.length(8)
    const energy = recompute(series, storageDevices(sites), town.start + 14_400n).energyWh
    const flows = series.filter(({ kind }) => kind === 'METER')
    const sum = (pick: 'importMwh' | 'exportMwh'): bigint =>
      flows.reduce((all, { readings }) => all + floorDiv(readings.at(-1)?.[pick] ?? 0n, 1000n), 0n)
    expect([energy.imported, energy.exported]).to.deep.equal([sum('importMwh'), sum('exportMwh')])
    expect(energy.imported >= 4_000n).to.equal(true)
    expect(energy.stored + energy.lost).to.equal(energy.imported - energy.exported)
  })

  it('is silent with one meter for a while, and its registers go on underneath', async () => {
    const books = new Books()
    const driver = driverOn('silent.csv', books, true)
    await driver.resume()
    await driver.feed(town.start + 10_800n, ANCHOR)
    const times = books.messages
      .filter(({ device }) => device === 'storage-4-meter')
      .map(({ time }) => time - town.start)
    expect(times).to.deep.equal([0n, 900n, 1800n, 2700n, 3600n, 8100n, 9000n, 9900n, 10_800n])
    const [meter, battery] = ['storage-4-meter', 'storage-4-battery'].map((id) =>
      books.messages.findLast(({ device }) => device === id),
    )
    expect([meter?.importMwh, meter?.exportMwh]).to.deep.equal([
      battery?.importMwh,
      battery?.exportMwh,
    ])
  })

  it('goes on with the same trajectory in a new run, even in the midst of a challenge', async () => {
    const [whole, parts] = [new Books(), new Books()]
    const once = driverOn('once.csv', whole)
    await once.resume()
    once.challenge('storage-1', challenges())
    await once.feed(town.start + 14_400n, ANCHOR)
    for (const until of [6_300n, 7_200n, 14_400n]) {
      const driver = driverOn('parts.csv', parts)
      await driver.resume()
      driver.challenge('storage-1', challenges())
      await driver.feed(town.start + until, ANCHOR)
    }
    const registers = (books: Books): string[] =>
      books.messages
        .map((m) => `${m.device} ${m.seq} ${m.time} ${m.importMwh} ${m.exportMwh} ${m.socMwh}`)
        .sort()
    expect(registers(parts)).to.deep.equal(registers(whole))
    const hashes = (books: Books): string[] =>
      books.messages.map((m) => `${m.device} ${m.seq} ${Buffer.from(m.prevHash).toString('hex')}`)
    expect(hashes(parts).sort()).to.deep.equal(hashes(whole).sort())
  })

  it('hands over again what the gateway did not take, and drops a line that was not written whole', async () => {
    const books = new Books()
    const driver = driverOn('torn.csv', books)
    await driver.resume()
    await driver.feed(town.start + 900n, ANCHOR)
    books.failNext = true
    const failed = await driver.feed(town.start + 1_800n, ANCHOR).catch((e: Error) => e.message)
    expect(failed).to.equal('disk full')
    // A new process finds the rows in its file and the gateway without them.
    const file = join(dir, 'torn.csv')
    const text = readFileSync(file, 'utf8')
    truncateSync(file, text.length - 5)
    const again = driverOn('torn.csv', books)
    await again.resume()
    await again.feed(town.start + 2_700n, ANCHOR)
    for (const { id } of storageDevices(sites)) {
      const times = books.messages.filter(({ device }) => device === id).map(({ time }) => time)
      const at = [0n, 900n, 1_800n, 2_700n].map((s) => town.start + s)
      expect(times, id).to.deep.equal(id === 'storage-4-meter' ? at.filter((_, i) => i !== 2) : at)
    }
  })

  it('refuses a file of other devices', async () => {
    const books = new Books()
    const driver = driverOn('other.csv', books)
    await driver.resume()
    await driver.feed(town.start, ANCHOR)
    expect(
      () => new StorageBook(join(dir, 'other.csv'), storageDevices(sites.slice(0, 1))),
    ).to.throw('is not the next row of a storage device of this town')
  })
})
