import { formatTime, parseTime } from '../../proto/runtime/time.ts'
import { utf8Decode, utf8Encode } from './bytes.ts'
import type { ReadContext } from './context.ts'
import type { KeyCodec } from './keys.ts'

/** Seconds and nanoseconds since 1970 UTC: `google.protobuf.Timestamp`. */
export interface Instant {
  readonly seconds: bigint
  readonly nanos: number
}

/** `2006-01-02T15:04:05.000000000`: the SDK's sortable text of a time, always 29 bytes. */
const SIZE = 29

/** The time of the block. */
export function blockTime(ctx: Pick<ReadContext, 'time' | 'timeNanos'>): Instant {
  return { seconds: ctx.time, nanos: ctx.timeNanos }
}

/** Negative when `a` is before `b`, 0 when they are one, positive after. */
export function compareTime(a: Instant, b: Instant): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1
  return a.nanos - b.nanos
}

/** Whether the time has a date in the years 1 to 9999: others have no text and can be no key. */
export function isTime(time: Instant): boolean {
  return formatTime(time) !== undefined
}

/** RFC 3339 for errors and people. Throws RangeError where `isTime` is false. */
export function timeText(time: Instant): string {
  const text = formatTime(time)
  if (text === undefined) throw new RangeError(`${time.seconds} s are no date`)
  return text
}

/** A time as the SDK's queues carry it: 29 bytes of text whose order is that of time. Throws RangeError for no date. */
export const timeKey: KeyCodec<Instant> = {
  encode,
  encodePart: encode,
  decode,
  decodePart: (bytes) => [decode(bytes.subarray(0, SIZE)), SIZE],
}

function encode(time: Instant): Uint8Array {
  const whole = timeText({ seconds: time.seconds, nanos: 0 }).slice(0, -1)
  // Refuses nanoseconds out of range, which would not fit the nine digits.
  timeText(time)
  return utf8Encode(`${whole}.${String(time.nanos).padStart(9, '0')}`)
}

function decode(bytes: Uint8Array): Instant {
  const time = bytes.length === SIZE ? parseTime(`${utf8Decode(bytes)}Z`) : undefined
  if (time === undefined) throw new RangeError('a key holds no time')
  return time
}
