import { floorDiv } from './decimal.ts'
import type { RegisterSeries } from './dispatch-file.ts'
import type { DeviceKind, TownReading } from './town.ts'
import { STATUS_INTERPOLATED, STATUS_MEASURED } from './town.ts'

/**
 * Quality flags that keep an interval from certifying, whatever else is set: edited, reference day, interpolated,
 * questionable, projected, disputed.
 */
const NOT_AS_MEASURED = 2n | 4n | STATUS_INTERPOLATED | 16n | 64n | 128n

/** A reading that was refused and never recovered. `seq` counts a device's readings from 1 (the opening one). */
export interface RefusedReading {
  readonly device: string
  readonly seq: bigint
}

/** The town's energies in Wh, as the statement of `strom dev --for` names them. */
export interface EnergyWh {
  readonly imported: bigint
  readonly exported: bigint
  readonly produced: bigint
  readonly consumed: bigint
  readonly stored: bigint
  readonly lost: bigint
}

/** What one device should have been credited and issued. */
export interface DeviceStatement {
  readonly device: string
  readonly kind: DeviceKind
  readonly accepted: bigint
  readonly refused: bigint
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly storedWh: bigint
  readonly issuedWh: bigint
  readonly certificates: bigint
}

/** The recomputation of a whole town. */
export interface Recomputation {
  readonly energyWh: EnergyWh
  readonly certificates: { readonly issuedWh: bigint; readonly certificates: bigint }
  readonly accepted: bigint
  readonly devices: readonly DeviceStatement[]
}

/** A reading with its number at the device. */
interface Numbered extends TownReading {
  readonly seq: bigint
}

/**
 * Works out from the recordings alone what the chain must have credited and certified up to and with `stop` (unix
 * seconds): none of the chain's code is used here. Refused readings are left out; the next accepted one then covers
 * their energy, but no certificate spans the hole. Energies are floored once per device on the cumulative register.
 */
export function recompute(
  series: readonly RegisterSeries[],
  stop: bigint,
  refused: readonly RefusedReading[] = [],
): Recomputation {
  const out = new Set(refused.map((one) => `${one.device}/${one.seq}`))
  const devices = series.map((one) => statement(one, stop, out))
  const total = (pick: (d: DeviceStatement) => bigint, ...kinds: readonly DeviceKind[]): bigint =>
    devices.reduce(
      (sum, d) => (kinds.length === 0 || kinds.includes(d.kind) ? sum + pick(d) : sum),
      0n,
    )
  const stored = total((d) => d.storedWh, 'BESS')
  return {
    energyWh: {
      imported: total((d) => d.importWh, 'METER'),
      exported: total((d) => d.exportWh, 'METER'),
      produced: total((d) => d.exportWh, 'PV', 'WIND'),
      consumed: total((d) => d.importWh, 'LOAD', 'EVSE'),
      stored,
      lost: total((d) => d.importWh, 'BESS') - total((d) => d.exportWh, 'BESS') - stored,
    },
    certificates: {
      issuedWh: total((d) => d.issuedWh),
      certificates: total((d) => d.certificates),
    },
    accepted: total((d) => d.accepted),
    devices,
  }
}

/** Whole Wh between two cumulative mWh registers: the difference of the floors, so that intervals telescope. */
export function creditWh(from: bigint, to: bigint): bigint {
  return floorDiv(to, 1000n) - floorDiv(from, 1000n)
}

function statement(
  series: RegisterSeries,
  stop: bigint,
  out: ReadonlySet<string>,
): DeviceStatement {
  const sent = series.readings
    .map((reading, i): Numbered => ({ ...reading, seq: BigInt(i + 1) }))
    .filter((reading) => reading.time <= stop)
  const accepted = sent.filter((reading) => !out.has(`${series.id}/${reading.seq}`))
  const first = accepted[0]
  const last = accepted[accepted.length - 1]
  let issuedWh = 0n
  let certificates = 0n
  for (const [i, to] of accepted.entries()) {
    const from = accepted[i - 1]
    const quantity = from === undefined ? 0n : certifiedWh(series, from, to)
    if (quantity === 0n) continue
    issuedWh += quantity
    certificates += 1n
  }
  return {
    device: series.id,
    kind: series.kind,
    accepted: BigInt(accepted.length),
    refused: BigInt(sent.length - accepted.length),
    importWh:
      first === undefined || last === undefined ? 0n : creditWh(first.importMwh, last.importMwh),
    exportWh:
      first === undefined || last === undefined ? 0n : creditWh(first.exportMwh, last.exportMwh),
    storedWh:
      first === undefined || last === undefined
        ? 0n
        : creditWh(first.socMwh ?? 0n, last.socMwh ?? 0n),
    issuedWh,
    certificates,
  }
}

/** Wh one closed interval certifies: generation only, two consecutive measured readings exactly one interval apart. */
function certifiedWh(series: RegisterSeries, from: Numbered, to: Numbered): bigint {
  if (series.kind !== 'PV' && series.kind !== 'WIND') return 0n
  if (to.seq !== from.seq + 1n || to.time - from.time !== series.intervalS) return 0n
  if (from.time % series.intervalS !== 0n || !measured(from) || !measured(to)) return 0n
  return creditWh(from.exportMwh, to.exportMwh)
}

function measured(reading: TownReading): boolean {
  if ((reading.status & NOT_AS_MEASURED) !== 0n) return false
  return (reading.status & STATUS_MEASURED) !== 0n
}
