import { expect } from 'chai'
import type { AnyValue } from '../../../proto/codec.ts'
import {
  MsgExec,
  MsgExecResponse,
  MsgGrant,
  MsgRevoke,
} from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { SendAuthorization } from '../../../proto/gen/cosmos/bank/v1beta1/authz.ts'
import {
  MsgMultiSend,
  MsgSend,
  MsgSendResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { MsgUpdateDevice } from '../../../proto/gen/strom/device/v1/tx.ts'
import {
  MsgSubmitReadings,
  MsgSubmitReadingsResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { BOX, OWNER, reading, sample, stored } from '../../device/test/fixture.ts'
import { toHex } from '../../kit/bytes.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import {
  bytesOf,
  execution,
  generic,
  person,
  type Started,
  start,
  T0,
  transfer,
  ustrom,
} from './fixture.ts'

const [alice, bob, carol, dave] = [1, 2, 3, 4].map(person) as [string, string, string, string]
const SEND = MsgSend.typeUrl
const sends = (amount: bigint, ...allowList: string[]): AnyValue =>
  pack(SendAuthorization, { spendLimit: ustrom(amount), allowList })

function balances({ bank, chain }: Started): bigint[] {
  return [1, 2, 3, 4].map((n) => bank.balance(chain.query(), bytesOf(n), 'ustrom'))
}

describe('acting for another', () => {
  let world: Started
  beforeEach(() => {
    world = start()
  })

  it('needs a grant for the very message, its granter and its grantee', () => {
    const { exec, grant } = world
    expect(exec(bob, transfer(alice, carol, 1n))).to.equal('authz 2')
    expect(grant(alice, bob, generic(SEND))).to.equal('ok')
    expect(exec(bob, transfer(alice, carol, 5n))).to.equal('ok')
    expect(exec(carol, transfer(alice, carol, 1n))).to.equal('authz 2')
    expect(exec(alice, transfer(bob, carol, 1n))).to.equal('authz 2')
    const multi = pack(MsgMultiSend, {
      inputs: [{ address: alice, coins: ustrom(1n) }],
      outputs: [{ address: bob, coins: ustrom(1n) }],
    })
    expect(exec(bob, multi)).to.equal('authz 2')
    expect(balances(world)).to.deep.equal([995n, 1000n, 1005n, 1000n])
  })

  it('needs none for oneself, also not when one is written in capitals', () => {
    expect(world.exec(bob, transfer(bob, carol, 5n))).to.equal('ok')
    expect(world.exec(bob.toUpperCase(), transfer(bob, carol, 5n))).to.equal('ok')
    expect(world.exec(bob, transfer(bob.toUpperCase(), carol, 5n))).to.equal('ok')
    expect(balances(world)).to.deep.equal([1000n, 985n, 1015n, 1000n])
  })

  it('gives the responses in order and names the message in each of its events', () => {
    world.grant(alice, bob, generic(SEND))
    world.chain.takeEvents()
    const message = execution(bob, transfer(alice, carol, 1n), transfer(bob, carol, 2n))
    const { results } = world.router.deliver(message, MsgExecResponse)
    expect(results).to.deep.equal([1, 2].map(() => MsgSendResponse.encode({})))
    const tags = world.chain.takeEvents().map(({ attributes }) => attributes.at(-1)?.join('='))
    const zero = Array<string>(4).fill('authz_msg_index=0')
    expect(tags).to.deep.equal([...zero, ...Array<string>(4).fill('authz_msg_index=1')])
  })

  it('is all or nothing', () => {
    world.grant(alice, bob, sends(10n))
    const [first, second] = [transfer(alice, carol, 6n), transfer(alice, carol, 6n)]
    expect(world.exec(bob, first, second)).to.equal('sdk 5')
    expect(balances(world)).to.deep.equal([1000n, 1000n, 1000n, 1000n])
    expect(world.exec(bob, first, transfer(alice, carol, 4n))).to.equal('ok')
    // The limit is spent, so the grant is gone.
    expect(world.exec(bob, transfer(alice, carol, 1n))).to.equal('authz 2')
  })

  it('reaches devices: a box with a grant of the owner updates one, with that of its gateway submits readings', () => {
    const device = stored('pv-1')
    world = start({ device: sample([device]) })
    const gateway = bob
    const update = pack(
      MsgUpdateDevice,
      MsgUpdateDevice.create({ signer: OWNER, device: 'pv-1', latE4: 480_000 }),
    )
    const submit = pack(
      MsgSubmitReadings,
      MsgSubmitReadings.create({ gateway: BOX, readings: [reading('pv-1', 'pv-1')] }),
    )
    for (const [owner, message] of [
      [OWNER, update],
      [BOX, submit],
    ] as const) {
      expect(world.exec(gateway, message)).to.equal('authz 2')
      expect(world.grant(owner, gateway, generic(message.typeUrl))).to.equal('ok')
      expect(world.exec(gateway, message)).to.equal('ok')
    }
    const again = world.router.deliver(execution(gateway, submit), MsgExecResponse)
    const { results } = MsgSubmitReadingsResponse.decode(again.results[0] ?? new Uint8Array())
    // It was taken the first time, so it is a repeat now.
    expect(results.map((r) => [r.accepted, r.duplicate])).to.deep.equal([[true, true]])
    const query = world.modules[3]?.queries.find(({ method }) => method === 'Device')
    expect(
      query?.handle(world.chain.query(), query.request.create({ id: 'pv-1' })),
    ).to.have.nested.property('device.latE4', 480_000)
    expect(
      world.send(MsgRevoke, {
        granter: OWNER,
        grantee: gateway,
        msgTypeUrl: MsgUpdateDevice.typeUrl,
      }),
    ).to.equal('ok')
    expect(world.exec(gateway, update)).to.equal('authz 2')
  })
})

describe('an authorization cannot be stretched', () => {
  let world: Started
  beforeEach(() => {
    world = start()
  })

  it('by an execution for a third who has the grant', () => {
    const { exec, grant } = world
    expect(grant(alice, bob, generic(SEND))).to.equal('ok')
    // Carol has nothing; Bob has a grant of Alice. Carol writes Bob as the one who executes.
    expect(exec(carol, execution(bob, transfer(alice, carol, 1n)))).to.equal('authz 2')
    expect(exec(carol, execution(bob, transfer(bob, carol, 1n)))).to.equal('authz 2')
    // Nested for oneself it is no more than the inner message.
    expect(exec(bob, execution(bob, transfer(alice, carol, 1n)))).to.equal('ok')
    expect(exec(bob, execution(bob, transfer(carol, bob, 1n)))).to.equal('authz 2')
  })

  it('by a grant to execute, which nobody can give', () => {
    expect(world.grant(bob, carol, generic(MsgExec.typeUrl))).to.equal('sdk 18')
    expect(world.exec(carol, execution(bob, transfer(bob, carol, 1n)))).to.equal('authz 2')
  })

  it('by naming a signer twice, in capitals or none', () => {
    expect(world.grant(alice, bob, generic(MsgMultiSend.typeUrl))).to.equal('ok')
    const coins = ustrom(1n)
    const from = (...senders: string[]): AnyValue =>
      pack(MsgMultiSend, {
        inputs: senders.map((address) => ({ address, coins })),
        outputs: [{ address: bob, coins }],
      })
    expect(world.exec(bob, from(alice, alice))).to.equal('authz 9')
    expect(world.exec(bob, from(alice, alice.toUpperCase()))).to.equal('authz 9')
    expect(world.exec(bob, from(bob, alice))).to.equal('authz 9')
    expect(world.exec(bob, from())).to.equal('authz 9')
    expect(world.exec(bob, from(alice.toUpperCase()))).to.equal('ok')
    expect(world.exec(bob, from('strom1x'))).to.equal('sdk 7')
  })

  it('by another spelling of the type or bytes that do not decode', () => {
    world.grant(alice, bob, generic(SEND))
    const good = transfer(alice, bob, 1n)
    for (const typeUrl of [
      'cosmos.bank.v1beta1.MsgSend',
      '/Cosmos.bank.v1beta1.MsgSend',
      `${SEND} `,
    ])
      expect(world.exec(bob, { ...good, typeUrl })).to.equal('sdk 6')
    expect(world.exec(bob, { ...good, value: good.value.subarray(1) })).to.equal('sdk 2')
    expect(world.exec(bob, transfer(alice, bob, 0n))).to.equal('sdk 10')
  })

  it('by repeating a denomination, writing the recipient in capitals or adding another coin', () => {
    const { exec, grant } = world
    expect(grant(alice, bob, sends(10n, carol))).to.equal('ok')
    const twice = pack(MsgSend, {
      fromAddress: alice,
      toAddress: carol,
      amount: [...ustrom(6n), ...ustrom(6n)],
    })
    expect(exec(bob, twice)).to.equal('sdk 10')
    const other = pack(MsgSend, {
      fromAddress: alice,
      toAddress: carol,
      amount: [...ustrom(1n), { denom: 'wind', amount: '1' }],
    })
    expect(exec(bob, other)).to.equal('sdk 5')
    expect(exec(bob, transfer(alice, dave, 1n))).to.equal('sdk 4')
    expect(exec(bob, transfer(alice, carol.toUpperCase(), 4n))).to.equal('ok')
    expect(exec(bob, transfer(alice, carol, 7n))).to.equal('sdk 5')
    expect(exec(bob, transfer(alice, carol, 6n))).to.equal('ok')
  })

  it('beyond its time, which it keeps when narrowed', () => {
    const { exec, grant, router, chain } = world
    expect(grant(alice, bob, sends(10n), T0 + 12n)).to.equal('ok')
    router.nextBlock(6n)
    expect(exec(bob, transfer(alice, carol, 1n))).to.equal('ok')
    router.nextBlock(6n)
    expect(exec(bob, transfer(alice, carol, 1n))).to.equal('ok')
    // Later by a nanosecond, and not yet pruned.
    chain.timeNanos = 1
    expect(exec(bob, transfer(alice, carol, 1n))).to.equal('authz 6')
    router.nextBlock(0n)
    expect(exec(bob, transfer(alice, carol, 1n))).to.equal('authz 2')
    expect(chain.store('authz').size).to.equal(0)
  })

  it('by granting anew: the new grant stands in place of the old one, with its own time', () => {
    const { grant, chain, router } = world
    expect(grant(alice, bob, sends(10n), T0 + 6n)).to.equal('ok')
    expect(grant(alice, bob, generic(SEND), T0 + 600n)).to.equal('ok')
    const keys = [...chain.store('authz').iterate()].map(([key]) => toHex(key))
    const pair = `14${toHex(bytesOf(1))}14${toHex(bytesOf(2))}`
    const time = Buffer.from('2026-01-01T00:10:00.000000000').toString('hex')
    expect(keys).to.deep.equal([
      `01${pair}${Buffer.from(SEND).toString('hex')}`,
      `02${time}${pair}`,
    ])
    router.nextBlock(60n)
    expect(world.exec(bob, transfer(alice, carol, 500n))).to.equal('ok')
    expect(
      world.send(MsgGrant, {
        granter: alice,
        grantee: alice.toUpperCase(),
        grant: { authorization: generic(SEND), expiration: undefined },
      }),
    ).to.equal('authz 7')
  })
})
