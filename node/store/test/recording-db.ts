import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BatchOp, LevelDb } from '../level.ts'
import { openLevel } from '../level.ts'

/** One batch as it was given to the database. */
export interface Recorded {
  readonly ops: readonly BatchOp[]
  readonly sync: boolean
}

/** A real LevelDB in a fresh folder, removed by `remove`. */
export async function freshLevel(): Promise<LevelDb & { remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'strom-store-'))
  const db = await openLevel(folder)
  return {
    ...db,
    remove: async () => {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** `db` with every batch noted, so that a test can rebuild the disk as a power loss would have left it. */
export function recording(db: LevelDb): { db: LevelDb; batches: Recorded[] } {
  const batches: Recorded[] = []
  const batch = async (ops: readonly BatchOp[], options: { sync: boolean }): Promise<void> => {
    batches.push({ ops: [...ops], sync: options.sync })
    await db.batch(ops, options)
  }
  return { db: { ...db, batch }, batches }
}
