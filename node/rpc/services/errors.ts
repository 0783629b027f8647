/** gRPC status codes the node's services use, by name as error texts print them. */
export const STATUS = {
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const

/** Name of a gRPC status. */
export type StatusName = keyof typeof STATUS

/** A service refused; the message is what a gRPC client of the SDK reads. */
export class ServiceError extends Error {
  readonly status: StatusName

  constructor(status: StatusName, message: string) {
    super(message)
    this.name = 'ServiceError'
    this.status = status
  }
}

/** Status and text a REST client gets. */
export interface StatusText {
  readonly status: StatusName
  readonly message: string
}

// The SDK's `gRPCErrorToSDKError`: ABCI code and the text it appends.
const ABCI: Partial<Record<StatusName, readonly [code: number, suffix: string]>> = {
  NotFound: [22, 'key not found'],
  InvalidArgument: [18, 'invalid request'],
  FailedPrecondition: [18, 'invalid request'],
  Unauthenticated: [4, 'unauthorized'],
}

/** The ABCI code and log of a service's refusal, as `abci_query` answers it (codespace `sdk`). */
export function abciOf(error: ServiceError): { readonly code: number; readonly log: string } {
  const [code, suffix] = ABCI[error.status] ?? [6, 'unknown request']
  return { code, log: `rpc error: code = ${error.status} desc = ${error.message}: ${suffix}` }
}

const GRPC_TEXT = /^rpc error: code = (\w+) desc = ([\s\S]*)$/
const SUFFIX = /: (key not found|invalid request|unauthorized|unknown request)$/
// Codes the SDK turns into a gRPC status of their own (`sdkErrorToGRPCError`); 26 is a bad height.
const BY_CODE: ReadonlyMap<number, StatusName> = new Map([
  [4, 'Unauthenticated'],
  [18, 'InvalidArgument'],
  [22, 'NotFound'],
  [26, 'InvalidArgument'],
  [38, 'NotFound'],
])

/**
 * What REST shows of an ABCI refusal: the status inside an `rpc error` text or the one its code stands for, and the
 * text a handler gave without what the ABCI door added.
 */
export function statusOf(code: number, codespace: string, log: string): StatusText {
  const grpc = GRPC_TEXT.exec(log)
  if (grpc !== null && Object.hasOwn(STATUS, grpc[1] as string)) {
    return { status: grpc[1] as StatusName, message: (grpc[2] as string).replace(SUFFIX, '') }
  }
  if (codespace === 'sdk' && code === 6 && log.startsWith('unknown query path')) {
    return { status: 'Unimplemented', message: 'Not Implemented' }
  }
  const status = codespace === 'sdk' ? (BY_CODE.get(code) ?? 'Unknown') : 'Unknown'
  return { status, message: status === 'Unknown' ? log : log.replace(SUFFIX, '') }
}
