import '../shim.ts'
import { Metrics } from '../../telemetry/metrics.ts'
import { Host, type HostOptions } from '../host.ts'
import { generateNodeKey } from '../node-key.ts'
import { P2pTransport, type TransportOptions } from '../transport.ts'

/** A running node on a free port of 127.0.0.1. */
export interface TestNode {
  readonly host: Host
  readonly transport: P2pTransport
  readonly metrics: Metrics
  readonly address: string
}

const running: TestNode[] = []

/** Starts a node; `before` registers handlers while that is still possible. */
export async function startNode(
  options: Partial<HostOptions> & TransportOptions = {},
  before: (transport: P2pTransport, host: Host) => void = () => undefined,
): Promise<TestNode> {
  const metrics = new Metrics()
  const host = await Host.create({
    chainId: 'test-1',
    nodeKey: await generateNodeKey(),
    listen: ['tcp://127.0.0.1:0'],
    metrics,
    ...options,
  })
  const transport = new P2pTransport(host, options)
  before(transport, host)
  await transport.start()
  const node = { host, transport, metrics, address: host.addresses()[0] ?? '' }
  running.push(node)
  return node
}

/** Stops every node a test has started. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((node) => node.transport.stop()))
}

/** Waits until `ready` holds, at most `ms`; the error names what was awaited. */
export async function until(what: string, ready: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms
  while (!ready()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
