import { GenesisState as CertificateGenesis } from '../../../proto/gen/strom/certificate/v1/genesis.ts'
import { StorageDirection } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { GenesisState as MeteringGenesis } from '../../../proto/gen/strom/metering/v1/genesis.ts'
import type { DeviceState } from '../../../proto/gen/strom/metering/v1/state.ts'
import type { Audit } from '../audit.ts'
import type { RecordKind } from '../statement.ts'
import type { AppState } from './genesis.ts'

/** What is said of one register: registers in mWh, the rest in Wh by name. */
interface Register {
  readonly opening: bigint
  readonly final: bigint
  /** `credited`, `open` and every reason of withholding; nothing that is zero. */
  readonly parts: ReadonlyMap<string, bigint>
}

/** What chain or audit say of one device, in a shape in which the two can be compared. */
export interface Saying {
  readonly accepted: bigint
  readonly pending: bigint
  readonly import: Register
  readonly export: Register
  /** Wh by kind, interval and owner of the record. */
  readonly records: ReadonlyMap<string, bigint>
}

/** By device. */
export type Sayings = ReadonlyMap<string, Saying>

const SIDES = ['import', 'export'] as const

/** What the audit says. */
export function auditSays(found: Audit): Sayings {
  return new Map(
    found.devices.map((device) => {
      const register = (side: 'import' | 'export'): Register => {
        const { opening, final, credited, withheld, open } = device[side]
        return { opening, final, parts: parts(credited, open, withheld) }
      }
      const records = new Map(
        device.records.map(({ kind, start, end, owner, wh }) => [
          recordName(kind, start, end, owner),
          wh,
        ]),
      )
      const { accepted, pending } = device
      return [
        device.device,
        { accepted, pending, import: register('import'), export: register('export'), records },
      ]
    }),
  )
}

/** What the exported state of metering and certificates says. */
export function chainSays(state: AppState): Sayings {
  const metering = MeteringGenesis.fromJson(state.metering ?? null)
  const records = recordsOf(state)
  const reporting = new Set(metering.readings.map(({ device }) => device))
  return new Map(
    metering.states
      .filter(({ device }) => reporting.has(device))
      .map((one) => [
        one.device,
        {
          accepted: one.accepted,
          pending: one.pending,
          import: registerOf(one, 'import'),
          export: registerOf(one, 'export'),
          records: records.get(one.device) ?? new Map<string, bigint>(),
        },
      ]),
  )
}

/** Every difference in words; empty when the two agree. */
export function differences(audit: Sayings, chain: Sayings): string[] {
  const found: string[] = []
  for (const device of devicesOf(audit, chain)) {
    const [ours, theirs] = [linesOf(audit.get(device)), linesOf(chain.get(device))]
    for (const line of ours)
      if (!theirs.includes(line)) found.push(`${device}: only audit: ${line}`)
    for (const line of theirs)
      if (!ours.includes(line)) found.push(`${device}: only chain: ${line}`)
  }
  return found
}

/** The absolute differences of every account and every record of a device added up, Wh: two errors never cancel. */
export function differenceWh(audit: Saying | undefined, chain: Saying | undefined): bigint {
  let sum = mapDifference(audit?.records, chain?.records)
  for (const side of SIDES) sum += mapDifference(audit?.[side].parts, chain?.[side].parts)
  return sum
}

/** Every device that either speaks of, in order. */
export function devicesOf(audit: Sayings, chain: Sayings): string[] {
  return [...new Set([...audit.keys(), ...chain.keys()])].sort()
}

function mapDifference(
  ours: ReadonlyMap<string, bigint> = new Map(),
  theirs: ReadonlyMap<string, bigint> = new Map(),
): bigint {
  let sum = 0n
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const by = (ours.get(name) ?? 0n) - (theirs.get(name) ?? 0n)
    sum += by < 0n ? -by : by
  }
  return sum
}

function linesOf(one: Saying | undefined): string[] {
  if (one === undefined) return []
  const sides = SIDES.map((side) => {
    const { opening, final, parts: named } = one[side]
    const text = [...named].map(([name, wh]) => `${name} ${wh}`).join(', ')
    return `${side} ${opening}..${final} mWh: ${text}`
  })
  const records = [...one.records].map(([name, wh]) => `${name} ${wh} Wh`)
  return [`accepted ${one.accepted} pending ${one.pending}`, ...sides, ...records]
}

function registerOf(one: DeviceState, side: 'import' | 'export'): Register {
  const name = side === 'import' ? 'totalImportMwh' : 'totalExportMwh'
  const { creditedWh, openWh, withheld } = one[side]
  const reasons = withheld.map(({ reason, wh }) => [reason, wh] as const)
  return {
    opening: one.opening?.[name] ?? 0n,
    final: one.settled?.[name] ?? 0n,
    parts: parts(creditedWh, openWh, reasons),
  }
}

function parts(
  credited: bigint,
  open: bigint,
  withheld: Iterable<readonly [string, bigint]>,
): Map<string, bigint> {
  const named = [['credited', credited], ['open', open], ...withheld] as const
  return new Map([...named].filter(([, wh]) => wh !== 0n).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function recordName(kind: RecordKind, start: bigint, end: bigint, owner: string): string {
  return `${kind} ${start}..${end} ${owner}`
}

interface Kept {
  readonly device: string
  readonly intervalStart: bigint
  readonly intervalEnd: bigint
  readonly quantityWh: bigint
  readonly withdrawnWh: bigint
  readonly owner: string
}

/** Certificates and records by device, less what was withdrawn. */
function recordsOf(state: AppState): Map<string, Map<string, bigint>> {
  const genesis = CertificateGenesis.fromJson(state.certificate ?? null)
  const found = new Map<string, Map<string, bigint>>()
  const add = (kind: RecordKind, one: Kept): void => {
    const wh = one.quantityWh - one.withdrawnWh
    if (wh === 0n) return
    const own = found.get(one.device) ?? new Map<string, bigint>()
    const name = recordName(kind, one.intervalStart, one.intervalEnd, one.owner)
    found.set(one.device, own.set(name, (own.get(name) ?? 0n) + wh))
  }
  // Parts from 1 on are what batteries released.
  for (const one of genesis.certificates) if (one.part === 0) add('production', one)
  for (const one of genesis.consumptions) add('consumption', one)
  const charge = StorageDirection.STORAGE_DIRECTION_CHARGE
  for (const one of genesis.storageRecords)
    add(one.direction === charge ? 'charge' : 'discharge', one)
  return found
}
