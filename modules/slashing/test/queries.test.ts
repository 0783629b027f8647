import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { ChainError } from '../../kit/errors.ts'
import { STROM, startWorld, valcons, valoper, type World } from './world.ts'

function ask(world: World, method: string, request: object): Record<string, JsonValue> {
  const module = world.modules.find(({ name }) => name === 'slashing')
  const query = module?.queries.find((q) => q.method === method)
  if (query === undefined) throw new Error(`no query ${method}`)
  const response = query.handle(world.chain.query(), query.request.create(request))
  return query.response.toJson(response) as Record<string, JsonValue>
}

describe('queries of slashing', () => {
  const world = startWorld({ stakes: [10n * STROM, 20n * STROM, 30n * STROM] })
  world.next({ absent: [1] })

  it('SigningInfo answers by consensus address', () => {
    expect(ask(world, 'SigningInfo', { consAddress: valcons(1) })).to.deep.equal({
      val_signing_info: {
        address: valcons(1),
        start_height: '0',
        index_offset: '1',
        jailed_until: '1970-01-01T00:00:00Z',
        tombstoned: false,
        missed_blocks_counter: '1',
      },
    })
  })

  it('SigningInfo refuses no address, another kind of address and an unknown one', () => {
    const code = (consAddress: string): number => {
      try {
        ask(world, 'SigningInfo', { consAddress })
      } catch (error) {
        if (error instanceof ChainError) return error.code
        throw error
      }
      return 0
    }
    expect([code(''), code(valoper(1)), code(valcons(9))]).to.deep.equal([18, 18, 38])
  })

  it('SigningInfos lists all in order of address, page by page', () => {
    const all = ask(world, 'SigningInfos', {})['info'] as { address: string }[]
    expect(all).to.have.length(3)
    const page = { key: new Uint8Array(), offset: 1n, limit: 1n, countTotal: true, reverse: false }
    const second = ask(world, 'SigningInfos', { pagination: page })
    expect(second['info']).to.deep.equal([all[1]])
    expect((second['pagination'] as { total: string }).total).to.equal('3')
  })

  it('Params shows decimals with their point', () => {
    expect(ask(world, 'Params', {})['params']).to.include({
      min_signed_per_window: '0.500000000000000000',
      downtime_jail_duration: '600s',
    })
  })
})
