import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { claimStateFormat, StateFormatError } from '../state-format.ts'
import { type LevelDb, openLevel, range } from '../store/level.ts'

describe('the format of stored state', () => {
  let dir: string
  let db: LevelDb
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-format-'))
    db = await openLevel(dir)
  })
  afterEach(async () => {
    await db.close()
    rmSync(dir, { recursive: true })
  })

  const refusal = async (height: bigint): Promise<string> =>
    await claimStateFormat(range(db, 'f'), height).then(
      () => 'taken',
      (error: unknown) => {
        if (error instanceof StateFormatError) return error.message
        throw error
      },
    )

  it('is noted in a new database and taken ever after', async () => {
    expect(await refusal(0n)).to.equal('taken')
    expect(await refusal(7n)).to.equal('taken')
  })
  it('is refused where an older version wrote state and no note', async () => {
    expect(await refusal(7n)).to.match(/format 1, this version reads format 3.*--home/)
    expect(await refusal(7n)).to.match(/format 1/)
  })
  it('is refused where a newer version wrote it', async () => {
    const notes = range(db, 'f')
    const key = new TextEncoder().encode('state')
    await notes.batch([notes.put(key, Uint8Array.of(9))], { sync: true })
    expect(await refusal(0n)).to.match(/format 9/)
  })
})
