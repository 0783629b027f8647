import type { LevelRange } from './store/level.ts'

/** Number of the layout of stored state; it goes up when a program can no longer read what an older one wrote. */
const FORMAT = 3
const KEY = new TextEncoder().encode('state')

/** The database was written by a program whose state this one cannot read. */
export class StateFormatError extends Error {
  constructor(found: number) {
    super(
      `the stored state has format ${found}, this version reads format ${FORMAT}: run the version that wrote it, or begin with a new home (for a development network: delete its folder or give --home)`,
    )
    this.name = 'StateFormatError'
  }
}

/**
 * Notes the format in a new database and refuses one of another format, before anything of it is decoded. `height` is that
 * of the stored state; version 0.1.0 wrote format 1 and no note of it. Throws StateFormatError.
 */
export async function claimStateFormat(notes: LevelRange, height: bigint): Promise<void> {
  const found = notes.getSync(KEY)
  if (found === undefined && height === 0n) {
    await notes.batch([notes.put(KEY, Uint8Array.of(FORMAT))], { sync: true })
    return
  }
  const format = found?.[0] ?? 1
  if (format !== FORMAT) throw new StateFormatError(format)
}
