import { expect } from 'chai'
import type { AnyValue } from '../../../proto/codec.ts'
import type { GrantAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { GenericAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { MsgExec, MsgGrant, MsgRevoke } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { SendAuthorization } from '../../../proto/gen/cosmos/bank/v1beta1/authz.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import {
  AuthorizationType,
  StakeAuthorization,
} from '../../../proto/gen/cosmos/staking/v1beta1/authz.ts'
import { moduleAddress, toBech32 } from '../../kit/address.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import {
  bankGenesis,
  bytesOf,
  execution,
  generic,
  makeModules,
  person,
  start,
  T0,
  transfer,
  ustrom,
} from './fixture.ts'

const [alice, bob, carol, fresh] = [1, 2, 3, 6].map(person) as [string, string, string, string]
const SEND = MsgSend.typeUrl
const sends = (more: Partial<SendAuthorization> = {}): AnyValue =>
  pack(SendAuthorization, { spendLimit: ustrom(10n), allowList: [], ...more })
const grant = (
  authorization: AnyValue | undefined,
  more: Partial<MsgGrant> = {},
  seconds?: bigint,
): MsgGrant => ({
  granter: alice,
  grantee: bob,
  grant: { authorization, expiration: seconds === undefined ? undefined : { seconds, nanos: 0 } },
  ...more,
})
const revoke = (more: Partial<MsgRevoke> = {}): MsgRevoke => ({
  granter: alice,
  grantee: bob,
  msgTypeUrl: SEND,
  ...more,
})
const exec = (...msgs: AnyValue[]): MsgExec => ({ grantee: bob, msgs })
const negative = pack(
  StakeAuthorization,
  StakeAuthorization.create({
    authorizationType: AuthorizationType.AUTHORIZATION_TYPE_DELEGATE,
    maxTokens: { denom: 'ustrom', amount: '-1' },
  }),
)

runModuleSuite({
  notExported: NOT_EXPORTED,
  make: () => makeModules().modules,
  sampleGenesis: {
    bank: bankGenesis(),
    authz: {
      authorization: [
        {
          granter: carol,
          grantee: bob,
          authorization: { '@type': GenericAuthorization.typeUrl, msg: SEND },
          expiration: '2026-01-01T00:00:10Z',
        },
      ],
    },
  },
  operations: [
    accepted('sends of 10 until a minute has passed', MsgGrant, grant(sends(), {}, T0 + 60n)),
    accepted(
      'updates of devices as well',
      MsgGrant,
      grant(generic('/strom.device.v1.MsgUpdateDevice'), {}, T0 + 60n),
    ),
    accepted('to someone new', MsgGrant, grant(generic(SEND), { grantee: fresh })),
    refused('the grantee is the granter', MsgGrant, grant(sends(), { grantee: alice }), 'authz', 7),
    refused('an address is malformed', MsgGrant, grant(sends(), { grantee: 'strom1x' }), 'sdk', 7),
    refused(
      'the grantee is a module account that does not exist',
      MsgGrant,
      grant(sends(), { grantee: toBech32(moduleAddress(nobleHasher, 'pool')) }),
      'sdk',
      4,
    ),
    refused('there is no authorization in it', MsgGrant, grant(undefined), 'sdk', 29),
    refused('the type is no authorization', MsgGrant, grant(transfer(alice, bob, 1n)), 'sdk', 29),
    refused(
      'the authorization does not decode',
      MsgGrant,
      grant({ ...sends(), value: Uint8Array.of(1) }),
      'sdk',
      2,
    ),
    refused(
      'no module handles the messages',
      MsgGrant,
      grant(generic('/strom.device.v1.MsgNone')),
      'sdk',
      29,
    ),
    refused('no type of message is named', MsgGrant, grant(generic('')), 'sdk', 18),
    refused('it is over executions', MsgGrant, grant(generic(MsgExec.typeUrl)), 'sdk', 18),
    refused('it expires now or before', MsgGrant, grant(sends(), {}, T0), 'authz', 3),
    refused('it expires at no date', MsgGrant, grant(sends(), {}, 1n << 60n), 'authz', 3),
    refused('a limit of sends is missing', MsgGrant, grant(sends({ spendLimit: [] })), 'sdk', 10),
    refused(
      'a recipient is listed twice',
      MsgGrant,
      grant(sends({ allowList: [carol, carol.toUpperCase()] })),
      'bank',
      8,
    ),
    refused('a limit of stake is negative', MsgGrant, grant(negative), 'authz', 12),
    refused(
      'a kind of stake is not named',
      MsgGrant,
      grant(pack(StakeAuthorization, StakeAuthorization.create({ maxTokens: ustrom(1n)[0] }))),
      'authz',
      4,
    ),
    accepted('4 are sent', MsgExec, exec(transfer(alice, carol, 4n))),
    accepted(
      'and 2 in two messages',
      MsgExec,
      exec(transfer(alice, carol, 1n), transfer(carol, bob, 1n)),
    ),
    refused('there is no message', MsgExec, exec(), 'sdk', 18),
    refused(
      'the executor is malformed',
      MsgExec,
      { ...exec(transfer(alice, carol, 1n)), grantee: '' },
      'sdk',
      7,
    ),
    refused(
      'nobody granted the message',
      MsgExec,
      { ...exec(transfer(alice, carol, 1n)), grantee: carol },
      'authz',
      2,
    ),
    refused(
      'an inner execution is that of another',
      MsgExec,
      { grantee: carol, msgs: [execution(bob, transfer(alice, carol, 1n))] },
      'authz',
      2,
    ),
    refused('more is sent than the limit', MsgExec, exec(transfer(alice, carol, 6n)), 'sdk', 5),
    refused(
      'the second message fails',
      MsgExec,
      exec(transfer(alice, carol, 1n), transfer(bob, carol, 9999n)),
      'sdk',
      5,
    ),
    refused(
      'no module handles an inner message',
      MsgExec,
      exec({ typeUrl: '/x.Msg', value: new Uint8Array() }),
      'sdk',
      6,
    ),
    refused(
      'an inner message does not decode',
      MsgExec,
      exec({ typeUrl: SEND, value: Uint8Array.of(1) }),
      'sdk',
      2,
    ),
    accepted('the rest of a grant', MsgExec, exec(transfer(alice, carol, 5n))),
    refused('the grant is spent', MsgExec, exec(transfer(alice, carol, 1n)), 'authz', 2),
    refused('there is nothing to revoke', MsgRevoke, revoke(), 'authz', 2),
    refused('no message is named', MsgRevoke, revoke({ msgTypeUrl: '' }), 'sdk', 18),
    refused('one revokes of oneself', MsgRevoke, revoke({ grantee: alice }), 'authz', 7),
    accepted('a grant is revoked', MsgRevoke, revoke({ grantee: fresh })),
    block(10n),
    accepted('at its time a grant counts', MsgExec, exec(transfer(carol, alice, 1n))),
    block(1n),
    refused('the grant has expired', MsgExec, exec(transfer(carol, alice, 1n)), 'authz', 2),
    block(60n),
  ],
})

describe('grants', () => {
  const ask = (
    authz: Module,
    chain: FakeChain,
    method: string,
    request: object,
  ): GrantAuthorization[] => {
    const query = authz.queries.find((q) => q.method === method)
    const answer = query?.handle(chain.query(), query.request.create(request))
    return (answer as { grants: GrantAuthorization[] }).grants
  }

  it('tell both parties in the typed events of the SDK', () => {
    const world = start()
    world.grant(alice, bob, generic(SEND))
    world.send(MsgRevoke, revoke())
    const attributes = [
      ['grantee', `"${bob}"`],
      ['granter', `"${alice}"`],
      ['msg_type_url', `"${SEND}"`],
    ]
    expect(world.chain.takeEvents()).to.deep.equal([
      { type: 'cosmos.authz.v1beta1.EventGrant', attributes },
      { type: 'cosmos.authz.v1beta1.EventRevoke', attributes },
    ])
  })

  it('are found by pair, by granter and by grantee', () => {
    const world = start()
    const { chain, modules } = world
    const authz = modules.at(-1) as Module
    world.grant(alice, bob, sends(), T0 + 9n)
    world.grant(alice, carol, generic(SEND))
    world.grant(carol, bob, generic(SEND))
    const pairs = (rows: GrantAuthorization[]): string[] =>
      rows.map(({ granter, grantee }) => `${granter}>${grantee}`)
    expect(ask(authz, chain, 'Grants', { granter: alice, grantee: bob })).to.deep.equal([
      { authorization: sends(), expiration: { seconds: T0 + 9n, nanos: 0 } },
    ])
    expect(pairs(ask(authz, chain, 'GranterGrants', { granter: alice }))).to.deep.equal([
      `${alice}>${bob}`,
      `${alice}>${carol}`,
    ])
    expect(pairs(ask(authz, chain, 'GranteeGrants', { grantee: bob }))).to.deep.equal([
      `${alice}>${bob}`,
      `${carol}>${bob}`,
    ])
    const one = { granter: bob, grantee: alice, msgTypeUrl: SEND }
    expect(() => ask(authz, chain, 'Grants', one))
      .to.throw(ChainError, `authorization not found for ${SEND} type: authorization not found`)
      .with.property('code', 2)
  })

  it('leave 200 rows a block at most, and those that expired are refused before', () => {
    const world = start()
    for (let i = 0; i < 250; i++) {
      const grantee = toBech32(Uint8Array.of(...bytesOf(7).slice(2), i >> 8, i & 255))
      expect(world.grant(alice, grantee, generic(SEND), T0 + 1n)).to.equal('ok')
    }
    const sizes = [2n, 1n, 1n].map((seconds) => {
      world.router.nextBlock(seconds)
      return world.chain.store('authz').size
    })
    expect(sizes).to.deep.equal([100, 0, 0])
  })

  it('of a genesis are checked, and dropped when they have expired', () => {
    const { modules, chain } = start()
    const { genesis } = modules.at(-1) as Module
    const row = (msg: string, expiration: string | null = null) => ({
      granter: alice,
      grantee: bob,
      authorization: { '@type': GenericAuthorization.typeUrl, msg },
      expiration,
    })
    const check =
      (...authorization: ReturnType<typeof row>[]) =>
      (): void =>
        genesis.validate({ authorization })
    expect(check(row(SEND), row(SEND))).to.throw(
      ChainError,
      'authorization[1]: the same is granted twice',
    )
    expect(check(row(MsgExec.typeUrl))).to.throw(ChainError, 'MsgExec cannot be granted')
    expect(check({ ...row(SEND), grantee: alice })).to.throw(ChainError, 'should be different')
    genesis.init(chain.write(), { authorization: [row(SEND, '2026-01-01T00:00:00Z')] })
    expect(chain.store('authz').size).to.equal(0)
  })
})
