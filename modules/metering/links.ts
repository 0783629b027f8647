import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { ConsumptionLink, type TickPhase } from '../../proto/gen/strom/metering/v1/tick.ts'
import { concatBytes } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { splitPoint } from '../kit/sum-tree.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import { tickOfDevice } from './ticks.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** A link of a device and tick, and how firm its energy is. */
export interface FirmLink {
  readonly link: ConsumptionLink
  readonly phase: TickPhase
}

/** The link of a device in a tick; undefined while no reading stands on both sides of it. */
export function linkOfDevice(ctx: ReadContext, device: Device, tick: bigint): FirmLink | undefined {
  const energy = tickOfDevice(ctx, device, tick)
  const { opening, closing, importWh, exportWh, phase } = energy
  if (opening.length === 0 || closing.length === 0) return undefined
  const link = ConsumptionLink.create({
    chainId: ctx.chainId,
    device: device.id,
    start: tick,
    end: tick + TICK_SECONDS,
    importWh,
    exportWh,
    opening,
    closing,
  })
  return { link, phase }
}

/** The consumption hash: sha256 of the canonical bytes of the link. */
export function linkHash(hasher: Hasher, link: ConsumptionLink): Uint8Array {
  return hasher.sha256(ConsumptionLink.encode(link))
}

/** Merkle tree hash of RFC 6962 over texts of bytes; of none it is the hash of nothing. */
export function merkleRoot(hasher: Hasher, leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hasher.sha256(new Uint8Array())
  const hashes = leaves.map((leaf) => hasher.sha256(concatBytes(LEAF, leaf)))
  const join = (low: number, high: number): Uint8Array => {
    if (high - low === 1) return hashes[low] as Uint8Array
    const middle = low + splitPoint(high - low)
    return hasher.sha256(concatBytes(NODE, join(low, middle), join(middle, high)))
  }
  return join(0, hashes.length)
}

/** The links of the devices of a site in order of id, those without one, and the root that joins production, storage and load. */
export function siteLinks(
  ctx: ReadContext,
  devices: readonly Device[],
  tick: bigint,
): { readonly root: Uint8Array; readonly links: FirmLink[]; readonly missing: string[] } {
  const links: FirmLink[] = []
  const missing: string[] = []
  const ordered = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const device of ordered) {
    const found = linkOfDevice(ctx, device, tick)
    if (found === undefined) missing.push(device.id)
    else links.push(found)
  }
  const hashes = links.map(({ link }) => linkHash(ctx.hasher, link))
  return { root: merkleRoot(ctx.hasher, hashes), links, missing }
}
