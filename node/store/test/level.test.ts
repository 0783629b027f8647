import { expect } from 'chai'
import { LevelOpenError, openLevel, prefixEnd, range } from '../level.ts'
import { freshLevel } from './recording-db.ts'
import { ascii } from './vectors.ts'

describe('the database of a home', () => {
  it('keeps ranges apart and scans them both ways', async () => {
    const db = await freshLevel()
    const a = range(db, 'a')
    const b = range(db, 'b')
    await db.batch(
      [a.put(ascii('1'), ascii('x')), a.put(ascii('2'), ascii('y')), b.put(ascii('1'), ascii('z'))],
      { sync: true },
    )
    await a.batch([a.put(ascii('3'), ascii('w')), b.del(ascii('9'))], { sync: false })
    expect(a.getSync(ascii('1'))).to.deep.equal(ascii('x'))
    expect(b.getSync(ascii('2'))).to.equal(undefined)
    const read = async (...args: Parameters<typeof a.iterate>): Promise<string> => {
      let text = ''
      for await (const [key, value] of a.iterate(...args)) {
        text += `${Buffer.from(key).toString()}${Buffer.from(value).toString()} `
      }
      return text
    }
    expect(await read()).to.equal('1x 2y 3w ')
    expect(await read(ascii('2'))).to.equal('2y 3w ')
    expect(await read(undefined, ascii('3'), { reverse: true })).to.equal('2y 1x ')
    expect(await read(undefined, undefined, { reverse: true, limit: 1 })).to.equal('3w ')
    await db.remove()
  })

  it('says that another process uses the home when the database is locked', async () => {
    const db = await freshLevel()
    const second = await openLevel(db.location).catch((error: unknown) => error)
    expect(second).to.be.instanceOf(LevelOpenError)
    expect((second as Error).message).to.contain('another strom process uses this home')
    await db.remove()
  })

  it('names the folder when it cannot be opened', async () => {
    const error = await openLevel('/dev/null/db').catch((e: unknown) => e)
    expect(error).to.be.instanceOf(LevelOpenError)
    expect((error as Error).message).to.contain('/dev/null/db')
  })

  it('finds the end of a prefix', () => {
    expect(prefixEnd(Uint8Array.of(1, 255))).to.deep.equal(Uint8Array.of(2))
    expect(prefixEnd(Uint8Array.of(255, 255))).to.equal(undefined)
  })
})
