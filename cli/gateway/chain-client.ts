import { BaseAccount } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import {
  QueryAccountRequest,
  QueryAccountResponse,
} from '../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { TxMsgData } from '../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import {
  QueryDeviceStateRequest,
  QueryDeviceStateResponse,
  QueryDeviceStatesRequest,
  QueryDeviceStatesResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryReadingRequest,
  QueryReadingResponse,
  QueryRefusalsRequest,
  QueryRefusalsResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import type {
  DeviceState,
  Params,
  Refusal,
  StoredReading,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadingResult } from '../../proto/gen/strom/metering/v1/tx.ts'
import {
  MsgSubmitReadingsResponse,
  MsgSubmitReceiptsResponse,
} from '../../proto/gen/strom/metering/v1/tx.ts'
import { GatewayError } from './errors.ts'
import { field, type RpcClient, RpcError } from './rpc-client.ts'

const PAGE = 1000n
/** Up to so many devices are asked for one by one; more are cheaper to find among the states of all. */
const FEW_DEVICES = 64
/** SDK codes of a query whose answer does not exist: key not found, not found. */
const NOT_FOUND: ReadonlySet<number> = new Set([22, 38])

/** The head of the chain as the asked node knows it. */
export interface ChainHead {
  readonly chainId: string
  readonly height: bigint
  /** Time of the latest block, unix seconds, rounded down. */
  readonly time: bigint
  /** BlockID hash of the latest block, hex; empty when the node does not tell it. */
  readonly hash: string
  readonly catchingUp: boolean
}

/** What CheckTx said. */
export interface BroadcastResult {
  readonly code: number
  readonly codespace: string
  readonly log: string
}

/** A transaction in a block. */
export interface CommittedTx {
  readonly height: bigint
  readonly code: number
  readonly log: string
  /** One verdict a reading or receipt, in the order of the message; empty when the transaction failed. */
  readonly results: readonly ReadingResult[]
}

/** ABCI query answered with a code other than 0. */
export class QueryError extends Error {
  readonly code: number
  readonly codespace: string
  constructor(path: string, code: number, codespace: string, log: string) {
    super(`${path}: ${log} (${codespace} ${code})`)
    this.name = 'QueryError'
    this.code = code
    this.codespace = codespace
  }
}

function resultsOf(response: {
  readonly typeUrl: string
  readonly value: Uint8Array
}): readonly ReadingResult[] {
  const codec =
    response.typeUrl === MsgSubmitReceiptsResponse.typeUrl
      ? MsgSubmitReceiptsResponse
      : MsgSubmitReadingsResponse
  return codec.decode(response.value).results
}

/** What a query's request or answer is written with. */
export interface Codec<T> {
  encode(message: T): Uint8Array
  decode(bytes: Uint8Array): T
}

/** The queries and calls the gateway needs of a node, over JSON-RPC with failover. */
export class ChainClient {
  readonly rpc: RpcClient

  constructor(rpc: RpcClient) {
    this.rpc = rpc
  }

  /** `status`. */
  async head(): Promise<ChainHead> {
    const status = await this.rpc.call('status')
    const sync = field(status, 'sync_info')
    const time = Date.parse(String(field(sync, 'latest_block_time')))
    const height = String(field(sync, 'latest_block_height'))
    const hash = String(field(sync, 'latest_block_hash') ?? '').toLowerCase()
    if (Number.isNaN(time) || !/^\d+$/.test(height))
      throw new Error('status: no latest block in the answer')
    return {
      chainId: String(field(field(status, 'node_info'), 'network')),
      height: BigInt(height),
      time: BigInt(Math.floor(time / 1000)),
      hash: /^[0-9a-f]{64}$/.exec(hash)?.[0] ?? '',
      catchingUp: field(sync, 'catching_up') === true,
    }
  }

  /** Number and sequence of an account at the last committed height. Throws `no_account` when it has never held funds. */
  async account(address: string): Promise<{ accountNumber: bigint; sequence: bigint }> {
    const path = '/cosmos.auth.v1beta1.Query/Account'
    try {
      const answer = await this.query(path, QueryAccountRequest, { address }, QueryAccountResponse)
      const any = answer.account
      if (any === undefined || any.typeUrl !== BaseAccount.typeUrl) {
        throw new GatewayError(
          'no_account',
          `account ${address} is a ${any?.typeUrl ?? 'missing'} and cannot sign batches`,
        )
      }
      return BaseAccount.decode(any.value)
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      throw new GatewayError(
        'no_account',
        `the chain does not know the account ${address}; send it some tokens first`,
      )
    }
  }

  /** The metering parameters. */
  async meteringParams(): Promise<Params> {
    const answer = await this.query(
      '/strom.metering.v1.Query/Params',
      QueryParamsRequest,
      {},
      QueryParamsResponse,
    )
    return answer.params
  }

  /** The states of some devices, each under the context it reports; those that never reported are left out. */
  async statesOf(devices: readonly string[]): Promise<Map<string, DeviceState>> {
    const wanted = new Set(devices)
    const states =
      wanted.size > FEW_DEVICES
        ? await this.deviceStates()
        : await Promise.all([...wanted].map((device) => this.deviceState(device)))
    return new Map(
      states.flatMap((state) =>
        state !== undefined && wanted.has(state.device) ? [[state.device, state] as const] : [],
      ),
    )
  }

  /** The state of one device; undefined when it never reported. */
  async deviceState(device: string): Promise<DeviceState | undefined> {
    return await this.found(async () => {
      const answer = await this.query(
        '/strom.metering.v1.Query/DeviceState',
        QueryDeviceStateRequest,
        { device, context: '' },
        QueryDeviceStateResponse,
      )
      return answer.state
    })
  }

  /** The newest refusals of a device that the chain remembers, up to a page. */
  async refusals(device: string): Promise<readonly Refusal[]> {
    const answer = await this.query(
      '/strom.metering.v1.Query/Refusals',
      QueryRefusalsRequest,
      { device, pagination: page(new Uint8Array(0)) },
      QueryRefusalsResponse,
    )
    return answer.refusals
  }

  /** The states of all devices, page by page. */
  async deviceStates(): Promise<DeviceState[]> {
    const states: DeviceState[] = []
    let key = new Uint8Array(0)
    for (;;) {
      const answer: QueryDeviceStatesResponse = await this.query(
        '/strom.metering.v1.Query/DeviceStates',
        QueryDeviceStatesRequest,
        { pagination: page(key) },
        QueryDeviceStatesResponse,
      )
      states.push(...answer.states)
      key = Uint8Array.from(answer.pagination?.nextKey ?? [])
      if (key.length === 0) return states
    }
  }

  /** The settled reading of a number (accepted, or refused for good with its reason), or undefined. */
  async reading(device: string, context: string, seq: bigint): Promise<StoredReading | undefined> {
    return await this.found(async () => {
      const answer = await this.query(
        '/strom.metering.v1.Query/Reading',
        QueryReadingRequest,
        { device, context, seq },
        QueryReadingResponse,
      )
      return answer.reading
    })
  }

  /** `broadcast_tx_sync`. A transaction the mempool has already counts as taken. */
  async broadcast(tx: Uint8Array): Promise<BroadcastResult> {
    try {
      const answer = await this.rpc.call('broadcast_tx_sync', {
        tx: Buffer.from(tx).toString('base64'),
      })
      return {
        code: Number(field(answer, 'code') ?? 0),
        codespace: String(field(answer, 'codespace') ?? ''),
        log: String(field(answer, 'log') ?? ''),
      }
    } catch (error) {
      if (error instanceof RpcError && /already exists in cache/.test(error.message)) {
        return { code: 0, codespace: '', log: '' }
      }
      throw error
    }
  }

  /** A committed transaction by its hash (hex), or undefined when no block of the index holds it. */
  async tx(hash: string): Promise<CommittedTx | undefined> {
    let answer: unknown
    try {
      answer = await this.rpc.call('tx', {
        hash: Buffer.from(hash, 'hex').toString('base64'),
        prove: false,
      })
    } catch (error) {
      if (error instanceof RpcError) return undefined
      throw error
    }
    const result = field(answer, 'tx_result')
    const code = Number(field(result, 'code') ?? 0)
    const data = Buffer.from(String(field(result, 'data') ?? ''), 'base64')
    const response = code === 0 ? TxMsgData.decode(data).msgResponses[0] : undefined
    return {
      height: BigInt(String(field(answer, 'height') ?? '0')),
      code,
      log: String(field(result, 'log') ?? ''),
      results: response === undefined ? [] : resultsOf(response),
    }
  }

  /** Undefined where the chain says that there is no such thing; an unreachable node still throws. */
  async found<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof QueryError && NOT_FOUND.has(error.code)) return undefined
      throw error
    }
  }

  /** One query at the latest height. Throws QueryError when the chain refuses it. */
  async query<Q, A>(path: string, request: Codec<Q>, message: Q, response: Codec<A>): Promise<A> {
    const data = Buffer.from(request.encode(message)).toString('hex')
    const answer = field(
      await this.rpc.call('abci_query', { path, data, height: '0', prove: false }),
      'response',
    )
    const code = Number(field(answer, 'code') ?? 0)
    if (code !== 0) {
      throw new QueryError(
        path,
        code,
        String(field(answer, 'codespace') ?? ''),
        String(field(answer, 'log') ?? ''),
      )
    }
    return response.decode(Buffer.from(String(field(answer, 'value') ?? ''), 'base64'))
  }
}

function page(key: Uint8Array): {
  key: Uint8Array
  offset: bigint
  limit: bigint
  countTotal: boolean
  reverse: boolean
} {
  return { key, offset: 0n, limit: PAGE, countTotal: false, reverse: false }
}
