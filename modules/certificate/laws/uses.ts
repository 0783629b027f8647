import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import type { Invariant } from '../../kit/module.ts'
import { gramsOf } from '../carbon.ts'
import { rangeAt } from '../ranges.ts'
import { gapIn, type Span, sizeOf } from '../rules.ts'
import { type SliceMessage, statusName } from '../slices.ts'
import { state } from '../state.ts'

/** Every claim, lot and carbon batch stands on exactly one range of its state, and every such range has one of them. */
const usesMatch: Invariant = {
  name: 'uses-match',
  check(ctx) {
    let uses = 0
    for (const [id, status, slice] of usesOf(ctx)) {
      uses += 1
      const place = [slice.device, slice.intervalStart, slice.part] as const
      const range = rangeAt(ctx, place, slice.first)
      const same =
        range?.first === slice.first &&
        range.last === slice.last &&
        range.status === status &&
        range.ref === id
      if (!same) return `${statusName(status)} ${id} stands on no range of its own`
    }
    let ranges = 0
    for (const [, range] of state.ranges.entries(ctx)) if (range.ref !== 0n) ranges += 1
    return ranges === uses ? undefined : `${ranges} ranges in use, ${uses} uses`
  },
}

function* usesOf(ctx: ReadContext): Iterable<readonly [bigint, RangeStatus, SliceMessage]> {
  for (const [id, claim] of state.claims.entries(ctx)) yield [id, claim.status, claim]
  for (const [id, lot] of state.lots.entries(ctx)) {
    yield [id, RangeStatus.RANGE_STATUS_STORED, lot]
  }
  for (const [id, batch] of state.carbon.entries(ctx)) {
    yield [id, RangeStatus.RANGE_STATUS_CARBON, batch]
  }
}

/** Matched Wh of a consumption record are numbered from 1 without gap or overlap, no more than it stands for. */
const matchesDisjoint: Invariant = {
  name: 'matches-disjoint',
  check(ctx) {
    const matches = new Map<string, Span[]>()
    for (const [, claim] of state.claims.entries(ctx)) {
      if (claim.consumptionDevice === '') continue
      const span = { first: claim.consumptionFirst, last: claim.consumptionLast }
      if (sizeOf(span) !== sizeOf(claim)) return `claim ${claim.id} matches unequal Wh`
      const key = `${claim.consumptionDevice} ${claim.consumptionStart}`
      matches.set(key, [...(matches.get(key) ?? []), span])
    }
    let found = 0
    for (const [[device, start], record] of state.consumptions.entries(ctx)) {
      const key = `${device} ${start}`
      // Claims come in order of id, and each took the next numbers.
      const gap = gapIn(matches.get(key) ?? [], record.matchedWh)
      if (gap !== undefined) return `consumption ${key}: ${gap}`
      if (record.matchedWh > record.quantityWh - record.withdrawnWh) {
        return `consumption ${key}: more is matched than it stands for`
      }
      if (matches.has(key)) found += 1
    }
    return found === matches.size ? undefined : 'a claim matches consumption nobody recorded'
  },
}

/** What accounts hold of a carbon batch and what was retired is what was issued, and that is what its Wh avoid. */
const carbonMatches: Invariant = {
  name: 'carbon-matches',
  check(ctx) {
    const [held, retired] = [new Map<bigint, bigint>(), new Map<bigint, bigint>()]
    for (const [, { batch, grams }] of state.carbonHoldings.entries(ctx)) {
      held.set(batch, (held.get(batch) ?? 0n) + grams)
    }
    for (const [, { batch, grams }] of state.retirements.entries(ctx)) {
      retired.set(batch, (retired.get(batch) ?? 0n) + grams)
    }
    for (const [id, batch] of state.carbon.entries(ctx)) {
      const [own, gone] = [held.get(id) ?? 0n, retired.get(id) ?? 0n]
      if (gone !== batch.retiredGrams) return `batch ${id}: ${gone} g retired`
      if (own + gone !== batch.grams) return `batch ${id}: ${own + gone} of ${batch.grams} g`
      if (gramsOf(sizeOf(batch), batch.efGPerKwh) !== batch.grams) {
        return `batch ${id}: its Wh do not avoid ${batch.grams} g`
      }
      held.delete(id)
      retired.delete(id)
    }
    return held.size + retired.size === 0 ? undefined : 'grams of a batch nobody issued'
  },
}

/** Claims are listed by beneficiary and by time exactly once, consumption by owner. */
const listsMatch: Invariant = {
  name: 'lists-match',
  check(ctx) {
    let claimed = 0
    for (const [id, claim] of state.claims.entries(ctx)) {
      if (claim.status !== RangeStatus.RANGE_STATUS_CLAIMED) continue
      claimed += 1
      const listed =
        state.claimsBy.has(ctx, [claim.beneficiary, id]) &&
        state.claimsAt.has(ctx, [claim.owner, claim.intervalStart, id])
      if (!listed) return `claim ${id} is not listed`
    }
    const listed = [state.claimsBy, state.claimsAt].map((list) => count(list.entries(ctx)))
    if (listed.some((n) => n !== claimed)) return `${claimed} claims, ${listed.join(', ')} listed`
    for (const [, record] of state.consumptions.entries(ctx)) {
      if (!state.consumers.has(ctx, [record.owner, record.device])) {
        return `consumption of ${record.device} is not listed under ${record.owner}`
      }
    }
    return undefined
  },
}

function count(rows: Iterable<unknown>): number {
  let n = 0
  for (const _ of rows) n += 1
  return n
}

/** Laws of claims, matches, carbon credits and the lists made from them. */
export const useLaws: readonly Invariant[] = [usesMatch, matchesDisjoint, carbonMatches, listsMatch]
