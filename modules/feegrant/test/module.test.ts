import { expect } from 'chai'
import type { AnyValue } from '../../../proto/codec.ts'
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import {
  MsgGrantAllowance,
  MsgPruneAllowances,
  MsgRevokeAllowance,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import { moduleAddress, toBech32 } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import { gasMeter } from '../../kit/gas.ts'
import type { Module } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import type { FeegrantApi } from '../api.ts'
import { feegrantModule } from '../module.ts'

const T0 = 1_767_225_600n
const bytes = (n: number): Uint8Array => new Uint8Array(20).fill(n)
const [owner, gateway, other, fresh] = [1, 2, 3, 4].map((n) => toBech32(bytes(n))) as [
  string,
  string,
  string,
  string,
]
const ustrom = (amount: string): { denom: string; amount: string }[] => [
  { denom: 'ustrom', amount },
]
const SUBMIT = '/strom.metering.v1.MsgSubmitReadings'
const SEND = '/cosmos.bank.v1beta1.MsgSend'

const basic = (more: Partial<BasicAllowance> = {}): AnyValue =>
  pack(BasicAllowance, BasicAllowance.create({ spendLimit: ustrom('100'), ...more }))
const until = (seconds: bigint): AnyValue => basic({ expiration: { seconds, nanos: 0 } })
const onlyFor = (allowance: AnyValue | undefined, ...allowedMessages: string[]): AnyValue =>
  pack(AllowedMsgAllowance, { allowance, allowedMessages })
const periodic = (more: Partial<PeriodicAllowance> = {}): AnyValue =>
  pack(
    PeriodicAllowance,
    PeriodicAllowance.create({
      basic: BasicAllowance.create({ spendLimit: ustrom('250') }),
      period: { seconds: 86_400n, nanos: 0 },
      periodSpendLimit: ustrom('100'),
      periodCanSpend: ustrom('100'),
      periodReset: { seconds: T0 + 86_400n, nanos: 0 },
      ...more,
    }),
  )
const grant = (allowance: AnyValue | undefined, grantee = fresh): MsgGrantAllowance => ({
  granter: owner,
  grantee,
  allowance,
})

const world: { api?: FeegrantApi; auth?: AuthApi } = {}
function make(): readonly Module[] {
  const auth = authModule()
  auth.api.declareModuleAccount('pool', [])
  const bank = bankModule({ auth: auth.api })
  const feegrant = feegrantModule({ auth: auth.api, bank: bank.api })
  world.api = feegrant.api
  world.auth = auth.api
  return [auth, bank, feegrant]
}

const use = (chain: FakeChain, amount: bigint, typeUrls: string[], grantee = 2): void =>
  world.api?.use(chain.write(), bytes(1), bytes(grantee), [{ denom: 'ustrom', amount }], typeUrls)
const fails = (
  title: string,
  text: string,
  run: (chain: FakeChain) => void,
): ReturnType<typeof call> => call(title, (chain) => expect(() => run(chain)).to.throw(text))

runModuleSuite({
  make,
  sampleGenesis: {
    feegrant: {
      allowances: [
        {
          granter: owner,
          grantee: other,
          allowance: {
            '@type': BasicAllowance.typeUrl,
            spend_limit: [],
            expiration: '2026-01-01T00:00:10Z',
          },
        },
      ],
    },
  },
  operations: [
    accepted('a gateway may submit', MsgGrantAllowance, grant(onlyFor(basic(), SUBMIT), gateway)),
    refused('there is an allowance already', MsgGrantAllowance, grant(basic(), gateway), 'sdk', 18),
    refused('the grantee is the granter', MsgGrantAllowance, grant(basic(), owner), 'sdk', 7),
    refused(
      'the grantee is the granter in capitals',
      MsgGrantAllowance,
      grant(basic(), owner.toUpperCase()),
      'sdk',
      7,
    ),
    refused('an address is malformed', MsgGrantAllowance, grant(basic(), 'strom1x'), 'sdk', 7),
    refused(
      'the grantee is a module account that does not exist',
      MsgGrantAllowance,
      grant(basic(), toBech32(moduleAddress(nobleHasher, 'pool'))),
      'sdk',
      4,
    ),
    refused('there is no allowance in it', MsgGrantAllowance, grant(undefined), 'feegrant', 5),
    refused(
      'the list of messages is empty',
      MsgGrantAllowance,
      grant(onlyFor(basic())),
      'feegrant',
      6,
    ),
    refused(
      'a list of messages holds no allowance',
      MsgGrantAllowance,
      grant(onlyFor(undefined, SEND)),
      'feegrant',
      5,
    ),
    refused(
      'a list of messages holds another list',
      MsgGrantAllowance,
      grant(onlyFor(onlyFor(basic(), SEND), SEND)),
      'sdk',
      29,
    ),
    refused(
      'the type is no allowance',
      MsgGrantAllowance,
      grant({ typeUrl: SEND, value: new Uint8Array() }),
      'sdk',
      29,
    ),
    refused(
      'the allowance does not decode',
      MsgGrantAllowance,
      grant({ ...basic(), value: Uint8Array.of(1) }),
      'sdk',
      2,
    ),
    refused(
      'a limit is zero',
      MsgGrantAllowance,
      grant(basic({ spendLimit: ustrom('0') })),
      'sdk',
      10,
    ),
    refused('the expiration is past', MsgGrantAllowance, grant(until(T0 - 1n)), 'sdk', 18),
    refused('the expiration is before 1970', MsgGrantAllowance, grant(until(-1n)), 'feegrant', 4),
    refused('the expiration is no date', MsgGrantAllowance, grant(until(1n << 60n)), 'feegrant', 4),
    refused(
      'a period has no limit',
      MsgGrantAllowance,
      grant(periodic({ periodSpendLimit: [] })),
      'sdk',
      10,
    ),
    refused(
      'a period has a denomination that the whole has not',
      MsgGrantAllowance,
      grant(periodic({ periodSpendLimit: [{ denom: 'wind', amount: '1' }] })),
      'sdk',
      10,
    ),
    refused(
      'a period is negative',
      MsgGrantAllowance,
      grant(periodic({ period: { seconds: -1n, nanos: 0 } })),
      'feegrant',
      4,
    ),
    refused(
      'a period ends after all time',
      MsgGrantAllowance,
      grant(periodic({ period: { seconds: 1n << 60n, nanos: 0 } })),
      'feegrant',
      4,
    ),
    accepted('a day at a time', MsgGrantAllowance, grant(periodic())),
    call('its account appears', (chain) =>
      expect(world.auth?.hasAccount(chain.query(), bytes(4))).to.equal(true),
    ),
    call('a fee of the gateway', (chain) => use(chain, 60n, [SUBMIT, SUBMIT])),
    fails('but for its messages only', 'message not allowed', (chain) =>
      use(chain, 1n, [SUBMIT, SEND]),
    ),
    fails('and within the limit', 'fee limit exceeded', (chain) => use(chain, 41n, [SUBMIT])),
    fails('and not without a grant', 'fee-grant not found: not found', (chain) =>
      use(chain, 1n, [], 9),
    ),
    call('the last coin', (chain) => use(chain, 40n, [SUBMIT])),
    fails('after which nothing is left', 'not found', (chain) => use(chain, 1n, [SUBMIT])),
    accepted('another that expires', MsgGrantAllowance, grant(until(T0 + 10n), gateway)),
    accepted('and is revoked', MsgRevokeAllowance, { granter: owner, grantee: gateway }),
    refused(
      'there is nothing to revoke',
      MsgRevokeAllowance,
      { granter: owner, grantee: gateway },
      'sdk',
      38,
    ),
    refused(
      'one revokes of oneself',
      MsgRevokeAllowance,
      { granter: owner, grantee: owner.toUpperCase() },
      'sdk',
      7,
    ),
    accepted('and once more', MsgGrantAllowance, grant(until(T0 + 20n), gateway)),
    block(10n),
    call('at its time an allowance counts', (chain) => use(chain, 1n, [], 3)),
    accepted('and cannot be pruned', MsgPruneAllowances, { pruner: gateway }),
    call('so it counts again', (chain) => use(chain, 1n, [], 3)),
    block(1n),
    fails('a second later it is expired', 'basic allowance: fee allowance expired', (chain) =>
      use(chain, 1n, [], 3),
    ),
    refused('the pruner is malformed', MsgPruneAllowances, { pruner: '' }, 'sdk', 7),
    accepted('and can be pruned', MsgPruneAllowances, { pruner: gateway }),
    fails('then it is gone', 'not found', (chain) => use(chain, 1n, [], 3)),
    block(10n),
    block(),
    fails('the end of a block prunes too', 'not found', (chain) => use(chain, 1n, [])),
  ],
})

describe('fee grants', () => {
  function started(): { chain: FakeChain; feegrant: Module } {
    const modules = make()
    const chain = fakeChain()
    for (const { genesis } of modules) genesis.init(chain.write(), genesis.defaults())
    return { chain, feegrant: modules[2] as Module }
  }
  const deliver = (chain: FakeChain, feegrant: Module, message: MsgGrantAllowance): void => {
    const definition = feegrant.messages[0]
    definition?.validate(message)
    chain.atomically((ctx) => definition?.handle(ctx, message))
  }

  it('lie under the keys of the SDK', () => {
    const { chain, feegrant } = started()
    deliver(chain, feegrant, grant(until(T0 + 5n)))
    const pair = `14${toHex(bytes(4))}14${toHex(bytes(1))}`
    const time = Buffer.from('2026-01-01T00:00:05.000000000').toString('hex')
    const keys = [...chain.store('feegrant').iterate()].map(([key]) => toHex(key))
    expect(keys).to.deep.equal([`00${pair}`, `01${time}${pair}`])
  })

  it('tell who grants, uses, updates and revokes in the events of the SDK', () => {
    const { chain, feegrant } = started()
    const events = (): [string, string | undefined][] =>
      chain
        .takeEvents()
        .map(({ type, attributes }) => [type, attributes.map((pair) => pair.join('=')).join()])
    const pair = `granter=${owner},grantee=${gateway}`
    events()
    deliver(chain, feegrant, grant(basic(), gateway))
    expect(events()).to.deep.equal([['set_feegrant', pair]])
    use(chain, 1n, [SEND])
    expect(events()).to.deep.equal([
      ['use_feegrant', pair],
      ['update_feegrant', pair],
    ])
    use(chain, 99n, [SEND])
    expect(events()).to.deep.equal([
      ['revoke_feegrant', pair],
      ['use_feegrant', pair],
    ])
  })

  it('cost 10 gas for each message compared', () => {
    const { chain, feegrant } = started()
    deliver(chain, feegrant, grant(onlyFor(basic(), SUBMIT, SEND), gateway))
    const gas = gasMeter('infinite')
    world.api?.use({ ...chain.write(), gas }, bytes(1), bytes(2), [], [SEND, SEND, SUBMIT])
    expect(gas.consumed()).to.equal(50n)
  })

  it('are found by both sides', () => {
    const { chain, feegrant } = started()
    deliver(chain, feegrant, grant(basic(), gateway))
    deliver(chain, feegrant, grant(basic(), other))
    deliver(chain, feegrant, { granter: other, grantee: gateway, allowance: basic() })
    const ask = (method: string, request: object): Record<string, unknown> => {
      const query = feegrant.queries.find((q) => q.method === method)
      return query?.handle(chain.query(), query.request.create(request)) as Record<string, unknown>
    }
    const pairs = (answer: Record<string, unknown>): string[] =>
      (answer['allowances'] as MsgGrantAllowance[]).map((g) => `${g.granter}>${g.grantee}`)
    expect(pairs(ask('Allowances', { grantee: gateway }))).to.deep.equal([
      `${owner}>${gateway}`,
      `${other}>${gateway}`,
    ])
    expect(pairs(ask('AllowancesByGranter', { granter: owner }))).to.deep.equal([
      `${owner}>${gateway}`,
      `${owner}>${other}`,
    ])
    expect(ask('Allowance', { granter: owner, grantee: other })).to.deep.equal({
      allowance: grant(basic(), other),
    })
    expect(() => ask('Allowance', { granter: gateway, grantee: other })).to.throw(
      'fee-grant not found',
    )
  })

  it('leave 200 a block at most', () => {
    const { chain, feegrant } = started()
    for (let i = 0; i < 250; i++) {
      const grantee = toBech32(Uint8Array.of(...bytes(7).slice(2), i >> 8, i & 255))
      deliver(chain, feegrant, grant(until(T0 + 1n), grantee))
    }
    const left = (): number => chain.store('feegrant').size
    chain.nextBlock(2n)
    const sizes = [0, 1, 2].map(() => {
      feegrant.endBlock?.(chain.write())
      return left()
    })
    expect(sizes).to.deep.equal([100, 0, 0])
  })
})
