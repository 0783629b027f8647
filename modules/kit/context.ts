import type { AnyValue } from '../../proto/codec.ts'
import type { Hasher, Scheme } from './crypto.ts'
import type { ChainError } from './errors.ts'
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
  /** Hash of the block that is executed: the `hash` of its BlockID, 32 bytes. */
  readonly hash: Uint8Array
  /** State root after the previous block. */
  readonly appHash: Uint8Array
  readonly nextValidatorsHash: Uint8Array
}

/** How one validator of the previous height voted in the commit that this block carries. */
export interface LastVote {
  /** Consensus address, sha256(key)[:20]. */
  readonly address: Uint8Array
  /** Consensus power it voted with. */
  readonly power: bigint
  /** Whether the commit holds a vote of it, be it for the block or for nil. */
  readonly signed: boolean
}

/** A proven fault of a validator, as the engine verified it. */
export interface Misbehavior {
  readonly type: 'duplicate_vote' | 'light_client_attack'
  /** Consensus address. */
  readonly address: Uint8Array
  readonly power: bigint
  /** Height and block time (UTC seconds) of the fault. */
  readonly height: bigint
  readonly time: bigint
  readonly timeNanos: number
  readonly totalPower: bigint
}

/** What became of messages that were run together. */
export type Attempt =
  | { readonly ok: true; readonly responses: readonly Uint8Array[] }
  | { readonly ok: false; readonly index: number; readonly error: ChainError }

/** Begin and end of a block, and genesis, which has no header. */
export interface BlockContext extends WriteContext {
  readonly header?: BlockHeaderInfo
  /** Votes of the previous height in order of its set; empty at the first height. */
  readonly lastCommit?: readonly LastVote[]
  readonly misbehavior?: readonly Misbehavior[]
  /**
   * Runs messages in order on an overlay of their own; what they wrote and emitted is kept only when all succeed. The
   * caller answers for who may run them. Missing in genesis.
   */
  readonly attempt?: (messages: readonly AnyValue[]) => Attempt
}

/** One message of a transaction. Throwing drops everything the transaction wrote. */
export interface MsgContext extends WriteContext {
  readonly gas: GasMeter
  /** sha256 of the transaction bytes. */
  readonly txHash: Uint8Array
  /**
   * Validates and runs another message inside this one and returns its encoded response; when it throws, all is dropped.
   * The caller answers for who may run it. A `tag` is added as the last attribute of every event the message emits.
   */
  readonly dispatch: (message: AnyValue, tag?: readonly [key: string, value: string]) => Uint8Array
  /** Addresses that must sign a packed message. Throws sdk 6 for an unknown type, sdk 2 for bytes that do not decode. */
  readonly signersOf: (message: AnyValue) => readonly string[]
  /** Stateless checks of a packed message, without running it. Throws as `signersOf` does, and what its checks throw. */
  readonly validateMessage?: (message: AnyValue) => void
}
