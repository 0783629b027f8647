import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClockAnchor } from '../../node/dev-clock.ts'

/** Milliseconds the processes get to boot before the calendar begins to run. */
const BOOT_MS = 3_000

/**
 * The calendar of a network across full stops: where the last block left it is kept in a file, and a new start goes on
 * from there. The file may lag by a block; the chain itself never goes back.
 */
export class ClockFile {
  readonly #file: string

  constructor(dir: string) {
    this.#file = join(dir, 'clock.json')
  }

  /** Calendar seconds at the last full stop, undefined on a new network. */
  read(): bigint | undefined {
    if (!existsSync(this.#file)) return undefined
    const stored = JSON.parse(readFileSync(this.#file, 'utf8')) as { calendar: string }
    return BigInt(stored.calendar)
  }

  write(calendar: bigint): void {
    writeFileSync(this.#file, `${JSON.stringify({ calendar: calendar.toString() })}\n`)
  }
}

/** An anchor that stands still at `calendar` while the processes boot, then runs. */
export function anchorAt(calendar: bigint, speed: number): ClockAnchor {
  return { realMs: Date.now() + BOOT_MS, calendar: { seconds: calendar, nanos: 0 }, speed }
}
