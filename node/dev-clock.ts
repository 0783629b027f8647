import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Time } from './chain/types.ts'
import type { CalendarClock } from './consensus/clock.ts'

/** Where a development calendar stands: at real time `realMs` it shows `calendar`, and runs `speed` times as fast. */
export interface ClockAnchor {
  readonly realMs: number
  readonly calendar: Time
  readonly speed: number
  /** Absolute path of a file with the unix second the calendar does not pass: whoever feeds the network moves it on. */
  readonly leash?: string
}

/**
 * The calendar of a network that replays recordings. Every process of the network gets the same anchor, so their votes
 * agree about the time as those of a network with synchronised clocks do. On a leash it stands still there until it is
 * let on, and then it catches up at once.
 */
export function devCalendar(anchor: ClockAnchor): CalendarClock {
  return {
    now() {
      const elapsedMs = Math.max(0, Date.now() - anchor.realMs) * anchor.speed
      const nanos = BigInt(Math.floor(elapsedMs * 1000)) * 1000n + BigInt(anchor.calendar.nanos)
      const time = {
        seconds: anchor.calendar.seconds + nanos / 1_000_000_000n,
        nanos: Number(nanos % 1_000_000_000n),
      }
      if (anchor.leash === undefined) return time
      const end = BigInt(readFileSync(anchor.leash, 'utf8'))
      return time.seconds < end ? time : { seconds: end, nanos: 0 }
    },
  }
}

/** Lets the calendar run to `seconds`. Whoever reads at this moment sees the old value or the new one. */
export function moveLeash(file: string, seconds: bigint): void {
  writeFileSync(`${file}.new`, seconds.toString())
  renameSync(`${file}.new`, file)
}

/** `REALMS:SECONDS:SPEED[:LEASH]`, as the launcher hands an anchor to its processes. */
export function formatAnchor(anchor: ClockAnchor): string {
  const leash = anchor.leash === undefined ? '' : `:${anchor.leash}`
  return `${anchor.realMs}:${anchor.calendar.seconds}:${anchor.speed}${leash}`
}

/** Reads what `formatAnchor` wrote; undefined when malformed. */
export function parseAnchor(text: string): ClockAnchor | undefined {
  const match = /^(\d+):(\d+):(\d+(?:\.\d+)?)(?::(\/.+))?$/.exec(text)
  if (match === null) return undefined
  return {
    realMs: Number(match[1]),
    calendar: { seconds: BigInt(match[2] as string), nanos: 0 },
    speed: Number(match[3]),
    ...(match[4] === undefined ? {} : { leash: match[4] }),
  }
}
