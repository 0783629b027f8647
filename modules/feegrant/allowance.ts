import { type AnyValue, CodecError } from '../../proto/codec.ts'
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from '../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import { sdkErrors } from '../kit/errors.ts'
import type { Instant } from '../kit/time.ts'
import { feegrantErrors } from './errors.ts'

/** An allowance, opened: a basic or periodic one, and the messages it is bound to, if it is. */
export interface Allowance {
  readonly allowedMessages: readonly string[] | undefined
  readonly limit:
    | { readonly kind: 'basic'; readonly value: BasicAllowance }
    | { readonly kind: 'periodic'; readonly value: PeriodicAllowance }
}

/**
 * Opens a packed allowance. Throws feegrant 5 where there is none, sdk 29 for a type that is none, sdk 2 for bytes that
 * do not decode. A list of messages inside a list of messages is refused: the SDK allows it, to no use.
 */
export function openAllowance(packed: AnyValue | undefined): Allowance {
  if (packed === undefined) throw feegrantErrors.noAllowance('allowance should not be empty')
  try {
    if (packed.typeUrl !== AllowedMsgAllowance.typeUrl)
      return { allowedMessages: undefined, limit: openLimit(packed) }
    const { allowance, allowedMessages } = AllowedMsgAllowance.decode(packed.value)
    if (allowance === undefined) throw feegrantErrors.noAllowance('allowance should not be empty')
    return { allowedMessages, limit: openLimit(allowance) }
  } catch (error) {
    if (error instanceof CodecError) throw sdkErrors.txDecode(error.message)
    throw error
  }
}

/** The packed form of an allowance. */
export function packAllowance({ allowedMessages, limit }: Allowance): AnyValue {
  const inner =
    limit.kind === 'basic'
      ? { typeUrl: BasicAllowance.typeUrl, value: BasicAllowance.encode(limit.value) }
      : { typeUrl: PeriodicAllowance.typeUrl, value: PeriodicAllowance.encode(limit.value) }
  if (allowedMessages === undefined) return inner
  return {
    typeUrl: AllowedMsgAllowance.typeUrl,
    value: AllowedMsgAllowance.encode({ allowance: inner, allowedMessages: [...allowedMessages] }),
  }
}

/** The part every allowance has: what may be spent in all, and until when. */
export function basicOf({ limit }: Allowance): BasicAllowance {
  return limit.kind === 'basic' ? limit.value : limit.value.basic
}

/** When the allowance ends, undefined for never. */
export function expirationOf(allowance: Allowance): Instant | undefined {
  return basicOf(allowance).expiration
}

function openLimit({ typeUrl, value }: AnyValue): Allowance['limit'] {
  if (typeUrl === BasicAllowance.typeUrl)
    return { kind: 'basic', value: BasicAllowance.decode(value) }
  if (typeUrl === PeriodicAllowance.typeUrl)
    return { kind: 'periodic', value: PeriodicAllowance.decode(value) }
  throw sdkErrors.invalidType(`${typeUrl} is no basic or periodic allowance`)
}
