import {
  Descendant,
  QueryLineageRequest,
  QueryLineageResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import {
  type CertificateRange,
  RangeStatus,
  type Release,
} from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import { u64Key } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { state } from '../state.ts'
import { slicePage } from './certificates.ts'

const MAX_RELEASES = 1_000

/** Where a certificate's energy came from, and what became of each of its ranges. Throws sdk 38 when there is none. */
export const lineage = defineQuery({
  service: 'strom.certificate.v1.Query',
  method: 'Lineage',
  request: QueryLineageRequest,
  response: QueryLineageResponse,
  handle(ctx, request) {
    const { device, intervalStart, part } = request
    const certificate = state.certificates.must(ctx, [device, intervalStart, part])
    const { items, pagination } = slicePage(ctx, [device, intervalStart, part], request.pagination)
    const descendants = items.map((range) => descendantOf(ctx, range))
    if (certificate.lot === 0n) {
      return QueryLineageResponse.create({ certificate, descendants, pagination })
    }
    const origin = state.lots.must(ctx, certificate.lot)
    return QueryLineageResponse.create({
      certificate,
      origin,
      release: state.releases.must(ctx, [certificate.lot, intervalStart]),
      originCertificate: state.certificates.must(ctx, [
        origin.device,
        origin.intervalStart,
        origin.part,
      ]),
      descendants,
      pagination,
    })
  },
})

function descendantOf(ctx: ReadContext, range: CertificateRange): Descendant {
  const { ref, status } = range
  if (status === RangeStatus.RANGE_STATUS_CARBON) {
    return Descendant.create({ range, carbon: state.carbon.must(ctx, ref) })
  }
  if (status === RangeStatus.RANGE_STATUS_STORED) {
    const lot = state.lots.must(ctx, ref)
    return Descendant.create({ range, lot, releases: releasesOf(ctx, ref) })
  }
  if (ref === 0n) return Descendant.create({ range })
  return Descendant.create({ range, claim: state.claims.must(ctx, ref) })
}

function releasesOf(ctx: ReadContext, lot: bigint): Release[] {
  const found: Release[] = []
  for (const [, row] of state.releases.entries(ctx, { prefix: u64Key.encodePart(lot) })) {
    if (found.length === MAX_RELEASES) break
    found.push(row)
  }
  return found
}
