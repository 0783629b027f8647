import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import type { ModuleEvent } from '../../kit/context.ts'
import { account, atomics, consensus, key, T, valoper, type World, who, world } from './world.ts'

type Rows = Record<string, JsonValue>[]

/** Account 9 unbonds 5 T of validator 1 since height 2 and moved 4 T from 2 to 3 and 1 T from 2 to 1 at height 3. */
function started(): World {
  const w = world([1, 2, 3].map((n) => [n, 100n * T] as const))
  w.delegate(9, 1, 10n * T)
  w.delegate(9, 2, 10n * T)
  w.block()
  w.undelegate(9, 1, 5n * T)
  w.block()
  w.redelegate(9, 2, 3, 4n * T)
  w.redelegate(9, 2, 1, T)
  return w
}

describe('queries of what is on its way', () => {
  const entry = {
    creation_height: '2',
    completion_time: '2026-01-22T00:00:06Z',
    initial_balance: '5000000',
    balance: '5000000',
    unbonding_id: '1',
    unbonding_on_hold_ref_count: '0',
  }
  const unbonding = {
    delegator_address: account(9),
    validator_address: valoper(1),
    entries: [entry],
  }

  it('tell unbonding delegations by pair, by account and by validator', () => {
    const w = started()
    const pair = { delegatorAddr: account(9), validatorAddr: valoper(1) }
    expect(w.ask('UnbondingDelegation', pair)).to.deep.equal({ unbond: unbonding })
    for (const method of ['DelegatorUnbondingDelegations', 'ValidatorUnbondingDelegations'])
      expect(w.ask(method, pair)['unbonding_responses'], method).to.deep.equal([unbonding])
    const other = { ...pair, delegatorAddr: account(1), validatorAddr: valoper(2) }
    for (const method of ['DelegatorUnbondingDelegations', 'ValidatorUnbondingDelegations'])
      expect(w.ask(method, other)['unbonding_responses'], method).to.deep.equal([])
  })

  it('tell redelegations by account, by source and one by all three, with what they are worth', () => {
    const w = started()
    const list = (request: object): Rows =>
      w.ask('Redelegations', request)['redelegation_responses'] as Rows
    const one = {
      delegatorAddr: account(9),
      srcValidatorAddr: valoper(2),
      dstValidatorAddr: valoper(3),
    }
    expect(list(one)).to.deep.equal([
      {
        redelegation: {
          delegator_address: account(9),
          validator_src_address: valoper(2),
          validator_dst_address: valoper(3),
          entries: [],
        },
        entries: [
          {
            redelegation_entry: {
              creation_height: '3',
              completion_time: '2026-01-22T00:00:12Z',
              initial_balance: '4000000',
              shares_dst: '4000000.000000000000000000',
              unbonding_id: '2',
              unbonding_on_hold_ref_count: '0',
            },
            balance: '4000000',
          },
        ],
      },
    ])
    expect(list({ delegatorAddr: account(9) })).to.have.length(2)
    expect(list({ srcValidatorAddr: valoper(2) })).to.have.length(2)
    expect(list({ srcValidatorAddr: valoper(3) })).to.have.length(0)
  })

  it('tell validators and pools as they stand', () => {
    const w = started()
    expect(w.ask('Pool')).to.deep.equal({
      pool: { not_bonded_tokens: '5000000', bonded_tokens: '315000000' },
    })
    const found = w.ask('DelegatorValidators', { delegatorAddr: account(9) })['validators'] as Rows
    expect(found.map((v) => v['operator_address'])).to.deep.equal([1, 2, 3].map(valoper))
  })
})

describe('validators by their addresses', () => {
  it('are found by operator and by consensus address, and the set with its powers', () => {
    const w = world([1, 2, 3].map((n) => [n, BigInt(n) * 10n * T] as const))
    const ctx = w.chain.query()
    expect(w.api.validatorByConsensusAddress(ctx, consensus(3))?.operatorAddress).to.equal(
      valoper(3),
    )
    expect(w.api.validatorByConsensusAddress(ctx, consensus(9))).to.equal(undefined)
    expect(w.api.validator(ctx, who(3))?.description.moniker).to.equal('battery 3')
    expect(w.api.validator(ctx, who(9))).to.equal(undefined)
    expect(w.api.bondedValidators(ctx)).to.deep.equal(
      [1, 2, 3].map((n) => ({ operator: who(n), pubKey: key(n), power: BigInt(n) * 10n })),
    )
    expect(w.api.totalPower(ctx)).to.equal(60n)
  })
})

describe('events of staking', () => {
  const last = (w: World, run: () => void): ModuleEvent | undefined => {
    w.chain.takeEvents()
    run()
    return w.chain.takeEvents().at(-1)
  }

  it('have the names and attributes of the SDK, in its order', () => {
    const w = started()
    const at = '2026-01-22T00:00:12Z'
    const [one, two, nine] = [valoper(1), valoper(2), account(9)]
    const cases: [run: () => void, type: string, attributes: [string, string][]][] = [
      [
        () => w.delegate(9, 1, 3n),
        'delegate',
        [
          ['validator', one],
          ['delegator', nine],
          ['amount', '3ustrom'],
          ['new_shares', '3.000000000000000000'],
        ],
      ],
      [
        () => w.undelegate(9, 1, 3n),
        'unbond',
        [
          ['validator', one],
          ['delegator', nine],
          ['amount', '3ustrom'],
          ['completion_time', at],
        ],
      ],
      [
        () => w.redelegate(9, 2, 1, 3n),
        'redelegate',
        [
          ['source_validator', two],
          ['destination_validator', one],
          ['amount', '3ustrom'],
          ['completion_time', at],
        ],
      ],
      [
        () => w.cancel(9, 1, 3n, 2n),
        'cancel_unbonding_delegation',
        [
          ['amount', '3ustrom'],
          ['validator', one],
          ['delegator', nine],
          ['creation_height', '2'],
        ],
      ],
      [
        () => w.create(7, 5n),
        'create_validator',
        [
          ['validator', valoper(7)],
          ['amount', '5ustrom'],
        ],
      ],
    ]
    for (const [run, type, attributes] of cases)
      expect(last(w, run), type).to.deep.equal({ type, attributes })
  })

  it('print a changed commission as the SDK does', () => {
    const w = started()
    w.chain.time += 86_400n
    expect(last(w, () => w.edit(1, { commissionRate: atomics(11n) }))?.attributes).to.deep.equal([
      [
        'commission_rate',
        'commission_rates:<rate:"110000000000000000" max_rate:"200000000000000000" max_change_rate:"10000000000000000" > update_time:<seconds:1767312012 > ',
      ],
      ['min_self_delegation', '1'],
    ])
  })
})
