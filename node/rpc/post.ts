import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../telemetry/log.ts'
import { originHeaders } from './cors.ts'
import { type Dispatcher, failure } from './dispatch.ts'
import { badRequest, internal } from './errors.ts'

/** What `POST /` needs to know. */
export interface PostOptions {
  readonly maxBodyBytes: number
  readonly corsOrigins: readonly string[]
  readonly log: Logger
}

/**
 * `POST /` on Node's own HTTP server: every transaction comes through here, and the framework in between would take
 * as long as the call itself. Node answers pipelined requests of one socket in the order they came.
 */
export function postHandler(
  dispatcher: Dispatcher,
  options: PostOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = async (response: ServerResponse, body: string, origin?: string): Promise<void> => {
    const { text, status } = await dispatcher.body(body)
    write(response, status, text, origin)
  }
  const origins = originHeaders(options.corsOrigins)
  const write = (response: ServerResponse, status: number, text: string, origin?: string): void => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(origins === undefined ? {} : origins(origin)),
      ...(status === 413 ? { connection: 'close' } : {}),
    })
    response.end(text)
  }
  return (request, response) => {
    const { origin } = request.headers
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= options.maxBodyBytes) chunks.push(chunk)
      else if (!response.headersSent) {
        const reason = `the body is larger than ${options.maxBodyBytes} bytes`
        write(response, 413, JSON.stringify(failure(-1, badRequest(reason))), origin)
        // The rest is not read: the client has been told, and the connection ends.
        response.once('finish', () => request.destroy())
      }
    })
    request.on('end', () => {
      if (length > options.maxBodyBytes) return
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      answer(response, body.toString(), origin).catch((error: unknown) => {
        options.log.error('rpc request failed', { error })
        const text = JSON.stringify(failure(-1, internal('the node could not answer; see its log')))
        if (!response.headersSent) write(response, 500, text, origin)
      })
    })
    request.on('error', () => response.destroy())
  }
}
