import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import '../../../proto/registry.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { RpcBackend } from '../backend.ts'
import { allowOrigins } from '../cors.ts'
import { ServiceError, STATUS, type StatusName, statusOf } from '../services/errors.ts'
import { query } from '../services/query.ts'
import { readRequest } from './request.ts'
import { type Route, restRoutes } from './routes.ts'

/** Where and how the REST gateway listens. */
export interface RestServerOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly maxBodyBytes: number
  /** Origins browsers may call from; `*` for all, empty for none. */
  readonly corsOrigins: readonly string[]
  readonly log: Logger
}

const HEIGHT_HEADER = 'x-cosmos-block-height'
const HTTP: Partial<Record<StatusName, number>> = {
  InvalidArgument: 400,
  FailedPrecondition: 400,
  OutOfRange: 400,
  Unauthenticated: 401,
  PermissionDenied: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Aborted: 409,
  ResourceExhausted: 429,
  Canceled: 499,
  Unimplemented: 501,
  Unavailable: 503,
  DeadlineExceeded: 504,
}

/** The REST gateway: the same queries as `abci_query`, as proto JSON over the schema's routes. */
export class RestServer {
  readonly #server: FastifyInstance
  readonly port: number

  private constructor(server: FastifyInstance, port: number) {
    this.#server = server
    this.port = port
  }

  /** Listens. Throws the system's error, such as EADDRINUSE. */
  static async start(backend: RpcBackend, options: RestServerOptions): Promise<RestServer> {
    const server = Fastify({
      bodyLimit: options.maxBodyBytes,
      routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
      forceCloseConnections: true,
    })
    allowOrigins(server, options.corsOrigins, 'Grpc-Metadata-X-Cosmos-Block-Height')
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    )
    server.setNotFoundHandler((_request, reply) =>
      refuse(reply, 'Unimplemented', 'Not Implemented'),
    )
    server.setErrorHandler((error, _request, reply) => fail(reply, error, options.log))
    for (const route of restRoutes()) {
      server.route({
        method: route.verb,
        url: route.url,
        handler: (request, reply) => serve(backend, route, request, reply),
      })
    }
    await server.listen({ host: options.host, port: options.port })
    const address = server.server.address()
    return new RestServer(
      server,
      typeof address === 'object' && address !== null ? address.port : options.port,
    )
  }

  async close(): Promise<void> {
    await this.#server.close()
  }
}

async function serve(
  backend: RpcBackend,
  { method, binding, rest }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { '*': tail, ...params } = request.params as { [field: string]: string }
  const at = request.url.indexOf('?')
  const message = readRequest(method, binding, {
    path: rest === undefined ? params : { ...params, [rest]: tail ?? '' },
    query: new URLSearchParams(at < 0 ? '' : request.url.slice(at)),
    body: typeof request.body === 'string' ? request.body : '',
  })
  const answer = await query(backend, {
    path: method.path,
    data: method.request.encode(message),
    height: heightOf(request),
    prove: false,
  })
  if (answer.code !== 0) {
    const { status, message: text } = statusOf(answer.code, answer.codespace, answer.log)
    return refuse(reply, status, text)
  }
  return reply
    .header('content-type', 'application/json')
    .header('grpc-metadata-x-cosmos-block-height', answer.height.toString())
    .send(JSON.stringify(method.response.toJson(method.response.decode(answer.value))))
}

function heightOf(request: FastifyRequest): bigint {
  const { headers } = request
  const text = headers[HEIGHT_HEADER] ?? headers[`grpc-metadata-${HEIGHT_HEADER}`] ?? ''
  if (text === '') return 0n
  if (typeof text !== 'string' || !/^\d{1,18}$/.test(text)) {
    throw new ServiceError('InvalidArgument', `${HEIGHT_HEADER}: "${String(text)}" is not a height`)
  }
  return BigInt(text)
}

function refuse(reply: FastifyReply, status: StatusName, message: string): FastifyReply {
  return reply
    .code(HTTP[status] ?? 500)
    .header('content-type', 'application/json')
    .send(JSON.stringify({ code: STATUS[status], message, details: [] }))
}

function fail(reply: FastifyReply, error: unknown, log: Logger): FastifyReply {
  if (error instanceof ServiceError) return refuse(reply, error.status, error.message)
  // Fastify's own refusals: body too large, malformed percent-encoding.
  const status = (error as { statusCode?: unknown }).statusCode
  if (error instanceof Error && typeof status === 'number' && status < 500) {
    return refuse(reply, 'InvalidArgument', error.message)
  }
  // The text of an unexpected error may tell an attacker about the inside: it goes to the log only.
  log.error('rest call failed', { error })
  return refuse(reply, 'Internal', 'the node could not answer; see its log')
}
