import {
  Equivocation,
  type StoredReading,
  Verdict,
} from '../../proto/gen/strom/metering/v1/state.ts'
import { compareBytes } from '../kit/bytes.ts'
import { min } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { equivocationProven } from './events.ts'
import { state } from './state.ts'
import { recount } from './store-reading.ts'
import { withdrawFrom } from './withdraw.ts'
import type { Work } from './work.ts'

/**
 * Two messages of one number under the device's own key: the whole bond is taken, the device is jailed from the earlier
 * of the two times, and what was recorded since and is not final is taken back. While the number is not judged neither
 * message counts, and whichever came first, the state is the same.
 */
export function equivocate(
  work: Work,
  one: StoredReading,
  other: StoredReading,
  reporter?: string,
): void {
  const { batch, found } = work
  const { ctx, needs } = batch
  const key = [found.device, found.context, one.seq] as const
  const before = state.equivocations.get(ctx, key)
  const [low, high] = compareBytes(one.identity, other.identity) < 0 ? [one, other] : [other, one]
  const from = min(before?.from ?? one.time, min(one.time, other.time))
  state.equivocations.set(
    ctx,
    key,
    Equivocation.create({
      device: found.device,
      context: found.context,
      seq: one.seq,
      from,
      first: low.identity,
      second: before?.second ?? high.identity,
      height: before?.height ?? ctx.height,
    }),
  )
  const reason = 'equivocation'
  const slash = { ppm: PPM, reason, ...(reporter === undefined ? {} : { reporter }) }
  const slashed = needs.device.slashDevice(ctx, found.device, slash)
  needs.device.jail(ctx, found.device, from, reason)
  const known = state.readings.get(ctx, key)
  if (known?.verdict === Verdict.VERDICT_PENDING) {
    // The smaller identity stands for both, so that the order of their arrival leaves no trace.
    const { late } = known
    const verdict = Verdict.VERDICT_REFUSED
    state.readings.set(ctx, key, { ...low, verdict, reason, late })
    if (found.lastSeq === one.seq) found.lastHash = low.identity
    recount(work)
  }
  withdrawFrom(work, from, 'tampered')
  ctx.emit(equivocationProven(found.device, one.seq, slashed))
}
