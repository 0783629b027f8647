import type { StoredReading, Totals } from '../../../../proto/gen/strom/metering/v1/state.ts'
import { ChainError } from '../../../kit/errors.ts'
import { totalsOf } from '../../tally.ts'
import { Meter, plant, type Town, town } from '../fixture.ts'

export const PV = plant('pv')

/** A town whose meter `pv` has opened at 0 Wh at 00:00 and reported 1,000 Wh at 00:15. */
export function running(): { t: Town; meter: Meter } {
  const t = town([PV])
  const meter = new Meter('pv')
  t.submit(meter.read(0, 0n), meter.read(15, 1_000_000n))
  return { t, meter }
}

export function counts(t: Town): Record<string, bigint> {
  const totals: Totals = totalsOf(t.chain.query())
  return Object.fromEntries(totals.refusedByReason.map((row) => [row.reason, row.count]))
}

export function code(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}`
    throw error
  }
  return 'accepted'
}

export function readingAt(t: Town, device: string, seq: bigint): StoredReading {
  const request = { device, context: 'F', seq }
  return (t.query('strom.metering.v1.Query', 'Reading', request) as { reading: StoredReading })
    .reading
}
