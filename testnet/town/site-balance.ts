import { ceilDiv } from './decimal.ts'
import type { RegisterSeries } from './dispatch-file.ts'
import { allSeries } from './dispatch-file.ts'
import type { Town, TownSite } from './town.ts'

/** Accuracy class B (1 %) meters: each register may err by twice its class. */
const CLASS_PPM = 10_000n

/** The physical balance of one site between two moments, mWh. `sources - sinks` is what no meter explains. */
export interface SiteBalance {
  readonly site: string
  /** False when the site has unmetered flows: then the difference is a finding, not a fault. */
  readonly complete: boolean
  readonly note: string
  /** PV + grid import + battery discharge. */
  readonly sourcesMwh: bigint
  /** Load + grid export + battery charge. */
  readonly sinksMwh: bigint
  readonly differenceMwh: bigint
  /** Sum over the registers of twice the accuracy class of what they counted. */
  readonly toleranceMwh: bigint
  readonly ok: boolean
}

/**
 * `PV + grid_in + battery_out = load + grid_out + battery_in` for every site from `start` to `stop` (unix seconds).
 * `storage` adds sites whose registers are not the town's own. This is physics of the recordings, separate from what the chain credited: an incomplete site is always `ok`.
 */
export function siteBalances(
  town: Town,
  start: bigint = town.start,
  stop: bigint = town.end,
  storage: { readonly sites: readonly TownSite[]; readonly series: readonly RegisterSeries[] } = {
    sites: [],
    series: [],
  },
): SiteBalance[] {
  const series = [...allSeries(town), ...storage.series]
  return [...town.sites, ...storage.sites].map((site) => {
    let sources = 0n
    let sinks = 0n
    for (const one of series) {
      if (one.site !== site.id) continue
      const flow = flowOf(one, start, stop)
      const generates = one.kind !== 'LOAD' && one.kind !== 'EVSE'
      // A meter's import feeds the site; every other import is drawn from it.
      sources += one.kind === 'METER' ? flow.imported : generates ? flow.exported : 0n
      sinks += one.kind === 'METER' ? flow.exported : flow.imported
    }
    const difference = sources - sinks
    const tolerance = ceilDiv((sources + sinks) * 2n * CLASS_PPM, 1_000_000n)
    const size = difference < 0n ? -difference : difference
    return {
      site: site.id,
      complete: site.complete,
      note: site.note,
      sourcesMwh: sources,
      sinksMwh: sinks,
      differenceMwh: difference,
      toleranceMwh: tolerance,
      ok: !site.complete || size <= tolerance,
    }
  })
}

/** One site a line, in kWh with three decimals, for the statement of `strom dev`. */
export function formatSiteBalances(balances: readonly SiteBalance[]): string {
  return balances
    .map((b) => {
      const verdict = b.complete ? (b.ok ? 'balanced' : 'NOT BALANCED') : `incomplete: ${b.note}`
      return (
        `${b.site.padEnd(12)} in ${kwh(b.sourcesMwh)}  out ${kwh(b.sinksMwh)}  difference ${kwh(b.differenceMwh)}` +
        `  tolerance ${kwh(b.toleranceMwh)} kWh  ${verdict}`
      )
    })
    .join('\n')
}

function flowOf(
  series: RegisterSeries,
  start: bigint,
  stop: bigint,
): { imported: bigint; exported: bigint } {
  const within = series.readings.filter((reading) => reading.time >= start && reading.time <= stop)
  const first = within[0]
  const last = within[within.length - 1]
  if (first === undefined || last === undefined) return { imported: 0n, exported: 0n }
  return { imported: last.importMwh - first.importMwh, exported: last.exportMwh - first.exportMwh }
}

function kwh(mwh: bigint): string {
  const sign = mwh < 0n ? '-' : ''
  const wh = (mwh < 0n ? -mwh : mwh) / 1000n
  return `${sign}${wh / 1000n}.${(wh % 1000n).toString().padStart(3, '0')}`
}
