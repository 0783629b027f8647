/**
 * Loaded before a process (`node --import`) it makes its calendar run like that of a network with `dev_clock`: `Date`
 * tells the time of the anchor in the variable STROM_TEST_CLOCK (REALMS:SECONDS:SPEED). Timers keep to real time.
 */
const [realMs = 0, seconds = 0, speed = 1] = (process.env['STROM_TEST_CLOCK'] ?? '')
  .split(':')
  .map(Number)

const RealDate = globalThis.Date
const now = (): number => {
  const passed = Math.max(RealDate.now() - realMs, 0)
  return Math.floor(seconds * 1000 + passed * speed)
}

class FastDate extends RealDate {
  constructor(...parts: [] | ConstructorParameters<typeof RealDate>) {
    super(...((parts.length === 0 ? [now()] : parts) as ConstructorParameters<typeof RealDate>))
  }

  static override now(): number {
    return now()
  }
}

globalThis.Date = FastDate as DateConstructor
