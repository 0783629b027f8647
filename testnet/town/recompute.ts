import { stored } from '../audit/arrive.ts'
import { openBooks } from '../audit/audit.ts'
import type { Books, Stored } from '../audit/books.ts'
import type { DeviceSheet, Rules } from '../audit/input.ts'
import { type AuditAccount, type DeviceAudit, statements } from '../audit/statement.ts'
import { judgeDue } from '../audit/verdict.ts'
import { floorDiv } from './decimal.ts'
import type { RegisterSeries } from './dispatch-file.ts'
import type { DeviceKind, TownDevice, TownReading } from './town.ts'

/**
 * A reading that was refused when it arrived and never recovered. `seq` counts a device's readings from 1 (the opening
 * one).
 */
export interface RefusedReading {
  readonly device: string
  readonly seq: bigint
}

/** The town's metered energies in Wh, as the statement of `strom dev --for` names them. */
export interface EnergyWh {
  readonly imported: bigint
  readonly exported: bigint
  readonly produced: bigint
  readonly consumed: bigint
  readonly stored: bigint
  readonly lost: bigint
}

/** One register of a device: metered = credited + withheld + open, Wh. */
export interface RegisterStatement {
  readonly meteredWh: bigint
  readonly creditedWh: bigint
  /** By reason, in order of it. */
  readonly withheldWh: readonly (readonly [reason: string, wh: bigint])[]
  readonly openWh: bigint
}

/** What one device should have been credited and issued. */
export interface DeviceStatement {
  readonly device: string
  readonly kind: DeviceKind
  readonly accepted: bigint
  readonly refused: bigint
  readonly import: RegisterStatement
  readonly export: RegisterStatement
  readonly storedWh: bigint
  /** Of PV and WIND. */
  readonly issuedWh: bigint
  readonly certificates: bigint
}

/** The recomputation of a whole town. */
export interface Recomputation {
  readonly energyWh: EnergyWh
  readonly certificates: { readonly issuedWh: bigint; readonly certificates: bigint }
  readonly accepted: bigint
  readonly refused: bigint
  readonly devices: readonly DeviceStatement[]
}

/** The rules of a town's chain: metering's usual bounds. Windows do not matter where every window has closed. */
const RULES: Rules = {
  chainId: '',
  maxAheadS: 0n,
  settleCloseS: 0n,
  finalCloseS: 0n,
  marginPpm: 20_000n,
  socFlagPpm: 20_000n,
  socRefusePpm: 200_000n,
  balanceWindowS: 86_400n,
  gatewayDailyCapWh: 0n,
  reputationAlphaPpm: 20_000n,
  reputationEscrowPpm: 600_000n,
}

/**
 * Works out from the recordings alone what the chain must have credited and certified once every reading up to and with
 * `stop` (unix seconds) is settled: none of the chain's code is used here. `devices` are the plates that were registered.
 * Readings that were refused on arrival are left out, those that break a rule are refused here too; their energy is
 * withheld as a gap, and no record spans the hole.
 */
export function recompute(
  series: readonly RegisterSeries[],
  plates: readonly TownDevice[],
  stop: bigint,
  refused: readonly RefusedReading[] = [],
): Recomputation {
  const out = new Set(refused.map((one) => `${one.device}/${one.seq}`))
  const books = openBooks({ rules: RULES, gateways: [], devices: plates.map(sheetOf) })
  for (const one of series) enter(books, one, stop, out)
  judgeDue(books, stop)
  const audits = new Map(statements(books).map((audit) => [audit.device, audit]))
  const devices = series.map((one) => statement(books, one, audits.get(one.id), stop))
  const total = (pick: (d: DeviceStatement) => bigint, ...kinds: readonly DeviceKind[]): bigint =>
    devices.reduce(
      (sum, d) => (kinds.length === 0 || kinds.includes(d.kind) ? sum + pick(d) : sum),
      0n,
    )
  const stored = total((d) => d.storedWh, 'BESS')
  const charged = total((d) => d.import.meteredWh, 'BESS')
  return {
    energyWh: {
      imported: total((d) => d.import.meteredWh, 'METER'),
      exported: total((d) => d.export.meteredWh, 'METER'),
      produced: total((d) => d.export.meteredWh, 'PV', 'WIND'),
      consumed: total((d) => d.import.meteredWh, 'LOAD', 'EVSE'),
      stored,
      lost: charged - total((d) => d.export.meteredWh, 'BESS') - stored,
    },
    certificates: {
      issuedWh: total((d) => d.issuedWh),
      certificates: total((d) => d.certificates),
    },
    accepted: total((d) => d.accepted),
    refused: total((d) => d.refused),
    devices,
  }
}

/** Whole Wh between two cumulative mWh registers: the difference of the floors, so that intervals telescope. */
export function creditWh(from: bigint, to: bigint): bigint {
  return floorDiv(to, 1000n) - floorDiv(from, 1000n)
}

/** A town's device as its sheet: one owner and one key for all its time, a meter's own signature. */
function sheetOf(device: TownDevice): DeviceSheet {
  return {
    id: device.id,
    kind: device.kind,
    trustClass: 'A',
    zone: device.zone,
    nameplateW: device.nameplateW,
    storageWh: device.storageWh,
    etaCPpm: device.etaCPpm,
    etaDPpm: device.etaDPpm,
    intervalS: device.intervalS,
    modulusMwh: 0n,
    epochs: [
      { from: 0n, owner: '', pubkey: '', scheme: '', status: 'ACTIVE', gateway: '', way: 'DIRECT' },
    ],
  }
}

/** Numbers the readings up to `stop` as the device did and enters those that arrived. */
function enter(books: Books, series: RegisterSeries, stop: bigint, out: ReadonlySet<string>): void {
  const book = books.devices.get(series.id)
  if (book === undefined) throw new Error(`${series.id} has recordings, but no plate`)
  for (const [i, reading] of series.readings.entries()) {
    if (reading.time > stop) break
    const seq = BigInt(i + 1)
    if (!out.has(`${series.id}/${seq}`)) book.stored.push(arrived(series.id, seq, reading))
  }
}

function arrived(device: string, seq: bigint, reading: TownReading): Stored {
  const { time, importMwh, exportMwh, status } = reading
  const socMwh = reading.socMwh
  const prevHash = (seq - 1n).toString()
  const signed = { chainId: '', device, context: '', seq, prevHash }
  return stored({ ...signed, time, importMwh, exportMwh, socMwh, status }, seq.toString(), false)
}

function statement(
  books: Books,
  series: RegisterSeries,
  audit: DeviceAudit | undefined,
  stop: bigint,
): DeviceStatement {
  const sent = BigInt(series.readings.filter(({ time }) => time <= stop).length)
  const issued = audit?.records.filter(({ kind }) => kind === 'production') ?? []
  const kept = books.devices.get(series.id)?.stored.filter(({ verdict }) => verdict === 'accepted')
  const soc = (kept ?? []).flatMap(({ socMwh }) => (socMwh === undefined ? [] : [socMwh]))
  return {
    device: series.id,
    kind: series.kind,
    accepted: audit?.accepted ?? 0n,
    refused: sent - (audit?.accepted ?? 0n),
    import: register(audit?.import),
    export: register(audit?.export),
    storedWh: series.kind === 'BESS' ? creditWh(soc[0] ?? 0n, soc.at(-1) ?? 0n) : 0n,
    issuedWh: issued.reduce((sum, { wh }) => sum + wh, 0n),
    certificates: BigInt(issued.length),
  }
}

function register(account: AuditAccount | undefined): RegisterStatement {
  if (account === undefined) return { meteredWh: 0n, creditedWh: 0n, withheldWh: [], openWh: 0n }
  return {
    meteredWh: creditWh(account.opening, account.final),
    creditedWh: account.credited,
    withheldWh: [...account.withheld].sort(([a], [b]) => (a < b ? -1 : 1)),
    openWh: account.open,
  }
}
