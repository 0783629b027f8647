import type { ModuleEvent } from '../kit/context.ts'
import { type Dec, formatDec } from '../kit/dec.ts'

/** What a block created and from which figures; attribute order is the SDK's. */
export const minted = (
  bondedRatio: Dec,
  inflation: Dec,
  annualProvisions: Dec,
  amount: bigint,
): ModuleEvent => ({
  type: 'mint',
  attributes: [
    ['bonded_ratio', formatDec(bondedRatio)],
    ['inflation', formatDec(inflation)],
    ['annual_provisions', formatDec(annualProvisions)],
    ['amount', amount.toString()],
  ],
})
