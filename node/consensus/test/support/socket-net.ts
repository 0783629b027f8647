import { Host } from '../../../p2p/host.ts'
import { generateNodeKey, type NodeKey } from '../../../p2p/node-key.ts'
import { P2pTransport } from '../../../p2p/transport.ts'
import { CHAIN, type Cluster, type Link, type TestNode } from './harness.ts'

/**
 * Connects the nodes of a cluster by libp2p over TCP on 127.0.0.1. `dials` names the nodes that a node keeps connected to; the
 * default is all that were started before it.
 */
export async function useSockets(
  cluster: Cluster,
  dials: { readonly [node: number]: readonly number[] } = {},
): Promise<void> {
  const keys: NodeKey[] = await Promise.all(cluster.nodes.map(() => generateNodeKey()))
  const addresses = new Map<number, string>()
  cluster.connect = async (node: TestNode): Promise<Link> => {
    const to = dials[node.index] ?? [...addresses.keys()]
    const host = await Host.create({
      chainId: CHAIN,
      nodeKey: keys[node.index] as NodeKey,
      listen: [addresses.get(node.index) ?? '/ip4/127.0.0.1/tcp/0'],
      persistentPeers: to.flatMap((index) => addresses.get(index) ?? []),
    })
    const transport = new P2pTransport(host)
    return {
      transport,
      async start() {
        const aim = () =>
          transport.setMeshTarget((node.engine?.chain.validators.validators.length ?? 1) - 1)
        aim()
        node.engine?.onNewBlock(aim)
        await transport.start()
        const [address] = host.addresses()
        if (address !== undefined) addresses.set(node.index, address)
      },
      stop: () => transport.stop(),
    }
  }
}
