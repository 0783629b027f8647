import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { parseDec } from '../../kit/dec.ts'
import { ChainError } from '../../kit/errors.ts'
import { account, genesisOf, valoper, World } from './fixture.ts'

type Json = Record<string, JsonValue>
const STAKE = 100_000_000n

/** A chain with delegations, a slash, commission and rewards, and its exported genesis. */
function exported(): { readonly chain: World; readonly genesis: Record<string, JsonValue> } {
  const chain = new World(genesisOf([STAKE, STAKE]))
  chain.block()
  chain.delegate(11, 1, STAKE)
  chain.block(1_000_000n)
  chain.slash(1, parseDec('0.1'))
  chain.block(333n)
  const genesis = Object.fromEntries(
    chain.list.map((module) => [module.name, module.genesis.export(chain.chain.query())]),
  )
  return { chain, genesis }
}

describe('distribution genesis', () => {
  it('lets a chain go on with the same rewards after export and import', () => {
    const { chain, genesis } = exported()
    const copy = new World(genesis, chain.chain.height)
    expect(copy.chain.contentHash('distribution')).to.equal(chain.chain.contentHash('distribution'))
    for (const world of [chain, copy]) world.block(1_000_000n)
    expect(copy.rewards(11, 1)).to.equal(chain.rewards(11, 1))
    expect(copy.withdraw(11, 1)).to.equal(chain.withdraw(11, 1))
    expect(copy.chain.contentHash('distribution')).to.equal(chain.chain.contentHash('distribution'))
    expect(copy.broken()).to.deep.equal([])
  })

  it('lists every validator, also one to which nothing is owed, as the SDK does', () => {
    const chain = new World(genesisOf([STAKE]))
    const data = chain.modules.distribution.genesis.export(chain.chain.query())
    expect(data).to.deep.include({
      outstanding_rewards: [{ validator_address: valoper(1), outstanding_rewards: [] }],
      validator_accumulated_commissions: [
        { validator_address: valoper(1), accumulated: { commission: [] } },
      ],
    })
  })

  it('refuses records that do not fit together, naming the entry', () => {
    const { chain, genesis } = exported()
    const good = genesis['distribution'] as Json
    const rows = (name: string): Json[] => good[name] as Json[]
    const first = (name: string, change: Json): Json => ({
      [name]: rows(name).map((row, i) => (i === 0 ? { ...row, ...change } : row)),
    })
    const check = (change: Json): (() => void) => {
      return () => chain.modules.distribution.genesis.validate({ ...good, ...change })
    }
    check({})()
    const coins = [{ denom: 'ustrom', amount: '5000000' }]
    const bad: readonly (readonly [Json, string])[] = [
      [{ previous_proposer: 'x' }, 'previous_proposer'],
      [{ fee_pool: { community_pool: [{ denom: 'ustrom', amount: '-1' }] } }, 'fee_pool'],
      [{ fee_pool: { community_pool: [...coins, ...coins] } }, 'not sorted or repeat'],
      [
        { outstanding_rewards: [...rows('outstanding_rewards'), ...rows('outstanding_rewards')] },
        'appears twice',
      ],
      [{ validator_current_rewards: [] }, 'no current rewards'],
      [
        first('validator_accumulated_commissions', { accumulated: { commission: coins } }),
        'more than is outstanding',
      ],
      [{ validator_historical_rewards: [] }, 'are missing'],
      [first('validator_historical_rewards', { period: '99' }), 'has not ended'],
      [first('validator_slash_events', { period: '99' }), 'not that of the event'],
      [
        first('validator_slash_events', {
          validator_slash_event: {
            validator_period: rows('validator_slash_events')[0]?.['period'] ?? '',
            fraction: '1.1',
          },
        }),
        'from 0 to 1',
      ],
      [
        first('delegator_starting_infos', {
          starting_info: { previous_period: '1', stake: '-1', height: '1' },
        }),
        'stake',
      ],
    ]
    for (const [change, text] of bad) {
      expect(check(change), text).to.throw(ChainError, text).with.property('code', 100)
    }
    expect(check({ params: { ...(good['params'] as Json), community_tax: '1.1' } }))
      .to.throw(ChainError, 'community tax too large')
      .with.property('code', 101)
    expect(
      check({
        delegator_withdraw_infos: [{ delegator_address: account(1), withdraw_address: 'x' }],
      }),
    )
      .to.throw(ChainError)
      .with.property('code', 7)
  })

  it('refuses an account that holds other coins than are owed', () => {
    const { chain, genesis } = exported()
    const data = genesis['distribution'] as Json
    const now = Number(/^[0-9]+/.exec(chain.pool())?.[0])
    const fraction = chain.pool().slice(String(now).length, -'ustrom'.length)
    const pool = (amount: string): Record<string, JsonValue> => ({
      ...genesis,
      distribution: { ...data, fee_pool: { community_pool: [{ denom: 'ustrom', amount }] } },
    })
    new World(pool(`${now}${fraction}`))
    expect(() => new World(pool(`${now + 1}${fraction}`))).to.throw(
      'distribution module balance does not match the module holdings',
    )
    expect(() => new World(pool('1.5'))).to.throw('is no whole coin')
  })
})
