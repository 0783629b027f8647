import type { Home } from '../node/home.ts'
import type { Codec } from '../proto/codec.ts'
import { readClientConfig, setting } from './client-config.ts'
import { CliError, EXIT, usageError } from './errors.ts'
import { field, RpcClient, RpcError } from './gateway/rpc-client.ts'

/** How a node and its chain stand. */
export interface NodeStatus {
  readonly chainId: string
  readonly height: bigint
  readonly catchingUp: boolean
  /** Time of the latest block, RFC 3339. */
  readonly time: string
}

/** What a node answered to a broadcast. */
export interface Broadcast {
  readonly code: number
  readonly codespace: string
  readonly log: string
  readonly hash: string
}

/** A transaction in a block. */
export interface IncludedTx {
  readonly hash: string
  readonly height: bigint
  readonly code: number
  readonly codespace: string
  readonly log: string
  readonly gasWanted: bigint
  readonly gasUsed: bigint
  /** The JSON-RPC answer as it came. */
  readonly raw: unknown
}

const POLL_MS = 200

/** One node over JSON-RPC. Every call throws CliError: exit 6 when the node does not answer, 9 for what is not there. */
export class NodeClient {
  readonly url: string
  readonly #rpc: RpcClient

  constructor(address: string) {
    this.url = nodeUrl(address)
    this.#rpc = new RpcClient([this.url], 15_000)
  }

  /** The `result` of a JSON-RPC method. */
  async call(method: string, params: { readonly [name: string]: unknown } = {}): Promise<unknown> {
    try {
      return await this.#rpc.call(method, { ...params })
    } catch (error) {
      if (error instanceof RpcError) throw answered(error)
      throw new CliError(EXIT.unreachable, 'unreachable', (error as Error).message, {
        hint: 'is the node running? Choose another one with --node',
      })
    }
  }

  async status(): Promise<NodeStatus> {
    const result = await this.call('status')
    const sync = field(result, 'sync_info')
    return {
      chainId: String(field(field(result, 'node_info'), 'network')),
      height: BigInt(String(field(sync, 'latest_block_height'))),
      catchingUp: field(sync, 'catching_up') === true,
      time: String(field(sync, 'latest_block_time')),
    }
  }

  /** The status, when the node serves `chainId` (any when empty). Throws exit 6 for another chain. */
  async statusOn(chainId: string): Promise<NodeStatus> {
    const status = await this.status()
    if (chainId !== '' && status.chainId !== chainId) {
      throw new CliError(
        EXIT.unreachable,
        'wrong_chain',
        `the node at ${this.url} serves ${status.chainId}, not ${chainId}`,
        { hint: 'choose a node of that chain with --node, or correct --chain-id' },
      )
    }
    return status
  }

  /** Calls a query method by its path, `/cosmos.bank.v1beta1.Query/Balance`. Throws exit 9 when the thing is not there. */
  async query<Q, R>(
    path: string,
    request: Codec<Q>,
    response: Codec<R>,
    message: Q,
    height = 0n,
  ): Promise<R> {
    const data = Buffer.from(request.encode(message)).toString('hex')
    const result = await this.call('abci_query', {
      path,
      data,
      height: height.toString(),
      prove: false,
    })
    const answer = field(result, 'response')
    const code = Number(field(answer, 'code') ?? 0)
    if (code !== 0)
      throw queryError(code, String(field(answer, 'codespace') ?? ''), String(field(answer, 'log')))
    return response.decode(Buffer.from(String(field(answer, 'value') ?? ''), 'base64'))
  }

  /** Hands in a transaction; `sync` waits for the node's check, `async` does not. */
  async broadcast(tx: Uint8Array, mode: 'sync' | 'async'): Promise<Broadcast> {
    const result = await this.call(`broadcast_tx_${mode}`, {
      tx: Buffer.from(tx).toString('base64'),
    })
    return {
      code: Number(field(result, 'code') ?? 0),
      codespace: String(field(result, 'codespace') ?? ''),
      log: String(field(result, 'log') ?? ''),
      hash: String(field(result, 'hash')),
    }
  }

  /** A transaction by hash (hex); undefined while no block holds it. */
  async tx(hash: string): Promise<IncludedTx | undefined> {
    const bytes = Buffer.from(readHash(hash), 'hex').toString('base64')
    let result: unknown
    try {
      result = await this.call('tx', { hash: bytes, prove: false })
    } catch (error) {
      if (error instanceof CliError && error.exitCode === EXIT.notFound) return undefined
      throw error
    }
    const outcome = field(result, 'tx_result')
    return {
      hash: String(field(result, 'hash')),
      height: BigInt(String(field(result, 'height'))),
      code: Number(field(outcome, 'code') ?? 0),
      codespace: String(field(outcome, 'codespace') ?? ''),
      log: String(field(outcome, 'log') ?? ''),
      gasWanted: BigInt(String(field(outcome, 'gas_wanted') ?? '0')),
      gasUsed: BigInt(String(field(outcome, 'gas_used') ?? '0')),
      raw: result,
    }
  }

  /** Waits until a block holds the transaction. Throws exit 5 after `timeoutMs`, with the hash. */
  async waitForTx(hash: string, timeoutMs: number): Promise<IncludedTx> {
    const until = Date.now() + timeoutMs
    for (;;) {
      const found = await this.tx(hash)
      if (found !== undefined) return found
      if (Date.now() >= until) {
        throw new CliError(
          EXIT.timeout,
          'not_included',
          `the transaction was in no block after ${timeoutMs / 1000} s`,
          { hint: `it may still come: strom query wait-tx ${hash}`, extra: { txhash: hash } },
        )
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

/** The node of `--node`, environment or client.toml. */
export function openClient(home: Home, node: string | undefined): NodeClient {
  return new NodeClient(setting(readClientConfig(home), 'node', node))
}

/** The chain that must answer: `--chain-id`, environment or client.toml; empty when none is named. */
export function wantedChain(home: Home, chainId: string | undefined): string {
  return setting(readClientConfig(home), 'chain-id', chainId)
}

/** A transaction hash as upper-case hex. Throws a usage error. */
export function readHash(text: string): string {
  const digits = text.replace(/^0x/i, '')
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw usageError(`"${text}" is not a transaction hash`, 'a hash has 64 hex digits')
  }
  return digits.toUpperCase()
}

function nodeUrl(address: string): string {
  const url = address.replace(/^tcp:\/\//, 'http://')
  const full = /^https?:\/\//.test(url) ? url : `http://${url}`
  if (!URL.canParse(full)) {
    throw usageError(`"${address}" is not a node's address`, 'write --node http://127.0.0.1:26657')
  }
  return full
}

/** A JSON-RPC error as the exit code its text stands for. */
function answered(error: RpcError): CliError {
  const missing =
    /not found|could not find|is not available|is not stored|must be less than or equal/
  const message = error.message.replace(/^(\w+): Internal error: /, '$1: ')
  return missing.test(message)
    ? new CliError(EXIT.notFound, 'not_found', message)
    : new CliError(EXIT.other, 'rpc_error', message, { code: error.code, codespace: 'jsonrpc' })
}

/** Codes of `abci_query`: what is not there, a request that cannot be meant, anything else. */
function queryError(code: number, codespace: string, log: string): CliError {
  const message = log.replace(/^rpc error: code = \w+ desc = /, '')
  const details = { code, codespace }
  if (codespace === 'sdk' && (code === 22 || code === 38)) {
    return new CliError(EXIT.notFound, 'not_found', message, details)
  }
  if (codespace === 'sdk' && code === 26) {
    return new CliError(EXIT.notFound, 'no_such_height', message, details)
  }
  if (codespace === 'sdk' && (code === 18 || code === 7)) {
    return new CliError(EXIT.usage, 'bad_request', message, details)
  }
  return new CliError(EXIT.other, 'query_failed', message, details)
}
