import type { Command } from 'commander'
import type { MessageDef } from '../../modules/kit/module.ts'
import { wireModules } from '../../node/app/modules.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { codecFor } from '../../proto/registry.ts'
import type { FieldSpec, MessageCodec } from '../../proto/runtime/field.ts'
import { leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { resolveAddress } from '../keys/find.ts'
import { addFieldFlag, fieldJson, flagName, optionKey } from '../message-json.ts'
import { isOlder, kebab } from '../query/names.ts'
import { exampleText, sampleFlag } from '../sample.ts'
import { addKeyFlags, signWithKeys } from './device-signing.ts'
import { runTx, type Signing, signingOf } from './flow.ts'
import { addTxFlags, type TxOptions } from './options.ts'
import type { MessageJson, MessagePlace } from './place.ts'
import { places } from './places.ts'
import { aboutGroup, GROUP_ALIASES, grow } from './tree.ts'

type FieldOptions = TxOptions & { readonly [name: string]: string | boolean | undefined }

/** One command for every message of every module, in the group its place names, else in that of its module. */
export function messageGroups(): Command[] {
  const leaves = wireModules().modules.flatMap((module) =>
    module.messages.map((one) => {
      const place = places[one.codec.typeUrl]
      const path = place?.at.split(' ') ?? groupOf(module.name, one.codec.typeUrl)
      const name = place === undefined ? undefined : path.at(-1)
      const groups = place === undefined ? path : path.slice(0, -1)
      return { groups, command: messageLeaf(module.name, one, name, place) }
    }),
  )
  return grow(leaves, aboutGroup, GROUP_ALIASES)
}

function messageLeaf(
  module: string,
  definition: MessageDef,
  name: string | undefined,
  place: MessagePlace | undefined,
): Command {
  const codec = codecOf(definition)
  const message = codec.typeName.replace(/^.*\./, '')
  const long = kebab(message.replace(/^Msg/, ''))
  const short = name ?? (long.endsWith(`-${module}`) ? long.slice(0, -module.length - 1) : long)
  const about = place === undefined ? `build, sign and send ${message}` : place.about
  const command = leaf(short, about)
  if (short !== long) command.alias(long)
  const [signer] = codec.options.signers ?? []
  const file = place?.file
  const positional = (place?.args ?? []).map((one) => fieldOf(codec, one))
  const flags = codec.fields.filter(
    (field) =>
      field.name !== signer && !positional.includes(field) && !file?.fields.includes(field.name),
  )
  const words = [...positional.map(flagName), ...(file === undefined ? [] : [file.name])]
  const usage = words.map((word) => `<${word}>`).join(' ')
  if (words.length > 0) command.argument('[arguments...]', usage).usage(`${usage} [options]`)
  for (const [flag, meaning] of file?.flags ?? []) command.option(flag, meaning)
  for (const field of flags) addFieldFlag(command, shown(field))
  addKeyFlags(command, codec.typeUrl)
  addTxFlags(command)
  command.addHelpText('after', () => exampleText([exampleOf(module, short, place, flags)]))
  command.action(async (...args: unknown[]) => {
    const options = command.opts<FieldOptions>()
    const { typed, from } = split(
      words.length > 0 ? (args[0] as string[]) : [],
      words,
      options.from,
    )
    const chosen = from === undefined ? options : { ...options, from }
    const signing = signingOf(chosen, options.generateOnly === true || options.dryRun === true)
    const json: MessageJson = signer === undefined ? {} : { [signer]: signing.address }
    positional.forEach((field, i) => {
      json[field.name] = fieldValue(signing, field, typed[i] as string)
    })
    for (const field of flags) {
      const given = options[optionKey(shown(field))]
      if (given !== undefined) json[field.name] = fieldValue(signing, field, given)
    }
    // Devices count their messages in one context, unless somebody chose another.
    if (flags.some(({ name }) => name === 'context')) json['context'] ??= 'main'
    for (const [name, other] of Object.entries(place?.same ?? {})) {
      const value = json[other]
      if (json[name] === undefined && value !== undefined) json[name] = value
    }
    file?.fill(json, typed.at(-1) as string, options)
    await signWithKeys(codec.typeUrl, json, options)
    const value = codec.fromJson(json)
    definition.validate(value)
    if (options.generateOnly !== true) refuseForeignSigners(definition.signers(value))
    await runTx({ typeUrl: codec.typeUrl, value: codec.encode(value) }, chosen, signing)
  })
  return command
}

/** The group of a message without a place: that of its module, and for older versions one of theirs within it. */
function groupOf(module: string, typeUrl: string): string[] {
  const version = typeUrl.split('.').at(-2) ?? ''
  return isOlder(module, version) ? [module, version] : [module]
}

/** `--from` is the signing key in every command, so a time of that name has another flag. */
function shown(field: FieldSpec): FieldSpec {
  return field.name === 'from' ? { ...field, name: 'from_time' } : field
}

/** This command has one key; what several accounts sign goes from one to the next as a file. */
function refuseForeignSigners(signers: readonly string[]): void {
  const all = [...new Set(signers)]
  if (all.length < 2) return
  throw usageError(
    `${all.length} accounts sign this: ${all.join(' and ')}`,
    'write it with --generate-only > tx.json; each signs with `strom tx sign tx.json --from NAME --sign-mode amino-json`; then `strom tx broadcast`',
  )
}

function exampleOf(
  module: string,
  name: string,
  place: MessagePlace | undefined,
  flags: readonly FieldSpec[],
): string {
  if (place !== undefined) return `strom tx ${place.example} --from me`
  const given = flags
    .filter((field) => field.presence !== true)
    .map(shown)
    .map(sampleFlag)
  return ['strom tx', module, name, ...given, '--from me'].join(' ')
}

/** The arguments, and the sender where it stands before them as in the SDK: `send FROM TO AMOUNT`. */
function split(
  words: readonly string[],
  wanted: readonly string[],
  from: string | undefined,
): { typed: readonly string[]; from?: string } {
  if (words.length === wanted.length) return { typed: words }
  if (words.length === wanted.length + 1) {
    if (from !== undefined && from !== words[0])
      throw usageError('the sender is given twice', 'leave out --from, or the first argument')
    return { typed: words.slice(1), from: words[0] as string }
  }
  const named = wanted.map((one) => `<${one}>`).join(' ')
  throw usageError(`${wanted.length} arguments are needed: ${named}`)
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
