import { table } from '../table.ts'
import { type CellFormat, cellText } from './format.ts'
import { REFUSAL_HINTS } from './reasons.ts'

/** One column: its heading, the path of its value in a row, how it is written. */
export type Column = readonly [title: string, path: string, format?: CellFormat]

/** How the answer of a query is shown to people: the list in it as a table, and lines below. */
export interface View {
  /** Member of the answer that holds the rows. */
  readonly list: string
  readonly columns: readonly Column[]
  /** What is said when there are no rows. */
  readonly none: string
  /** Lines below the table, from its rows. */
  readonly below?: (rows: readonly Row[]) => readonly string[]
}

type Row = { readonly [name: string]: unknown }

const DEVICES: View = {
  list: 'devices',
  none: 'no device',
  columns: [
    ['id', 'id'],
    ['kind', 'kind', 'enum'],
    ['status', 'status', 'enum'],
    ['class', 'trust_class', 'class'],
    ['watt', 'nameplate_w'],
    ['zone', 'zone'],
    ['site', 'site'],
    ['interval', 'interval_s'],
    ['owner', 'owner'],
  ],
}

const READINGS: View = {
  list: 'readings',
  none: 'no reading is stored',
  columns: [
    ['time', 'time', 'time'],
    ['context', 'context'],
    ['seq', 'seq'],
    ['import kWh', 'import_mwh', 'mwh'],
    ['export kWh', 'export_mwh', 'mwh'],
    ['verdict', 'verdict', 'enum'],
    ['credited in', 'credited_import_wh'],
    ['credited out', 'credited_export_wh'],
    ['status', 'status', 'flags'],
    ['reason', 'reason'],
  ],
}

const REFUSALS: View = {
  list: 'refusals',
  none: 'no reading was refused',
  columns: [
    ['time', 'time', 'time'],
    ['seq', 'seq'],
    ['reason', 'reason'],
    ['detail', 'detail'],
  ],
  below: (rows) => {
    const reasons = [...new Set(rows.map((row) => String(row['reason'] ?? '')))]
    return reasons.map((reason) => {
      const count = rows.filter((row) => row['reason'] === reason).length
      return `${reason} (${count}): ${REFUSAL_HINTS[reason] ?? 'see `strom query metering state`'}`
    })
  },
}

const RANGE_COLUMNS: readonly Column[] = [
  ['device', 'device'],
  ['start', 'interval_start', 'time'],
  ['part', 'part'],
  ['first', 'first'],
  ['last', 'last'],
  ['status', 'status', 'enum'],
  ['owner', 'owner'],
  ['reserved for', 'reserved_for'],
  ['until', 'until', 'time'],
  ['ref', 'ref', 'nonzero'],
]

const CERTIFICATES: View = {
  list: 'certificates',
  none: 'no certificate',
  columns: [
    ['start', 'interval_start', 'time'],
    ['end', 'interval_end', 'time'],
    ['part', 'part'],
    ['Wh', 'quantity_wh'],
    ['withdrawn', 'withdrawn_wh', 'nonzero'],
    ['kind', 'kind', 'enum'],
    ['class', 'trust_class', 'class'],
    ['zone', 'zone'],
    ['final', 'final_time', 'time'],
    ['owner', 'owner'],
  ],
}

const CLAIMS: View = {
  list: 'claims',
  none: 'no claim',
  columns: [
    ['id', 'id'],
    ['time', 'time', 'time'],
    ['device', 'device'],
    ['start', 'interval_start', 'time'],
    ['first', 'first'],
    ['last', 'last'],
    ['beneficiary', 'beneficiary'],
    ['purpose', 'purpose'],
    ['matched with', 'consumption_device'],
  ],
}

const BATCHES: View = {
  list: 'batches',
  none: 'no batch',
  columns: [
    ['id', 'id'],
    ['tick', 'tick', 'time'],
    ['part', 'part'],
    ['leaves', 'count'],
    ['import Wh', 'stated.import_wh'],
    ['export Wh', 'stated.export_wh'],
    ['status', 'status', 'enum'],
    ['deadline', 'deadline', 'time'],
    ['entered', 'entered_leaves'],
    ['demands', 'open_demands'],
    ['gateway', 'gateway'],
  ],
}

/** Views by path of the query; other answers are shown as they are. */
const VIEWS: Readonly<Record<string, View>> = {
  '/strom.device.v1.Query/Devices': DEVICES,
  '/strom.device.v1.Query/Epochs': {
    list: 'epochs',
    none: 'no epoch',
    columns: [
      ['from', 'from', 'time'],
      ['status', 'status', 'enum'],
      ['key', 'pubkey', 'short'],
      ['way', 'way', 'enum'],
      ['gateway', 'gateway'],
      ['owner', 'owner'],
    ],
  },
  '/strom.device.v1.Query/Gateways': {
    list: 'gateways',
    none: 'no gateway is registered',
    columns: [
      ['address', 'address'],
      ['name', 'name'],
      ['bond', 'bond'],
      ['since', 'registered_height'],
      ['revoked at', 'revoked_height', 'nonzero'],
      ['notary', 'notary'],
    ],
  },
  '/strom.device.v1.Query/Makers': {
    list: 'makers',
    none: 'no maker is admitted',
    columns: [
      ['id', 'id'],
      ['name', 'name'],
      ['key', 'pubkey', 'short'],
      ['tester', 'tester'],
      ['since', 'admitted_height'],
      ['revoked at', 'revoked_height', 'nonzero'],
    ],
  },
  '/strom.metering.v1.Query/Readings': READINGS,
  '/strom.metering.v1.Query/Refusals': REFUSALS,
  '/strom.metering.v1.Query/Unattributed': REFUSALS,
  '/strom.metering.v1.Query/DeviceStates': {
    list: 'states',
    none: 'no device has reported',
    columns: [
      ['device', 'device'],
      ['last seq', 'last_seq'],
      ['settled to', 'settled.time', 'time'],
      ['pending', 'pending'],
      ['late', 'late'],
      ['accepted', 'accepted'],
      ['refused', 'refused'],
      ['credited in', 'import.credited_wh'],
      ['credited out', 'export.credited_wh'],
    ],
  },
  '/strom.certificate.v1.Query/CertificatesByDevice': CERTIFICATES,
  '/strom.certificate.v1.Query/Slices': {
    list: 'ranges',
    none: 'no range',
    columns: RANGE_COLUMNS,
  },
  '/strom.certificate.v1.Query/Holdings': {
    list: 'ranges',
    none: 'the account holds no certificate',
    columns: RANGE_COLUMNS,
  },
  '/strom.certificate.v1.Query/ClaimsBy': CLAIMS,
  '/strom.certificate.v1.Query/ConsumptionByDevice': {
    list: 'consumptions',
    none: 'no consumption is recorded',
    columns: [
      ['start', 'interval_start', 'time'],
      ['end', 'interval_end', 'time'],
      ['Wh', 'quantity_wh'],
      ['matched', 'matched_wh'],
      ['withdrawn', 'withdrawn_wh', 'nonzero'],
      ['class', 'trust_class', 'class'],
      ['owner', 'owner'],
    ],
  },
  '/strom.fleet.v1.Query/Batches': BATCHES,
}

/** The view of a query's answer; undefined when it is shown as it is. */
export function viewOf(path: string): View | undefined {
  return VIEWS[path]
}

/** Every query that has a view. */
export function viewedPaths(): readonly string[] {
  return Object.keys(VIEWS)
}

/** An answer in proto JSON as its view wants it. */
export function renderView(view: View, answer: unknown): string {
  const members = answer as { readonly [name: string]: unknown }
  const rows = (members[view.list] ?? []) as readonly Row[]
  if (rows.length === 0) return view.none
  const cells = rows.map((row) =>
    Object.fromEntries(
      view.columns.map(([title, path, format]) => [
        title,
        cellText(valueAt(row, path), format ?? 'plain'),
      ]),
    ),
  )
  const next = (members['pagination'] as Row | null | undefined)?.['next_key']
  const more = typeof next === 'string' && next !== '' ? [`more: --page-key ${next}`] : []
  const below = view.below?.(rows) ?? []
  return [table(cells), ...(below.length > 0 ? ['', ...below] : []), ...more].join('\n')
}

function valueAt(row: Row, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Row)[name] : undefined,
      row,
    )
}
