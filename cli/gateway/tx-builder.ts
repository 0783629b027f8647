import { createHash } from 'node:crypto'
import { PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { SignMode } from '../../proto/gen/cosmos/tx/signing/v1beta1/signing.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { SignedReading, SignedReceipt } from '../../proto/gen/strom/metering/v1/reading.ts'
import { MsgSubmitReadings, MsgSubmitReceipts } from '../../proto/gen/strom/metering/v1/tx.ts'
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

/** One message on its way to the chain, and the gas it asks for beside the transaction's own. */
export interface Outgoing {
  readonly typeUrl: string
  readonly value: Uint8Array
  readonly gas: bigint
}

/** A receipt writes two readings, and its bytes are stored by nobody but paid for by size. */
const READINGS_PER_RECEIPT = 2n
const GAS_PER_BYTE = 30n

/** A batch of readings as the message that brings them. */
export function readingsMessage(
  gateway: string,
  readings: readonly SignedReading[],
  fee: FeePolicy,
): Outgoing {
  return {
    typeUrl: MsgSubmitReadings.typeUrl,
    value: MsgSubmitReadings.encode({ gateway, readings: [...readings] }),
    gas: fee.gasPerReading * BigInt(readings.length),
  }
}

/** A batch of chargers' receipts as the message that brings them. */
export function receiptsMessage(
  gateway: string,
  receipts: readonly SignedReceipt[],
  fee: FeePolicy,
): Outgoing {
  const value = MsgSubmitReceipts.encode({ gateway, receipts: [...receipts] })
  const readings = READINGS_PER_RECEIPT * BigInt(receipts.length)
  return {
    typeUrl: MsgSubmitReceipts.typeUrl,
    value,
    gas: fee.gasPerReading * readings + GAS_PER_BYTE * BigInt(value.length),
  }
}

/** Who signs a transaction, at which place. */
export interface TxSigner {
  readonly account: Account
  readonly chainId: string
  readonly accountNumber: bigint
  readonly sequence: bigint
}

/** One MsgSubmitReadings in a SIGN_MODE_DIRECT transaction of the gateway's account. */
export function buildTx(
  options: TxSigner & { readonly readings: readonly SignedReading[]; readonly fee: FeePolicy },
): BuiltTx {
  const { readings, fee, ...signer } = options
  return wrapTx(signer, readingsMessage(signer.account.address, readings, fee), fee)
}

/** One message in a SIGN_MODE_DIRECT transaction. */
export function wrapTx(
  signer: TxSigner,
  { typeUrl, value, gas }: Outgoing,
  fee: FeePolicy,
): BuiltTx {
  const { account } = signer
  const bodyBytes = TxBody.encode(TxBody.create({ messages: [{ typeUrl, value }] }))
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [
      {
        publicKey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: account.pubkey }) },
        modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined },
        sequence: signer.sequence,
      },
    ],
    fee: {
      amount: fee.amount.map((coin) => ({ ...coin })),
      gasLimit: fee.baseGas + gas,
      payer: '',
      granter: '',
    },
    tip: undefined,
  })
  const { chainId, accountNumber } = signer
  const signBytes = SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })
  const bytes = TxRaw.encode({
    bodyBytes,
    authInfoBytes,
    signatures: [signAccount(account, signBytes)],
  })
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex').toUpperCase() }
}
