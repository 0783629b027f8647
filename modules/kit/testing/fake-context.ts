import { toHex } from '../bytes.ts'
import { contentHash } from '../content.ts'
import type { ModuleEvent, MsgContext, QueryContext, WriteContext } from '../context.ts'
import type { Verifier } from '../crypto.ts'
import { type GasMeter, gasMeter, meteredReader, meteredStore } from '../gas.ts'
import { type MemoryKV, memoryKV } from './memory-kv.ts'
import { nobleHasher, nobleVerifier } from './noble-crypto.ts'

/** What a test may set about the message it runs. */
export interface FakeMessage {
  /** Gas limit; unlimited when left out. */
  readonly gas?: bigint
  readonly txHash?: Uint8Array
  readonly dispatch?: MsgContext['dispatch']
  readonly signersOf?: MsgContext['signersOf']
}

/** A chain of one process and no blocks: stores in memory, a height and time that tests set, events that were emitted. */
export interface FakeChain {
  chainId: string
  height: bigint
  /** Block time, UTC seconds. */
  time: bigint
  timeNanos: number
  /** Replace it to count or fake verdicts; real @noble verification by default. */
  verifier: Verifier
  /** Events since the last call of `takeEvents`. */
  readonly events: ModuleEvent[]
  store(name: string): MemoryKV
  readonly storeNames: readonly string[]
  query(): QueryContext
  /** Genesis, begin and end of a block. */
  write(): WriteContext
  message(options?: FakeMessage): MsgContext
  /** Runs one transaction: when `run` throws, its writes and events are dropped and the error passes on. */
  atomically<T>(run: (ctx: MsgContext) => T, options?: FakeMessage): T
  takeEvents(): ModuleEvent[]
  nextBlock(seconds?: bigint): void
  /** Content hash of one store in hex; `counts` may leave keys out. */
  contentHash(name: string, counts?: (key: Uint8Array) => boolean): string
}

/** Makes a fake chain at height 1, 2026-01-01T00:00:00Z unless told otherwise. */
export function fakeChain(
  start: { readonly chainId?: string; readonly height?: bigint; readonly time?: bigint } = {},
): FakeChain {
  const stores = new Map<string, MemoryKV>()
  const open = (name: string): MemoryKV => {
    const found = stores.get(name) ?? memoryKV()
    stores.set(name, found)
    return found
  }
  const chain: FakeChain = {
    chainId: start.chainId ?? 'strom-test-1',
    height: start.height ?? 1n,
    time: start.time ?? 1_767_225_600n,
    timeNanos: 0,
    verifier: nobleVerifier,
    events: [],
    store: open,
    get storeNames() {
      return [...stores.keys()].sort((a, b) => (a < b ? -1 : 1))
    },
    query: () => readContext(chain),
    write: () => writeContext(chain),
    message: (options) => messageContext(chain, options),
    atomically(run, options) {
      const before = new Map([...stores].map(([name, store]) => [name, store.copy()]))
      const events = chain.events.length
      try {
        return run(chain.message(options))
      } catch (error) {
        for (const [name, store] of stores) store.restore(before.get(name) ?? memoryKV())
        chain.events.length = events
        throw error
      }
    },
    takeEvents: () => chain.events.splice(0),
    nextBlock(seconds = 6n) {
      chain.height += 1n
      chain.time += seconds
    },
    contentHash: (name, counts) => toHex(contentHash(nobleHasher, open(name), counts)),
  }
  return chain
}

function readContext(chain: FakeChain): QueryContext {
  return {
    chainId: chain.chainId,
    height: chain.height,
    time: chain.time,
    timeNanos: chain.timeNanos,
    hasher: nobleHasher,
    reader: chain.store,
  }
}

function writeContext(chain: FakeChain): WriteContext {
  return {
    ...readContext(chain),
    store: chain.store,
    emit: (event) => {
      chain.events.push(event)
    },
    verified: (scheme, key, bytes, signature) =>
      chain.verifier.verify(scheme, key, bytes, signature),
  }
}

function messageContext(chain: FakeChain, options: FakeMessage = {}): MsgContext {
  const gas: GasMeter = gasMeter(options.gas ?? 'infinite')
  return {
    ...writeContext(chain),
    reader: (name) => meteredReader(chain.store(name), gas),
    store: (name) => meteredStore(chain.store(name), gas),
    gas,
    txHash: options.txHash ?? nobleHasher.sha256(new Uint8Array()),
    dispatch:
      options.dispatch ??
      ((message) => {
        throw new Error(`this test gave no router for ${message.typeUrl}`)
      }),
    signersOf:
      options.signersOf ??
      ((message) => {
        throw new Error(`this test gave no router for ${message.typeUrl}`)
      }),
  }
}
