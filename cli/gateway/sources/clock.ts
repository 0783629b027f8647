import { parseDecimal, toInteger } from './decimal.ts'

/** How a source writes the time of a value. */
export type ClockForm = 'unix' | 'unix_ms' | 'iso' | 'local'

const QUARTER_S = 900n

/** The calendar of a development network: at real time `realMs` it shows `seconds`, and it runs `speed` times as fast. */
export interface Calendar {
  readonly realMs: number
  readonly seconds: number
  readonly speed: number
}

/** A process has one calendar, as it has one clock. */
let kept: Calendar | undefined

/** From now on this process lives by a calendar; by the wall clock when undefined. */
export function keepCalendar(calendar: Calendar | undefined): void {
  kept = calendar
}

/** Reads `REALMS:SECONDS:SPEED`, an anchor as nodes of development networks get it; undefined when malformed. */
export function parseCalendar(text: string): Calendar | undefined {
  const match = /^(\d{1,15}):(\d{1,12}):(\d{1,7}(?:\.\d{1,9})?)$/.exec(text)
  if (match === null || Number(match[3]) <= 0) return undefined
  return { realMs: Number(match[1]), seconds: Number(match[2]), speed: Number(match[3]) }
}

/** Unix milliseconds now. */
export function nowMs(): number {
  if (kept === undefined) return Date.now()
  return kept.seconds * 1_000 + Math.max(0, Date.now() - kept.realMs) * kept.speed
}

/** Unix seconds now, rounded down. */
export function nowSeconds(): bigint {
  return BigInt(Math.floor(nowMs() / 1000))
}

/** Milliseconds a timer waits for `ms` of the calendar; at least 1, since timers know no less. */
export function timerMs(ms: number): number {
  return kept === undefined ? ms : Math.max(1, ms / kept.speed)
}

/** Milliseconds of the calendar that pass while a timer waits for `ms`. */
export function passingMs(ms: number): number {
  return ms * (kept?.speed ?? 1)
}

/**
 * Unix seconds of a time as a device wrote it, rounded down; undefined when it cannot be read. `local` is a wall clock
 * without a zone (Tasmota): its distance to our own clock, rounded to a quarter hour, is taken for the zone, since all
 * zones are whole quarters; what is left over is the device's clock error.
 */
export function readTime(text: string, form: ClockForm, receivedAt: bigint): bigint | undefined {
  if (form === 'unix' || form === 'unix_ms') {
    const value = parseDecimal(text)
    if (value === undefined || value.digits <= 0n) return undefined
    return toInteger(value, form === 'unix' ? 0 : -3)
  }
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(
    text.trim(),
  )
  if (match === null) return undefined
  const [, day, clock, zone] = match
  const offset = zone === undefined ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const ms = Date.parse(`${day}T${clock}${offset}`)
  if (Number.isNaN(ms)) return undefined
  const time = BigInt(ms / 1000)
  if (zone !== undefined) return time
  return form === 'local' ? time - nearestQuarter(time - receivedAt) : undefined
}

function nearestQuarter(seconds: bigint): bigint {
  const half = seconds >= 0n ? QUARTER_S / 2n : -(QUARTER_S / 2n)
  return ((seconds + half) / QUARTER_S) * QUARTER_S
}
