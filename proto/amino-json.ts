import { type AnyValue, CodecError, type JsonValue } from './codec.ts'
import { codecFor } from './registry.ts'
import { nextAnyDepth } from './runtime/any.ts'
import { toBase64 } from './runtime/base64.ts'
import type { FieldSpec, MessageCodec } from './runtime/field.ts'
import { decText, intText, timeText } from './runtime/json-write.ts'
import type { Instant } from './runtime/time.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * `sdk` follows the schema's amino options, as the Cosmos SDK does. CosmJS differs in three places and signs what `cosmjs`
 * renders: both are the same transaction, so a verifier should accept either.
 */
export type AminoDialect = 'sdk' | 'cosmjs'

/** CosmJS kept the type name this message had before the SDK shortened it for Ledger devices. */
const COSMJS_NAMES: Readonly<Record<string, string>> = {
  'cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission':
    'cosmos-sdk/MsgWithdrawValidatorCommission',
}

/** CosmJS writes the empty strings and the `false` of these messages, which the SDK leaves out. */
const COSMJS_KEEPS_EMPTY: ReadonlySet<string> = new Set([
  'cosmos.staking.v1beta1.Description',
  'cosmos.staking.v1beta1.MsgCreateValidator',
  'cosmos.vesting.v1beta1.MsgCreateVestingAccount',
])

/**
 * Amino JSON of a message as SIGN_MODE_LEGACY_AMINO_JSON signs it: `{"type": …, "value": …}` when the message has an
 * `amino.name`, the bare value otherwise. Throws CodecError when a packed message is of an unknown type.
 */
export function toAminoJson<T>(
  codec: MessageCodec<T>,
  message: T,
  dialect: AminoDialect = 'sdk',
): JsonValue {
  return namedJson(codec as MessageCodec<unknown>, message as Fields, { dialect, depth: 0 })
}

/** Amino JSON of a packed message; without an `amino.name` its type is its type URL. */
export function anyToAminoJson(any: AnyValue, dialect: AminoDialect = 'sdk'): JsonValue {
  return anyJson(any, { dialect, depth: 0 })
}

/** How to render, and how many messages are packed around the current one. */
interface Context {
  dialect: AminoDialect
  depth: number
}

function anyJson(any: AnyValue, ctx: Context): JsonValue {
  const codec = codecFor(any.typeUrl)
  if (!codec) throw new CodecError(any.typeUrl, 'is not a known message type')
  const inner = { dialect: ctx.dialect, depth: nextAnyDepth(codec.typeName, ctx.depth) }
  const message = codec.decode(any.value) as Fields
  if (codec.options.aminoName !== undefined) return namedJson(codec, message, inner)
  return { type: codec.typeUrl, value: messageJson(codec, message, inner) }
}

function namedJson(codec: MessageCodec<unknown>, message: Fields, ctx: Context): JsonValue {
  const value = messageJson(codec, message, ctx)
  const renamed = ctx.dialect === 'cosmjs' ? COSMJS_NAMES[codec.typeName] : undefined
  const name = renamed ?? codec.options.aminoName
  return name === undefined ? value : { type: name, value }
}

function messageJson(codec: MessageCodec<unknown>, message: Fields, ctx: Context): JsonValue {
  switch (codec.typeName) {
    case 'google.protobuf.Timestamp':
      return timeText(message as unknown as Instant)
    case 'google.protobuf.Duration': {
      const { seconds, nanos } = message as unknown as Instant
      return (seconds * 1_000_000_000n + BigInt(nanos)).toString()
    }
    case 'google.protobuf.Any':
      return anyJson(message as unknown as AnyValue, ctx)
  }
  switch (codec.options.aminoEncoding) {
    case 'key_field':
      return bytesJson(message.key as Uint8Array)
    case 'threshold_string':
      return thresholdJson(message, ctx)
    case 'module_account':
      return moduleAccountJson(message)
    case undefined:
      return fieldsJson(codec, message, ctx)
    default:
      throw new CodecError(
        codec.typeName,
        `amino encoding ${codec.options.aminoEncoding} is unknown`,
      )
  }
}

function fieldsJson(codec: MessageCodec<unknown>, message: Fields, ctx: Context): JsonValue {
  const keepsEmpty = ctx.dialect === 'cosmjs' && COSMJS_KEEPS_EMPTY.has(codec.typeName)
  const json: { [key: string]: JsonValue } = {}
  const oneofs = new Map<string, JsonValue>()
  for (const field of codec.fields) {
    const value = message[field.key]
    const name = field.aminoName ?? field.name
    if (field.oneof !== undefined) {
      const member = memberJson(field, name, value, ctx)
      if (member !== null || !oneofs.has(field.oneof)) oneofs.set(field.oneof, member)
    } else if (!isEmpty(field, value)) json[name] = valueJson(field, value, ctx)
    else if (field.keepEmpty || keepsEmpty) json[name] = emptyJson(field, value)
  }
  // Go names the member that holds a oneof after its Go field, so the name starts with a capital.
  for (const [name, value] of oneofs) json[pascalCase(name)] = value
  return json
}

function memberJson(field: FieldSpec, name: string, value: unknown, ctx: Context): JsonValue {
  if (value === undefined) return null
  if (field.aminoOneof === undefined) {
    throw new CodecError(
      field.name,
      'members of a oneof without amino.oneof_name have no amino JSON',
    )
  }
  return { type: field.aminoOneof, value: { [name]: valueJson(field, value, ctx) } }
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Messages are never empty: a present one renders as `{}`. */
function isEmpty(field: FieldSpec, value: unknown): boolean {
  if (field.repeated || field.kind === 'bytes') return (value as ArrayLike<unknown>).length === 0
  if (field.presence) return value === undefined
  return value === '' || value === 0 || value === 0n || value === false
}

function emptyJson(field: FieldSpec, value: unknown): JsonValue {
  if (field.aminoEncoding === 'legacy_coins') return []
  if (isNumeric(field)) return '0'
  if (field.repeated || field.kind === 'bytes' || value === undefined) return null
  return scalarJson(value)
}

function valueJson(field: FieldSpec, value: unknown, ctx: Context): JsonValue {
  return field.repeated
    ? (value as unknown[]).map((one) => elementJson(field, one, ctx))
    : elementJson(field, value, ctx)
}

function elementJson(field: FieldSpec, value: unknown, ctx: Context): JsonValue {
  const nested = field.message?.()
  if (nested) return messageJson(nested, value as Fields, ctx)
  if (isNumeric(field)) {
    const isDec = field.dec === true || field.aminoEncoding === 'cosmos_dec_bytes'
    return isDec ? decText(value) : intText(value)
  }
  return field.kind === 'bytes' ? toBase64(value as Uint8Array) : scalarJson(value)
}

/** Whether a string or bytes field holds a number: empty means 0. A decimal that carries its point is text. */
function isNumeric(field: FieldSpec): boolean {
  if (field.repeated || (field.kind !== 'string' && field.kind !== 'bytes')) return false
  return (
    field.dec === true ||
    field.scalar === 'cosmos.Int' ||
    field.aminoEncoding === 'cosmos_dec_bytes'
  )
}

function scalarJson(value: unknown): JsonValue {
  return typeof value === 'bigint' ? value.toString() : (value as JsonValue)
}

function bytesJson(bytes: Uint8Array): JsonValue {
  return bytes.length === 0 ? null : toBase64(bytes)
}

function thresholdJson(message: Fields, ctx: Context): JsonValue {
  const keys = message.publicKeys as AnyValue[]
  return {
    pubkeys: keys.map((key) => anyJson(key, ctx)),
    threshold: String(message.threshold),
  }
}

function moduleAccountJson(message: Fields): JsonValue {
  const account = message.baseAccount as
    | { address: string; accountNumber: bigint; sequence: bigint }
    | undefined
  const permissions = message.permissions as string[]
  return {
    account_number: Number(account?.accountNumber ?? 0n),
    address: account?.address ?? '',
    name: message.name as string,
    permissions: permissions.length === 0 ? null : permissions,
    public_key: '',
    sequence: Number(account?.sequence ?? 0n),
  }
}
