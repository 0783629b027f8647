import { expect } from 'chai'
import fc from 'fast-check'
import {
  boolValue,
  bytesValue,
  defineState,
  intValue,
  stringValue,
  u64Value,
} from '../collections.ts'
import { pairKey, stringKey, u64Key } from '../keys.ts'
import { type PageRequest, type PageResponse, paginate, paginateList } from '../page.ts'
import { fakeChain } from '../testing/fake-context.ts'

const state = defineState('shop', (s) => ({
  owner: s.item(0x00, 'owner', stringValue),
  prices: s.table(0x01, 'prices', pairKey(stringKey, u64Key), intValue),
  closed: s.set('closed', 'closed', u64Key),
  receipt: s.sequence(0x02, 'receipt'),
  stock: s.indexed(0x03, 'stock', u64Key, stringValue, {
    kind: {
      prefix: 0x04,
      of: (_, kind) => (kind === 'hidden' ? undefined : stringKey.encodePart(kind)),
    },
  }),
}))

const ask = (part: Partial<PageRequest>): PageRequest => ({
  key: new Uint8Array(),
  offset: 0n,
  limit: 0n,
  countTotal: false,
  reverse: false,
  ...part,
})

describe('collections', () => {
  it('an item is absent, set, read and deleted', () => {
    const ctx = fakeChain().write()
    expect(state.owner.get(ctx)).to.equal(undefined)
    expect(() => state.owner.must(ctx)).to.throw('shop/owner is not set: not found')
    state.owner.set(ctx, 'ada')
    expect(state.owner.must(ctx)).to.equal('ada')
    state.owner.delete(ctx)
    expect(state.owner.get(ctx)).to.equal(undefined)
  })

  it('a missing entry is refused with table and key named', () => {
    expect(() => state.prices.must(fakeChain().query(), ['tea', 3n])).to.throw(
      'shop/prices: no entry for tea/3',
    )
  })

  it('an empty value is refused, because it could not be proven', () => {
    expect(() => state.owner.set(fakeChain().write(), '')).to.throw('never stored')
  })

  it('a prefix that equals or begins another one is refused at start', () => {
    for (const [a, b] of [
      [1, 1],
      ['ab', 'abc'],
      ['abc', 'ab'],
      [0x61, 'abc'],
    ] as const) {
      const twice = (): unknown =>
        defineState('x', (s) => [s.item(a, 'first', intValue), s.set(b, 'second', u64Key)])
      expect(twice, `${a} ${b}`).to.throw('belongs to first')
    }
    for (const bad of [256, -1, 0.5, '']) {
      expect(() => defineState('x', (s) => s.item(bad, 'only', intValue))).to.throw(RangeError)
    }
  })

  it('a table behaves as a sorted map under random writes, scans and ranges', () => {
    const key = fc.tuple(fc.constantFrom('a', 'ab', 'b'), fc.bigInt({ min: 0n, max: 5n }))
    const command = fc.record({ key, value: fc.option(fc.bigInt({ min: 0n, max: 99n })) })
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), key, key, (commands, from, to) => {
        const ctx = fakeChain().write()
        const model = new Map<string, bigint>()
        for (const { key, value } of commands) {
          if (value === null) state.prices.delete(ctx, key)
          else state.prices.set(ctx, key, value)
          if (value === null) model.delete(key.join(' '))
          else model.set(key.join(' '), value)
        }
        const rows = [...model].map(([k, v]) => [k.split(' '), v] as const)
        const order = (a: readonly string[], b: readonly string[]): number =>
          a[0] === b[0] ? Number(a[1]) - Number(b[1]) : (a[0] as string) < (b[0] as string) ? -1 : 1
        rows.sort((a, b) => order(a[0], b[0]))
        const found = (scan?: Parameters<typeof state.prices.entries>[1]): string[] =>
          [...state.prices.entries(ctx, scan)].map(([k, v]) => `${k.join(' ')}=${v}`)
        const expected = (keep: (k: readonly string[]) => boolean): string[] =>
          rows.filter(([k]) => keep(k)).map(([k, v]) => `${k.join(' ')}=${v}`)
        expect(found()).to.deep.equal(expected(() => true))
        expect(found({ reverse: true })).to.deep.equal(expected(() => true).reverse())
        expect(found({ prefix: stringKey.encodePart('a') })).to.deep.equal(
          expected((k) => k[0] === 'a'),
        )
        const [low, high] = [from.map(String), to.map(String)]
        if (order(low, high) > 0) return
        expect(found({ from, to })).to.deep.equal(
          expected((k) => order(k, low) >= 0 && order(k, high) < 0),
        )
      }),
    )
  })

  it('a set named by a word keeps its members in order', () => {
    const ctx = fakeChain().write()
    for (const n of [9n, 2n, 300n]) state.closed.add(ctx, n)
    state.closed.delete(ctx, 9n)
    expect([...state.closed.keys(ctx)]).to.deep.equal([2n, 300n])
    expect([state.closed.has(ctx, 9n), state.closed.has(ctx, 2n)]).to.deep.equal([false, true])
  })

  it('a sequence counts 1, 2, 3', () => {
    const ctx = fakeChain().write()
    expect(state.receipt.peek(ctx)).to.equal(1n)
    expect([1, 2, 3].map(() => state.receipt.next(ctx))).to.deep.equal([1n, 2n, 3n])
  })

  it('indexes follow every write and deletion of their table', () => {
    const ctx = fakeChain().write()
    state.stock.set(ctx, 5n, 'tea')
    state.stock.set(ctx, 1n, 'tea')
    state.stock.set(ctx, 2n, 'hidden')
    const tea = (): bigint[] => [...state.stock.by(ctx, 'kind', stringKey.encodePart('tea'))]
    expect(tea()).to.deep.equal([1n, 5n])
    state.stock.set(ctx, 1n, 'hidden')
    state.stock.delete(ctx, 5n)
    expect(tea()).to.deep.equal([])
    expect([...state.stock.by(ctx, 'kind', new Uint8Array())]).to.deep.equal([])
  })

  it('plain values read back', () => {
    expect(boolValue.decode(boolValue.encode(false))).to.equal(false)
    expect(boolValue.decode(boolValue.encode(true))).to.equal(true)
    expect(u64Value.decode(u64Value.encode(77n))).to.equal(77n)
    expect(bytesValue.decode(bytesValue.encode(Uint8Array.of(1, 2)))).to.deep.equal(
      Uint8Array.of(1, 2),
    )
    expect(intValue.encode(-12n)).to.deep.equal(new Uint8Array(Buffer.from('-12')))
  })
})

describe('pages', () => {
  const fill = (): ReturnType<typeof fakeChain> => {
    const chain = fakeChain()
    for (const name of ['a', 'b']) {
      for (let n = 0n; n < 7n; n++) state.prices.set(chain.write(), [name, n], n)
    }
    return chain
  }

  for (const reverse of [false, true]) {
    it(`walking by key ${reverse ? 'backwards' : 'forwards'} visits every entry of the prefix once`, () => {
      const ctx = fill().query()
      const seen: bigint[] = []
      let key: Uint8Array = new Uint8Array()
      do {
        const scan = { prefix: stringKey.encodePart('a') }
        const page = paginate(
          ctx,
          state.prices,
          ask({ key, limit: 3n, reverse }),
          scan,
          (_, value) => value,
        )
        expect(page.items.length).to.be.at.most(3)
        seen.push(...page.items)
        key = page.pagination.nextKey
      } while (key.length > 0)
      const all = [0n, 1n, 2n, 3n, 4n, 5n, 6n]
      expect(seen).to.deep.equal(reverse ? all.reverse() : all)
    })
  }

  it('skips by offset, counts when asked, and refuses key and offset together or a key of another list', () => {
    const ctx = fill().query()
    const scan = { prefix: stringKey.encodePart('b') }
    const page = (part: Partial<PageRequest>): { items: bigint[]; pagination: PageResponse } =>
      paginate(ctx, state.prices, ask(part), scan, (_, value) => value)
    expect(page({ offset: 5n, limit: 1n, countTotal: true }).pagination.total).to.equal(7n)
    expect(page({ offset: 5n, limit: 1n }).items).to.deep.equal([5n])
    expect(page({ offset: 5n, limit: 1n }).pagination.total).to.equal(0n)
    expect(page({}).pagination.total).to.equal(7n)
    expect(() => page({ key: Uint8Array.of(1), offset: 1n })).to.throw('either offset or key')
    expect(() => page({ key: state.prices.key.encode(['a', 1n]) })).to.throw('another list')
  })

  it('pages of a list in memory meet end to end', () => {
    const all = Array.from({ length: 10 }, (_, i) => i)
    const first = paginateList(all, ask({ limit: 4n }))
    const second = paginateList(all, ask({ limit: 100n, key: first.pagination.nextKey }))
    expect([...first.items, ...second.items]).to.deep.equal(all)
    expect(second.pagination.nextKey.length).to.equal(0)
  })
})
