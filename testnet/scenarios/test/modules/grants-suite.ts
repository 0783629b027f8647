import type { EncodeObject } from '@cosmjs/proto-signing'
import { coin, coins } from '@cosmjs/stargate'
import { expect } from 'chai'
import { GenericAuthorization } from 'cosmjs-types/cosmos/authz/v1beta1/authz'
import { SendAuthorization } from 'cosmjs-types/cosmos/bank/v1beta1/authz'
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant'
import { AuthorizationType, StakeAuthorization } from 'cosmjs-types/cosmos/staking/v1beta1/authz'
import type { Stage } from '../support/stage.ts'
import { addressOf, feeOf, REGISTRY, type User } from '../support/users.ts'

const FEE = '/cosmos.feegrant.v1beta1'
const AUTHZ = '/cosmos.authz.v1beta1'
const SEND = '/cosmos.bank.v1beta1.MsgSend'
const DELEGATE = '/cosmos.staking.v1beta1.MsgDelegate'

const inAnHour = () => ({ seconds: BigInt(Math.floor(Date.now() / 1000) + 3600), nanos: 0 })
const NEVER_RESET = { seconds: 0n, nanos: 0 }

const sending = (from: string, to: string, amount: number): EncodeObject => ({
  typeUrl: SEND,
  value: { fromAddress: from, toAddress: to, amount: coins(amount, 'ustrom') },
})

/** Feegrant and authz: who pays and who acts for whom. */
export const grantsSuite = (stage: () => Stage) =>
  describe('grants', () => {
    const allowances = (): Record<string, EncodeObject> => {
      const basic = { spendLimit: coins(90_000, 'ustrom'), expiration: inAnHour() }
      const periodic = {
        typeUrl: `${FEE}.PeriodicAllowance`,
        value: {
          basic,
          period: { seconds: 600n, nanos: 0 },
          periodSpendLimit: coins(30_000, 'ustrom'),
          periodCanSpend: coins(30_000, 'ustrom'),
          periodReset: NEVER_RESET,
        },
      }
      return {
        basic: { typeUrl: `${FEE}.BasicAllowance`, value: basic },
        unlimited: { typeUrl: `${FEE}.BasicAllowance`, value: { spendLimit: [] } },
        periodic,
        allowed: {
          typeUrl: `${FEE}.AllowedMsgAllowance`,
          value: { allowance: REGISTRY.encodeAsAny(periodic), allowedMessages: [SEND] },
        },
      }
    }
    const grantee = (user: User, kind: string): Promise<string> =>
      addressOf(`${kind} of ${user.name}`)

    it('feegrant: MsgGrantAllowance and MsgRevokeAllowance of each kind', async () => {
      await stage().both(async (user) => {
        const { feegrant } = stage().query
        const granter = user.address
        const kinds = await Promise.all(
          Object.entries(allowances()).map(async ([kind, allowance]) => ({
            kind,
            allowance: REGISTRY.encodeAsAny(allowance),
            grantee: await grantee(user, kind),
          })),
        )
        for (const { allowance, grantee: to } of kinds) {
          const value = { granter, grantee: to, allowance }
          await user.send({ typeUrl: `${FEE}.MsgGrantAllowance`, value })
        }
        const told = await Promise.all(
          kinds.map(async (one) => (await feegrant.allowance(granter, one.grantee)).allowance),
        )
        expect(told.map((one) => one?.allowance?.typeUrl)).to.deep.equal(
          kinds.map(({ allowance }) => allowance.typeUrl),
        )
        const [basic, unlimited, periodic, allowed] = told.map(
          (one) => one?.allowance?.value ?? new Uint8Array(),
        )
        expect(BasicAllowance.decode(basic ?? new Uint8Array()).spendLimit).to.deep.equal(
          coins(90_000, 'ustrom'),
        )
        expect(BasicAllowance.decode(unlimited ?? new Uint8Array()).spendLimit).to.deep.equal([])
        const { period, periodCanSpend } = PeriodicAllowance.decode(periodic ?? new Uint8Array())
        expect([period.seconds, periodCanSpend]).to.deep.equal([600n, coins(30_000, 'ustrom')])
        const { allowedMessages } = AllowedMsgAllowance.decode(allowed ?? new Uint8Array())
        expect(allowedMessages).to.deep.equal([SEND])
        const gone = kinds[1]?.grantee ?? ''
        expect((await feegrant.allowances(gone)).allowances).to.have.lengthOf(1)
        await user.send({
          typeUrl: `${FEE}.MsgRevokeAllowance`,
          value: { granter, grantee: gone },
        })
        expect((await feegrant.allowances(gone)).allowances).to.deep.equal([])
      })
    })

    it('feegrant: a transaction is paid by its granter, and only what is allowed', async () => {
      await stage().both(async (user, other) => {
        const { bank, feegrant } = stage().query
        const value = {
          granter: user.address,
          grantee: other.address,
          allowance: REGISTRY.encodeAsAny(allowances().allowed as EncodeObject),
        }
        await user.send({ typeUrl: `${FEE}.MsgGrantAllowance`, value })
        const granted = () => feegrant.allowance(user.address, other.address)
        const left = async (): Promise<string | undefined> => {
          const outer = AllowedMsgAllowance.decode(
            (await granted()).allowance?.allowance?.value ?? new Uint8Array(),
          )
          return PeriodicAllowance.decode(outer.allowance?.value ?? new Uint8Array())
            .periodCanSpend[0]?.amount
        }
        expect(await left()).to.equal('30000')
        expect((await bank.balance(other.address, 'ustrom')).denom).to.equal('ustrom')
      })
      await stage().both(async (user, other) => {
        const paid = feeOf(200_000, other.address)
        const sent = await user.attempt([sending(user.address, other.address, 5)], paid)
        expect([sent.code, sent.rawLog]).to.deep.equal([0, ''])
        const [payer] = sent.events
          .filter(({ type }) => type === 'tx')
          .flatMap(({ attributes }) => attributes.filter(({ key }) => key === 'fee_payer'))
        expect(payer?.value).to.equal(other.address)
        let refused: unknown
        const value = { granter: user.address, grantee: other.address }
        await user
          .attempt([{ typeUrl: `${FEE}.MsgRevokeAllowance`, value }], paid)
          .catch((error: unknown) => {
            refused = error
          })
        expect(String(refused)).to.match(/codespace: feegrant.*message not allowed/s)
      })
    })

    it('authz: MsgGrant of generic, send and stake authorizations, told by both sides', async () => {
      const expiration = inAnHour()
      await stage().both(async (user, other) => {
        const grants = [
          REGISTRY.encodeAsAny({
            typeUrl: `${AUTHZ}.GenericAuthorization`,
            value: { msg: '/cosmos.gov.v1.MsgVote' },
          }),
          REGISTRY.encodeAsAny({
            typeUrl: '/cosmos.bank.v1beta1.SendAuthorization',
            value: { spendLimit: coins(1000, 'ustrom'), allowList: [other.address] },
          }),
          REGISTRY.encodeAsAny({
            typeUrl: '/cosmos.staking.v1beta1.StakeAuthorization',
            value: {
              maxTokens: coin(5_000_000, 'ustrom'),
              allowList: { address: [stage().valoper(0)] },
              authorizationType: AuthorizationType.AUTHORIZATION_TYPE_DELEGATE,
            },
          }),
        ]
        await user.send(
          ...grants.map((authorization) => ({
            typeUrl: `${AUTHZ}.MsgGrant`,
            value: {
              granter: user.address,
              grantee: other.address,
              grant: { authorization, expiration },
            },
          })),
        )
        const { authz } = stage().query
        const sends = await authz.grants(user.address, other.address, SEND)
        expect(
          sends.grants.map(({ authorization }) =>
            SendAuthorization.decode(authorization?.value ?? new Uint8Array()),
          ),
        ).to.deep.equal([{ spendLimit: coins(1000, 'ustrom'), allowList: [other.address] }])
        expect(sends.grants[0]?.expiration).to.deep.equal(expiration)
        const given = await authz.granterGrants(user.address)
        expect(given.grants.map((one) => one.authorization?.typeUrl)).to.have.members(
          grants.map(({ typeUrl }) => typeUrl),
        )
        const got = await authz.granteeGrants(user.address)
        expect(got.grants.every((one) => one.grantee === user.address)).to.equal(true)
      })
    })

    it('authz: MsgExec spends, delegates and votes for the granter, within the limits', async () => {
      await stage().both(async (user, other) => {
        const { authz } = stage().query
        const exec = (...messages: EncodeObject[]): EncodeObject => ({
          typeUrl: `${AUTHZ}.MsgExec`,
          value: { grantee: user.address, msgs: messages.map((one) => REGISTRY.encodeAsAny(one)) },
        })
        const delegate: EncodeObject = {
          typeUrl: DELEGATE,
          value: {
            delegatorAddress: other.address,
            validatorAddress: stage().valoper(0),
            amount: coin(2_000_000, 'ustrom'),
          },
        }
        await user.send(exec(sending(other.address, user.address, 400), delegate))
        const { grants } = await authz.grants(other.address, user.address, SEND)
        const left = SendAuthorization.decode(grants[0]?.authorization?.value ?? new Uint8Array())
        expect(left.spendLimit).to.deep.equal(coins(600, 'ustrom'))
        const stake = await authz.grants(other.address, user.address, DELEGATE)
        expect(
          StakeAuthorization.decode(stake.grants[0]?.authorization?.value ?? new Uint8Array())
            .maxTokens,
        ).to.deep.equal(coin(3_000_000, 'ustrom'))
        const refused = await user.attempt(
          [exec(sending(other.address, user.address, 601))],
          feeOf(),
        )
        expect([refused.code, refused.rawLog]).to.deep.equal([
          5,
          'failed to execute message; message index: 0: requested amount is more than spend limit: insufficient funds',
        ])
      })
    })

    it('authz: MsgRevoke takes a grant back', async () => {
      await stage().both(async (user, other) => {
        const { authz } = stage().query
        const msgTypeUrl = '/cosmos.gov.v1.MsgVote'
        const { grants } = await authz.grants(user.address, other.address, msgTypeUrl)
        expect(
          GenericAuthorization.decode(grants[0]?.authorization?.value ?? new Uint8Array()).msg,
        ).to.equal(msgTypeUrl)
        await user.send({
          typeUrl: `${AUTHZ}.MsgRevoke`,
          value: { granter: user.address, grantee: other.address, msgTypeUrl },
        })
        const left = await authz.granterGrants(user.address)
        expect(left.grants).to.have.lengthOf(2)
      })
    })
  })
