import { formatTime, parseTime } from '../../proto/runtime/time.ts'
import { utf8Decode, utf8Encode } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import type { KeyCodec } from '../kit/keys.ts'

/** A moment, as `google.protobuf.Timestamp` carries it. */
export interface Moment {
  readonly seconds: bigint
  readonly nanos: number
}

const LENGTH = 29

/** The time of the block. */
export function now(ctx: ReadContext): Moment {
  return { seconds: ctx.time, nanos: ctx.timeNanos }
}

/** A moment later by a duration; nanoseconds carry over. */
export function later(start: Moment, duration: Moment): { seconds: bigint; nanos: number } {
  const nanos = start.nanos + duration.nanos
  const carry = nanos >= 1_000_000_000
  return {
    seconds: start.seconds + duration.seconds + (carry ? 1n : 0n),
    nanos: carry ? nanos - 1_000_000_000 : nanos,
  }
}

/** Whether `time` is not after `limit`. */
export function reached(time: Moment, limit: Moment): boolean {
  return (
    time.seconds < limit.seconds || (time.seconds === limit.seconds && time.nanos <= limit.nanos)
  )
}

/** `2026-01-01T00:00:00Z`: whole seconds, as events carry it. */
export function eventTime(time: Moment): string {
  return wholeSeconds(time.seconds)
}

/**
 * The SDK's sortable time, `2006-01-02T15:04:05.000000000` in UTC, 29 bytes: byte order is the order of time, for years 1
 * to 9999.
 */
export const timeKey: KeyCodec<Moment> = {
  encode: sortable,
  encodePart: sortable,
  decode: (bytes) => readSortable(bytes),
  decodePart: (bytes) => [readSortable(bytes.subarray(0, LENGTH)), LENGTH],
}

function sortable({ seconds, nanos }: Moment): Uint8Array {
  return utf8Encode(`${wholeSeconds(seconds).slice(0, -1)}.${nanos.toString().padStart(9, '0')}`)
}

function readSortable(bytes: Uint8Array): Moment {
  const time = parseTime(`${utf8Decode(bytes)}Z`)
  if (time === undefined) throw new InvariantError('staking: a queue holds no time')
  return time
}

function wholeSeconds(seconds: bigint): string {
  const text = formatTime({ seconds, nanos: 0 })
  if (text === undefined) throw new InvariantError(`staking: ${seconds} s is after the year 9999`)
  return text
}
