import type { Command } from 'commander'
import type { MessageDef } from '../../modules/kit/module.ts'
import { wireModules } from '../../node/app/modules.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { codecFor } from '../../proto/registry.ts'
import type { FieldSpec, MessageCodec } from '../../proto/runtime/field.ts'
import { leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { addFieldFlag, fieldJson, flagName, optionKey } from '../message-json.ts'
import { isOlder, kebab } from '../query/names.ts'
import { validatorOfAccount } from '../query/validators.ts'
import { exampleText, sampleFlag } from '../sample.ts'
import { splitArguments } from './arguments.ts'
import { composed } from './composed/all.ts'
import { type ComposedInput, composedLeaf, inputOf } from './composed.ts'
import { addKeyFlags, signWithKeys } from './device-signing.ts'
import { runTx, type Signing, signingOf } from './flow.ts'
import { addTxFlags, type TxOptions } from './options.ts'
import type { MessageJson, MessagePlace } from './place.ts'
import { places } from './places.ts'
import { aboutGroup, GROUP_ALIASES, grow } from './tree.ts'

const ACCOUNT = 'cosmos.AddressString'
const VALIDATOR = 'cosmos.ValidatorAddressString'
/** Fields that hold accounts though the schema does not say so. */
const ACCOUNTS: ReadonlySet<string> = new Set(['to_address', 'recipient'])

type FieldOptions = TxOptions & { readonly [name: string]: string | boolean | undefined }

/** One command for every message of every module, in the group its place names, else in that of its module. */
export function messageGroups(): Command[] {
  const replaced = new Set(composed.flatMap(({ replaces }) => replaces ?? []))
  const leaves = wireModules().modules.flatMap((module) => {
    const messages = module.messages.filter(({ codec }) => !replaced.has(codec.typeUrl))
    const own = messages.map((one) => {
      const place = places[one.codec.typeUrl]
      const path = place?.at.split(' ') ?? groupOf(module.name, one.codec.typeUrl)
      const name = place === undefined ? undefined : path.at(-1)
      const groups = place === undefined ? path : path.slice(0, -1)
      return { groups, command: messageLeaf(groups, one, name, place) }
    })
    const made = composed
      .filter(({ at }) => at.startsWith(`${module.name} `))
      .map((entry) => ({ groups: entry.at.split(' ').slice(0, -1), command: composedLeaf(entry) }))
    return [...made, ...own]
  })
  return grow(leaves, aboutGroup, GROUP_ALIASES)
}

function messageLeaf(
  groups: readonly string[],
  definition: MessageDef,
  name: string | undefined,
  place: MessagePlace | undefined,
): Command {
  const codec = codecOf(definition)
  const message = codec.typeName.replace(/^.*\./, '')
  const module = groups[0] ?? ''
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
  command.addHelpText('after', () => exampleText([exampleOf(groups, short, place, flags)]))
  command.action(async (...args: unknown[]) => {
    const options = command.opts<FieldOptions>()
    const { typed, from } = splitArguments(
      words.length > 0 ? (args[0] as string[]) : [],
      words,
      options.from,
    )
    const chosen = from === undefined ? options : { ...options, from }
    const signing = signingOf(chosen, options.generateOnly === true || options.dryRun === true)
    const input = inputOf(typed, chosen, signing)
    const json: MessageJson =
      signer === undefined ? {} : { [signer]: signerOf(codec, signer, signing) }
    for (const [i, field] of positional.entries())
      json[field.name] = await fieldValue(input, field, typed[i] as string)
    for (const field of flags) {
      const given = options[optionKey(shown(field))]
      if (given !== undefined) json[field.name] = await fieldValue(input, field, given)
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
    await runTx([{ typeUrl: codec.typeUrl, value: codec.encode(value) }], chosen, signing)
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
  groups: readonly string[],
  name: string,
  place: MessagePlace | undefined,
  flags: readonly FieldSpec[],
): string {
  if (place !== undefined) return `strom tx ${place.example} --from me`
  const given = flags
    .filter((field) => field.presence !== true)
    .map(shown)
    .map(sampleFlag)
  return ['strom tx', ...groups, name, ...given, '--from me'].join(' ')
}

async function fieldValue(
  input: ComposedInput,
  field: FieldSpec,
  typed: string | boolean,
): Promise<JsonValue> {
  if (typeof typed !== 'string') return fieldJson(field, typed)
  if (field.scalar === VALIDATOR) return await input.validator(typed)
  const account = field.scalar === ACCOUNT || ACCOUNTS.has(field.name)
  return account ? input.account(typed) : fieldJson(field, typed)
}

/** Who signs, as the field writes it: validators sign with their accounts. */
function signerOf(codec: MessageCodec<unknown>, name: string, signing: Signing): JsonValue {
  const field = fieldOf(codec, name)
  return field.scalar === VALIDATOR ? validatorOfAccount(signing.address) : signing.address
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
