import { expect } from 'chai'
import { InvariantError } from '../../../modules/kit/errors.ts'
import { hex } from '../bytes.ts'
import { RANGES, range } from '../level.ts'
import { MultiStore } from '../multistore.ts'
import { keys } from '../records.ts'
import { freshLevel, recording } from './recording-db.ts'
import { ascii } from './vectors.ts'

const STORES = ['acc', 'bank']

/** A deterministic sequence of numbers below 2^31. */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state
  }
}

/** One block of sets and deletes over a few thousand keys, the same for the same version. */
function writeBlock(state: MultiStore, version: number, changes: number): void {
  const next = sequence(version)
  for (let i = 0; i < changes; i += 1) {
    const store = state.store(next() % 3 === 0 ? 'acc' : 'bank')
    const name = ascii(`key/${next() % 3_000}`)
    if (next() % 4 === 0) store.delete(name)
    else store.set(name, ascii(`value ${version} ${i}`.repeat(1 + (next() % 5))))
  }
}

/** App hashes by version of a node that never crashed. */
async function reference(versions: number): Promise<Map<number, string>> {
  const state = await MultiStore.open({ db: undefined, stores: STORES })
  const hashes = new Map<number, string>()
  for (let version = 1; version <= versions; version += 1) {
    writeBlock(state, version, version === 1 ? 4_000 : 60)
    hashes.set(version, hex((await state.commit()).appHash))
  }
  return hashes
}

describe('state after a crash', () => {
  it('loads from every prefix of its batches and goes on with the same app hashes', async () => {
    const versions = 12
    const expected = await reference(versions + 2)
    const source = await freshLevel()
    const { db, batches } = recording(source)
    const options = { stores: STORES, keepVersions: 2, checkpointEvery: 3 }
    const committedAt: number[] = []
    const first = await MultiStore.open({ db, ...options })
    for (let version = 1; version <= versions; version += 1) {
      writeBlock(first, version, version === 1 ? 4_000 : 60)
      await first.commit()
      // Lets the checkpoint in the background interleave with the commits.
      await new Promise((resolve) => setTimeout(resolve, 2))
      committedAt.push(batches.length)
    }
    await first.close()
    await source.remove()
    expect(batches.every((batch) => batch.sync)).to.equal(true)
    expect(batches.length).to.be.greaterThan(versions + 4)

    for (const cut of batches.keys()) {
      const disk = await freshLevel()
      for (const { ops } of batches.slice(0, cut + 1)) await disk.batch(ops, { sync: false })
      const state = await MultiStore.open({ db: disk, ...options })
      const version = Number(state.version)
      // The last commit whose batch is among those applied so far, seen from the recorded order.
      expect(version).to.be.at.least(committedAt.filter((end) => end <= cut + 1).length)
      expect(hex(state.appHash as Uint8Array)).to.equal(expected.get(version))
      for (let v = version + 1; v <= Math.min(version + 2, versions + 2); v += 1) {
        writeBlock(state, v, 60)
        expect(hex((await state.commit()).appHash)).to.equal(expected.get(v))
      }
      await state.close()
      const again = await MultiStore.open({ db: disk, ...options })
      expect(hex(again.appHash as Uint8Array)).to.equal(expected.get(Number(again.version)))
      expect([...again.store('bank').iterate()]).to.deep.equal([...state.store('bank').iterate()])
      await disk.remove()
    }
  }).timeout(60_000)

  it('writes only changed pages again and leaves none behind', async () => {
    const source = await freshLevel()
    const { db, batches } = recording(source)
    const options = { db, stores: STORES, keepVersions: 1, checkpointEvery: 1_000 }
    let state = await MultiStore.open(options)
    writeBlock(state, 1, 4_000)
    await state.commit()
    await state.close()
    const count = async (): Promise<number> => {
      let pages = 0
      const all = range(source, RANGES.state).iterate(keys.page(0), keys.page(2 ** 50))
      for await (const _ of all) pages += 1
      return pages
    }
    const pages = await count()
    expect(pages).to.be.greaterThan(20)
    const before = batches.length
    state = await MultiStore.open(options)
    const touched = state.store('bank').iterate()[Symbol.iterator]().next().value
    state.store('bank').set(touched?.[0] as Uint8Array, ascii('changed'))
    await state.commit()
    await state.close()
    const written = batches.slice(before).flatMap(({ ops }) => ops)
    const pagePuts = written.filter((op) => op.type === 'put' && op.key[1] === 'n'.charCodeAt(0))
    expect(pagePuts).to.have.length(1)
    expect(await count()).to.equal(pages)
    await source.remove()
  })

  it('stops with a clear message when the database contradicts itself', async () => {
    const db = await freshLevel()
    const options = { db, stores: STORES, keepVersions: 10 }
    const state = await MultiStore.open(options)
    for (let version = 1; version <= 3; version += 1) {
      writeBlock(state, version, 20)
      await state.commit()
    }
    const disk = range(db, RANGES.state)
    const record = disk.getSync(keys.changelog(2)) as Uint8Array
    const open = async (): Promise<string> => {
      try {
        await MultiStore.open(options)
        return 'opened'
      } catch (error) {
        expect(error).to.be.instanceOf(InvariantError)
        return (error as Error).message
      }
    }
    const damaged = record.slice()
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1
    await disk.batch([disk.put(keys.changelog(2), damaged)], { sync: true })
    expect(await open()).to.match(/store "(acc|bank)" has the root [0-9a-f]{64} at version 2, but/)
    await disk.batch([disk.put(keys.changelog(2), record.subarray(0, 30))], { sync: true })
    expect(await open()).to.contain('changelog of version 2 is damaged')
    await disk.batch([disk.del(keys.changelog(2))], { sync: true })
    expect(await open()).to.contain('the state of version 2 is missing')
    await disk.batch([disk.put(keys.changelog(2), record)], { sync: true })
    expect(await open()).to.equal('opened')
    const fewer = MultiStore.open({ db, stores: ['acc'] })
    expect(await fewer.catch((error: Error) => error.message)).to.contain('holds the store "bank"')
    await db.remove()
  })
})

describe('multistore', () => {
  it('starts at a given version and takes new stores later', async () => {
    const db = await freshLevel()
    const state = await MultiStore.open({ db, stores: ['acc'] })
    state.setInitialVersion(41n)
    state.store('acc').set(ascii('k'), ascii('v'))
    expect((await state.commit()).version).to.equal(41n)
    expect(() => state.setInitialVersion(50n)).to.throw(InvariantError)
    const more = await MultiStore.open({ db, stores: STORES })
    expect(more.version).to.equal(41n)
    expect(more.lowestVersion).to.equal(41n)
    expect(hex(more.at(41n).appHash)).to.equal(hex(state.appHash as Uint8Array))
    expect(() => more.at(41n).store('bank')).to.throw('no store "bank" at height 41')
    expect(state.newStores).to.deep.equal([])
    expect(more.newStores).to.deep.equal(['bank'])
    more.store('bank').set(ascii('k'), ascii('v'))
    const { version, appHash } = await more.commit()
    expect(version).to.equal(42n)
    expect(more.newStores).to.deep.equal([])
    const again = await MultiStore.open({ db, stores: STORES })
    expect(hex(again.appHash as Uint8Array)).to.equal(hex(appHash))
    expect(again.at(42n).store('bank').get(ascii('k'))).to.deep.equal(ascii('v'))
    await db.remove()
  })

  it('writes what the caller adds in the same batch and blocks writes while it commits', async () => {
    const source = await freshLevel()
    const { db, batches } = recording(source)
    const state = await MultiStore.open({ db, stores: STORES })
    state.store('acc').set(ascii('k'), ascii('v'))
    const blocks = range(db, RANGES.blocks)
    const commit = state.commit([blocks.put(ascii('height'), ascii('1'))])
    expect(() => state.store('acc').set(ascii('k'), ascii('w'))).to.throw(InvariantError)
    await commit
    expect(batches).to.have.length(1)
    expect(blocks.getSync(ascii('height'))).to.deep.equal(ascii('1'))
    await source.remove()
  })
})
