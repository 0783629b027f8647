import type { Column, View, Views } from '../view.ts'

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

/** Views of answers of module certificate. */
export const certificateViews: Views = {
  '/strom.certificate.v1.Query/Certificate': {
    list: 'ranges',
    none: 'no range',
    rest: true,
    columns: RANGE_COLUMNS.slice(3),
  },
  '/strom.certificate.v1.Query/Lineage': {
    list: 'descendants',
    none: 'no range',
    rest: true,
    columns: [
      ['first', 'range.first'],
      ['last', 'range.last'],
      ['status', 'range.status', 'enum'],
      ['owner', 'range.owner'],
      ['claim', 'claim.id'],
      ['beneficiary', 'claim.beneficiary'],
      ['purpose', 'claim.purpose'],
      ['matched with', 'claim.consumption_device'],
      ['lot', 'lot.id'],
      ['carbon batch', 'carbon.id'],
    ],
  },
  '/strom.certificate.v1.Query/Score': {
    list: 'hours',
    none: 'no hour',
    rest: true,
    columns: [
      ['hour', 'start', 'time'],
      ['load Wh', 'load_wh'],
      ['claimed Wh', 'claimed_wh'],
      ['grid cfe permille', 'grid_cfe_permille', 'nonzero'],
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
  '/strom.certificate.v1.Query/StorageRecords': {
    list: 'records',
    none: 'no charge or discharge is recorded',
    columns: [
      ['start', 'interval_start', 'time'],
      ['direction', 'direction', 'enum'],
      ['Wh', 'quantity_wh'],
      ['withdrawn', 'withdrawn_wh', 'nonzero'],
      ['booked', 'booked'],
      ['released', 'released_wh', 'nonzero'],
      ['efficiency ppm', 'eff_ppm', 'nonzero'],
      ['class', 'trust_class', 'class'],
    ],
  },
  '/strom.certificate.v1.Query/CarbonHoldings': {
    list: 'holdings',
    none: 'the account holds no carbon credit',
    columns: [
      ['batch', 'batch'],
      ['grams', 'grams'],
      ['owner', 'owner'],
    ],
  },
  '/strom.certificate.v1.Query/CarbonRetirements': {
    list: 'retirements',
    none: 'no carbon credit was retired',
    columns: [
      ['id', 'id'],
      ['time', 'time', 'time'],
      ['batch', 'batch'],
      ['grams', 'grams'],
      ['beneficiary', 'beneficiary'],
      ['reason', 'reason'],
      ['owner', 'owner'],
    ],
  },
  '/strom.certificate.v1.Query/ResidualMix': {
    list: 'shares',
    none: 'nothing was generated in that zone and month',
    columns: [
      ['source', 'row.source'],
      ['generated Wh', 'row.generation_wh'],
      ['without certificates', 'row.other_wh'],
      ['claimed', 'row.claimed_wh'],
      ['residual Wh', 'residual_wh'],
      ['share ppm', 'share_ppm'],
      ['still open', 'open_wh'],
    ],
  },
}
