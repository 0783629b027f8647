import { REFUSAL_HINTS } from '../reasons.ts'
import type { View, Views } from '../view.ts'

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

/** Views of answers of module metering. */
export const meteringViews: Views = {
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
  '/strom.metering.v1.Query/Ticks': {
    list: 'ticks',
    none: 'no tick in that time',
    columns: [
      ['start', 'start', 'time'],
      ['import Wh', 'import_wh'],
      ['export Wh', 'export_wh'],
      ['phase', 'phase', 'enum'],
      ['by', 'source', 'enum'],
      ['quality', 'flags', 'flags'],
    ],
  },
  '/strom.metering.v1.Query/Gaps': {
    list: 'missing_intervals',
    none: 'no interval is missing',
    columns: [
      ['from', 'start', 'time'],
      ['to', 'end', 'time'],
    ],
    and: {
      list: 'missing_numbers',
      none: 'no number is missing',
      columns: [
        ['first missing', 'first'],
        ['last missing', 'last'],
      ],
    },
  },
  '/strom.metering.v1.Query/Challenges': {
    list: 'challenges',
    none: 'no dispute',
    columns: [
      ['id', 'id'],
      ['device', 'device'],
      ['seq', 'seq'],
      ['status', 'status', 'enum'],
      ['deadline', 'deadline', 'time'],
      ['reason', 'reason'],
      ['challenger', 'challenger'],
    ],
  },
  '/strom.metering.v1.Query/Corrections': {
    list: 'corrections',
    none: 'no correction',
    columns: [
      ['id', 'id'],
      ['time', 'time', 'time'],
      ['seq', 'seq'],
      ['import kWh', 'import_mwh', 'mwh'],
      ['export kWh', 'export_mwh', 'mwh'],
      ['withdrawn Wh', 'withdrawn_wh'],
      ['owed Wh', 'debt_wh'],
      ['reason', 'reason'],
    ],
  },
  '/strom.metering.v1.Query/Equivocations': {
    list: 'equivocations',
    none: 'no device signed two messages of one number',
    columns: [
      ['device', 'device'],
      ['seq', 'seq'],
      ['from', 'from', 'time'],
      ['one', 'first', 'short'],
      ['other', 'second', 'short'],
      ['height', 'height'],
    ],
  },
  '/strom.metering.v1.Query/Vee': {
    list: 'checks',
    none: 'nothing to check',
    columns: [
      ['check', 'name'],
      ['outcome', 'outcome', 'enum'],
      ['detail', 'detail'],
    ],
  },
  '/strom.metering.v1.Query/BalanceSheet': {
    list: 'kinds',
    none: 'no device of the zone reported',
    columns: [
      ['kind', 'kind', 'enum'],
      ['devices', 'devices'],
      ['in Wh', 'import.metered_wh'],
      ['credited', 'import.credited_wh'],
      ['open', 'import.open_wh'],
      ['out Wh', 'export.metered_wh'],
      ['credited out', 'export.credited_wh'],
      ['open out', 'export.open_wh'],
    ],
    and: {
      list: 'devices',
      none: '',
      columns: [
        ['device', 'device'],
        ['kind', 'kind', 'enum'],
        ['in Wh', 'import.metered_wh'],
        ['credited', 'import.credited_wh'],
        ['out Wh', 'export.metered_wh'],
        ['credited out', 'export.credited_wh'],
      ],
    },
  },
}
