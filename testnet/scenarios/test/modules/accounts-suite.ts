import {
  createMultisigThresholdPubkey,
  encodeSecp256k1Pubkey,
  pubkeyToAddress,
} from '@cosmjs/amino'
import {
  accountFromAny,
  assertIsDeliverTxSuccess,
  coins,
  makeMultisignedTxBytes,
  SigningStargateClient,
} from '@cosmjs/stargate'
import { expect } from 'chai'
import {
  ContinuousVestingAccount,
  DelayedVestingAccount,
  PeriodicVestingAccount,
} from 'cosmjs-types/cosmos/vesting/v1beta1/vesting'
import { aminoTypesOf } from '../support/amino-types.ts'
import type { Stage } from '../support/stage.ts'
import { addressOf, feeOf, keyNamed, REGISTRY, signerOf } from '../support/users.ts'

const VESTING = '/cosmos.vesting.v1beta1'
const NONE = new Uint8Array()

/** Vesting and multisig accounts. */
export const accountsSuite = (stage: () => Stage) =>
  describe('accounts of other kinds', () => {
    it('vesting: each kind of account is made in both sign modes, and CosmJS reads it', async () => {
      const endTime = BigInt(Math.floor(Date.now() / 1000) + 1000)
      await stage().both(async (user) => {
        const [continuous, delayed, periodic, locked] = await Promise.all(
          ['continuous', 'delayed', 'periodic', 'locked'].map((kind) =>
            addressOf(`${kind} for ${user.name}`),
          ),
        )
        const fromAddress = user.address
        const amount = coins(4000, 'ustrom')
        await user.send(
          {
            typeUrl: `${VESTING}.MsgCreateVestingAccount`,
            value: { fromAddress, toAddress: continuous, amount, endTime, delayed: false },
          },
          {
            typeUrl: `${VESTING}.MsgCreateVestingAccount`,
            value: { fromAddress, toAddress: delayed, amount, endTime, delayed: true },
          },
          {
            typeUrl: `${VESTING}.MsgCreatePeriodicVestingAccount`,
            value: {
              fromAddress,
              toAddress: periodic,
              startTime: endTime - 500n,
              vestingPeriods: [
                { length: 100n, amount: coins(3000, 'ustrom') },
                { length: 400n, amount: coins(1000, 'ustrom') },
              ],
            },
          },
          {
            typeUrl: `${VESTING}.MsgCreatePermanentLockedAccount`,
            value: { fromAddress, toAddress: locked, amount },
          },
        )
        const { auth, bank } = stage().query
        const accounts = await Promise.all(
          [continuous, delayed, periodic].map(async (address) => {
            const any = await auth.account(address ?? '')
            if (any === null) throw new Error(`${address} does not exist`)
            expect(accountFromAny(any)).to.include({ address, pubkey: null, sequence: 0 })
            return any
          }),
        )
        expect(accounts.map(({ typeUrl }) => typeUrl)).to.deep.equal([
          `${VESTING}.ContinuousVestingAccount`,
          `${VESTING}.DelayedVestingAccount`,
          `${VESTING}.PeriodicVestingAccount`,
        ])
        const [first, second, third] = accounts.map(({ value }) => value)
        const straight = ContinuousVestingAccount.decode(first ?? NONE)
        expect(straight.baseVestingAccount?.originalVesting).to.deep.equal(amount)
        expect(straight.baseVestingAccount?.endTime).to.equal(endTime)
        expect(straight.startTime < endTime).to.equal(true)
        expect(DelayedVestingAccount.decode(second ?? NONE).baseVestingAccount?.endTime).to.equal(
          endTime,
        )
        const steps = PeriodicVestingAccount.decode(third ?? NONE)
        expect(steps.vestingPeriods.map(({ length }) => length)).to.deep.equal([100n, 400n])
        expect((await bank.balance(delayed ?? '', 'ustrom')).amount).to.equal('4000')
        const forever = await auth.account(locked ?? '')
        expect(forever?.typeUrl).to.equal(`${VESTING}.PermanentLockedAccount`)
      })
    })

    it('multisig: two of three members send and delegate', async () => {
      const { alice, query, rpcUrl, local } = stage()
      const members = await Promise.all(
        ['one', 'two', 'three'].map((name) => signerOf(keyNamed(`member ${name}`), 'amino')),
      )
      const accounts = await Promise.all(members.map(async (one) => (await one.getAccounts())[0]))
      const pubkey = createMultisigThresholdPubkey(
        accounts.map((account) => encodeSecp256k1Pubkey(account?.pubkey ?? NONE)),
        2,
      )
      const shared = pubkeyToAddress(pubkey, 'strom')
      const fund = {
        fromAddress: alice.address,
        toAddress: shared,
        amount: coins(9_000_000, 'ustrom'),
      }
      await alice.send({ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value: fund })
      const account = await alice.client.getAccount(shared)
      if (account === null) throw new Error('no shared account')
      const messages = [
        {
          typeUrl: '/cosmos.bank.v1beta1.MsgSend',
          value: {
            fromAddress: shared,
            toAddress: alice.address,
            amount: coins(1000, 'ustrom'),
          },
        },
        {
          typeUrl: '/cosmos.staking.v1beta1.MsgDelegate',
          value: {
            delegatorAddress: shared,
            validatorAddress: stage().valoper(1),
            amount: { denom: 'ustrom', amount: '3000000' },
          },
        },
      ]
      const data = {
        accountNumber: account.accountNumber,
        sequence: account.sequence,
        chainId: local.network.chainId,
      }
      const signatures = new Map<string, Uint8Array>()
      let body: Uint8Array = NONE
      for (const i of [0, 2]) {
        const [signer, member] = [members[i], accounts[i]]
        if (signer === undefined || member === undefined) throw new Error('no such member')
        const client = await SigningStargateClient.offline(signer, {
          registry: REGISTRY,
          aminoTypes: aminoTypesOf(REGISTRY),
        })
        const signed = await client.sign(member.address, messages, feeOf(), 'of two', data)
        body = signed.bodyBytes
        signatures.set(member.address, signed.signatures[0] ?? NONE)
      }
      const bytes = makeMultisignedTxBytes(pubkey, account.sequence, feeOf(), body, signatures)
      const client = await SigningStargateClient.connect(rpcUrl)
      const sent = await client.broadcastTx(bytes, 60_000, 100)
      client.disconnect()
      assertIsDeliverTxSuccess(sent)
      const { delegationResponse } = await query.staking.delegation(shared, stage().valoper(1))
      expect(delegationResponse?.balance?.amount).to.equal('3000000')
      const after = await alice.client.getAccount(shared)
      expect([after?.sequence, after?.pubkey?.type]).to.deep.equal([
        1,
        'tendermint/PubKeyMultisigThreshold',
      ])
    })
  })
