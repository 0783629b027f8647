import type { Attempt, ModuleEvent, MsgContext } from '../../modules/kit/context.ts'
import { sdkErrors } from '../../modules/kit/errors.ts'
import { gasMeter } from '../../modules/kit/gas.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { type HeightInfo, Layer, txContext } from './context.ts'
import { recovered } from './recover.ts'
import type { Router } from './router.ts'
import { decodeMessage } from './tx.ts'

/** Messages inside messages (authz, proposals) may nest this deep; each level decodes and validates its own. */
const MAX_DEPTH = 8

/** Makes the context of one message, in which other messages can be run and asked for their signers. */
export function messageContext(
  router: Router,
  info: HeightInfo,
  layer: Layer,
  events: ModuleEvent[],
  paid: Pick<MsgContext, 'gas' | 'txHash'>,
): MsgContext {
  let depth = 0
  const dispatch: MsgContext['dispatch'] = (any, tag) => {
    if (depth >= MAX_DEPTH)
      throw sdkErrors.invalidRequest(`messages are nested more than ${MAX_DEPTH} deep`)
    depth += 1
    try {
      const inner = decodeMessage(any, router)
      inner.definition.validate(inner.value)
      const first = events.length
      const response = inner.definition.handle(ctx, inner.value)
      if (tag !== undefined) tagFrom(events, first, tag)
      return inner.definition.response.encode(response)
    } finally {
      depth -= 1
    }
  }
  const signersOf = (any: AnyValue): readonly string[] => {
    const inner = decodeMessage(any, router)
    return inner.definition.signers(inner.value)
  }
  const ctx: MsgContext = {
    ...txContext(info, layer, events, paid.gas, paid.txHash),
    dispatch,
    signersOf,
    validateMessage(any) {
      const inner = decodeMessage(any, router)
      inner.definition.validate(inner.value)
    },
  }
  return ctx
}

function tagFrom(events: ModuleEvent[], first: number, tag: readonly [string, string]): void {
  const tagged = events
    .splice(first)
    .map(({ type, attributes }) => ({ type, attributes: [...attributes, tag] }))
  for (const event of tagged) events.push(event)
}

/** Runs messages in a block phase on an overlay of their own over `base`: all or nothing. */
export function attempt(
  router: Router,
  info: HeightInfo,
  base: Layer,
  events: ModuleEvent[],
  messages: readonly AnyValue[],
): Attempt {
  const layer = new Layer((name) => base.store(name))
  const collected: ModuleEvent[] = []
  const paid = { gas: gasMeter('infinite'), txHash: info.hasher.sha256(new Uint8Array()) }
  const responses: Uint8Array[] = []
  for (const [index, message] of messages.entries()) {
    try {
      responses.push(messageContext(router, info, layer, collected, paid).dispatch(message))
    } catch (error) {
      return { ok: false, index, error: recovered(error) }
    }
  }
  layer.write()
  events.push(...collected)
  return { ok: true, responses }
}
