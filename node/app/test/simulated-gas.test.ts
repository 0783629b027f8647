import { expect } from 'chai'
import type { AnyValue } from '../../../proto/codec.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SimulateRequest, SimulateResponse } from '../../../proto/gen/cosmos/tx/v1beta1/service.ts'
import { AuthInfo, Tx, TxBody } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { AppChain } from './support.ts'
import { paying, sendMessage, Wallet } from './wallet.ts'

const alice = await Wallet.of('alice')
const bob = await Wallet.of('bob')
const NUMBER = 1

/** Gas of a transfer as CosmJS asks for it: no fee, no sign mode, one empty signature. */
async function simulated(chain: AppChain, sequence: number, to: string): Promise<bigint> {
  const value = sendMessage(alice.address, to, '5').value
  const message: AnyValue = {
    typeUrl: MsgSend.typeUrl,
    value: MsgSend.encode(MsgSend.create({ ...value })),
  }
  const publicKey = { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: alice.pubkey }) }
  const tx = Tx.create({
    body: TxBody.create({ messages: [message] }),
    authInfo: AuthInfo.create({
      signerInfos: [
        {
          publicKey,
          modeInfo: { single: { mode: 0 }, multi: undefined },
          sequence: BigInt(sequence),
        },
      ],
      fee: { amount: [], gasLimit: 0n, payer: '', granter: '' },
    }),
    signatures: [new Uint8Array()],
  })
  const request = SimulateRequest.encode(SimulateRequest.create({ tx }))
  const answer = await chain.query('/cosmos.tx.v1beta1.Service/Simulate', request)
  expect(answer.log).to.equal('')
  return SimulateResponse.decode(answer.value).gasInfo?.gasUsed ?? 0n
}

async function spent(chain: AppChain, sequence: number, to: string): Promise<bigint> {
  const plan = { number: NUMBER, sequence, fee: paying('1234567', '1000000') }
  const { code, gasUsed } = await chain.deliver(
    await alice.direct([sendMessage(alice.address, to, '5')], plan),
  )
  expect(code).to.equal(0)
  return gasUsed
}

describe('simulated gas', () => {
  const start = (): Promise<AppChain> =>
    AppChain.start({ accounts: [{ address: alice.address, ustrom: 100_000_000n }] })

  it('covers the signature and the fee that a wallet adds later, and not much more', async () => {
    const chain = await start()
    for (const [sequence, to] of [bob.address, bob.address, alice.address].entries()) {
      const asked = await simulated(chain, sequence, to)
      const used = await spent(chain, sequence, to)
      expect(Number(asked)).to.be.within(Number(used), Number(used) * 1.1)
    }
  })

  it('lets an account that sends all it has be simulated', async () => {
    const chain = await AppChain.start({ accounts: [{ address: alice.address, ustrom: 5n }] })
    expect(await simulated(chain, 0, bob.address)).to.be.a('bigint')
  })
})
