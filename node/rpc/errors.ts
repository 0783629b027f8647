/** A JSON-RPC error: standard code and message, with the text clients read in `data`. */
export class RpcError extends Error {
  readonly code: number
  readonly data: string
  constructor(code: number, message: string, data: string) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}

/** -32603: the method ran and refused; `data` is the text CometBFT would give. */
export const internal = (data: string): RpcError => new RpcError(-32603, 'Internal error', data)
/** -32602: a parameter is missing or malformed. */
export const badParams = (data: string): RpcError => new RpcError(-32602, 'Invalid params', data)
/** -32601. */
export const unknownMethod = (): RpcError => new RpcError(-32601, 'Method not found', '')
/** -32600. */
export const badRequest = (data: string): RpcError => new RpcError(-32600, 'Invalid Request', data)
/** -32700. */
export const parseError = (data: string): RpcError =>
  new RpcError(-32700, 'Parse error. Invalid JSON', data)
