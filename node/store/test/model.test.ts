import {
  iavlSpec as confioIavl,
  verifyMembership as confioMember,
  verifyNonMembership as confioNonMember,
  ics23,
} from '@confio/ics23'
import { expect } from 'chai'
import fc from 'fast-check'
import { hex } from '../bytes.ts'
import { PrunedError } from '../errors.ts'
import { verifyMembership, verifyNonMembership } from '../ics23.ts'
import { iavlSpec, tendermintSpec } from '../ics23-spec.ts'
import type { LevelDb } from '../level.ts'
import type { MultiStoreOptions, ReadonlyView } from '../multistore.ts'
import { MultiStore } from '../multistore.ts'
import type { ProofOp } from '../prove.ts'
import { freshLevel } from './recording-db.ts'
import { ascii, unhex } from './vectors.ts'

const STORES = ['acc', 'bank', 'empty']
const KEEP = 4
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

type Model = Map<string, Map<string, string>>
type History = Map<bigint, { model: Model; appHash: string }>

// A small alphabet makes updates, removals and re-insertions of the same keys frequent.
const key = fc
  .array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 })
  .map((a) => Uint8Array.from(a))
const store = fc.constantFrom('acc', 'bank')
const operation = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      store,
      key,
      value: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    }),
  },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('delete' as const), store, key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('rollback' as const, 'reload' as const, 'hash' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('walk' as const),
      store,
      start: fc.option(key),
      end: fc.option(key),
      reverse: fc.boolean(),
    }),
  },
)

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const copy = (model: Model): Model =>
  new Map([...model].map(([name, pairs]) => [name, new Map(pairs)]))
const emptyModel = (): Model => new Map(STORES.map((name) => [name, new Map()]))

function sorted(pairs: Map<string, string>, start?: Uint8Array, end?: Uint8Array): string[] {
  return [...pairs.keys()]
    .sort()
    .filter((k) => (start === undefined || k >= hex(start)) && (end === undefined || k < hex(end)))
    .map((k) => `${k}=${pairs.get(k)}`)
}

function shown(pairs: Iterable<readonly [Uint8Array, Uint8Array]>): string[] {
  return [...pairs].map(([k, v]) => `${hex(k)}=${hex(v)}`)
}

/** Proves `probe` in a view, checks the answer with this project's verifier and with @confio/ics23. */
function checkProof(
  view: ReadonlyView,
  name: string,
  pairs: Map<string, string>,
  probe: Uint8Array,
): void {
  const { value, ops } = view.prove(name, probe)
  const held = pairs.get(hex(probe))
  expect(value && hex(value)).to.equal(held)
  const [iavl, simple] = ops as readonly [ProofOp, ProofOp]
  const root = ics23.CommitmentProof.decode(simple.data).exist?.value as Uint8Array
  verifyMembership(tendermintSpec, view.appHash, simple.data, ascii(name), root)
  const decoded = ics23.CommitmentProof.decode(iavl.data)
  if (held !== undefined) {
    verifyMembership(iavlSpec, root, iavl.data, probe, unhex(held))
    expect(confioMember(decoded, confioIavl, root, probe, unhex(held))).to.equal(true)
  } else if (pairs.size > 0) {
    verifyNonMembership(iavlSpec, root, iavl.data, probe)
    expect(confioNonMember(decoded, confioIavl, root, probe)).to.equal(true)
  }
}

function checkVersions(state: MultiStore, history: History): void {
  for (const [version, { model, appHash }] of history) {
    if (version < state.lowestVersion) {
      expect(() => state.at(version)).to.throw(PrunedError)
      continue
    }
    const view = state.at(version)
    expect(hex(view.appHash)).to.equal(appHash)
    for (const [name, pairs] of model) {
      expect(shown(view.store(name).iterate())).to.deep.equal(sorted(pairs))
      checkProof(view, name, pairs, Uint8Array.of(2, 3))
      checkProof(view, name, pairs, Uint8Array.of(0))
      checkProof(view, name, pairs, Uint8Array.of(9))
    }
  }
}

/** One random run: a state on disk, its twin that never reloads, and plain maps beside them. */
class Run {
  private readonly options: MultiStoreOptions
  private readonly history: History = new Map()
  private model = emptyModel()
  private committed = emptyModel()
  private state: MultiStore
  private readonly twin: MultiStore

  private constructor(options: MultiStoreOptions, state: MultiStore, twin: MultiStore) {
    this.options = options
    this.state = state
    this.twin = twin
  }

  static async start(db: LevelDb): Promise<Run> {
    for await (const [k] of db.iterate()) {
      await db.batch([{ type: 'del', key: k }], { sync: false })
    }
    const options = { db, stores: STORES, keepVersions: KEEP, checkpointEvery: 3 }
    const twin = await MultiStore.open({ db: undefined, stores: STORES })
    return new Run(options, await MultiStore.open(options), twin)
  }

  async apply(op: Operation): Promise<void> {
    const { state, twin } = this
    if (op.kind === 'set') {
      for (const s of [state, twin]) s.store(op.store).set(op.key, op.value)
      this.model.get(op.store)?.set(hex(op.key), hex(op.value))
      expect(state.store(op.store).get(op.key)).to.deep.equal(op.value)
    } else if (op.kind === 'delete') {
      for (const s of [state, twin]) s.store(op.store).delete(op.key)
      this.model.get(op.store)?.delete(hex(op.key))
      expect(state.store(op.store).has(op.key)).to.equal(false)
    } else if (op.kind === 'walk') {
      const [start, end] = [op.start ?? undefined, op.end ?? undefined]
      const expected = sorted(this.model.get(op.store) as Map<string, string>, start, end)
      if (op.reverse) expected.reverse()
      expect(shown(state.store(op.store).iterate(start, end, op.reverse))).to.deep.equal(expected)
    } else if (op.kind === 'hash') {
      expect(hex(state.workingHash())).to.equal(hex(twin.workingHash()))
    } else if (op.kind === 'commit') {
      await this.commit()
    } else {
      state.rollbackWorking()
      twin.rollbackWorking()
      this.model = copy(this.committed)
      if (op.kind === 'reload') await this.reload()
    }
  }

  async finish(): Promise<void> {
    checkVersions(this.state, this.history)
    for (const name of STORES) {
      expect(hex(this.state.contentHash(name))).to.equal(hex(this.twin.contentHash(name)))
    }
    expect(() => this.state.at(this.state.version + 1n)).to.throw(PrunedError, 'does not exist yet')
    await this.state.close()
  }

  private async commit(): Promise<void> {
    const working = hex(this.state.workingHash())
    const { version, appHash } = await this.state.commit()
    expect(hex(appHash)).to.equal(working)
    expect(hex((await this.twin.commit()).appHash)).to.equal(working)
    this.committed = copy(this.model)
    this.history.set(version, { model: this.committed, appHash: working })
  }

  private async reload(): Promise<void> {
    await this.state.close()
    this.state = await MultiStore.open(this.options)
    const last = this.history.get(this.state.version)
    expect(this.state.appHash && hex(this.state.appHash)).to.equal(last?.appHash)
    checkVersions(this.state, this.history)
  }
}

describe('multistore against a plain map', () => {
  it(`agrees over versions, reloads, rollbacks and pruning (seed ${seed})`, async () => {
    const db = await freshLevel()
    const operations = fc.array(operation, { minLength: 30, maxLength: 150 })
    const property = fc.asyncProperty(operations, async (ops) => {
      const run = await Run.start(db)
      for (const op of ops) await run.apply(op)
      await run.finish()
    })
    await fc.assert(property, { numRuns: 60, seed })
    await db.remove()
  }).timeout(60_000)

  it('uses slots again: a thousand commits over the same keys hold no more than the kept versions need', async () => {
    const state = await MultiStore.open({ db: undefined, stores: ['s'], keepVersions: 3 })
    const write = async (round: number): Promise<void> => {
      for (let i = 0; i < 20; i += 1) {
        state.store('s').set(ascii(`key ${(i * 37 + round) % 100}`), ascii(`value ${round}`))
      }
      state.store('s').delete(ascii(`key ${round % 100}`))
      await state.commit()
    }
    for (let round = 0; round < 200; round += 1) await write(round)
    const before = state.usage
    for (let round = 200; round < 1200; round += 1) await write(round)
    expect(state.usage.slots).to.be.at.most(before.slots * 1.2)
    expect(state.usage.arenaBytes).to.equal(before.arenaBytes)
  })
})
