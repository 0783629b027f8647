import { createHash } from 'node:crypto'
import { Secp256k1Wallet } from '@cosmjs/amino'
import { fromBech32, toBech32 } from '@cosmjs/encoding'
import {
  DirectSecp256k1Wallet,
  type EncodeObject,
  type OfflineSigner,
  Registry,
} from '@cosmjs/proto-signing'
import {
  assertIsDeliverTxSuccess,
  type DeliverTxResponse,
  defaultRegistryTypes,
  GasPrice,
  SigningStargateClient,
  type StdFee,
} from '@cosmjs/stargate'
import { GenericAuthorization } from 'cosmjs-types/cosmos/authz/v1beta1/authz'
import { SendAuthorization } from 'cosmjs-types/cosmos/bank/v1beta1/authz'
import {
  MsgCommunityPoolSpend,
  MsgDepositValidatorRewardsPool,
} from 'cosmjs-types/cosmos/distribution/v1beta1/tx'
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant'
import { MsgCancelProposal } from 'cosmjs-types/cosmos/gov/v1/tx'
import { MsgUpdateParams as MintUpdateParams } from 'cosmjs-types/cosmos/mint/v1beta1/tx'
import { MsgUnjail, MsgUpdateParams } from 'cosmjs-types/cosmos/slashing/v1beta1/tx'
import { StakeAuthorization } from 'cosmjs-types/cosmos/staking/v1beta1/authz'
import { MsgCancelUpgrade, MsgSoftwareUpgrade } from 'cosmjs-types/cosmos/upgrade/v1beta1/tx'
import {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePermanentLockedAccount,
} from 'cosmjs-types/cosmos/vesting/v1beta1/tx'
import { aminoTypesOf } from './amino-types.ts'

/** CosmJS's own types, and what else a client registers before it signs or unpacks it. */
export const REGISTRY = new Registry([
  ...defaultRegistryTypes,
  ['/cosmos.authz.v1beta1.GenericAuthorization', GenericAuthorization],
  ['/cosmos.bank.v1beta1.SendAuthorization', SendAuthorization],
  ['/cosmos.distribution.v1beta1.MsgCommunityPoolSpend', MsgCommunityPoolSpend],
  ['/cosmos.distribution.v1beta1.MsgDepositValidatorRewardsPool', MsgDepositValidatorRewardsPool],
  ['/cosmos.feegrant.v1beta1.AllowedMsgAllowance', AllowedMsgAllowance],
  ['/cosmos.feegrant.v1beta1.BasicAllowance', BasicAllowance],
  ['/cosmos.feegrant.v1beta1.PeriodicAllowance', PeriodicAllowance],
  ['/cosmos.gov.v1.MsgCancelProposal', MsgCancelProposal],
  ['/cosmos.mint.v1beta1.MsgUpdateParams', MintUpdateParams],
  ['/cosmos.slashing.v1beta1.MsgUnjail', MsgUnjail],
  ['/cosmos.slashing.v1beta1.MsgUpdateParams', MsgUpdateParams],
  ['/cosmos.staking.v1beta1.StakeAuthorization', StakeAuthorization],
  ['/cosmos.upgrade.v1beta1.MsgCancelUpgrade', MsgCancelUpgrade],
  ['/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade', MsgSoftwareUpgrade],
  ['/cosmos.vesting.v1beta1.MsgCreatePeriodicVestingAccount', MsgCreatePeriodicVestingAccount],
  ['/cosmos.vesting.v1beta1.MsgCreatePermanentLockedAccount', MsgCreatePermanentLockedAccount],
])

/** How a wallet signs: the bytes of the transaction, or its amino JSON as hardware wallets do. */
export type Mode = 'direct' | 'amino'

/** The wallet of a key, in one sign mode. */
export async function signerOf(key: Uint8Array, mode: Mode): Promise<OfflineSigner> {
  return mode === 'direct'
    ? await DirectSecp256k1Wallet.fromKey(key, 'strom')
    : await Secp256k1Wallet.fromKey(key, 'strom')
}

/** A private key that follows from a name. */
export const keyNamed = (name: string): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(`scenario ${name}`).digest())

/** An account and the client that signs for it. */
export class User {
  readonly name: string
  readonly mode: Mode
  readonly address: string
  /** The same address as that of a validator's operator. */
  readonly valoper: string
  readonly client: SigningStargateClient

  private constructor(name: string, mode: Mode, address: string, client: SigningStargateClient) {
    this.name = name
    this.mode = mode
    this.address = address
    this.valoper = toBech32('stromvaloper', fromBech32(address).data)
    this.client = client
  }

  static async connect(
    rpcUrl: string,
    mode: Mode,
    name: string,
    key: Uint8Array = keyNamed(name),
  ): Promise<User> {
    const signer = await signerOf(key, mode)
    const client = await SigningStargateClient.connectWithSigner(rpcUrl, signer, {
      registry: REGISTRY,
      aminoTypes: aminoTypesOf(REGISTRY),
      gasPrice: GasPrice.fromString('0.01ustrom'),
      broadcastPollIntervalMs: 100,
    })
    const [account] = await signer.getAccounts()
    if (account === undefined) throw new Error(`${name} has no account`)
    return new User(name, mode, account.address, client)
  }

  /** Signs with simulated gas, sends and waits; throws what the chain says when it refuses. */
  async send(...messages: readonly EncodeObject[]): Promise<DeliverTxResponse> {
    const result = await this.attempt(messages)
    assertIsDeliverTxSuccess(result)
    return result
  }

  /** The same, whatever comes of it: a fee that is not `auto` skips the simulation, which would refuse first. */
  async attempt(
    messages: readonly EncodeObject[],
    fee: StdFee | 'auto' = 'auto',
  ): Promise<DeliverTxResponse> {
    return await this.client.signAndBroadcast(this.address, messages, fee, `${this.mode} & <memo>`)
  }
}

/** A fee for so much gas. */
export const feeOf = (gas = 400_000, granter?: string): StdFee => ({
  amount: [{ denom: 'ustrom', amount: '4000' }],
  gas: gas.toString(),
  ...(granter === undefined ? {} : { granter }),
})

/** The address of the account whose key follows from a name. */
export async function addressOf(name: string): Promise<string> {
  const [account] = await (await signerOf(keyNamed(name), 'direct')).getAccounts()
  if (account === undefined) throw new Error(`${name} has no account`)
  return account.address
}
