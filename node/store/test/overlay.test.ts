import { expect } from 'chai'
import fc from 'fast-check'
import type { KVReader, Pair } from '../../../modules/kit/kv.ts'
import { hex } from '../bytes.ts'
import { StoreKeyError } from '../errors.ts'
import { MultiStore } from '../multistore.ts'
import { Overlay } from '../overlay.ts'
import { ascii } from './vectors.ts'

const key = fc.uint8Array({ minLength: 1, maxLength: 3 })
const operation = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    key,
    value: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constantFrom('push' as const, 'write' as const, 'drop' as const) }),
  fc.record({
    kind: fc.constant('walk' as const),
    start: fc.option(key),
    end: fc.option(key),
    reverse: fc.boolean(),
  }),
)

type Model = Map<string, string>

function modelWalk(model: Model, start?: Uint8Array, end?: Uint8Array, reverse = false): string[] {
  const order = [...model.keys()].sort()
  const inside = order.filter(
    (k) => (start === undefined || k >= hex(start)) && (end === undefined || k < hex(end)),
  )
  return (reverse ? inside.reverse() : inside).map((k) => `${k}=${model.get(k)}`)
}

const shown = (pairs: Iterable<Pair>): string[] => [...pairs].map(([k, v]) => `${hex(k)}=${hex(v)}`)

async function working(): Promise<MultiStore> {
  return MultiStore.open({ db: undefined, stores: ['s'] })
}

describe('overlay', () => {
  it('agrees with plain maps over random nested writes, drops and walks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 80 }), async (operations) => {
        const base = (await working()).store('s')
        const levels = [new Overlay(base)]
        const models: Model[] = [new Map()]
        let committed: Model = new Map()
        for (const op of operations) {
          const overlay = levels.at(-1) as Overlay
          const model = models.at(-1) as Model
          if (op.kind === 'set') {
            overlay.set(op.key, op.value)
            model.set(hex(op.key), hex(op.value))
            expect(overlay.get(op.key)).to.deep.equal(op.value)
          } else if (op.kind === 'delete') {
            overlay.delete(op.key)
            model.delete(hex(op.key))
            expect(overlay.has(op.key)).to.equal(false)
          } else if (op.kind === 'push' && levels.length < 4) {
            levels.push(new Overlay(overlay))
            models.push(new Map(model))
          } else if (op.kind === 'write') {
            overlay.write(levels.at(-2) ?? base)
            if (levels.length === 1) committed = new Map(model)
            else models[models.length - 2] = new Map(model)
          } else if (op.kind === 'drop') {
            overlay.drop()
            models[models.length - 1] = new Map(models.at(-2) ?? committed)
          } else if (op.kind === 'walk') {
            const [start, end] = [op.start ?? undefined, op.end ?? undefined]
            expect(shown(overlay.iterate(start, end, op.reverse))).to.deep.equal(
              modelWalk(model, start, end, op.reverse),
            )
          }
        }
        for (const [i, level] of levels.entries()) {
          expect(shown(level.iterate())).to.deep.equal(modelWalk(models[i] as Model))
        }
        expect(shown(base.iterate())).to.deep.equal(modelWalk(committed))
      }),
      { numRuns: 300, verbose: 1 },
    )
  })

  it('keeps a walk well defined while keys are set, deleted and written to the parent', async () => {
    const base = (await working()).store('s')
    for (const name of ['a', 'c', 'e', 'g', 'i']) base.set(ascii(name), ascii('1'))
    const overlay = new Overlay(base)
    overlay.set(ascii('d'), ascii('2'))
    const seen: string[] = []
    for (const [k] of overlay.iterate()) {
      const name = Buffer.from(k).toString()
      seen.push(name)
      if (name === 'a') overlay.set(ascii('b'), ascii('3'))
      if (name === 'c') overlay.delete(ascii('e'))
      if (name === 'd') overlay.write(base)
      if (name === 'g') overlay.set(ascii('a0'), ascii('behind'))
      overlay.delete(k)
    }
    expect(seen).to.deep.equal(['a', 'b', 'c', 'd', 'g', 'i'])
    const backwards: string[] = []
    for (const [k] of overlay.iterate(undefined, undefined, true)) {
      backwards.push(Buffer.from(k).toString())
      overlay.drop()
    }
    expect(backwards).to.deep.equal(['a0'])
    expect(shown(base.iterate())).to.deep.equal(['64=32', '67=31', '69=31'])
  })

  it('forgets single changes so that the parent shows again', async () => {
    const base = (await working()).store('s')
    base.set(ascii('a'), ascii('1'))
    const overlay = new Overlay(base)
    overlay.delete(ascii('a'))
    overlay.set(ascii('b'), ascii('2'))
    overlay.set(ascii('c'), ascii('3'))
    expect(shown(overlay.iterate())).to.deep.equal(['62=32', '63=33'])
    expect(overlay.changedKeys().map(hex)).to.deep.equal(['61', '62', '63'])
    for (const name of ['a', 'b', 'z']) overlay.forget(ascii(name))
    expect(shown(overlay.iterate())).to.deep.equal(['61=31', '63=33'])
    expect(overlay.size).to.equal(1)
    overlay.set(ascii('b'), ascii('4'))
    overlay.write(base)
    expect(shown(base.iterate())).to.deep.equal(['61=31', '62=34', '63=33'])
  })

  it('sorts thousands of keys added between walks', () => {
    const nothing: KVReader = { get: () => undefined, has: () => false, iterate: () => [] }
    const overlay = new Overlay(nothing)
    const expected = new Set<string>()
    for (let i = 0; i < 20_000; i += 1) {
      const name = ((i * 7919) % 20_011).toString().padStart(6, '0')
      overlay.set(ascii(name), ascii('v'))
      expected.add(name)
      if (i % 4_000 === 0) expect([...overlay.iterate()]).to.have.length(expected.size)
    }
    const names = [...overlay.iterate()].map(([k]) => Buffer.from(k).toString())
    expect(names).to.deep.equal([...expected].sort())
    const back = [...overlay.iterate(undefined, undefined, true)].map(([k]) =>
      Buffer.from(k).toString(),
    )
    expect(back).to.deep.equal(names.reverse())
  })

  it('refuses empty keys and values and copies what it is given', async () => {
    const overlay = new Overlay((await working()).store('s'))
    expect(() => overlay.set(new Uint8Array(0), ascii('v'))).to.throw(StoreKeyError)
    expect(() => overlay.set(ascii('k'), new Uint8Array(0))).to.throw(StoreKeyError)
    const value = ascii('value')
    overlay.set(ascii('k'), value)
    value.fill(0)
    expect(overlay.get(ascii('k'))).to.deep.equal(ascii('value'))
  })
})
