import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import type { AnyValue, JsonValue } from '../../../proto/codec.ts'
import {
  AuthorizationType,
  StakeAuthorization,
} from '../../../proto/gen/cosmos/staking/v1beta1/authz.ts'
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgDelegate,
  MsgUndelegate,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { readGrant } from '../grants.ts'
import { bytesOf, generic, person, type Started, start, ustrom } from './fixture.ts'

const [alice, bob] = [1, 2].map(person) as [string, string]
const coin = (amount: bigint, denom = 'ustrom') => ({ denom, amount: amount.toString() })
const valoper = (n: number): string => toBech32(bytesOf(n), PREFIX.validator)
const [one, two] = [21, 22].map(valoper) as [string, string]
const T = AuthorizationType

const stakeUp = (authorizationType: number, more: Partial<StakeAuthorization> = {}): AnyValue =>
  pack(StakeAuthorization, StakeAuthorization.create({ authorizationType, ...more }))
const upTo = (amount: bigint): Partial<StakeAuthorization> => ({ maxTokens: coin(amount) })
const allow = (...address: string[]): Partial<StakeAuthorization> => ({ allowList: { address } })
const deny = (...address: string[]): Partial<StakeAuthorization> => ({ denyList: { address } })

const delegate = (to: string, amount: bigint): AnyValue =>
  pack(MsgDelegate, { delegatorAddress: alice, validatorAddress: to, amount: coin(amount) })
const undelegate = (from: string, amount: bigint): AnyValue =>
  pack(MsgUndelegate, { delegatorAddress: alice, validatorAddress: from, amount: coin(amount) })
const redelegate = (from: string, to: string, amount: bigint): AnyValue =>
  pack(MsgBeginRedelegate, {
    delegatorAddress: alice,
    validatorSrcAddress: from,
    validatorDstAddress: to,
    amount: coin(amount),
  })
const cancel = (at: string, amount: bigint, creationHeight: bigint): AnyValue =>
  pack(MsgCancelUnbondingDelegation, {
    delegatorAddress: alice,
    validatorAddress: at,
    amount: coin(amount),
    creationHeight,
  })

/** Two validators, and Alice with 1,000 ustrom. */
function staked(): Started {
  const built = buildStakingGenesis(
    nobleHasher,
    [21, 22].map((n) => ({
      operator: bytesOf(n),
      consensusKey: ed25519.getPublicKey(new Uint8Array(32).fill(n)),
      moniker: `battery ${n}`,
      tokens: 50_000_000n,
    })),
  )
  const balances: JsonValue[] = [{ address: alice, coins: ustrom(1000n) }, built.pool]
  const world = start({
    staking: built.staking,
    bank: { params: { default_send_enabled: true }, balances },
  })
  return world
}

/** Tokens left of Alice's grant to Bob for messages of this kind; undefined when the grant is gone. */
function leftOf({ chain }: Started, typeUrl: string): string | undefined {
  const granted = readGrant(chain.query(), { granter: bytesOf(1), grantee: bytesOf(2) }, typeUrl)
  if (granted?.authorization === undefined) return undefined
  return StakeAuthorization.decode(granted.authorization.value).maxTokens?.amount ?? 'any'
}

describe('stake moved for another', () => {
  let world: Started
  beforeEach(() => {
    world = staked()
  })

  it('is delegated up to the limit in all, and the grant goes with the last token', () => {
    const { exec, grant } = world
    expect(grant(alice, bob, stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, upTo(100n)))).to.equal('ok')
    expect(exec(bob, delegate(one, 60n))).to.equal('ok')
    expect(leftOf(world, MsgDelegate.typeUrl)).to.equal('40')
    expect(exec(bob, delegate(one, 41n))).to.equal('sdk 5')
    expect(exec(bob, delegate(one, 10n), delegate(two, 31n))).to.equal('sdk 5')
    expect(leftOf(world, MsgDelegate.typeUrl)).to.equal('40')
    expect(exec(bob, delegate(one, 10n), delegate(two, 30n))).to.equal('ok')
    expect(leftOf(world, MsgDelegate.typeUrl)).to.equal(undefined)
    expect(exec(bob, delegate(one, 1n))).to.equal('authz 2')
    expect(world.bank.balance(world.chain.query(), bytesOf(1), 'ustrom')).to.equal(900n)
  })

  it('is moved by four kinds of grant, each for its own messages', () => {
    const { exec, grant, chain } = world
    const kinds = [
      [T.AUTHORIZATION_TYPE_DELEGATE, delegate(one, 100n), MsgDelegate],
      [T.AUTHORIZATION_TYPE_REDELEGATE, redelegate(one, two, 40n), MsgBeginRedelegate],
      [T.AUTHORIZATION_TYPE_UNDELEGATE, undelegate(one, 30n), MsgUndelegate],
      [
        T.AUTHORIZATION_TYPE_CANCEL_UNBONDING_DELEGATION,
        cancel(one, 20n, chain.height),
        MsgCancelUnbondingDelegation,
      ],
    ] as const
    for (const [kind, message, codec] of kinds) {
      expect(exec(bob, message)).to.equal('authz 2')
      expect(grant(alice, bob, stakeUp(kind, upTo(1000n)))).to.equal('ok')
      expect(exec(bob, message), codec.typeName).to.equal('ok')
    }
    expect(kinds.map(([, , codec]) => leftOf(world, codec.typeUrl))).to.deep.equal([
      '900',
      '960',
      '970',
      '980',
    ])
  })

  it('without a limit keeps the grant as it is', () => {
    world.grant(alice, bob, stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, allow(one)))
    expect(world.exec(bob, delegate(one, 1000n))).to.equal('ok')
    expect(leftOf(world, MsgDelegate.typeUrl)).to.equal('any')
  })

  it('goes to allowed validators only, however they are written', () => {
    world.grant(alice, bob, stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, allow(one)))
    expect(world.exec(bob, delegate(two, 1n))).to.equal('sdk 4')
    expect(world.exec(bob, delegate(one, 1n))).to.equal('ok')
  })

  it('goes to no denied validator, also not in capitals', () => {
    world.grant(alice, bob, stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, deny(one)))
    expect(world.exec(bob, delegate(one, 1n))).to.equal('sdk 4')
    expect(world.exec(bob, delegate(one.toUpperCase(), 1n))).to.equal('sdk 4')
    expect(world.exec(bob, delegate(two, 1n))).to.equal('ok')
  })

  it('of a redelegation the new validator counts', () => {
    world.grant(alice, bob, generic(MsgDelegate.typeUrl))
    world.exec(bob, delegate(one, 100n))
    world.grant(alice, bob, stakeUp(T.AUTHORIZATION_TYPE_REDELEGATE, allow(two)))
    expect(world.exec(bob, redelegate(two, one, 1n))).to.equal('sdk 4')
    expect(world.exec(bob, redelegate(one, two, 1n))).to.equal('ok')
  })

  it('is of the denomination of the limit', () => {
    const limit = { maxTokens: coin(100n, 'wind') }
    world.grant(alice, bob, stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, limit))
    expect(world.exec(bob, delegate(one, 1n))).to.equal('sdk 10')
  })

  it('is granted in sound terms only', () => {
    const refused = (authorization: AnyValue): string => world.grant(alice, bob, authorization)
    expect(refused(stakeUp(T.AUTHORIZATION_TYPE_UNSPECIFIED, upTo(1n)))).to.equal('authz 4')
    expect(refused(stakeUp(9, upTo(1n)))).to.equal('authz 4')
    const owed = { maxTokens: { denom: 'ustrom', amount: '-1' } }
    expect(refused(stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, owed))).to.equal('authz 12')
    expect(refused(stakeUp(T.AUTHORIZATION_TYPE_DELEGATE, allow(alice)))).to.equal('sdk 7')
  })
})
