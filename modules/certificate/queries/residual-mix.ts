import {
  QueryResidualMixRequest,
  QueryResidualMixResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { pairKey, stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { openWh, residualWh, sharesPpm } from '../residual.ts'
import { state } from '../state.ts'
import { monthKey } from '../state-keys.ts'

/** The mix of a zone and month by source; empty when nothing was generated. One row a source, so it has no pages. */
export const residualMix = defineQuery({
  service: 'strom.certificate.v1.Query',
  method: 'ResidualMix',
  request: QueryResidualMixRequest,
  response: QueryResidualMixResponse,
  handle(ctx, { zone, month }) {
    const scan = { prefix: pairKey(stringKey, monthKey).encodePart([zone, month]) }
    const rows = Array.from(state.residual.entries(ctx, scan), ([, row]) => row)
    const parts = rows.map(residualWh)
    const shares = sharesPpm(parts)
    return {
      shares: rows.map((row, i) => ({
        row,
        residualWh: parts[i] ?? 0n,
        sharePpm: shares[i] ?? 0n,
        openWh: openWh(row),
      })),
      generationWh: rows.reduce((sum, row) => sum + row.generationWh + row.otherWh, 0n),
      residualWh: parts.reduce((sum, part) => sum + part, 0n),
      openWh: rows.reduce((sum, row) => sum + openWh(row), 0n),
    }
  },
})
