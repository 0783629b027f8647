import { type Certificate, ResidualRow } from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import type { Invariant } from '../../kit/module.ts'
import { sizeOf } from '../rules.ts'
import { state } from '../state.ts'
import { type ResidualCounter, residualKey, residualOf } from '../totals.ts'
import { booksOf } from './books.ts'

const COUNTED: readonly ResidualCounter[] = [
  'generationWh',
  'fromStorageWh',
  'claimedWh',
  'cancelledWh',
  'storedWh',
  'carbonWh',
  'expiredWh',
]

/** The rows of the residual mix are the sums over certificates and ranges of their zone, month and source. */
export const residualMatches: Invariant = {
  name: 'residual-matches',
  check(ctx) {
    const found = recount(ctx)
    for (const [key, row] of state.residual.entries(ctx)) {
      const sums = found.get(key.join('/')) ?? ResidualRow.create()
      for (const name of COUNTED) {
        if (sums[name] !== row[name]) {
          return `${key.join(' ')}: ${name} is ${row[name]}, found ${sums[name]}`
        }
      }
      found.delete(key.join('/'))
    }
    const [missing] = found.keys()
    return missing === undefined ? undefined : `${missing} has no row`
  },
}

function recount(ctx: ReadContext): Map<string, ResidualRow> {
  const rows = new Map<string, ResidualRow>()
  const rowOf = (certificate: Certificate): ResidualRow => {
    const key = residualKey(certificate).join('/')
    const row = rows.get(key) ?? ResidualRow.create()
    rows.set(key, row)
    return row
  }
  for (const [certificate, ranges] of booksOf(ctx)) {
    const row = rowOf(certificate)
    row.generationWh += certificate.quantityWh - certificate.withdrawnWh
    if (certificate.part > 0) row.fromStorageWh += certificate.quantityWh
    for (const range of ranges) {
      const name = residualOf(range.status)
      if (name !== undefined) row[name] += sizeOf(range)
    }
  }
  return rows
}
