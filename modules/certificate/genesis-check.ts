import type { GenesisState } from '../../proto/gen/strom/certificate/v1/genesis.ts'
import type { Certificate, CertificateRange } from '../../proto/gen/strom/certificate/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import { compareBytes } from '../kit/bytes.ts'
import type { Table } from '../kit/collections.ts'
import { certificateErrors } from './errors.ts'
import { checkParams } from './params.ts'
import { gapIn } from './rules.ts'
import { state } from './state.ts'
import { keyOf } from './storage-records.ts'

/** Throws certificate 8 or 9 naming the entry that cannot be. */
export function checkGenesis(content: GenesisState): void {
  checkParams(content.params)
  checkOrder(content)
  const { certificates, ranges, totals } = content
  let issued = 0n
  let taken = 0
  for (const certificate of certificates) {
    const name = `certificate ${certificate.device} ${certificate.intervalStart} ${certificate.part}`
    if (certificate.firstId !== 1n || certificate.quantityWh < 1n) {
      throw certificateErrors.invalidGenesis(`${name} must number at least one Wh from 1`)
    }
    const from = taken
    while (isOf(ranges[taken], certificate)) taken += 1
    const own = ranges.slice(from, taken)
    for (const range of own) fromBech32(range.owner)
    const gap = gapIn(own, certificate.quantityWh)
    if (gap !== undefined) throw certificateErrors.invalidGenesis(`${name}: ${gap}`)
    issued += certificate.quantityWh
  }
  const stray = ranges[taken]
  if (stray !== undefined) {
    throw certificateErrors.invalidGenesis(
      `range ${stray.device} ${stray.intervalStart} ${stray.first} is out of order or has no certificate`,
    )
  }
  const counts = BigInt(certificates.length) === totals.certificates
  const stated = totals.issuedWh + totals.storageIssuedWh
  if (!counts || BigInt(ranges.length) !== totals.ranges || issued !== stated) {
    throw certificateErrors.invalidGenesis('totals do not match the certificates and ranges')
  }
}

/** Every list is in key order and names each key once: nothing in it would be overwritten. */
function checkOrder(content: GenesisState): void {
  ascending(
    state.certificates,
    content.certificates,
    (row) => [row.device, row.intervalStart, row.part] as const,
  )
  ascending(
    state.consumptions,
    content.consumptions,
    (row) => [row.device, row.intervalStart] as const,
  )
  ascending(state.claims, content.claims, (row) => row.id)
  ascending(state.storage, content.storageRecords, keyOf)
  ascending(state.lots, content.lots, (row) => row.id)
  ascending(state.releases, content.releases, (row) => [row.lot, row.dischargeStart] as const)
  ascending(state.sheets, content.storageSheets, (row) => row.device)
  ascending(state.residual, content.residual, (row) => [row.zone, row.month, row.source] as const)
  ascending(state.carbon, content.carbonBatches, (row) => row.id)
  ascending(state.carbonHoldings, content.carbonHoldings, (row) => [row.owner, row.batch] as const)
  ascending(state.retirements, content.carbonRetirements, (row) => row.id)
  ascending(state.sweeps, content.expirySweeps, (row) => row.device)
}

function ascending<K, V>(
  table: Table<K, V>,
  rows: readonly V[],
  keyOfRow: (row: V) => NoInfer<K>,
): void {
  let before: Uint8Array | undefined
  rows.forEach((row, i) => {
    const key = table.rawKey(keyOfRow(row))
    if (before !== undefined && compareBytes(before, key) >= 0) {
      throw certificateErrors.invalidGenesis(
        `${table.name}: entry ${i + 1} is out of order or repeats`,
      )
    }
    before = key
  })
}

function isOf(range: CertificateRange | undefined, certificate: Certificate): boolean {
  return (
    range !== undefined &&
    range.device === certificate.device &&
    range.intervalStart === certificate.intervalStart &&
    range.part === certificate.part
  )
}
