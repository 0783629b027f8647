import type {
  Attempt,
  BlockContext,
  ModuleEvent,
  MsgContext,
  ReadContext,
  WriteContext,
} from '../../modules/kit/context.ts'
import type { Hasher, Verifier } from '../../modules/kit/crypto.ts'
import { type GasMeter, meteredStore } from '../../modules/kit/gas.ts'
import type { KVReader, KVStore } from '../../modules/kit/kv.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { Overlay } from '../store/overlay.ts'

/** What every context of one height shares. */
export interface HeightInfo {
  readonly chainId: string
  readonly height: bigint
  readonly time: bigint
  readonly timeNanos: number
  readonly hasher: Hasher
  readonly verifier: Verifier
}

/** A layer of writes over all stores: kept with `write()`, dropped by forgetting it. */
export class Layer {
  readonly #parent: (store: string) => KVStore
  readonly #overlays = new Map<string, Overlay>()

  constructor(parent: (store: string) => KVStore) {
    this.#parent = parent
  }

  store(name: string): Overlay {
    const known = this.#overlays.get(name)
    if (known !== undefined) return known
    const overlay = new Overlay(this.#parent(name))
    this.#overlays.set(name, overlay)
    return overlay
  }

  /** Writes every change into the parent, stores by name, keys in byte order: the order of a block is one for all nodes. */
  write(): void {
    const names = [...this.#overlays.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    for (const name of names) this.#overlays.get(name)?.write(this.#parent(name))
  }

  /** Stores this layer has touched. */
  touched(): ReadonlyMap<string, Overlay> {
    return this.#overlays
  }
}

/** A context that can only read. */
export function readContext(info: HeightInfo, reader: (store: string) => KVReader): ReadContext {
  const { chainId, height, time, timeNanos, hasher } = info
  return { chainId, height, time, timeNanos, hasher, reader }
}

/** What the engine tells of a block besides its transactions. */
export type BlockFacts = Required<Pick<BlockContext, 'header' | 'lastCommit' | 'misbehavior'>>

/** The context of begin and end of a block. */
export function blockContext(
  info: HeightInfo,
  layer: Layer,
  events: ModuleEvent[],
  facts: BlockFacts,
  run: (messages: readonly AnyValue[]) => Attempt,
): BlockContext {
  return { ...writeContext(info, layer, events), ...facts, attempt: run }
}

/** A context for genesis: writes go to the layer, events are collected. */
export function writeContext(info: HeightInfo, layer: Layer, events: ModuleEvent[]): WriteContext {
  return {
    ...readContext(info, (name) => layer.store(name)),
    store: (name) => layer.store(name),
    emit: (event) => events.push(event),
    verified: (scheme, key, bytes, signature) =>
      info.verifier.verify(scheme, key, bytes, signature),
  }
}

/** What the ante chain gets: it runs no other messages. */
export type PaidContext = Omit<MsgContext, 'dispatch' | 'signersOf'>

/** A context for ante and messages of a transaction: every store access is paid. */
export function txContext(
  info: HeightInfo,
  layer: Layer,
  events: ModuleEvent[],
  gas: GasMeter,
  txHash: Uint8Array,
): PaidContext {
  const paid = new Map<string, KVStore>()
  const store = (name: string): KVStore => {
    const known = paid.get(name)
    if (known !== undefined) return known
    const metered = meteredStore(layer.store(name), gas)
    paid.set(name, metered)
    return metered
  }
  // Written out rather than spread: this is made several times for every transaction.
  const { chainId, height, time, timeNanos, hasher } = info
  return {
    chainId,
    height,
    time,
    timeNanos,
    hasher,
    reader: store,
    store,
    emit: (event) => events.push(event),
    verified: (scheme, key, bytes, signature) =>
      info.verifier.verify(scheme, key, bytes, signature),
    gas,
    txHash,
  }
}
