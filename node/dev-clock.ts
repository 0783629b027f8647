import type { Time } from './chain/types.ts'
import type { CalendarClock } from './consensus/clock.ts'

/** Where a development calendar stands: at real time `realMs` it shows `calendar`, and runs `speed` times as fast. */
export interface ClockAnchor {
  readonly realMs: number
  readonly calendar: Time
  readonly speed: number
}

/**
 * The calendar of a network that replays recordings. Every process of the network gets the same anchor, so their votes
 * agree about the time as those of a network with synchronised clocks do.
 */
export function devCalendar(anchor: ClockAnchor): CalendarClock {
  return {
    now() {
      const elapsedMs = Math.max(0, Date.now() - anchor.realMs) * anchor.speed
      const nanos = BigInt(Math.floor(elapsedMs * 1000)) * 1000n + BigInt(anchor.calendar.nanos)
      return {
        seconds: anchor.calendar.seconds + nanos / 1_000_000_000n,
        nanos: Number(nanos % 1_000_000_000n),
      }
    },
  }
}

/** `REALMS:SECONDS:SPEED`, as the launcher hands an anchor to its processes. */
export function formatAnchor(anchor: ClockAnchor): string {
  return `${anchor.realMs}:${anchor.calendar.seconds}:${anchor.speed}`
}

/** Reads what `formatAnchor` wrote; undefined when malformed. */
export function parseAnchor(text: string): ClockAnchor | undefined {
  const match = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text)
  if (match === null) return undefined
  return {
    realMs: Number(match[1]),
    calendar: { seconds: BigInt(match[2] as string), nanos: 0 },
    speed: Number(match[3]),
  }
}
