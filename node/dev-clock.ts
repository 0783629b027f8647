import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Time } from './chain/types.ts'
import type { CalendarClock } from './consensus/clock.ts'

/** Where a development calendar stands: at real time `realMs` it shows `calendar`, and runs `speed` times as fast. */
export interface ClockAnchor {
  readonly realMs: number
  readonly calendar: Time
  readonly speed: number
  /** Absolute path of a file that holds a `Leash`: whoever feeds the network moves it on. */
  readonly leash?: string
}

/** A stretch of the calendar, unix seconds; `to` is behind it. */
export interface Stretch {
  readonly from: bigint
  readonly to: bigint
}

/** How far a calendar may run. */
export interface Leash {
  /** Unix second it does not pass. */
  readonly end: bigint
  /** Stretches in which no half of a quarter of an hour goes by without a block. */
  readonly slow: readonly Stretch[]
}

const HALF_TICK_S = 450n

/** The unix second that a vote for a block of time `after` does not pass; without a block only the end counts. */
export function leashEnd({ end, slow }: Leash, after?: bigint): bigint {
  let limit = end
  if (after === undefined) return limit
  const endOfNextHalf = (after / HALF_TICK_S + 2n) * HALF_TICK_S - 1n
  for (const { from, to } of slow) {
    if (after >= to) continue
    const own = endOfNextHalf >= from ? endOfNextHalf : from - 1n
    if (own < limit) limit = own
  }
  return limit
}

/**
 * The calendar of a network that replays recordings. Every process of the network gets the same anchor, so their votes
 * agree about the time as those of a network with synchronised clocks do. On a leash it stands still there until it is
 * let on, and then it catches up at once.
 */
export function devCalendar(anchor: ClockAnchor): CalendarClock {
  return {
    now(after) {
      const elapsedMs = Math.max(0, Date.now() - anchor.realMs) * anchor.speed
      const nanos = BigInt(Math.floor(elapsedMs * 1000)) * 1000n + BigInt(anchor.calendar.nanos)
      const time = {
        seconds: anchor.calendar.seconds + nanos / 1_000_000_000n,
        nanos: Number(nanos % 1_000_000_000n),
      }
      if (anchor.leash === undefined) return time
      const end = leashEnd(readLeash(anchor.leash), after?.seconds)
      return time.seconds < end ? time : { seconds: end, nanos: 0 }
    },
  }
}

/** Lets the calendar run on. Whoever reads at this moment sees the old leash or the new one. */
export function moveLeash(file: string, { end, slow }: Leash): void {
  const text = [end, ...slow.map(({ from, to }) => `${from}-${to}`)].join(' ')
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function readLeash(file: string): Leash {
  const [end, ...slow] = readFileSync(file, 'utf8').split(' ')
  return {
    end: BigInt(end ?? ''),
    slow: slow.map((stretch) => {
      const [from, to] = stretch.split('-')
      return { from: BigInt(from ?? ''), to: BigInt(to ?? '') }
    }),
  }
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
