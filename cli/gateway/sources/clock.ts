import { parseDecimal, toInteger } from './decimal.ts'

/** How a source writes the time of a value. */
export type ClockForm = 'unix' | 'unix_ms' | 'iso' | 'local'

const QUARTER_S = 900n

/** Unix seconds now, rounded down. */
export function nowSeconds(): bigint {
  return BigInt(Math.floor(Date.now() / 1000))
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
