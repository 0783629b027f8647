import { type Command, Option } from 'commander'
import type { AnyValue, JsonValue } from '../../proto/codec.ts'
import type { MessageCodec } from '../../proto/runtime/field.ts'
import { type NodeClient, openClient } from '../client.ts'
import { homeOf, leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { openKeyring, resolveAddress } from '../keys/find.ts'
import { addNodeFlags } from '../query/node-flags.ts'
import { hasPrefix, resolveValidator } from '../query/validators.ts'
import { exampleText } from '../sample.ts'
import { splitArguments } from './arguments.ts'
import { definitionOf } from './file.ts'
import { runTx, type Signing, signingOf } from './flow.ts'
import { addTxFlags, type TxOptions } from './options.ts'

/** What was typed, and what a builder may ask. */
export interface ComposedInput {
  readonly args: readonly (string | undefined)[]
  readonly options: { readonly [name: string]: unknown }
  readonly signing: Signing
  /** The option as text; undefined when it is absent. */
  text(name: string): string | undefined
  /** An account by address or name of a key. */
  account(word: string): string
  /** A validator by address, by its name or by the key of its account. */
  validator(word: string): Promise<string>
  /** The node. Throws a usage error with --offline. */
  client(): NodeClient
}

/** A command whose messages are put together from what people say, where the schema's own fields are not that. */
export interface Composed {
  /** Words after `strom tx`. */
  readonly at: string
  readonly about: string
  /** Arguments: `<grantee>`, `[file]`. */
  readonly args: readonly string[]
  readonly flags: readonly (readonly [flag: string, about: string])[]
  /** The line of the example after `strom tx `. */
  readonly example: string
  /** Messages that need no command of their own beside this one. */
  readonly replaces?: readonly string[]
  /** Whether the account that signs may stand before the arguments, as in the SDK. */
  readonly signerFirst?: true
  /** For commands that only write something: nobody signs. */
  readonly unsigned?: true
  /** Names the SDK has for it besides. */
  readonly aliases?: readonly string[]
  build(input: ComposedInput): Promise<readonly AnyValue[]>
}

/** A message from proto JSON. */
export function messageFrom<T>(
  codec: MessageCodec<T>,
  json: { readonly [field: string]: JsonValue },
): AnyValue {
  return { typeUrl: codec.typeUrl, value: codec.encode(codec.fromJson({ ...json })) }
}

/** A packed message within another one, as proto JSON has it. */
export function packed<T>(codec: MessageCodec<T>, json: { readonly [field: string]: JsonValue }) {
  return { '@type': codec.typeUrl, ...json }
}

/** An option that must be there. Throws a usage error naming it. */
export function needed(input: ComposedInput, name: string, flag: string, example: string): string {
  const value = input.text(name)
  if (value === undefined) throw usageError(`--${flag} is needed`, `such as --${flag} ${example}`)
  return value
}

/** The command of a composed entry. */
export function composedLeaf(entry: Composed): Command {
  const command = leaf(entry.at.split(' ').at(-1) ?? '', entry.about)
  for (const alias of entry.aliases ?? []) command.alias(alias)
  if (entry.signerFirst === true)
    command
      .argument('[arguments...]', entry.args.join(' '))
      .usage(`${entry.args.join(' ')} [options]`)
  else for (const arg of entry.args) command.argument(arg)
  for (const [flag, about] of entry.flags) command.addOption(flagOf(flag, about))
  if (entry.unsigned === true) addNodeFlags(command)
  else addTxFlags(command)
  const signer = entry.unsigned === true ? '' : ' --from me'
  command.addHelpText('after', () => exampleText([`strom tx ${entry.example}${signer}`]))
  return command.action(async (...typed: unknown[]) => {
    const given = command.opts<TxOptions & { readonly [name: string]: unknown }>()
    const { args, options } = argumentsOf(entry, typed, given)
    const signing = signerFor(entry, options)
    const messages = await entry.build(inputOf(args, options, signing))
    // A command that only writes something has no messages.
    if (messages.length === 0) return
    checkMessages(messages, options, signing)
    await runTx(messages, options, signing)
  })
}

/** The arguments as typed, the signer in front of them moved to where `--from` stands. */
function argumentsOf<T extends TxOptions>(entry: Composed, typed: readonly unknown[], options: T) {
  if (entry.signerFirst !== true) {
    const args = typed.slice(0, entry.args.length)
    return { args: args.map((one) => (typeof one === 'string' ? one : undefined)), options }
  }
  const wanted = entry.args.map((one) => one.replace(/[<>]/g, ''))
  const found = splitArguments(typed[0] as readonly string[], wanted, options.from)
  return {
    args: found.typed,
    options: found.from === undefined ? options : { ...options, from: found.from },
  }
}

function signerFor(entry: Composed, options: TxOptions): Signing {
  if (entry.unsigned !== true)
    return signingOf(options, options.generateOnly === true || options.dryRun === true)
  const home = homeOf(options)
  return { home, keyring: openKeyring(home, options), key: undefined, address: '' }
}

/** A flag; one that ends in `...` may be repeated. */
function flagOf(flag: string, about: string): Option {
  if (!flag.endsWith('...')) return new Option(flag, about)
  const collect = (value: string, before: unknown): string[] => [
    ...(Array.isArray(before) ? before : []),
    value,
  ]
  return new Option(flag.slice(0, -3), about).argParser(collect)
}

/** What builders ask. */
export function inputOf(
  args: readonly (string | undefined)[],
  options: TxOptions & { readonly [name: string]: unknown },
  signing: Signing,
): ComposedInput {
  const online = options.offline !== true
  return {
    args,
    options,
    signing,
    text: (name) => {
      const value = options[name]
      return typeof value === 'string' ? value : undefined
    },
    account: (word) => accountWord(signing, word),
    validator: (word) =>
      resolveValidator(
        {
          keyring: signing.keyring,
          client: online ? openClient(signing.home, options.node) : undefined,
        },
        word,
      ),
    client: () => {
      if (!online) throw usageError('this command asks the chain: leave out --offline')
      return openClient(signing.home, options.node)
    },
  }
}

/** An account by address or key; what only looks like an address is left to the message's own check. */
export function accountWord(signing: Signing, word: string): string {
  if (signing.keyring.has(word)) return resolveAddress(signing.home, signing.keyring, word)
  if (hasPrefix(word, 'stromvaloper'))
    throw usageError(`${word} is a validator, an account is needed`, 'accounts begin with strom1')
  return word.includes('1') ? word : resolveAddress(signing.home, signing.keyring, word)
}

/** What the messages themselves refuse without a chain, before anything is asked or signed. */
function checkMessages(messages: readonly AnyValue[], options: TxOptions, signing: Signing): void {
  for (const { typeUrl, value } of messages) {
    const definition = definitionOf(typeUrl)
    if (definition === undefined) throw usageError(`this chain has no message ${typeUrl}`)
    const message = definition.codec.decode(value)
    definition.validate(message)
    const foreign = definition.signers(message).find((one) => one !== signing.address)
    if (foreign !== undefined && options.generateOnly !== true)
      throw usageError(
        `${foreign} signs this, not ${signing.address}`,
        'choose its key with --from, or write the transaction with --generate-only',
      )
  }
}
