import { signAccount } from '../../cli/gateway/account.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SignMode } from '../../proto/gen/cosmos/tx/signing/v1beta1/signing.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { FLEET } from './fleet-settings.ts'
import type { Sender } from './transfers.ts'

/** One transaction of any messages in SIGN_MODE_DIRECT; the sender's sequence goes on. */
export function signTx(sender: Sender, messages: AnyValue[], gasLimit: bigint): Uint8Array {
  const { account, accountNumber } = sender
  const bodyBytes = TxBody.encode(TxBody.create({ messages }))
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [
      {
        publicKey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: account.pubkey }) },
        modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined },
        sequence: sender.sequence++,
      },
    ],
    fee: { amount: [], gasLimit, payer: '', granter: '' },
    tip: undefined,
  })
  const chainId = FLEET.chainId
  const signed = SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })
  return TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signAccount(account, signed)] })
}
