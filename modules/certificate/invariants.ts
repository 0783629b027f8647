import type { Invariant } from '../kit/module.ts'
import { rangeLaws } from './laws/ranges.ts'
import { residualMatches } from './laws/residual.ts'
import { storageLaws } from './laws/storage.ts'
import { useLaws } from './laws/uses.ts'

/** The laws of certificates. That no more is recorded than was metered is a law of the metering module. */
export const invariants: readonly Invariant[] = [
  ...rangeLaws,
  ...useLaws,
  ...storageLaws,
  residualMatches,
]
