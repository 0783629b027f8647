import type { Account } from '../../../cli/gateway/account.ts'
import { signAccount } from '../../../cli/gateway/account.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SignMode } from '../../../proto/gen/cosmos/tx/signing/v1beta1/signing.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { MsgDeclareExchange } from '../../../proto/gen/strom/metering/v1/tx.ts'
import type { LocalChain } from './local-chain.ts'

/** Sends the owner's word that a register was exchanged; it is the account's first transaction. */
export async function declareExchange(
  chain: LocalChain,
  owner: Account,
  accountNumber: bigint,
  device: string,
  openingSeq: bigint,
): Promise<void> {
  const message = MsgDeclareExchange.create({
    signer: owner.address,
    device,
    context: 'main',
    openingSeq,
    reason: 'meter exchanged',
  })
  const value = MsgDeclareExchange.encode(message)
  const bodyBytes = TxBody.encode(
    TxBody.create({ messages: [{ typeUrl: MsgDeclareExchange.typeUrl, value }] }),
  )
  const publicKey = { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: owner.pubkey }) }
  const modeInfo = { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined }
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [{ publicKey, modeInfo, sequence: 0n }],
    fee: { amount: [], gasLimit: 500_000n, payer: '', granter: '' },
    tip: undefined,
  })
  const { chainId } = chain
  const signBytes = SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })
  const signatures = [signAccount(owner, signBytes)]
  const { code, log } = await chain.broadcast(
    TxRaw.encode({ bodyBytes, authInfoBytes, signatures }),
  )
  if (code !== 0) throw new Error(`the exchange of ${device} was not taken: ${log}`)
}
