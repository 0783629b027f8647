import type { FastifyInstance } from 'fastify'

const CORS_HEADERS = 'Origin, Accept, Content-Type, X-Requested-With, X-Server-Time'

/** Answers preflights and marks answers for the allowed origins; `expose` names answer headers scripts may read. */
export function allowOrigins(
  server: FastifyInstance,
  origins: readonly string[],
  expose = '',
): void {
  if (origins.length === 0) return
  const any = origins.includes('*')
  server.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers
    if (!any) reply.header('vary', 'Origin')
    if (origin === undefined || !(any || origins.includes(origin))) return done()
    reply.header('access-control-allow-origin', any ? '*' : origin)
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
