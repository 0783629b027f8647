import { makeLeaf } from '../../modules/kit/fleet-leaf.ts'
import { buildTree, proveRange, type SumLeaf, type SumTree } from '../../modules/kit/sum-tree.ts'
import { nativeHasher } from '../../node/app/native-crypto.ts'
import { MsgEnterLeaves, MsgSubmitRoot } from '../../proto/gen/strom/fleet/v1/tx.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { InsideChain } from './fleet-chain.ts'
import type { RootFigures } from './fleet-figures.ts'
import { bringIn, inBatches } from './fleet-inflow.ts'
import { readMeters } from './fleet-meters.ts'
import type { Meters } from './fleet-prepare.ts'
import type { FleetSettings } from './fleet-settings.ts'
import { oneRound } from './fleet-settle.ts'
import { signTx } from './fleet-tx.ts'
import type { Sender } from './transfers.ts'

const GAS_LEAF = 150_000n
const GAS_BASE = 500_000n
/** The default of `challenge_window_s`, and a moment more. */
const WINDOW_S = 86_400n + 1n

interface Part {
  readonly first: number
  readonly leaves: readonly SumLeaf[]
}

/** The second way in: half of the leaves published with their batches, half as one bare root. */
export async function measureRoots(
  chain: InsideChain,
  settings: FleetSettings,
  meters: Meters,
): Promise<RootFigures | undefined> {
  const known = chain.wiring.modules.some(({ name }) => name === 'fleet')
  if (!known || settings.roots < 2) return undefined
  const sender = chain.senders[0] as Sender
  const leaves = leavesOf(meters)
  const half = leaves.length >> 1
  const began = performance.now()
  const parts = [...inBatches(leaves.slice(0, half), settings.leaves)]
  const trees = parts.map((part) => buildTree(nativeHasher, part))
  const bare = leaves.slice(half)
  const bareTree = buildTree(nativeHasher, bare)
  const treeMs = performance.now() - began
  const root = rootTx(sender, meters.start)
  const published = await bringIn(
    chain,
    settings.blockTxs,
    parts.map((part, i) => ({ bytes: root(trees[i] as SumTree, i, part), count: part.length })),
  )
  const { executeMs } = await chain.block([root(bareTree, parts.length, [])])
  // The challenge window passes, and with it quarter hours in which nothing is due.
  await oneRound(chain, chain.time + WINDOW_S)
  const whole = parts.map((part, i) => enterTx(sender, BigInt(i + 1), { first: 0, leaves: part }))
  const entered = await bringIn(chain, settings.blockTxs, whole)
  const chunks = proven(bare, settings.leaves).map((part) =>
    enterTx(sender, BigInt(parts.length + 1), part, bareTree),
  )
  const enteredWithProof = await bringIn(chain, settings.blockTxs, chunks)
  const leafBytes = leaves[0]?.bytes.length ?? 0
  const figures = { leaves: leaves.length, leafBytes, treeMs, published, bareMs: executeMs }
  return { ...figures, entered, enteredWithProof }
}

function leavesOf(meters: Meters): SumLeaf[] {
  return Array.from(readMeters(meters.roots), ({ readings: [opening, reading] }) =>
    makeLeaf(nativeHasher, reading as SignedReading, opening),
  )
}

function proven(leaves: readonly SumLeaf[], size: number): Part[] {
  let first = 0
  return Array.from(inBatches(leaves, size), (part) => {
    first += part.length
    return { first: first - part.length, leaves: part }
  })
}

const wire = ({ bytes, importWh, exportWh }: SumLeaf) => ({ leaf: bytes, importWh, exportWh })

function rootTx(sender: Sender, tick: bigint) {
  return ({ root, count }: SumTree, part: number, leaves: readonly SumLeaf[]): Uint8Array => {
    const message = MsgSubmitRoot.create({
      gateway: sender.account.address,
      tick,
      part,
      root: root.hash,
      count,
      sumImportWh: root.importWh,
      sumExportWh: root.exportWh,
      leaves: leaves.map(wire),
    })
    const any = { typeUrl: MsgSubmitRoot.typeUrl, value: MsgSubmitRoot.encode(message) }
    return signTx(sender, [any], GAS_BASE + GAS_LEAF * BigInt(leaves.length))
  }
}

function enterTx(sender: Sender, batch: bigint, { first, leaves }: Part, tree?: SumTree) {
  const path = tree === undefined ? [] : proveRange(tree, first, first + leaves.length)
  const message = MsgEnterLeaves.create({
    sender: sender.account.address,
    batch,
    first,
    leaves: leaves.map(wire),
    path,
  })
  const any = { typeUrl: MsgEnterLeaves.typeUrl, value: MsgEnterLeaves.encode(message) }
  const gas = GAS_BASE + GAS_LEAF * BigInt(leaves.length)
  return { bytes: signTx(sender, [any], gas), count: leaves.length }
}

/** Leaves that did not reach metering would make the figure a lie. Throws when there are some. */
export function expectEntered(figures: RootFigures, accepted: bigint): void {
  const { entered, enteredWithProof } = figures
  const count = BigInt(entered.count + enteredWithProof.count)
  if (accepted === count) return
  throw new Error(`${count} leaves were entered, ${accepted} of them stand in metering`)
}
