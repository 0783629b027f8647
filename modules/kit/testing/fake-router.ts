import type { AnyValue, Codec } from '../../../proto/codec.ts'
import { CodecError } from '../../../proto/codec.ts'
import type { Attempt, BlockContext, MsgContext } from '../context.ts'
import { ChainError, sdkErrors } from '../errors.ts'
import type { MessageDef, Module, PowerUpdate } from '../module.ts'
import type { FakeChain, FakeMessage } from './fake-context.ts'

/** Runs messages of given modules on a fake chain, inside each other and in block phases, as the app does. */
export interface FakeRouter {
  /** A message context in which `dispatch`, `signersOf` and `validateMessage` reach the messages of all modules. */
  message(options?: FakeMessage): MsgContext
  /** One transaction with such a context: when `run` throws, its writes and events are dropped. */
  atomically<T>(run: (ctx: MsgContext) => T, options?: FakeMessage): T
  /** A block context with `attempt`; add facts of the block by spreading: `{ ...router.block(), lastCommit }`. */
  block(): BlockContext
  /** Runs packed messages together, all or nothing. Throws what is no ChainError: that is a bug, not an outcome. */
  attempt(messages: readonly AnyValue[]): Attempt
  /** Delivers one message as a transaction of its own, through bytes, and returns its decoded response. */
  deliver<R>(message: AnyValue, response: Codec<R>): R
  /** Ends the block in every module, lets `seconds` pass and begins the next; returns what they told consensus. */
  nextBlock(seconds?: bigint): PowerUpdate[]
}

/** Packs a message as `Any`. */
export function pack<M>(codec: Codec<M>, value: M): AnyValue {
  return { typeUrl: codec.typeUrl, value: codec.encode(value) }
}

/** Makes a router over the messages of `modules`, in the order in which their block phases run. */
export function fakeRouter(chain: FakeChain, modules: readonly Module[]): FakeRouter {
  const routed = routing(chain, modules)
  const atomically: FakeRouter['atomically'] = (run, options) =>
    chain.atomically((ctx) => run(routed(ctx)), options)
  const attempt: FakeRouter['attempt'] = (messages) => {
    let index = 0
    try {
      const responses = atomically((ctx) =>
        messages.map((message, i) => {
          index = i
          return ctx.dispatch(message)
        }),
      )
      return { ok: true, responses }
    } catch (error) {
      if (error instanceof ChainError) return { ok: false, index, error }
      throw error
    }
  }
  const block = (): BlockContext => ({ ...chain.write(), attempt })
  return {
    message: (options) => routed(chain.message(options)),
    atomically,
    block,
    attempt,
    deliver: (message, response) => response.decode(atomically((ctx) => ctx.dispatch(message))),
    nextBlock(seconds) {
      // Staking ends last, as in the app: what others change in a block reaches consensus in that block.
      const enders = [
        ...modules.filter(({ name }) => name !== 'staking'),
        ...modules.filter(({ name }) => name === 'staking'),
      ]
      const updates = enders.flatMap((module) => [...(module.endBlock?.(block()) ?? [])])
      chain.nextBlock(seconds)
      for (const module of modules) module.beginBlock?.(block())
      return updates
    },
  }
}

/** Makes message contexts in which other messages can be run, checked and asked for their signers. */
function routing(chain: FakeChain, modules: readonly Module[]): (base: MsgContext) => MsgContext {
  const find = (any: AnyValue): { definition: MessageDef; value: unknown } => {
    const all = modules.flatMap((module) => module.messages)
    const definition = all.find((message) => message.codec.typeUrl === any.typeUrl)
    if (definition === undefined)
      throw sdkErrors.unknownRequest(
        `unable to resolve type URL ${any.typeUrl}: no module handles it`,
      )
    try {
      return { definition, value: definition.codec.decode(any.value) }
    } catch (error) {
      if (error instanceof CodecError) throw sdkErrors.txDecode(error.message)
      throw error
    }
  }
  return (base) => {
    const ctx: MsgContext = {
      ...base,
      dispatch(any, tag) {
        const { definition, value } = find(any)
        definition.validate(value)
        const first = chain.events.length
        const response = definition.handle(ctx, value)
        if (tag !== undefined) {
          const made = chain.events.splice(first)
          for (const { type, attributes } of made)
            chain.events.push({ type, attributes: [...attributes, tag] })
        }
        return definition.response.encode(response)
      },
      signersOf(any) {
        const { definition, value } = find(any)
        return definition.signers(value)
      },
      validateMessage(any) {
        const { definition, value } = find(any)
        definition.validate(value)
      },
    }
    return ctx
  }
}
