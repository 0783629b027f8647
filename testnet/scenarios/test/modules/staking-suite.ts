import { createHash } from 'node:crypto'
import { encodePubkey } from '@cosmjs/proto-signing'
import { coin, coins } from '@cosmjs/stargate'
import { expect } from 'chai'
import { BondStatus } from 'cosmjs-types/cosmos/staking/v1beta1/staking'
import { consensusKeyFromSeed } from '../../../../node/consensus/key-file.ts'
import type { Stage } from '../support/stage.ts'
import { keyNamed, type User } from '../support/users.ts'

const MODULE = '/cosmos.staking.v1beta1'
const DESCRIPTION = { identity: '', website: '', securityContact: '', details: '' }
export const SELF = 20_000_000
const YEAR_S = 31_557_600n

/** The consensus key of a user's validator, which no process has: it never signs. */
export const idleKey = (user: User): Uint8Array =>
  consensusKeyFromSeed(keyNamed(`idle ${user.name}`)).pubKey

/** 20 bytes that consensus knows the user's validator by. */
export const idleAddress = (user: User): Uint8Array =>
  createHash('sha256').update(idleKey(user)).digest().subarray(0, 20)

const create = (user: User) => ({
  typeUrl: `${MODULE}.MsgCreateValidator`,
  value: {
    description: { ...DESCRIPTION, moniker: `${user.name} & <co>` },
    commission: {
      rate: '50000000000000000',
      maxRate: '200000000000000000',
      maxChangeRate: '10000000000000000',
    },
    minSelfDelegation: '1',
    // Deprecated: newer clients leave it empty.
    delegatorAddress: user.mode === 'amino' ? '' : user.address,
    validatorAddress: user.valoper,
    pubkey: encodePubkey({
      type: 'tendermint/PubKeyEd25519',
      value: Buffer.from(idleKey(user)).toString('base64'),
    }),
    value: coin(SELF, 'ustrom'),
  },
})

/** Staking: validators come, stake moves and unbonds. */
export const stakingSuite = (stage: () => Stage) =>
  describe('stake', () => {
    it('staking: MsgCreateValidator and MsgEditValidator, and the validator is told', async () => {
      await stage().both(async (user) => {
        await user.send(create(user))
        const value = {
          description: { ...DESCRIPTION, moniker: user.name, website: 'https://example.org/?a&b' },
          commissionRate: '',
          minSelfDelegation: '2',
          validatorAddress: user.valoper,
        }
        await user.send({ typeUrl: `${MODULE}.MsgEditValidator`, value })
        const { validator } = await stage().query.staking.validator(user.valoper)
        expect(validator?.description?.moniker).to.equal(user.name)
        expect(validator?.commission?.commissionRates?.rate).to.equal('50000000000000000')
        expect(validator?.delegatorShares).to.equal(`${SELF}${'0'.repeat(18)}`)
        expect([validator?.tokens, validator?.minSelfDelegation]).to.deep.equal([`${SELF}`, '2'])
        expect(validator?.status).to.equal(BondStatus.BOND_STATUS_BONDED)
      })
      const bonded = await stage().query.staking.validators('BOND_STATUS_BONDED')
      expect(bonded.validators).to.have.lengthOf(4)
      expect((await stage().query.staking.validators('BOND_STATUS_UNBONDED')).validators).to.be
        .empty
      expect((await stage().query.staking.validators('')).validators).to.have.lengthOf(4)
    })

    it('staking: a change of commission within a day is refused as the SDK does (staking 12)', async () => {
      const { direct } = stage()
      const value = {
        description: { ...DESCRIPTION, moniker: '[do-not-modify]' },
        commissionRate: '60000000000000000',
        minSelfDelegation: '',
        validatorAddress: direct.valoper,
      }
      const refused = await direct.attempt([{ typeUrl: `${MODULE}.MsgEditValidator`, value }], {
        amount: coins(4000, 'ustrom'),
        gas: '400000',
      })
      expect(refused.code).to.equal(12)
      expect(refused.rawLog).to.match(/commission cannot be changed more than once in 24h$/)
    })

    it('staking: MsgDelegate, MsgBeginRedelegate, MsgUndelegate, MsgCancelUnbondingDelegation', async () => {
      const [first, second] = [stage().valoper(0), stage().valoper(1)]
      await stage().both(async (user) => {
        const { staking } = stage().query
        const delegatorAddress = user.address
        const of = (amount: number) => coin(amount, 'ustrom')
        await user.send({
          typeUrl: `${MODULE}.MsgDelegate`,
          value: { delegatorAddress, validatorAddress: first, amount: of(9_000_000) },
        })
        const { height } = await user.send(
          {
            typeUrl: `${MODULE}.MsgBeginRedelegate`,
            value: {
              delegatorAddress,
              validatorSrcAddress: first,
              validatorDstAddress: second,
              amount: of(2_000_000),
            },
          },
          {
            typeUrl: `${MODULE}.MsgUndelegate`,
            value: { delegatorAddress, validatorAddress: first, amount: of(1_000_000) },
          },
        )
        const { unbond } = await staking.unbondingDelegation(delegatorAddress, first)
        expect(unbond?.entries.map(({ balance }) => balance)).to.deep.equal(['1000000'])
        expect(unbond?.entries[0]?.creationHeight).to.equal(BigInt(height))
        await user.send({
          typeUrl: `${MODULE}.MsgCancelUnbondingDelegation`,
          value: {
            delegatorAddress,
            validatorAddress: first,
            amount: of(400_000),
            creationHeight: BigInt(height),
          },
        })
        const left = await staking.unbondingDelegation(delegatorAddress, first)
        expect(left.unbond?.entries.map(({ balance }) => balance)).to.deep.equal(['600000'])
        const { delegationResponse } = await staking.delegation(delegatorAddress, first)
        expect(delegationResponse?.delegation?.shares).to.equal(`6400000${'0'.repeat(18)}`)
        expect(delegationResponse?.balance).to.deep.equal(of(6_400_000))
        expect(await user.client.getDelegation(delegatorAddress, second)).to.deep.equal(
          of(2_000_000),
        )
        // The user's own validator does not sign, and may have been slashed by now.
        const staked = Number((await user.client.getBalanceStaked(delegatorAddress))?.amount)
        expect(staked).to.be.within(8_400_000 + 0.99 * SELF, 8_400_000 + SELF)
      })
    })

    it('staking: nobody has a delegation that was never made', async () => {
      const { direct, alice } = stage()
      expect(await direct.client.getDelegation(alice.address, stage().valoper(0))).to.equal(null)
      expect(await direct.client.getBalanceStaked(alice.address)).to.equal(null)
    })

    it('staking: delegations are told by delegator and by validator', async () => {
      const { query, direct, amino } = stage()
      const [first, second] = [stage().valoper(0), stage().valoper(1)]
      const { staking } = query
      const own = await staking.delegatorDelegations(direct.address)
      expect(own.delegationResponses).to.have.lengthOf(3)
      expect(own.pagination?.total).to.equal(3n)
      const unbonding = await staking.delegatorUnbondingDelegations(direct.address)
      expect(unbonding.unbondingResponses.map((one) => one.validatorAddress)).to.deep.equal([first])
      const one = await staking.delegatorValidator(direct.address, first)
      expect(one.validator?.operatorAddress).to.equal(first)
      const all = await staking.delegatorValidators(direct.address)
      expect(all.validators.map((v) => v.operatorAddress)).to.have.members([
        first,
        second,
        direct.valoper,
      ])
      const moved = await staking.redelegations(direct.address, first, second)
      const [response] = moved.redelegationResponses
      expect(response?.entries.map(({ balance }) => balance)).to.deep.equal(['2000000'])
      const [entry] = response?.entries ?? []
      expect(entry?.redelegationEntry?.sharesDst).to.equal(`2000000${'0'.repeat(18)}`)
      const toFirst = await staking.validatorDelegations(first)
      expect(
        toFirst.delegationResponses.map((d) => d.delegation?.delegatorAddress),
      ).to.include.members([direct.address, amino.address])
      const leaving = await staking.validatorUnbondingDelegations(first)
      expect(leaving.unbondingResponses).to.have.lengthOf(2)
    })

    it('staking: params, pool and the headers of the past', async () => {
      const { staking } = stage().query
      const { params } = await staking.params()
      expect([params?.bondDenom, params?.unbondingTime?.seconds, params?.maxValidators])
        .to.deep //
        .equal(['ustrom', 25n, 100])
      const { pool } = await staking.pool()
      const { validators } = await staking.validators('')
      const all = validators.reduce((sum, { tokens }) => sum + BigInt(tokens), 0n)
      // What unbonds of both users is nobody's stake any more.
      expect(BigInt(pool?.bondedTokens ?? 0) + BigInt(pool?.notBondedTokens ?? 0)).to.equal(
        all + 1_200_000n,
      )
      const height = (await stage().direct.client.getHeight()) - 1
      const { hist } = await staking.historicalInfo(height)
      expect(hist?.header?.height).to.equal(BigInt(height))
      expect(hist?.header?.chainId).to.equal(stage().local.network.chainId)
      expect(hist?.valset.map((v) => v.operatorAddress)).to.include(stage().valoper(1))
      const age = BigInt(Math.floor(Date.now() / 1000)) - (hist?.header?.time.seconds ?? 0n)
      expect(age >= 0n && age < YEAR_S).to.equal(true)
    })
  })

/** What left before: by now its time is over. */
export const unbondedSuite = (stage: () => Stage) =>
  describe('stake that left', () => {
    it('staking: what unbonded is paid out when its time is over', async () => {
      const { staking } = stage().query
      await stage().both(async (user) => {
        await stage().until(
          'the end of unbonding',
          () => staking.delegatorUnbondingDelegations(user.address),
          ({ unbondingResponses }) =>
            unbondingResponses
              .flatMap(({ entries }) => entries)
              .every(({ initialBalance }) => initialBalance !== '1000000'),
        )
      })
    })
  })
