import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { openLevel } from '../../node/store/level.ts'
import { MultiStore } from '../../node/store/multistore.ts'

const STORE = 'bench'
const UPDATES = 1000
const FILL = 20_000

/**
 * Milliseconds of 1,000 updates of random keys with the new root and the durable commit, in a tree of `keys` keys of 20
 * bytes: the median of `rounds`. `location` is a folder for the database, removed afterwards.
 */
export async function treeUpdates(keys: number, rounds: number, location: string): Promise<number> {
  const db = await openLevel(location)
  const store = await MultiStore.open({ db, stores: [STORE], checkpointEvery: 1_000_000 })
  try {
    for (let at = 0; at < keys; ) {
      for (let i = 0; i < FILL && at < keys; i++, at++) write(store, at, at)
      await store.commit()
    }
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      const chosen = Array.from({ length: UPDATES }, (_, i) => pick(round * UPDATES + i, keys))
      const started = performance.now()
      for (const [i, key] of chosen.entries()) write(store, key, keys + round * UPDATES + i)
      await store.commit()
      times.push(performance.now() - started)
    }
    times.sort((a, b) => a - b)
    return times[Math.floor(times.length / 2)] ?? 0
  } finally {
    await db.close()
    rmSync(location, { recursive: true, force: true })
  }
}

function write(store: MultiStore, key: number, value: number): void {
  store.store(STORE).set(digest(`key ${key}`).subarray(0, 20), digest(`value ${value}`))
}

/** A key number that looks random and is the same in every run. */
function pick(n: number, keys: number): number {
  return new DataView(digest(`pick ${n}`).buffer).getUint32(0) % keys
}

function digest(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest())
}
