import { GatewayError } from './errors.ts'
import { httpRequest } from './http-request.ts'

/** The node answered, with an error. */
export class RpcError extends Error {
  readonly code: number
  constructor(method: string, code: number, message: string) {
    super(`${method}: ${message}`)
    this.name = 'RpcError'
    this.code = code
  }
}

/** No node answered; `message` says what each one did. */
export class NoNodeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoNodeError'
  }
}

/**
 * JSON-RPC 2.0 over HTTP POST to one of several nodes. It stays with the node that answers and goes to the next when one
 * is down, slow (`timeoutMs`) or answers 5xx; an error the node states (`RpcError`) is an answer and is thrown as it is.
 */
export class RpcClient {
  readonly #urls: readonly string[]
  readonly #timeoutMs: number
  #current = 0
  #id = 0

  constructor(urls: readonly string[], timeoutMs = 5_000) {
    if (urls.length === 0) throw new GatewayError('bad_config', 'no node address is given')
    for (const url of urls) {
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
        throw new GatewayError(
          'bad_config',
          `node address ${JSON.stringify(url)} is not an http address`,
        )
      }
    }
    this.#urls = urls
    this.#timeoutMs = timeoutMs
  }

  /** The node asked first. */
  get url(): string {
    return this.#urls[this.#current] ?? ''
  }

  /** Leaves the present node, which answers but does not serve (it stands still, or is behind). */
  rotate(): void {
    this.#current = (this.#current + 1) % this.#urls.length
  }

  /** The `result` of a call. Throws RpcError, or NoNodeError after every node has failed once. */
  async call(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const failures: string[] = []
    for (let i = 0; i < this.#urls.length; i += 1) {
      try {
        return await this.#post(this.url, method, params)
      } catch (error) {
        if (error instanceof RpcError) throw error
        failures.push(`${this.url}: ${reason(error)}`)
        this.rotate()
      }
    }
    throw new NoNodeError(`no node answers (${failures.join('; ')})`)
  }

  async #post(url: string, method: string, params: Record<string, unknown>): Promise<unknown> {
    this.#id += 1
    const { status, text } = await httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: this.#id, method, params }),
      timeoutMs: this.#timeoutMs,
    })
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      throw new Error(`HTTP ${status} without JSON`)
    }
    const error = field(body, 'error')
    if (error !== undefined && error !== null) {
      const detail = field(error, 'data')
      const message = `${String(field(error, 'message'))}${detail === undefined ? '' : `: ${String(detail)}`}`
      throw new RpcError(method, Number(field(error, 'code')), message)
    }
    if (status < 200 || status > 299) throw new Error(`HTTP ${status}`)
    return field(body, 'result')
  }
}

/** A member of a JSON object, or undefined. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
