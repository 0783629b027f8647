import type { Account } from '../../cli/gateway/account.ts'
import type { BroadcastResult, ChainClient } from '../../cli/gateway/chain-client.ts'
import { field, NoNodeError, RpcError } from '../../cli/gateway/rpc-client.ts'
import { DEFAULT_FEE, wrapTx } from '../../cli/gateway/tx-builder.ts'
import { MsgSend } from '../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { MsgUnjail } from '../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import {
  MsgBeginRedelegate,
  MsgCreateValidator,
  MsgDelegate,
  MsgUndelegate,
} from '../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { type Member, UNIT } from './set-network.ts'

/** One message, encoded. */
export interface Encoded {
  readonly typeUrl: string
  readonly value: Uint8Array
}

const coin = (power: bigint) => ({ denom: 'ustrom', amount: (power * UNIT).toString() })
const rate = (percent: bigint): string => (percent * 10n ** 16n).toString()

/** The messages that change the set; powers are in units of power. */
export const say = {
  send: (from: string, to: string): Encoded => ({
    typeUrl: MsgSend.typeUrl,
    value: MsgSend.encode({
      fromAddress: from,
      toAddress: to,
      amount: [{ denom: 'ustrom', amount: '1' }],
    }),
  }),
  create: (member: Member, power: bigint): Encoded => ({
    typeUrl: MsgCreateValidator.typeUrl,
    value: MsgCreateValidator.encode(
      MsgCreateValidator.create({
        description: {
          moniker: `node${member.index}`,
          identity: '',
          website: '',
          securityContact: '',
          details: '',
        },
        commission: { rate: rate(10n), maxRate: rate(20n), maxChangeRate: rate(1n) },
        minSelfDelegation: '1',
        validatorAddress: member.operator,
        pubkey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: member.key.pubKey }) },
        value: coin(power),
      }),
    ),
  }),
  delegate: (from: string, to: Member, power: bigint): Encoded => ({
    typeUrl: MsgDelegate.typeUrl,
    value: MsgDelegate.encode({
      delegatorAddress: from,
      validatorAddress: to.operator,
      amount: coin(power),
    }),
  }),
  undelegate: (from: string, of: Member, power: bigint): Encoded => ({
    typeUrl: MsgUndelegate.typeUrl,
    value: MsgUndelegate.encode({
      delegatorAddress: from,
      validatorAddress: of.operator,
      amount: coin(power),
    }),
  }),
  redelegate: (who: string, from: Member, to: Member, power: bigint): Encoded => ({
    typeUrl: MsgBeginRedelegate.typeUrl,
    value: MsgBeginRedelegate.encode({
      delegatorAddress: who,
      validatorSrcAddress: from.operator,
      validatorDstAddress: to.operator,
      amount: coin(power),
    }),
  }),
  unjail: (member: Member): Encoded => ({
    typeUrl: MsgUnjail.typeUrl,
    value: MsgUnjail.encode({ validatorAddr: member.operator }),
  }),
}

/** Where a transaction ended. */
export interface Landed {
  readonly height: bigint
  readonly code: number
  readonly log: string
}

const GAS = 400_000n
const WAIT_MS = 90_000
const ATTEMPTS = 5

/** An account that signs one transaction after the other through one node. */
export class SetWallet {
  readonly #chainId: string
  readonly #account: Account
  readonly #client: ChainClient
  readonly #numbers: { readonly accountNumber: bigint; sequence: bigint }

  private constructor(
    chainId: string,
    account: Account,
    client: ChainClient,
    numbers: { accountNumber: bigint; sequence: bigint },
  ) {
    this.#chainId = chainId
    this.#account = account
    this.#client = client
    this.#numbers = numbers
  }

  static async open(chainId: string, account: Account, client: ChainClient): Promise<SetWallet> {
    const { accountNumber, sequence } = await client.account(account.address)
    return new SetWallet(chainId, account, client, { accountNumber, sequence })
  }

  get address(): string {
    return this.#account.address
  }

  /** Signs and hands in; the hash once the mempool took it. Throws what the node answered otherwise. */
  async hand(message: Encoded): Promise<string> {
    const { accountNumber, sequence } = this.#numbers
    const { bytes, hash } = wrapTx(
      { account: this.#account, chainId: this.#chainId, accountNumber, sequence },
      { ...message, gas: GAS },
      DEFAULT_FEE,
    )
    const { code, log } = await this.#broadcast(bytes)
    if (code !== 0) throw new Error(`${message.typeUrl}: ${log}`)
    this.#numbers.sequence += 1n
    return hash
  }

  /** The same bytes again where no answer came in time: a node that has them already says so. */
  async #broadcast(bytes: Uint8Array): Promise<BroadcastResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#client.broadcast(bytes)
      } catch (error) {
        if (!(error instanceof NoNodeError) || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** `hand`, then waits for the block; throws when the message failed there. */
  async act(message: Encoded): Promise<bigint> {
    const hash = await this.hand(message)
    const until = performance.now() + WAIT_MS
    for (;;) {
      const landed = await landedTx(this.#client, hash)
      if (landed?.code === 0) return landed.height
      if (landed !== undefined) throw new Error(`${message.typeUrl}: ${landed.log}`)
      if (performance.now() > until) throw new Error(`${message.typeUrl}: ${hash} is in no block`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Where a transaction ended, undefined while no block has it. */
export async function landedTx(client: ChainClient, hash: string): Promise<Landed | undefined> {
  try {
    const answer = await client.rpc.call('tx', {
      hash: Buffer.from(hash, 'hex').toString('base64'),
      prove: false,
    })
    const result = field(answer, 'tx_result')
    return {
      height: BigInt(String(field(answer, 'height'))),
      code: Number(field(result, 'code') ?? 0),
      log: String(field(result, 'log') ?? ''),
    }
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}
