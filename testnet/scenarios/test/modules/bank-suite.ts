import { encodeSecp256k1Pubkey } from '@cosmjs/amino'
import { fromHex } from '@cosmjs/encoding'
import { assertIsDeliverTxSuccess, coins } from '@cosmjs/stargate'
import { expect } from 'chai'
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx'
import { PubKey } from 'cosmjs-types/cosmos/crypto/secp256k1/keys'
import type { Stage } from '../support/stage.ts'

export const FUNDS = 500_000_000

/** Bank, auth and tx: the users get their coins here. */
export const bankSuite = (stage: () => Stage) =>
  describe('transfers', () => {
    it('bank: one MsgMultiSend funds many, and totals are told', async () => {
      const { alice, direct, amino, query } = stage()
      const supply = await query.bank.supplyOf('ustrom')
      await alice.send({
        typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend',
        value: {
          inputs: [{ address: alice.address, coins: coins(2 * FUNDS, 'ustrom') }],
          outputs: [direct, amino].map(({ address }) => ({
            address,
            coins: coins(FUNDS, 'ustrom'),
          })),
        },
      })
      expect(await query.bank.balance(direct.address, 'ustrom')).to.deep.equal(
        coins(FUNDS, 'ustrom')[0],
      )
      expect(await query.bank.allBalances(amino.address)).to.deep.equal(coins(FUNDS, 'ustrom'))
      // Every block mints a little.
      const { supply: total } = await query.bank.totalSupply()
      expect(total.map(({ denom }) => denom)).to.include('ustrom')
      expect(BigInt((await query.bank.supplyOf('ustrom')).amount) > BigInt(supply.amount)).to.equal(
        true,
      )
      const [metadata] = await query.bank.denomsMetadata()
      expect([metadata?.base, metadata?.display]).to.deep.equal(['ustrom', 'strom'])
      expect((await query.bank.denomMetadata('ustrom')).denomUnits.map((u) => u.exponent))
        .to.deep //
        .equal([0, 6])
    })

    it('bank: MsgMultiSend and MsgSend in both sign modes', async () => {
      const { both, query } = { both: stage().both.bind(stage()), query: stage().query }
      await both(async (user, other) => {
        const { address } = user
        await user.send(
          {
            typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend',
            value: {
              inputs: [{ address, coins: coins(30, 'ustrom') }],
              outputs: [{ address: other.address, coins: coins(30, 'ustrom') }],
            },
          },
          {
            typeUrl: '/cosmos.bank.v1beta1.MsgSend',
            value: { fromAddress: address, toAddress: other.address, amount: coins(12, 'ustrom') },
          },
        )
      })
      const account = await query.auth.account(stage().amino.address)
      expect(account?.typeUrl).to.equal('/cosmos.auth.v1beta1.BaseAccount')
      const read = await stage().amino.client.getAccount(stage().amino.address)
      expect(read?.sequence).to.equal(1)
      expect(read?.pubkey?.type).to.equal('tendermint/PubKeySecp256k1')
    })

    it('tx: simulates for a key and finds by hash', async () => {
      const { direct, query } = stage()
      const { pubkey, sequence } = (await direct.client.getAccount(direct.address)) ?? {}
      if (pubkey === undefined || pubkey === null || sequence === undefined)
        throw new Error('no key on the account')
      const message = {
        fromAddress: direct.address,
        toAddress: direct.address,
        amount: coins(1, 'ustrom'),
      }
      const packed = { typeUrl: MsgSend.typeUrl, value: MsgSend.encode(message).finish() }
      const { gasInfo } = await query.tx.simulate(
        [packed],
        'memo',
        encodeSecp256k1Pubkey(Buffer.from(pubkey.value as string, 'base64')),
        sequence,
      )
      expect(Number(gasInfo?.gasUsed)).to.be.within(20_000, 200_000)
      const sent = await direct.send({ typeUrl: MsgSend.typeUrl, value: message })
      assertIsDeliverTxSuccess(sent)
      const found = await query.tx.getTx(sent.transactionHash)
      expect([found.txResponse?.code, Number(found.txResponse?.height)]).to.deep.equal([
        0,
        sent.height,
      ])
      expect(found.tx?.body?.memo).to.equal('direct & <memo>')
      const key = found.tx?.authInfo?.signerInfos[0]?.publicKey
      expect(PubKey.decode(key?.value ?? fromHex('')).key).to.have.lengthOf(33)
    })
  })
