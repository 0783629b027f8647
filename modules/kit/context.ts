import type { AnyValue } from '../../proto/codec.ts'
import type { Hasher, Scheme } from './crypto.ts'
import type { GasMeter } from './gas.ts'
import type { KVReader, KVStore } from './kv.ts'

/** A typed event; attribute order is kept as given. Energy and money are decimal strings. */
export interface ModuleEvent {
  readonly type: string
  readonly attributes: readonly (readonly [key: string, value: string])[]
}

/** What every phase may read. There is no clock: time is that of the block. */
export interface ReadContext {
  readonly chainId: string
  /** Height of the block being executed, or the height a query reads. */
  readonly height: bigint
  /** Block time, UTC seconds. */
  readonly time: bigint
  /** Nanoseconds within that second. */
  readonly timeNanos: number
  readonly hasher: Hasher
  reader(store: string): KVReader
}

/** Queries read one committed version and cannot write: there is no `store`. */
export type QueryContext = ReadContext

/** Phases that change state. */
export interface WriteContext extends ReadContext {
  store(name: string): KVStore
  emit(event: ModuleEvent): void
  /** Signature verdict, from the cache of the block or computed natively now. Same answer on every node. */
  verified(scheme: Scheme, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean
}

/** What the state machine may know of the header of the block it executes; no proposer, no signature. */
export interface BlockHeaderInfo {
  /** State root after the previous block. */
  readonly appHash: Uint8Array
  readonly nextValidatorsHash: Uint8Array
}

/** Begin and end of a block, and genesis, which has no header. */
export interface BlockContext extends WriteContext {
  readonly header?: BlockHeaderInfo
}

/** One message of a transaction. Throwing drops everything the transaction wrote. */
export interface MsgContext extends WriteContext {
  readonly gas: GasMeter
  /** sha256 of the transaction bytes. */
  readonly txHash: Uint8Array
  /** Runs another message with this module as router (governance and authz use it later). */
  readonly dispatch: (message: AnyValue) => Uint8Array
}
