import { createServer } from 'node:http'
import type { Metrics } from './telemetry/metrics.ts'

/** Serves `/metrics` as Prometheus text on `host:port`. Returns what closes it; rejects when the port is taken. */
export async function serveMetrics(metrics: Metrics, address: string): Promise<() => void> {
  const match = /^([^:]*):(\d{1,5})$/.exec(address)
  if (match === null) throw new Error(`prometheus_listen_addr: "${address}" is not HOST:PORT`)
  const server = createServer((request, response) => {
    const found = request.url === '/metrics'
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' })
    response.end(found ? metrics.render() : 'see /metrics\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(match[2]), match[1] === '' ? '127.0.0.1' : match[1], resolve)
  })
  return () => {
    server.close()
    server.closeAllConnections()
  }
}
