import type { Account } from '../../cli/gateway/account.ts'
import { signAccount } from '../../cli/gateway/account.ts'
import { MsgSend } from '../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SignMode } from '../../proto/gen/cosmos/tx/signing/v1beta1/signing.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'

/** An account of the load with the number genesis gave it and the sequence it is to use next. */
export interface Sender {
  readonly account: Account
  readonly accountNumber: bigint
  sequence: bigint
}

const GAS = 120_000n

/** `each` signed transfers of 1 ustrom from every sender to the next one; sequences go on. */
export function signTransfers(
  chainId: string,
  senders: readonly Sender[],
  each: number,
): Uint8Array[][] {
  return senders.map((sender, i) => {
    const to = senders[(i + 1) % senders.length]?.account.address ?? ''
    return Array.from({ length: each }, () => signTransfer(chainId, sender, to))
  })
}

function signTransfer(chainId: string, sender: Sender, toAddress: string): Uint8Array {
  const { account, accountNumber } = sender
  const value = MsgSend.encode({
    fromAddress: account.address,
    toAddress,
    amount: [{ denom: 'ustrom', amount: '1' }],
  })
  const bodyBytes = TxBody.encode(
    TxBody.create({ messages: [{ typeUrl: MsgSend.typeUrl, value }] }),
  )
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [
      {
        publicKey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: account.pubkey }) },
        modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined },
        sequence: sender.sequence++,
      },
    ],
    fee: { amount: [], gasLimit: GAS, payer: '', granter: '' },
    tip: undefined,
  })
  const signed = SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })
  return TxRaw.encode({
    bodyBytes,
    authInfoBytes,
    signatures: [signAccount(account, signed)],
  })
}
