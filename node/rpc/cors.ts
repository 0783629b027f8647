import type { FastifyInstance } from 'fastify'

const CORS_HEADERS = 'Origin, Accept, Content-Type, X-Requested-With, X-Server-Time'

/** The headers that let a page of this origin read an answer; undefined when no page may. */
export function originHeaders(
  origins: readonly string[],
): ((origin: string | undefined) => { readonly [header: string]: string }) | undefined {
  if (origins.length === 0) return undefined
  const any = origins.includes('*')
  const vary = any ? {} : { vary: 'Origin' }
  return (origin) => {
    if (origin === undefined || !(any || origins.includes(origin))) return vary
    return { ...vary, 'access-control-allow-origin': any ? '*' : origin }
  }
}

/** Answers preflights and marks answers for the allowed origins; `expose` names answer headers scripts may read. */
export function allowOrigins(
  server: FastifyInstance,
  origins: readonly string[],
  expose = '',
): void {
  const headersFor = originHeaders(origins)
  if (headersFor === undefined) return
  server.addHook('onRequest', (request, reply, done) => {
    const headers = headersFor(request.headers.origin)
    reply.headers(headers)
    if (headers['access-control-allow-origin'] === undefined) return done()
    if (expose !== '') reply.header('access-control-expose-headers', expose)
    if (request.method === 'OPTIONS') {
      reply.header('access-control-allow-methods', 'HEAD, GET, POST')
      // What a browser asks for is what a client library sends; there are no cookies to protect here.
      const asked = request.headers['access-control-request-headers']
      reply.header(
        'access-control-allow-headers',
        asked === undefined ? CORS_HEADERS : `${CORS_HEADERS}, ${asked}`,
      )
    }
    done()
  })
  server.options('/*', async (_request, reply) => await reply.code(204).send())
}
