import { createHash } from 'node:crypto'
import { PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SignMode } from '../../proto/gen/cosmos/tx/signing/v1beta1/signing.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { MsgSubmitReadings } from '../../proto/gen/strom/metering/v1/tx.ts'
import type { Account } from './account.ts'
import { signAccount } from './account.ts'

/** What a transaction may cost. */
export interface FeePolicy {
  /** Gas of a transaction with no reading in it. */
  readonly baseGas: bigint
  /** Gas for each reading. */
  readonly gasPerReading: bigint
  /** Fee of every transaction; nothing where the chain's minimum is 0. */
  readonly amount: readonly { readonly denom: string; readonly amount: string }[]
}

/** Generous for the readings' stores and signatures; what is not used costs nothing on a chain without a fee. */
export const DEFAULT_FEE: FeePolicy = { baseGas: 200_000n, gasPerReading: 120_000n, amount: [] }

/** A transaction ready to broadcast. */
export interface BuiltTx {
  readonly bytes: Uint8Array
  /** sha256 of the bytes, upper-case hex, as nodes name it. */
  readonly hash: string
}

/** One MsgSubmitReadings in a SIGN_MODE_DIRECT transaction of the gateway's account. */
export function buildTx(options: {
  account: Account
  chainId: string
  accountNumber: bigint
  sequence: bigint
  readings: readonly SignedReading[]
  fee: FeePolicy
}): BuiltTx {
  const { account, fee } = options
  const message = MsgSubmitReadings.encode({
    gateway: account.address,
    readings: [...options.readings],
  })
  const bodyBytes = TxBody.encode(
    TxBody.create({ messages: [{ typeUrl: MsgSubmitReadings.typeUrl, value: message }] }),
  )
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [
      {
        publicKey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: account.pubkey }) },
        modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined },
        sequence: options.sequence,
      },
    ],
    fee: {
      amount: fee.amount.map((coin) => ({ ...coin })),
      gasLimit: fee.baseGas + fee.gasPerReading * BigInt(options.readings.length),
      payer: '',
      granter: '',
    },
    tip: undefined,
  })
  const { chainId, accountNumber } = options
  const signBytes = SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })
  const bytes = TxRaw.encode({
    bodyBytes,
    authInfoBytes,
    signatures: [signAccount(account, signBytes)],
  })
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex').toUpperCase() }
}
