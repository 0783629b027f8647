import type { Duration } from '../../proto/gen/google/protobuf/duration.ts'
import type { Timestamp } from '../../proto/gen/google/protobuf/timestamp.ts'
import { InvariantError } from '../kit/errors.ts'
import type { Instant } from '../kit/time.ts'

const SECOND = 1_000_000_000

/** The end of a period that begins at `start`; params always state their periods. */
export function after(start: Instant, period: Duration | undefined): Timestamp {
  if (period === undefined) throw new InvariantError('gov: params state no period')
  const nanos = start.nanos + period.nanos
  return nanos < SECOND
    ? { seconds: start.seconds + period.seconds, nanos }
    : { seconds: start.seconds + period.seconds + 1n, nanos: nanos - SECOND }
}
