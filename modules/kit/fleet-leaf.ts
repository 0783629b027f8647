import { CodecError } from '../../proto/codec.ts'
import { Leaf } from '../../proto/gen/strom/fleet/v1/leaf.ts'
import { DeviceMessage, type SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { equalBytes } from './bytes.ts'
import type { Hasher } from './crypto.ts'
import { divFloor } from './math.ts'
import type { SumLeaf } from './sum-tree.ts'

/** Longest sign bytes of a device, and longest leaf: two of them with their signatures. */
const MAX_SIGN_BYTES = 1024
export const MAX_LEAF_BYTES = 2 * (MAX_SIGN_BYTES + 64) + 16

/** A device message in a leaf: the exact signed bytes, what they say and their identity. */
export interface LeafMessage {
  readonly signed: SignedReading
  readonly message: DeviceMessage
  /** sha256 of the signed bytes. */
  readonly identity: Uint8Array
}

/** What the bytes of a leaf say. */
export interface OpenLeaf {
  readonly reading: LeafMessage
  readonly opening: LeafMessage | undefined
  /** Whether the reading's prev_hash names the opening, which then needs no signature of its own. */
  readonly linked: boolean
}

/**
 * Whole Wh between two values of one register. A register with a modulus (mWh, 0 for none) went over it once when the
 * value fell. Undefined when the register fell without one, or a value is beyond the modulus.
 */
export function registerWh(fromMwh: bigint, toMwh: bigint, modulusMwh: bigint): bigint | undefined {
  if (modulusMwh > 0n && (fromMwh >= modulusMwh || toMwh >= modulusMwh)) return undefined
  if (toMwh >= fromMwh) return divFloor(toMwh, 1000n) - divFloor(fromMwh, 1000n)
  if (modulusMwh === 0n) return undefined
  return divFloor(toMwh + modulusMwh, 1000n) - divFloor(fromMwh, 1000n)
}

/**
 * The leaf of an interval, as a gateway puts it into its tree. `opening` is the device's message exactly one interval
 * before; without it the leaf states 0 Wh. Throws RangeError when the registers fall: such a leaf would be challenged.
 */
export function makeLeaf(
  hasher: Hasher,
  reading: SignedReading,
  opening: SignedReading | undefined,
  modulusMwh = 0n,
): SumLeaf {
  if (opening === undefined) {
    return { bytes: Leaf.encode({ reading, opening }), importWh: 0n, exportWh: 0n }
  }
  const [to, from] = [DeviceMessage.decode(reading.message), DeviceMessage.decode(opening.message)]
  const importWh = registerWh(from.importMwh, to.importMwh, modulusMwh)
  const exportWh = registerWh(from.exportMwh, to.exportMwh, modulusMwh)
  if (importWh === undefined || exportWh === undefined) {
    throw new RangeError(`registers of ${to.device} fell before message ${to.seq}`)
  }
  const linked = equalBytes(to.prevHash, hasher.sha256(opening.message))
  const kept = linked ? { message: opening.message, signature: new Uint8Array() } : opening
  return { bytes: Leaf.encode({ reading, opening: kept }), importWh, exportWh }
}

/** Reads the bytes of a leaf strictly; what is wrong with them as text otherwise. */
export function readLeaf(hasher: Hasher, chainId: string, bytes: Uint8Array): OpenLeaf | string {
  if (bytes.length > MAX_LEAF_BYTES) return `leaf longer than ${MAX_LEAF_BYTES} bytes`
  const leaf = strict(Leaf, bytes)
  if (leaf === undefined) return 'the bytes are no canonical leaf'
  const reading = readMessage(hasher, chainId, leaf.reading)
  if (typeof reading === 'string') return `reading: ${reading}`
  if (leaf.opening === undefined) return { reading, opening: undefined, linked: false }
  const opening = readMessage(hasher, chainId, leaf.opening)
  if (typeof opening === 'string') return `opening: ${opening}`
  return { reading, opening, linked: equalBytes(reading.message.prevHash, opening.identity) }
}

function readMessage(hasher: Hasher, chainId: string, signed: SignedReading): LeafMessage | string {
  if (signed.message.length > MAX_SIGN_BYTES) return `sign bytes longer than ${MAX_SIGN_BYTES}`
  const message = strict(DeviceMessage, signed.message)
  if (message === undefined) return 'sign bytes are no canonical device message'
  if (message.chainId !== chainId) return 'signed for another chain'
  return { signed, message, identity: hasher.sha256(signed.message) }
}

/** The message whose canonical encoding these bytes are; undefined when there is none. */
function strict<T>(
  codec: { decode(bytes: Uint8Array): T; encode(message: T): Uint8Array },
  bytes: Uint8Array,
): T | undefined {
  let message: T
  try {
    message = codec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
  return equalBytes(codec.encode(message), bytes) ? message : undefined
}
