import { connect } from 'node:net'

/** What the nodes answered to the transactions of a run. */
export interface SendResult {
  readonly accepted: number
  readonly refused: number
  /** The first refusal as the node worded it. */
  readonly firstRefusal: string | undefined
}

/** How densely to send. */
export interface LaneOptions {
  /** Connections to each node; default 32. */
  readonly lanesPerNode?: number
  /** Requests under way on a connection; default 8. */
  readonly window?: number
}

/**
 * Sends transactions with `broadcast_tx_sync` over pipelined HTTP/1.1 on raw sockets, so that the sender costs the
 * machine little. All transactions of a sender go over one connection, in order. Rejects when a connection breaks.
 */
export async function sendAll(
  urls: readonly string[],
  senders: readonly (readonly Uint8Array[])[],
  options: LaneOptions = {},
): Promise<SendResult> {
  const count = Math.min(senders.length, urls.length * (options.lanesPerNode ?? 32))
  const queues: Uint8Array[][] = Array.from({ length: count }, () => [])
  // Rounds over all senders: their first transactions go first, as when many people send at once.
  const rounds = Math.max(0, ...senders.map((list) => list.length))
  for (let round = 0; round < rounds; round++) {
    senders.forEach((list, i) => {
      const tx = list[round]
      if (tx !== undefined) queues[i % count]?.push(tx)
    })
  }
  const results = await Promise.all(
    queues.map((queue, i) => lane(urls[i % urls.length] ?? '', queue, options.window ?? 8)),
  )
  return {
    accepted: results.reduce((sum, one) => sum + one.accepted, 0),
    refused: results.reduce((sum, one) => sum + one.refused, 0),
    firstRefusal: results.find((one) => one.firstRefusal !== undefined)?.firstRefusal,
  }
}

/** One connection. */
function lane(url: string, queue: readonly Uint8Array[], window: number): Promise<SendResult> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.setNoDelay(true)
    let next = 0
    let open = 0
    let accepted = 0
    let refused = 0
    let firstRefusal: string | undefined
    let rest: Buffer = Buffer.alloc(0)
    const feed = (): void => {
      let text = ''
      while (open < window && next < queue.length) {
        text += request(next, queue[next] as Uint8Array)
        next++
        open++
      }
      if (text !== '') socket.write(text)
      if (open > 0 || next < queue.length) return
      socket.destroy()
      resolve({ accepted, refused, firstRefusal })
    }
    socket.on('connect', feed)
    socket.on('error', reject)
    socket.on('close', () => {
      if (open > 0) reject(new Error(`${url} closed the connection with ${open} answers owed`))
    })
    socket.on('data', (data) => {
      rest = rest.length === 0 ? data : Buffer.concat([rest, data])
      for (;;) {
        const answer = takeAnswer(rest)
        if (answer === undefined) break
        rest = rest.subarray(answer.bytes)
        open--
        if (/"code": ?0\b/.test(answer.body)) accepted++
        else {
          refused++
          firstRefusal ??= answer.body.slice(0, 300)
        }
      }
      feed()
    })
  })
}

function request(id: number, tx: Uint8Array): string {
  const body = `{"jsonrpc":"2.0","id":${id},"method":"broadcast_tx_sync","params":{"tx":"${Buffer.from(tx).toString('base64')}"}}`
  return `POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** The first whole answer in the bytes, undefined while some of it is missing. */
export function takeAnswer(
  bytes: Buffer,
): { readonly body: string; readonly bytes: number } | undefined {
  const head = bytes.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))
  if (length === null) throw new Error('an answer without Content-Length')
  const end = head + 4 + Number(length[1])
  if (bytes.length < end) return undefined
  return { body: bytes.toString('utf8', head + 4, end), bytes: end }
}
