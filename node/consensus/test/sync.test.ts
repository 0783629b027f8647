import { expect } from 'chai'
import { ByteReader, ByteWriter } from '../bytes.ts'
import { encodePeerMessage } from '../messages.ts'
import { BLOCK_PROTOCOL } from '../transport.ts'
import { Cluster } from './support/harness.ts'

describe('consensus/sync', () => {
  let cluster: Cluster
  afterEach(async () => {
    const { conflicts } = cluster
    await cluster.close()
    expect(conflicts).to.deep.equal([])
  })

  /** Three of four nodes make some heights while the fourth has not been started. */
  async function ahead(height: bigint): Promise<void> {
    cluster = new Cluster(4, undefined, [10n, 10n, 10n, 1n])
    for (const node of cluster.nodes.slice(0, 3)) await node.start()
    await cluster.reach(height, cluster.nodes.slice(0, 3))
  }

  it('brings a late node to the tip, where it signs', async () => {
    await ahead(25n)
    const late = cluster.node(3)
    const heights: bigint[] = []
    const engine = await late.start()
    let signedWhileBehind = 0
    engine.onRoundStep(({ height, step }) => {
      if (step === 'prevote' && height < 15n) signedWhileBehind++
    })
    engine.onNewBlock(({ block }) => heights.push(block.header.height))
    await cluster.reach(26n, [late])
    expect(heights.slice(0, 25)).to.deep.equal(Array.from({ length: 25 }, (_, i) => BigInt(i + 1)))
    expect(signedWhileBehind, 'rounds of old heights').to.equal(0)
    await cluster.until('a commit with its signature', () => {
      const { engine: other, height } = cluster.node(0)
      const index = engine.chain.validators.validators.length - 1
      return other?.blocks.commitAt(height - 1n)?.signatures[index]?.flag === 2
    })
    expect(engine.catchingUp).to.equal(false)
  })

  it('drops peers that lie about height, block or commit, or stall, and still arrives', async () => {
    await ahead(20n)
    const honest = cluster.node(0)
    const liars = ['forger', 'mixer', 'junk', 'silent'].map((id) => ({
      id,
      end: cluster.net.join(id),
    }))
    const height = (request: Uint8Array) => new ByteReader(request).i64()
    const serve = (
      request: Uint8Array,
      change: (block: Uint8Array, commit: Uint8Array) => void,
    ) => {
      const node = honest.net(height(request))
      const r = new ByteReader(node)
      const block = r.bytes()
      const commit = r.bytes()
      change(block, commit)
      return new ByteWriter().bytes(block).bytes(commit).finish()
    }
    const answers: Record<string, (request: Uint8Array) => Promise<Uint8Array | undefined>> = {
      // A changed signature, another height's block, noise, and no answer at all.
      forger: async (request) => serve(request, (_, commit) => flip(commit, commit.length - 3)),
      mixer: async () => honest.net(1n),
      junk: async () => new Uint8Array(500).fill(7),
      silent: () => new Promise(() => {}),
    }
    for (const { id, end } of liars) {
      end.handle(
        BLOCK_PROTOCOL,
        (_peer, request) => answers[id]?.(request) ?? Promise.resolve(undefined),
      )
    }
    const late = cluster.node(3)
    await late.start()
    const status = { base: 1n, height: 1_000_000n }
    for (const { end } of liars)
      end.broadcast('status', encodePeerMessage({ type: 'nodeStatus', status }))
    await cluster.reach(21n, [late], 19_000)
    expect(late.fatal).to.equal(undefined)
    const reported = new Set(cluster.net.reports.map((report) => report.peer))
    expect([...reported]).to.include.members(['mixer', 'junk'])
    for (const { id } of liars) cluster.net.leave(id)
  })
})

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] as number) ^ 1
}
