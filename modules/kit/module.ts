import type { Codec, JsonValue } from '../../proto/codec.ts'
import type { BlockContext, MsgContext, QueryContext, ReadContext } from './context.ts'
import type { DeclaredSignature } from './crypto.ts'

/** A change to the consensus set: Ed25519 key and new power, 0 removes. */
export interface PowerUpdate {
  readonly pubKey: Uint8Array
  readonly power: bigint
}

/** One message type: `validate` sees only the message, `handle` runs it and returns the response message. */
export interface MessageDef<M = unknown, R = unknown> {
  readonly codec: Codec<M>
  readonly response: Codec<R>
  /** Bech32 addresses that must sign, the first pays the fee unless the transaction says otherwise. */
  signers(message: M): readonly string[]
  /** Stateless checks (`ValidateBasic`). Throws ChainError. */
  validate(message: M): void
  handle(ctx: MsgContext, message: M): R
  /** Device signatures inside the message, so that the node verifies them ahead of execution; keys read from `ctx`. */
  signatures?(ctx: ReadContext, message: M): readonly DeclaredSignature[]
  /** One plain sentence for people: `alice sends 5 STROM to bob`. */
  describe(message: M): string
}

/** One query method, `service` without leading slash: `cosmos.bank.v1beta1.Query`. Missing things throw sdk 22 or 38. */
export interface QueryDef<Q = unknown, R = unknown> {
  readonly service: string
  readonly method: string
  readonly request: Codec<Q>
  readonly response: Codec<R>
  handle(ctx: QueryContext, request: Q): R
}

/** A law that must hold after every block; returns what is broken, or undefined. */
export interface Invariant {
  readonly name: string
  check(ctx: ReadContext): string | undefined
}

/** Genesis of one module as proto JSON of its GenesisState. */
export interface GenesisDef {
  defaults(): JsonValue
  /** Stateless checks. Throws ChainError naming the entry. */
  validate(json: JsonValue): void
  init(ctx: BlockContext, json: JsonValue): readonly PowerUpdate[] | undefined
  export(ctx: ReadContext): JsonValue
}

/** What the app knows of a module. `api` is what other modules may call. */
export interface Module<Api = unknown> {
  readonly name: string
  /** Store name, one word; `acc` for auth, as the SDK has it. Left out by a module that keeps nothing of its own. */
  readonly store?: string
  readonly api: Api
  // biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list; each definition is typed where it is made
  readonly messages: readonly MessageDef<any, any>[]
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly queries: readonly QueryDef<any, any>[]
  readonly genesis: GenesisDef
  readonly invariants: readonly Invariant[]
  beginBlock?(ctx: BlockContext): void
  endBlock?(ctx: BlockContext): readonly PowerUpdate[] | undefined
}

/** Checks one message definition against its types. */
export function defineMessage<M, R>(definition: MessageDef<M, R>): MessageDef<M, R> {
  return definition
}

/** Checks one query definition against its types. */
export function defineQuery<Q, R>(definition: QueryDef<Q, R>): QueryDef<Q, R> {
  return definition
}

/** Checks a module's table of contents; names must be one lower-case word. Throws RangeError. */
export function defineModule<Api>(module: Module<Api>): Module<Api> {
  for (const word of [module.name, module.store ?? module.name]) {
    if (!/^[a-z]+$/.test(word))
      throw new RangeError(`module or store "${word}" is no lower-case word`)
  }
  const urls = new Set(module.messages.map((message) => message.codec.typeUrl))
  if (urls.size !== module.messages.length)
    throw new RangeError(`${module.name}: a message is listed twice`)
  return module
}
