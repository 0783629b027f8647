import type { Command } from 'commander'
import type { MessageDef } from '../../modules/kit/module.ts'
import { wireModules } from '../../node/app/modules.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { codecFor } from '../../proto/registry.ts'
import type { FieldSpec, MessageCodec } from '../../proto/runtime/field.ts'
import { group, leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { resolveAddress } from '../keys/find.ts'
import { addFieldFlag, fieldJson, flagName, isTypeable, optionKey } from '../message-json.ts'
import { kebab } from '../query/names.ts'
import { runTx, type Signing, signingOf } from './flow.ts'
import { addTxFlags, type TxOptions } from './options.ts'
import { addPossession, completeRegistration } from './possession.ts'

type Json = { [field: string]: JsonValue }
type FieldOptions = TxOptions & { readonly [name: string]: string | boolean | undefined }

/** Fields that read better as arguments than as flags, in the order people say them. */
const POSITIONAL: Readonly<Record<string, readonly string[]>> = {
  '/cosmos.bank.v1beta1.MsgSend': ['to_address', 'amount'],
  '/strom.certificate.v1.MsgTransferCertificate': [
    'device',
    'interval_start',
    'first',
    'last',
    'recipient',
  ],
}

/** One group a module with one command for every message that can be typed: scalars, addresses and amounts only. */
export function messageGroups(): Command[] {
  return wireModules().modules.flatMap((module) => {
    const members = module.messages.filter(canBeTyped).map((one) => messageLeaf(module.name, one))
    return members.length === 0
      ? []
      : [group(module.name, `messages of module ${module.name}`, members)]
  })
}

function messageLeaf(module: string, definition: MessageDef): Command {
  const codec = codecOf(definition)
  const long = kebab(codec.typeName.replace(/^.*\.Msg/, ''))
  const short = long.endsWith(`-${module}`) ? long.slice(0, -module.length - 1) : long
  const command = leaf(short, `build, sign and send ${codec.typeName.replace(/^.*\./, '')}`)
  if (short !== long) command.alias(long)
  const [signer] = codec.options.signers ?? []
  const positional = (POSITIONAL[codec.typeUrl] ?? []).map((name) => fieldOf(codec, name))
  const flags = codec.fields.filter((field) => field.name !== signer && !positional.includes(field))
  if (positional.length > 0) command.argument('[arguments...]', positional.map(flagName).join(' '))
  for (const field of flags) addFieldFlag(command, field)
  addPossession(command, codec.typeUrl)
  addTxFlags(command)
  command.action(async (...args: unknown[]) => {
    const words = positional.length > 0 ? (args[0] as string[]) : []
    const options = command.opts<FieldOptions>()
    const { typed, from } = split(words, positional, options.from)
    const chosen = from === undefined ? options : { ...options, from }
    const signing = signingOf(chosen, options.generateOnly === true || options.dryRun === true)
    const json: Json = signer === undefined ? {} : { [signer]: signing.address }
    positional.forEach((field, i) => {
      json[field.name] = fieldValue(signing, field, typed[i] as string)
    })
    for (const field of flags) {
      const given = options[optionKey(field)]
      if (given !== undefined) json[field.name] = fieldValue(signing, field, given)
    }
    await completeRegistration(codec.typeUrl, json, options)
    const message = codec.fromJson(json)
    definition.validate(message)
    await runTx({ typeUrl: codec.typeUrl, value: codec.encode(message) }, chosen, signing)
  })
  return command
}

/** The arguments, and the sender where it stands before them as in the SDK: `send FROM TO AMOUNT`. */
function split(
  words: readonly string[],
  fields: readonly FieldSpec[],
  from: string | undefined,
): { typed: readonly string[]; from?: string } {
  if (words.length === fields.length) return { typed: words }
  if (words.length === fields.length + 1) {
    if (from !== undefined && from !== words[0])
      throw usageError('the sender is given twice', 'leave out --from, or the first argument')
    return { typed: words.slice(1), from: words[0] as string }
  }
  const wanted = fields.map((field) => `<${flagName(field)}>`).join(' ')
  throw usageError(`${fields.length} arguments are needed: ${wanted}`)
}

function fieldValue(signing: Signing, field: FieldSpec, typed: string | boolean): JsonValue {
  const isAccount = field.scalar === 'cosmos.AddressString' && typeof typed === 'string'
  // What looks like an address but is none is left to the message's own check, which says what is wrong with it.
  const isName = isAccount && !typed.includes('1')
  if (isAccount && (isName || signing.keyring.has(typed))) {
    return resolveAddress(signing.home, signing.keyring, typed)
  }
  return fieldJson(field, typed)
}

function canBeTyped(definition: MessageDef): boolean {
  return codecOf(definition).fields.every(isTypeable)
}

function codecOf(definition: MessageDef): MessageCodec<unknown> {
  const codec = codecFor(definition.codec.typeUrl)
  if (codec === undefined) throw new Error(`${definition.codec.typeUrl} is in no schema`)
  return codec
}

function fieldOf(codec: MessageCodec<unknown>, name: string): FieldSpec {
  const field = codec.fields.find((one) => one.name === name)
  if (field === undefined) throw new Error(`${codec.typeName} has no field ${name}`)
  return field
}
