import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { times } from '../fleet-figures.ts'
import { measureInside } from '../fleet-inside.ts'
import { meterId, readMeters } from '../fleet-meters.ts'
import { prepareMeters } from '../fleet-prepare.ts'
import { type FleetReport, fleetLine, renderFleet } from '../fleet-report.ts'
import { fleetSettings } from '../fleet-settings.ts'
import { machine } from '../machine.ts'

const START = 1_767_225_600n

describe('the bench of a fleet', () => {
  const dir = mkdtempSync(join(tmpdir(), 'strom-fleet-'))
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('brings 200 meters through genesis, both ways and settlement, and its report holds every figure', async function () {
    this.timeout(120_000)
    const settings = { ...fleetSettings(200), registrations: 30, lookups: 5, batch: 60, leaves: 40 }
    const sweeps = { ...settings, deep: 10, sweepDevices: 150, sweepReadings: 90 }
    const meters = await prepareMeters(sweeps, dir, START, 0)
    const said: string[] = []
    const inside = await measureInside(sweeps, meters, join(dir, 'db'), (line) => said.push(line))
    expect(inside.registration.devices).to.equal(400)
    expect(inside.registration.keys['device']).to.be.above(1200)
    expect(inside.registration.byTransaction?.count).to.equal(30)
    expect([inside.opening.count, inside.second.count]).to.deep.equal([200, 200])
    expect(inside.settle.judged).to.equal(400)
    // 100 plants certify one interval of 250 Wh each.
    expect(inside.settle.certifiedWh).to.equal(25_000)
    expect(inside.settle.idleBlocks).to.equal(2)
    expect(inside.roots?.entered.count).to.equal(100)
    expect(inside.roots?.enteredWithProof.count).to.equal(100)
    expect(inside.deep).to.include({ devices: 10, waiting: 95, judged: 10 })
    expect(inside.deep?.arrived.count).to.equal(960)
    expect(said).to.include('settlement')
    const report: FleetReport = {
      at: '2026-01-01T00:00:00.000Z',
      bench: 'fleet',
      machine: machine(),
      settings: sweeps,
      signatures: { secp256k1: 1, p256: 1 },
      signing: { readings: 800, seconds: meters.seconds },
      inside,
      live: undefined,
    }
    for (const word of ['devices by genesis', 'key at a time', 'leaves entered', 'judged', 'laws'])
      expect(renderFleet(report)).to.contain(word)
    expect(JSON.parse(fleetLine(report))).to.include({ bench: 'fleet' })
  })

  it('reads meters as they were signed, over the borders of files', async () => {
    const settings = { ...fleetSettings(7), roots: 3 }
    const meters = await prepareMeters(settings, dir, START, 2)
    const found = [...readMeters(meters.direct), ...readMeters(meters.roots)]
    const ids = [0, 1, 2, 3, 4, 5, 6].map((i) => meterId('direct', i))
    expect(found.map(({ id }) => id)).to.deep.equal([
      ...ids,
      ...[0, 1, 2].map((i) => meterId('root', i)),
    ])
    expect(found.every(({ pubkey, readings }) => pubkey.length === 33 && readings.length === 2)).to
      .be.true
  })

  it('gives the median and the time that one in twenty exceeds', () => {
    const list = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(times(list)).to.deep.equal({ p50: 51, p95: 96 })
    expect(times([])).to.deep.equal({ p50: 0, p95: 0 })
  })
})
