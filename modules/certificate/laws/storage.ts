import {
  type Lot,
  SourceSheet,
  StorageDirection,
  StorageSheet,
} from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import { stringKey, u64Key } from '../../kit/keys.ts'
import type { Invariant } from '../../kit/module.ts'
import { sourceOfLot } from '../booking.ts'
import { sizeOf } from '../rules.ts'
import { shiftSource, sumOf } from '../sheet.ts'
import { state } from '../state.ts'
import { isSettled, keyOf, lotsOf, plainWh, standingWh } from '../storage-records.ts'

const PPM = 1_000_000n

/** The balance sheet of a battery is what its records say: charged = released + lost + stored, by source. */
const sheetsMatch: Invariant = {
  name: 'storage-sheets-match',
  check(ctx) {
    for (const [device, sheet] of state.sheets.entries(ctx)) {
      const found = recount(ctx, device)
      const [said, counted] = [figures(sheet), figures(found)]
      if (said !== counted) return `battery ${device}: says ${said}, records say ${counted}`
      const { chargedWh, releasedWh, lostWh, storedWh } = sumOf(sheet)
      if (chargedWh !== releasedWh + lostWh + storedWh) {
        return `battery ${device}: charged ${chargedWh}, found ${releasedWh + lostWh + storedWh}`
      }
    }
    return undefined
  },
}

function figures(sheet: StorageSheet): string {
  const rows = sheet.sources.map(
    (row) => `${row.source} ${row.chargedWh}/${row.releasedWh}/${row.lostWh}/${row.storedWh}`,
  )
  // A source whose allocations were shifted away may stay behind with zeros.
  const filled = rows.filter((row) => !row.endsWith(' 0/0/0/0'))
  return `${filled.join(' ')} out ${sheet.dischargedWh} unbacked ${sheet.unbackedWh}`
}

function recount(ctx: ReadContext, device: string): StorageSheet {
  let sheet = StorageSheet.create({ device })
  const grid = SourceSheet.create({ source: 'grid' })
  for (const [, record] of state.storage.entries(ctx, { prefix: stringKey.encodePart(device) })) {
    if (!record.booked) continue
    if (record.direction === StorageDirection.STORAGE_DIRECTION_DISCHARGE) {
      sheet.dischargedWh += standingWh(record)
      sheet.unbackedWh += record.unbackedWh
      grid.releasedWh += record.releasedWh
      continue
    }
    grid.chargedWh += plainWh(ctx, record) + record.usedPlainWh
    grid.storedWh += plainWh(ctx, record)
    for (const lot of lotsOf(ctx, record)) {
      grid.releasedWh -= lot.releasedWh
      sheet = shiftSource(sheet, sourceOfLot(ctx, lot), {
        chargedWh: sizeOf(lot),
        releasedWh: lot.releasedWh,
        lostWh: lot.usedWh - lot.releasedWh,
        storedWh: sizeOf(lot) - lot.usedWh,
      })
    }
  }
  grid.lostWh = grid.chargedWh - grid.storedWh - grid.releasedWh
  const { chargedWh, releasedWh, lostWh, storedWh } = grid
  return shiftSource(sheet, 'grid', { chargedWh, releasedWh, lostWh, storedWh })
}

/** A lot gave back what its releases say, each within the efficiency of its discharge and with a certificate of as much. */
const releasesMatch: Invariant = {
  name: 'storage-releases-match',
  check(ctx) {
    for (const [, lot] of state.lots.entries(ctx)) {
      const broken = brokenLot(ctx, lot)
      if (broken !== undefined) return `lot ${lot.id}: ${broken}`
    }
    return undefined
  },
}

function brokenLot(ctx: ReadContext, lot: Lot): string | undefined {
  let [used, released] = [0n, 0n]
  const scan = { prefix: u64Key.encodePart(lot.id) }
  for (const [[, start], row] of state.releases.entries(ctx, scan)) {
    used += row.usedWh
    released += row.releasedWh
    const discharge = state.storage.must(ctx, [
      lot.battery,
      start,
      StorageDirection.STORAGE_DIRECTION_DISCHARGE,
    ])
    if (row.releasedWh * PPM > row.usedWh * discharge.effPpm) {
      return `${row.releasedWh} of ${row.usedWh} Wh at ${discharge.effPpm} ppm`
    }
    if (row.part === 0 && row.releasedWh === 0n) continue
    const certificate = state.certificates.get(ctx, [lot.battery, start, row.part])
    if (certificate?.quantityWh !== row.releasedWh || certificate.lot !== lot.id) {
      return `its release at ${start} has no certificate of ${row.releasedWh} Wh`
    }
  }
  if (used !== lot.usedWh || released !== lot.releasedWh || used > sizeOf(lot)) {
    return `${lot.usedWh} used and ${lot.releasedWh} released of ${sizeOf(lot)}, releases say ${used} and ${released}`
  }
  return undefined
}

/** Every record that is not settled is queued once, and every device with certificates to expire is due once. */
const queuesMatch: Invariant = {
  name: 'queues-match',
  check(ctx) {
    let open = 0
    for (const [, record] of state.storage.entries(ctx)) {
      if (isSettled(record)) continue
      open += 1
      if (!state.bookings.has(ctx, [record.due, keyOf(record)])) {
        return `${record.device} ${record.intervalStart} is not queued for booking`
      }
    }
    for (const _ of state.bookings.entries(ctx)) open -= 1
    let sweeps = 0
    for (const [device, { due }] of state.sweeps.entries(ctx)) {
      sweeps += 1
      if (!state.expiries.has(ctx, [due, device])) return `${device} is not queued for expiry`
    }
    for (const _ of state.expiries.entries(ctx)) sweeps -= 1
    return open === 0 && sweeps === 0 ? undefined : 'something is queued that is not due'
  },
}

/** Laws of batteries and of the queues that blocks work off. */
export const storageLaws: readonly Invariant[] = [sheetsMatch, releasesMatch, queuesMatch]
