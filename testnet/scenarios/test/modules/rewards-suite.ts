import { toBech32 } from '@cosmjs/encoding'
import { coins } from '@cosmjs/stargate'
import { expect } from 'chai'
import type { Stage } from '../support/stage.ts'
import { addressOf, feeOf } from '../support/users.ts'
import { idleAddress } from './staking-suite.ts'

const MODULE = '/cosmos.distribution.v1beta1'
/** A coin amount of DecCoin on the wire: atomics of 18 decimals, without a point. */
const ATOMICS = /^[1-9]\d*$/

/** Mint, distribution and slashing: what stake earns and loses. */
export const rewardsSuite = (stage: () => Stage) =>
  describe('rewards and faults', () => {
    it('mint: params, inflation and provisions are told as decimals', async () => {
      const { mint, bank } = stage().query
      const params = await mint.params()
      expect(params.mintDenom).to.equal('ustrom')
      expect(params.blocksPerYear > 0n).to.equal(true)
      expect([params.inflationMin, params.inflationMax, params.goalBonded].map(String))
        .to.deep //
        .equal(['0.07', '0.2', '0.67'])
      expect(params.inflationRateChange.toString()).to.equal('0.13')
      const inflation = (await mint.inflation()).toFloatApproximation()
      expect(inflation).to.be.within(0.07, 0.2)
      const supply = Number((await bank.supplyOf('ustrom')).amount)
      const provisions = (await mint.annualProvisions()).toFloatApproximation()
      expect(provisions / supply).to.be.closeTo(inflation, 0.001)
    })

    it('distribution: MsgSetWithdrawAddress, MsgWithdrawDelegatorReward, MsgFundCommunityPool', async () => {
      const first = stage().valoper(0)
      await stage().both(async (user) => {
        const { distribution, bank } = stage().query
        const delegatorAddress = user.address
        // What moved its stake a moment ago paid it out: the next block brings the first of the new reward.
        const { rewards } = await stage().until(
          'a reward',
          () => distribution.delegationRewards(delegatorAddress, first),
          (answer) => answer.rewards.length > 0,
        )
        expect(rewards[0]?.denom).to.equal('ustrom')
        expect(rewards[0]?.amount).to.match(ATOMICS)
        const purse = await addressOf(`purse ${user.name}`)
        await user.send({
          typeUrl: `${MODULE}.MsgSetWithdrawAddress`,
          value: { delegatorAddress, withdrawAddress: purse },
        })
        const { withdrawAddress } = await distribution.delegatorWithdrawAddress(delegatorAddress)
        expect(withdrawAddress).to.equal(purse)
        await user.send({
          typeUrl: `${MODULE}.MsgWithdrawDelegatorReward`,
          value: { delegatorAddress, validatorAddress: first },
        })
        const paid = BigInt((await bank.balance(purse, 'ustrom')).amount)
        expect(paid * 10n ** 18n >= BigInt(rewards[0]?.amount ?? 0) - 10n ** 18n).to.equal(true)
        await user.send(
          {
            typeUrl: `${MODULE}.MsgFundCommunityPool`,
            value: { depositor: user.address, amount: coins(777_000, 'ustrom') },
          },
          {
            typeUrl: `${MODULE}.MsgDepositValidatorRewardsPool`,
            value: {
              depositor: user.address,
              validatorAddress: first,
              amount: coins(50_000, 'ustrom'),
            },
          },
        )
      })
      const { pool } = await stage().query.distribution.communityPool()
      expect(pool.map(({ denom }) => denom)).to.deep.equal(['ustrom'])
      expect(BigInt(pool[0]?.amount ?? 0) > 1_554_000n * 10n ** 18n).to.equal(true)
    })

    it('distribution: rewards, commission, validators and params are told', async () => {
      const { distribution } = stage().query
      const { direct } = stage()
      const [first, second] = [stage().valoper(0), stage().valoper(1)]
      const total = await distribution.delegationTotalRewards(direct.address)
      expect(total.rewards.map(({ validatorAddress }) => validatorAddress)).to.have.members([
        first,
        second,
        direct.valoper,
      ])
      expect(total.total[0]?.amount).to.match(ATOMICS)
      const { validators } = await distribution.delegatorValidators(direct.address)
      expect(validators).to.have.members([first, second, direct.valoper])
      const { params } = await distribution.params()
      expect([params?.communityTax, params?.withdrawAddrEnabled]).to.deep.equal([
        '20000000000000000',
        true,
      ])
      const { commission } = await distribution.validatorCommission(first)
      expect(commission?.commission[0]?.amount).to.match(ATOMICS)
      const { rewards } = await distribution.validatorOutstandingRewards(first)
      const outstanding = BigInt(rewards?.rewards[0]?.amount ?? 0)
      expect(outstanding > BigInt(commission?.commission[0]?.amount ?? 0)).to.equal(true)
    })

    it('slashing: who does not sign is jailed and slashed, and MsgUnjail lets it back', async () => {
      await stage().both(async (user) => {
        const { slashing, staking, distribution } = stage().query
        const address = toBech32('stromvalcons', idleAddress(user))
        const { validator } = await stage().until(
          'jail',
          () => staking.validator(user.valoper),
          (answer) => answer.validator?.jailed === true,
        )
        // One percent of 20,000,000 is gone; shares stay.
        expect(validator?.tokens).to.equal('19800000')
        const { valSigningInfo: info } = await slashing.signingInfo(address)
        expect([info?.address, info?.tombstoned, info?.missedBlocksCounter]).to.deep.equal([
          address,
          false,
          0n,
        ])
        const { slashes } = await distribution.validatorSlashes(user.valoper, 1, 1_000_000)
        expect(slashes.map(({ fraction }) => fraction)).to.deep.equal(['10000000000000000'])
        const unjail = {
          typeUrl: '/cosmos.slashing.v1beta1.MsgUnjail',
          value: { validatorAddr: user.valoper },
        }
        const until = Number(info?.jailedUntil.seconds ?? 0n) * 1000
        await stage().until(
          'the end of jail',
          async () => Date.now(),
          (now) => now > until + 1500,
        )
        await user.send(unjail)
        expect((await staking.validator(user.valoper)).validator?.jailed).to.equal(false)
        const again = await user.attempt([unjail], feeOf())
        expect([again.code, again.rawLog]).to.deep.equal([
          5,
          'failed to execute message; message index: 0: validator not jailed; cannot be unjailed',
        ])
      })
    })

    it('slashing: MsgUnjail of somebody who has no validator is refused (slashing 2)', async () => {
      const { alice } = stage()
      const value = { validatorAddr: alice.valoper }
      const refused = await alice.attempt(
        [{ typeUrl: '/cosmos.slashing.v1beta1.MsgUnjail', value }],
        feeOf(),
      )
      expect([refused.code, refused.rawLog]).to.deep.equal([
        2,
        'failed to execute message; message index: 0: address is not associated with any known validator',
      ])
    })

    it('slashing: infos of all and the params, decimals as bytes of digits', async () => {
      const { slashing } = stage().query
      const { info } = await slashing.signingInfos()
      expect(info).to.have.lengthOf(4)
      expect(info.map(({ address }) => address)).to.include(
        toBech32('stromvalcons', idleAddress(stage().amino)),
      )
      const { params } = await slashing.params()
      const digits = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()
      expect(params?.signedBlocksWindow).to.equal(16n)
      expect(digits(params?.minSignedPerWindow)).to.equal('500000000000000000')
      expect(digits(params?.slashFractionDowntime)).to.equal('10000000000000000')
      expect(digits(params?.slashFractionDoubleSign)).to.equal('50000000000000000')
      expect(params?.downtimeJailDuration).to.deep.equal({ seconds: 2n, nanos: 0 })
    })

    it('distribution: MsgWithdrawValidatorCommission in both sign modes', async () => {
      await stage().both(async (user) => {
        const { distribution } = stage().query
        const { commission } = await distribution.validatorCommission(user.valoper)
        expect(commission?.commission[0]?.amount).to.match(ATOMICS)
        await user.send({
          typeUrl: `${MODULE}.MsgWithdrawValidatorCommission`,
          value: { validatorAddress: user.valoper },
        })
        const left = (await distribution.validatorCommission(user.valoper)).commission?.commission
        expect(BigInt(left?.[0]?.amount ?? 0) < BigInt(commission?.commission[0]?.amount ?? 0))
          .to //
          .equal(true)
      })
    })
  })
