import { createServer } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { JsonValue } from '../../proto/codec.ts'
import type { Logger } from '../telemetry/log.ts'
import type { RpcBackend } from './backend.ts'
import { allowOrigins } from './cors.ts'
import { Dispatcher, failure, METHODS } from './dispatch.ts'
import { badRequest, internal } from './errors.ts'
import { postHandler } from './post.ts'
import { type SocketLimits, Sockets } from './websocket.ts'

/** Where and how the JSON-RPC server listens. */
export interface RpcServerOptions extends SocketLimits {
  readonly host: string
  readonly port: number
  /** Origins browsers may call from; `*` for all, empty for none. */
  readonly corsOrigins: readonly string[]
  readonly log: Logger
}

/** The JSON-RPC server: POST /, GET /method and /websocket. */
export class RpcServer {
  readonly #server: FastifyInstance
  readonly #sockets: Sockets
  readonly port: number

  private constructor(server: FastifyInstance, sockets: Sockets, port: number) {
    this.#server = server
    this.#sockets = sockets
    this.port = port
  }

  /** Listens. Throws the system's error, such as EADDRINUSE. */
  static async start(backend: RpcBackend, options: RpcServerOptions): Promise<RpcServer> {
    const dispatcher = new Dispatcher(backend, options.log)
    const post = postHandler(dispatcher, options)
    const server = Fastify({
      routerOptions: { maxParamLength: 512 },
      forceCloseConnections: true,
      serverFactory: (handler) =>
        createServer((request, response) => {
          if (request.method === 'POST' && request.url === '/') post(request, response)
          else handler(request, response)
        }),
    })
    allowOrigins(server, options.corsOrigins)
    // Nothing but `POST /` has a body that is read.
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      done(null)
    })
    server.setErrorHandler((error, _request, reply) => refuse(reply, error, options.log))
    server.setNotFoundHandler((_request, reply) =>
      json(reply, 404, JSON.stringify(failure(-1, badRequest('no such path: POST /')))),
    )
    server.get('/', async (_request, reply) => {
      const list = [...METHODS.keys()].map((name) => `/${name}`).join('\n')
      return await reply.type('text/plain').send(`Available endpoints:\n${list}\n/websocket\n`)
    })
    server.get('/:method', async (request, reply) => {
      const { method } = request.params as { method: string }
      const { text, status, fixed } = await dispatcher.get(
        method,
        request.query as { [name: string]: JsonValue },
      )
      if (fixed === true) reply.header('cache-control', 'public, max-age=86400')
      return json(reply, status, text)
    })
    const sockets = new Sockets(server.server, backend, dispatcher, options, options.log)
    try {
      await server.listen({ host: options.host, port: options.port })
    } catch (error) {
      sockets.close()
      throw error
    }
    const address = server.server.address()
    return new RpcServer(
      server,
      sockets,
      typeof address === 'object' && address !== null ? address.port : options.port,
    )
  }

  async close(): Promise<void> {
    this.#sockets.close()
    await this.#server.close()
  }
}

function json(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json').send(text)
}

function refuse(reply: FastifyReply, error: unknown, log: Logger): FastifyReply {
  // Fastify's own refusals, such as a body that is too large, are the caller's; the rest goes to the log only.
  const status = (error as { statusCode?: unknown }).statusCode
  if (error instanceof Error && typeof status === 'number' && status < 500) {
    return json(reply, status, JSON.stringify(failure(-1, badRequest(error.message))))
  }
  log.error('rpc request failed', { error })
  const answer = failure(-1, internal('the node could not answer; see its log'))
  return json(reply, 500, JSON.stringify(answer))
}
