import {
  createMultisigThresholdPubkey,
  encodeSecp256k1Pubkey,
  type MultisigThresholdPubkey,
  pubkeyToAddress,
  Secp256k1Wallet,
} from '@cosmjs/amino'
import { DirectSecp256k1Wallet, type EncodeObject, type OfflineSigner } from '@cosmjs/proto-signing'
import { makeMultisignedTxBytes, SigningStargateClient, type StdFee } from '@cosmjs/stargate'
import { TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { CHAIN, sha256 } from './support.ts'

/** What a test may choose about a transaction; the account number must be that of the genesis. */
export interface TxPlan {
  readonly number: number
  readonly sequence: number
  readonly memo?: string
  readonly fee?: StdFee
  readonly chainId?: string
  readonly timeout?: bigint
}

export const FREE: StdFee = { amount: [], gas: '200000' }

/** A fee of so many ustrom for the usual gas. */
export function paying(amount: string, gas = '200000'): StdFee {
  return { amount: [{ denom: 'ustrom', amount }], gas }
}

/** An account that CosmJS signs for. */
export class Wallet {
  readonly address: string
  readonly pubkey: Uint8Array
  readonly #direct: OfflineSigner
  readonly #amino: OfflineSigner

  private constructor(
    address: string,
    pubkey: Uint8Array,
    signers: { direct: OfflineSigner; amino: OfflineSigner },
  ) {
    this.address = address
    this.pubkey = pubkey
    this.#direct = signers.direct
    this.#amino = signers.amino
  }

  /** The account of a key derived from a name. */
  static async of(name: string): Promise<Wallet> {
    const key = sha256(Buffer.from(`wallet ${name}`))
    const direct = await DirectSecp256k1Wallet.fromKey(key, 'strom')
    const amino = await Secp256k1Wallet.fromKey(key, 'strom')
    const [account] = await direct.getAccounts()
    if (account === undefined) throw new Error('a wallet without an account')
    return new Wallet(account.address, account.pubkey, { direct, amino })
  }

  /** Transaction bytes in SIGN_MODE_DIRECT. */
  direct(messages: readonly EncodeObject[], plan: TxPlan): Promise<Uint8Array> {
    return this.#signed(this.#direct, messages, plan)
  }

  /** Transaction bytes in SIGN_MODE_LEGACY_AMINO_JSON. */
  amino(messages: readonly EncodeObject[], plan: TxPlan): Promise<Uint8Array> {
    return this.#signed(this.#amino, messages, plan)
  }

  /** One member's part of a multisig transaction. */
  async share(from: string, messages: readonly EncodeObject[], plan: TxPlan) {
    const client = await SigningStargateClient.offline(this.#amino)
    const raw = await client.sign(
      this.address,
      messages,
      plan.fee ?? FREE,
      plan.memo ?? '',
      dataOf(plan),
    )
    const [signature] = raw.signatures
    if (signature === undefined) throw new Error(`no signature for ${from}`)
    return { address: this.address, bodyBytes: raw.bodyBytes, signature }
  }

  send(to: string, amount: string, denom = 'ustrom'): EncodeObject {
    return sendMessage(this.address, to, amount, denom)
  }

  async #signed(
    signer: OfflineSigner,
    messages: readonly EncodeObject[],
    plan: TxPlan,
  ): Promise<Uint8Array> {
    const client = await SigningStargateClient.offline(signer)
    const { fee = FREE, memo = '', timeout } = plan
    const raw = await client.sign(this.address, messages, fee, memo, dataOf(plan), timeout)
    return TxRaw.encode({ ...raw })
  }
}

/** `threshold` of the members together, as CosmJS makes them; `signedBy` picks who signs. */
export class SharedWallet {
  readonly pubkey: MultisigThresholdPubkey
  readonly address: string
  readonly #members: readonly Wallet[]

  constructor(members: readonly Wallet[], threshold: number) {
    this.pubkey = createMultisigThresholdPubkey(
      members.map(({ pubkey }) => encodeSecp256k1Pubkey(pubkey)),
      threshold,
      true,
    )
    this.address = pubkeyToAddress(this.pubkey, 'strom')
    this.#members = members
  }

  async signedBy(
    chosen: readonly number[],
    messages: readonly EncodeObject[],
    plan: TxPlan,
  ): Promise<Uint8Array> {
    const shares = await Promise.all(
      chosen.map((i) => (this.#members[i] as Wallet).share(this.address, messages, plan)),
    )
    const [first] = shares
    if (first === undefined) throw new Error('nobody signs')
    const signatures = new Map(shares.map(({ address, signature }) => [address, signature]))
    const fee = plan.fee ?? FREE
    return makeMultisignedTxBytes(this.pubkey, plan.sequence, fee, first.bodyBytes, signatures)
  }
}

/** A MsgSend as CosmJS programs write it. */
export function sendMessage(from: string, to: string, amount: string, denom = 'ustrom') {
  return {
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: { fromAddress: from, toAddress: to, amount: [{ denom, amount }] },
  }
}

function dataOf(plan: TxPlan) {
  const { number, sequence, chainId = CHAIN } = plan
  return { accountNumber: BigInt(number), sequence, chainId }
}
