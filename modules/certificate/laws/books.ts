import type {
  Certificate,
  CertificateRange,
} from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import { state } from '../state.ts'

/**
 * Every certificate with its ranges, in one pass over both tables, which have the same order: a scan for each certificate
 * would take several times as long. Ranges without a certificate are left out; the totals tell that they are there.
 */
export function* booksOf(
  ctx: ReadContext,
): Iterable<readonly [Certificate, readonly CertificateRange[]]> {
  const ranges = state.ranges.entries(ctx)[Symbol.iterator]()
  let next = ranges.next()
  for (const [[device, start, part], certificate] of state.certificates.entries(ctx)) {
    const own: CertificateRange[] = []
    while (next.done !== true) {
      const [[ofDevice, ofStart, ofPart], range] = next.value
      if (ofDevice !== device || ofStart !== start || ofPart !== part) break
      own.push(range)
      next = ranges.next()
    }
    yield [certificate, own]
  }
}
