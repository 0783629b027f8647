import { CertificateRange } from '../../proto/gen/strom/certificate/v1/state.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { Invariant } from '../kit/module.ts'
import { rangesOf, totalsOf } from './ranges.ts'
import { gapIn } from './rules.ts'
import { state } from './state.ts'

/** The ranges of a certificate are disjoint and their union is what was issued. */
const rangesCover: Invariant = {
  name: 'ranges-cover',
  check(ctx) {
    for (const [[device, start], certificate] of state.certificates.entries(ctx)) {
      const gap = gapIn(rangesOf(ctx, device, start), certificate.quantityWh)
      if (gap !== undefined) return `certificate ${device} ${start}: ${gap}`
    }
    return undefined
  },
}

/** Totals are the sums over certificates and ranges. */
const totalsMatch: Invariant = {
  name: 'totals-match',
  check(ctx) {
    let [issued, certificates, ranges] = [0n, 0n, 0n]
    for (const [, certificate] of state.certificates.entries(ctx)) {
      issued += certificate.quantityWh
      certificates += 1n
    }
    for (const _ of state.ranges.entries(ctx)) ranges += 1n
    const totals = totalsOf(ctx)
    const found = `${issued} Wh in ${certificates} certificates and ${ranges} ranges`
    const stated = `${totals.issuedWh} Wh in ${totals.certificates} certificates and ${totals.ranges} ranges`
    return found === stated ? undefined : `stated ${stated}, found ${found}`
  },
}

/** Every range is listed once under its holder, and nothing else is. */
const holdingsMatch: Invariant = {
  name: 'holdings-match',
  check(ctx) {
    let ranges = 0
    for (const [key, range] of state.ranges.entries(ctx)) {
      ranges += 1
      const held = state.holdings.get(ctx, [range.owner, key])
      const same =
        held !== undefined &&
        equalBytes(CertificateRange.encode(held), CertificateRange.encode(range))
      if (!same) return `range ${key[0]} ${key[1]} ${key[2]} is not listed under ${range.owner}`
    }
    let holdings = 0
    for (const _ of state.holdings.entries(ctx)) holdings += 1
    return holdings === ranges ? undefined : `${ranges} ranges, ${holdings} holdings`
  },
}

/** The laws of certificates. That no more is issued than was metered is a law of the metering module. */
export const invariants: readonly Invariant[] = [rangesCover, totalsMatch, holdingsMatch]
