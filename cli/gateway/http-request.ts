import * as http from 'node:http'
import * as https from 'node:https'

/** What a server answered, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** One HTTP request. */
export interface HttpAsk {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

// Node's fetch would do, but costs a small machine 40 MB once it has run.
const AGENTS = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
}

/** Sends a request and reads the whole answer. Rejects with the system's error, or one saying that time is up. */
export async function httpRequest(url: string, ask: HttpAsk): Promise<HttpAnswer> {
  for (;;) {
    const sent = send(new URL(url), ask)
    try {
      return await sent.answer
    } catch (error) {
      // A kept connection may have been closed by the server just before: a new one has to be tried.
      const reset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
      if (!reset || !sent.request.reusedSocket) throw error
    }
  }
}

function send(
  url: URL,
  ask: HttpAsk,
): { readonly request: http.ClientRequest; readonly answer: Promise<HttpAnswer> } {
  const secure = url.protocol === 'https:'
  const { method, body, signal } = ask
  const request = (secure ? https : http).request(url, {
    method,
    headers: {
      ...ask.headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body).toString() }),
    },
    agent: AGENTS[secure ? 'https:' : 'http:'],
    ...(signal === undefined ? {} : { signal }),
  })
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${ask.timeoutMs} ms`)),
      ask.timeoutMs,
    )
    const fail = (error: Error): void => {
      clearTimeout(timer)
      reject(error)
    }
    request.on('error', fail)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => {
        clearTimeout(timer)
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
        })
      })
    })
  })
  request.end(body)
  return { request, answer }
}
