import { field, type RpcClient } from '../../cli/gateway/rpc-client.ts'
import type { NodeProcess } from '../launch.ts'

const POLL_MS = 40
/** `BLOCK_ID_FLAG_COMMIT`. */
const SIGNED = 2

/**
 * Waits until a commit of a height above `above` holds the validator's precommit for the block. Asks the `witness`, a
 * node that was not killed. Resolves to that height, undefined when `limitMs` have passed or it is no longer `alive`.
 */
export async function signsAgain(
  witness: NodeProcess,
  address: string,
  above: bigint,
  limitMs: number,
  alive: () => boolean,
): Promise<bigint | undefined> {
  const until = performance.now() + limitMs
  const { rpc } = witness.client
  while (performance.now() < until && alive()) {
    const { height } = await witness.client.head()
    // The last stored commit is what this node has seen; the one before it is final and may hold late precommits.
    for (const at of [height, height - 1n]) {
      if (at > above && (await signers(rpc, at)).has(address)) return at
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return undefined
}

/** Addresses (upper-case hex) of those whose precommit for the block is in the commit of `height`. */
async function signers(rpc: RpcClient, height: bigint): Promise<Set<string>> {
  const answer = await rpc.call('commit', { height: height.toString() })
  const signatures = field(field(field(answer, 'signed_header'), 'commit'), 'signatures')
  const list = Array.isArray(signatures) ? signatures : []
  const good = list.filter((one) => field(one, 'block_id_flag') === SIGNED)
  return new Set(good.map((one) => String(field(one, 'validator_address'))))
}
