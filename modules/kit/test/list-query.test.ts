import { expect } from 'chai'
import {
  QueryDemandsRequest,
  QueryDemandsResponse,
} from '../../../proto/gen/strom/fleet/v1/query.ts'
import { Demand } from '../../../proto/gen/strom/fleet/v1/state.ts'
import { defineState, protoValue, stringValue } from '../collections.ts'
import { pairKey, u64Key } from '../keys.ts'
import { listQuery } from '../list-query.ts'
import type { PageRequest } from '../page.ts'
import { fakeChain } from '../testing/fake-context.ts'

const state = defineState('shop', (s) => ({
  demands: s.table(0x01, 'demands', pairKey(u64Key, u64Key), protoValue(Demand)),
  names: s.table(0x02, 'names', u64Key, stringValue),
}))
const names = {
  service: 'shop.v1.Query',
  method: 'Demands',
  request: QueryDemandsRequest,
  response: QueryDemandsResponse,
} as const
const whole = listQuery({
  ...names,
  table: state.demands,
  answer: (demands, pagination) => ({ demands, pagination }),
})
const ofBatch = listQuery({
  ...names,
  table: state.demands,
  prefix: ({ batch }) => (batch === 0n ? undefined : u64Key.encodePart(batch)),
  answer: (demands, pagination) => ({ demands, pagination }),
})

describe('a query that lists a table', () => {
  const chain = fakeChain()
  const stored: Demand[] = []
  for (const batch of [1n, 2n, 3n]) {
    for (let index = 0; index < 5; index++) {
      const demand = Demand.create({ batch, index, demander: `d${index}`, due: 9n })
      stored.push(demand)
      state.demands.set(chain.write(), [batch, BigInt(index)], demand)
    }
  }
  const ask = (batch: bigint, page?: Partial<PageRequest>): QueryDemandsRequest => {
    const first = {
      key: new Uint8Array(),
      offset: 0n,
      limit: 0n,
      countTotal: false,
      reverse: false,
    }
    return { batch, pagination: page && { ...first, ...page } }
  }
  const walk = (batch: bigint, reverse: boolean): Demand[] => {
    const seen: Demand[] = []
    let key: Uint8Array = new Uint8Array()
    do {
      const page = ofBatch.handle(chain.query(), ask(batch, { key, limit: 2n, reverse }))
      expect(page.demands.length).to.be.within(1, 2)
      seen.push(...page.demands)
      key = page.pagination?.nextKey ?? new Uint8Array()
    } while (key.length > 0)
    return seen
  }

  it('keeps the service, method and messages it was given', () => {
    const { service, method, request, response } = ofBatch
    expect({ service, method, request, response }).to.deep.equal(names)
  })

  it('answers every row as stored and the total when no page is asked for', () => {
    const { demands, pagination } = whole.handle(chain.query(), ask(2n))
    expect(demands).to.deep.equal(stored)
    expect(pagination).to.deep.equal({ nextKey: new Uint8Array(), total: 15n })
  })

  it('answers only the rows under the prefix, and all of them when the request asks for none', () => {
    const rows = (batch: bigint): Demand[] => ofBatch.handle(chain.query(), ask(batch)).demands
    expect(rows(2n)).to.deep.equal(stored.slice(5, 10))
    expect(rows(0n)).to.deep.equal(stored)
    expect(rows(4n)).to.deep.equal([])
  })

  it('walks page by page in key order, both ways, within its prefix', () => {
    expect(walk(2n, false)).to.deep.equal(stored.slice(5, 10))
    expect(walk(2n, true)).to.deep.equal(stored.slice(5, 10).reverse())
    expect(walk(0n, false)).to.deep.equal(stored)
  })

  it('gives the encoded key of the first row left out as the next page, and refuses it for another list', () => {
    const { pagination } = ofBatch.handle(chain.query(), ask(2n, { limit: 2n }))
    const key = state.demands.key.encode([2n, 2n])
    expect(pagination).to.deep.equal({ nextKey: key, total: 0n })
    expect(() => ofBatch.handle(chain.query(), ask(3n, { key }))).to.throw('another list')
  })

  it('does not compile with another field or other rows, which the response could not carry', () => {
    const misnamed = listQuery({
      ...names,
      table: state.demands,
      // @ts-expect-error: the response has no field `rows`.
      answer: (rows, pagination) => ({ rows, pagination }),
    })
    const mistyped = listQuery({
      ...names,
      table: state.names,
      // @ts-expect-error: the response holds demands, the table texts.
      answer: (demands, pagination) => ({ demands, pagination }),
    })
    state.names.set(chain.write(), 1n, 'ada')
    for (const { handle, response } of [misnamed, mistyped]) {
      const answered = handle(chain.query(), ask(0n))
      expect(() => response.decode(response.encode(answered))).to.throw()
    }
  })
})
