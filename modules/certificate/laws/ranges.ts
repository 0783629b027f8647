import { RangeStatus, Totals } from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { Invariant } from '../../kit/module.ts'
import { gapIn, sizeOf } from '../rules.ts'
import { state } from '../state.ts'
import { totalOf, totalsOf } from '../totals.ts'
import { booksOf } from './books.ts'

/** The ranges of a certificate are disjoint, their union is what was issued, and what it says was withdrawn is. */
const rangesCover: Invariant = {
  name: 'ranges-cover',
  check(ctx) {
    for (const [certificate, ranges] of booksOf(ctx)) {
      const name = `${certificate.device} ${certificate.intervalStart} ${certificate.part}`
      const gap = gapIn(ranges, certificate.quantityWh)
      if (gap !== undefined) return `certificate ${name}: ${gap}`
      const withdrawn = ranges
        .filter((range) => range.status === RangeStatus.RANGE_STATUS_WITHDRAWN)
        .reduce((sum, range) => sum + sizeOf(range), 0n)
      if (withdrawn !== certificate.withdrawnWh) {
        return `certificate ${name}: ${withdrawn} Wh withdrawn, it says ${certificate.withdrawnWh}`
      }
    }
    return undefined
  },
}

/** Totals are the sums over certificates, ranges by state, consumption and carbon; all states together are what was issued. */
const totalsMatch: Invariant = {
  name: 'totals-match',
  check(ctx) {
    const found = Totals.create()
    for (const [, certificate] of state.certificates.entries(ctx)) {
      found[certificate.part === 0 ? 'issuedWh' : 'storageIssuedWh'] += certificate.quantityWh
      found.certificates += 1n
    }
    for (const [, range] of state.ranges.entries(ctx)) {
      found.ranges += 1n
      found[totalOf(range.status)] += sizeOf(range)
    }
    for (const [, record] of state.consumptions.entries(ctx)) {
      found.consumptionWh += record.quantityWh - record.withdrawnWh
      found.matchedWh += record.matchedWh
    }
    for (const [, batch] of state.carbon.entries(ctx)) {
      found.carbonGrams += batch.grams
      found.carbonRetiredGrams += batch.retiredGrams
    }
    const stated = totalsOf(ctx)
    for (const name of Object.keys(found) as (keyof Totals)[]) {
      if (found[name] !== stated[name]) return `${name} is ${stated[name]}, found ${found[name]}`
    }
    return undefined
  },
}

/** Every range is listed once under its holder, and nothing else is. */
const holdingsMatch: Invariant = {
  name: 'holdings-match',
  check(ctx) {
    let ranges = 0
    for (const [key, range] of state.ranges.entries(ctx)) {
      ranges += 1
      if (!state.holdings.has(ctx, [range.owner, key])) {
        return `range ${key.join(' ')} is not listed under ${range.owner}`
      }
    }
    let holdings = 0
    for (const _ of state.holdings.entries(ctx)) holdings += 1
    return holdings === ranges ? undefined : `${ranges} ranges, ${holdings} holdings`
  },
}

/** Laws of ranges and totals. */
export const rangeLaws: readonly Invariant[] = [rangesCover, totalsMatch, holdingsMatch]
