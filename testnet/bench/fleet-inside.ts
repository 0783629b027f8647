import { rmSync } from 'node:fs'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { InsideChain } from './fleet-chain.ts'
import { measureDeep } from './fleet-deep.ts'
import type { InsideFigures } from './fleet-figures.ts'
import { bringIn, each, first, readingTxs } from './fleet-inflow.ts'
import { lookUp } from './fleet-lookups.ts'
import { readMeters } from './fleet-meters.ts'
import type { Meters } from './fleet-prepare.ts'
import { registerFleet } from './fleet-register.ts'
import { expectEntered, measureRoots } from './fleet-roots.ts'
import type { FleetSettings } from './fleet-settings.ts'
import { FLEET } from './fleet-settings.ts'
import { settleFleet, totalsOf } from './fleet-settle.ts'

/** Measures the whole application on one core without network; `location` is a folder, removed afterwards. */
export async function measureInside(
  settings: FleetSettings,
  meters: Meters,
  location: string,
  say: (line: string) => void,
): Promise<InsideFigures> {
  say(`genesis of ${settings.devices + settings.roots} devices`)
  const { chain, figures: registration } = await registerFleet(settings, meters, location)
  try {
    const { senders } = chain
    const reading = (round: number) =>
      each(readMeters(meters.direct), ({ readings }) => readings[round] as SignedReading)
    say(`${settings.devices} first readings`)
    const opening = await bringIn(
      chain,
      settings.blockTxs,
      readingTxs(senders, reading(0), settings),
    )
    say(`${settings.lookups} look-ups of each kind`)
    const fleet = { devices: settings.devices, reported: settings.devices }
    const ask = async (path: string, data: Uint8Array) => (await chain.query(path, data)).value
    const lookups = await lookUp(ask, fleet, settings.lookups)
    // The quarter hour the second readings speak of.
    await chain.block([], meters.start + FLEET.intervalS + 1n)
    say(`${settings.again} second readings`)
    const treeBefore = treeBytes(chain)
    const again = first(reading(1), settings.again)
    const second = await bringIn(chain, settings.blockTxs, readingTxs(senders, again, settings))
    const treeAfter = treeBytes(chain)
    const taken = await totalsOf(chain)
    const sent = BigInt(opening.count + second.count)
    if (taken.pending !== sent) throw new Error(`of ${sent} readings ${taken.pending} wait`)
    say('settlement')
    const settle = await settleFleet(chain, settings.devices)
    say(`${settings.roots} leaves of root batches`)
    const roots = await measureRoots(chain, settings, meters)
    if (roots !== undefined) expectEntered(roots, (await totalsOf(chain)).pending)
    say(`a day of readings of ${settings.deep} devices`)
    const deep = await measureDeep(chain, settings, meters)
    const readingBytes = (treeAfter - treeBefore) / second.count
    const peakMb = process.resourceUsage().maxRSS / 1000
    return { registration, lookups, opening, second, settle, roots, deep, readingBytes, peakMb }
  } finally {
    await chain.close()
    rmSync(location, { recursive: true, force: true })
  }
}

function treeBytes({ store }: InsideChain): number {
  const { slotBytes, arenaBytes } = store.usage
  return slotBytes + arenaBytes
}
