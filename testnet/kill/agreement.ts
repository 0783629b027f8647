import { field } from '../../cli/gateway/rpc-client.ts'
import { heightOf, type NodeProcess } from '../launch.ts'

/** `sha256("")`: the evidence hash of a block without evidence. */
const NO_EVIDENCE = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855'
const PAGE = 20n
const AGREE_MS = 60_000

/** Identity and state of one height as a node tells them. */
interface Link {
  readonly height: bigint
  readonly hash: string
  readonly appHash: string
  readonly evidence: boolean
}

/**
 * Compares every height of every node: block hash, app hash, and that no block carries evidence. Waits until the last
 * node has what the first one has now. Returns that height and what is wrong, empty when the chain is one.
 */
export async function chainsAgree(
  nodes: readonly NodeProcess[],
): Promise<{ height: bigint; faults: string[] }> {
  const faults: string[] = []
  const [first, ...others] = nodes
  if (first === undefined) return { height: 0n, faults: ['there is no node'] }
  const height = await heightOf(first)
  const until = performance.now() + AGREE_MS
  for (const node of others) {
    while ((await heightOf(node)) < height) {
      if (performance.now() > until) {
        faults.push(`node${node.index} has not reached height ${height}`)
        return { height, faults }
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const reference = await headers(first, height)
  for (const { height: at, evidence } of reference)
    if (evidence) faults.push(`the block of height ${at} carries evidence of misbehaviour`)
  if (reference.length !== Number(height))
    faults.push(`node${first.index} tells ${reference.length} of ${height} heights`)
  for (const node of others) {
    const links = await headers(node, height)
    for (const [i, link] of reference.entries()) {
      const other = links[i]
      if (other?.hash === link.hash && other.appHash === link.appHash) continue
      faults.push(
        `fork at height ${link.height}: node${first.index} has ${link.hash} (app hash ${link.appHash}), ` +
          `node${node.index} ${other?.hash} (${other?.appHash})`,
      )
      break
    }
  }
  return { height, faults }
}

/** All heights from 1 to `top`, ascending. */
async function headers(node: NodeProcess, top: bigint): Promise<Link[]> {
  const links: Link[] = []
  for (let from = 1n; from <= top; from += PAGE) {
    const to = from + PAGE - 1n < top ? from + PAGE - 1n : top
    const answer = await node.client.rpc.call('blockchain', {
      minHeight: from.toString(),
      maxHeight: to.toString(),
    })
    const metas = field(answer, 'block_metas')
    const page = (Array.isArray(metas) ? metas : []).map(linkOf)
    links.push(...page.sort((a, b) => (a.height < b.height ? -1 : 1)))
  }
  return links
}

function linkOf(meta: unknown): Link {
  const header = field(meta, 'header')
  return {
    height: BigInt(String(field(header, 'height'))),
    hash: String(field(field(meta, 'block_id'), 'hash')),
    appHash: String(field(header, 'app_hash')),
    evidence: String(field(header, 'evidence_hash')) !== NO_EVIDENCE,
  }
}
